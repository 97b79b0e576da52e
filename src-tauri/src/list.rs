// The one list of commands. The build script makes a permission of each name, `commands.rs` the handler, `bindings.rs`
// the TypeScript client. Tests compare the capability file and the checked-in client with it.
macro_rules! for_all_commands {
    ($then:ident) => {
        $then! {
            app_state() -> AppState;
            identity_create(identity: NewIdentity) -> AppState;
            unlock(passphrase: String) -> AppState;
            choose(choices: Choices) -> ();
            home() -> Home;
            connection() -> ConnectionView;
            reach(again: bool) -> ReachView;
            open_router(wanted: bool) -> ReachView;
            find_nearby(wanted: bool) -> ReachView;
            doors() -> Doors;
            forgive(address: Option<String>) -> Doors;
            tallies() -> Vec<TallyRow>;
            tally(id: String) -> TallyView;
            history(tally: String, before: Option<u64>, filter: HistoryFilter) -> HistoryPage;
            entry_cancel(tally: String, entry: String) -> ();
            compare(tally: String) -> ();
            evidence(tally: String) -> EvidenceFile;
            evidence_save(tally: String) -> String;
            history_save(tally: String) -> String;
            contract(hash: String) -> ContractView;
            contracts() -> Vec<ContractView>;
            contract_import(text: String) -> ContractView;
            invite(terms: InviteTerms) -> TicketView;
            ticket(id: String) -> TicketView;
            tickets() -> Vec<TicketView>;
            ticket_revoke(id: String) -> TicketView;
            ticket_save(id: String, form: TicketForm) -> String;
            print() -> ();
            code_inspect(text: String) -> CodeCard;
            image_inspect(image: Bytes) -> Vec<CodeCard>;
            screen_inspect() -> Vec<CodeCard>;
            cameras() -> CameraList;
            camera_start(run: u32, camera: Option<String>) -> ();
            camera_look(run: u32) -> Pixels;
            camera_stop(run: u32) -> ();
            contact(inspection: String, disclose: Vec<CardField>) -> String;
            hand_over(id: String) -> HandOver;
            take_over(inspection: String) -> Option<String>;
            offer_preview(tally: String) -> SignPreview;
            accept_preview(tally: String) -> SignPreview;
            pay_preview(tally: String, units: i64, memo: Option<String>) -> SignPreview;
            counter_preview(tally: String, terms: CounterTerms) -> SignPreview;
            grant_preview(tally: String, request: String) -> SignPreview;
            settings_preview(tally: String, draft: SettingsDraft) -> SignPreview;
            close_preview(tally: String) -> SignPreview;
            keep_open_preview(tally: String) -> SignPreview;
            call_preview(tally: String, by: i64) -> SignPreview;
            forgive_preview(tally: String) -> SignPreview;
            sign(preview: String) -> Signed;
            refuse(tally: String, reason: Option<String>) -> ();
            settings(tally: String) -> SettingsPage;
            request(tally: String, units: i64, memo: Option<String>, days: u32) -> String;
            request_again(tally: String, request: String, units: i64, memo: Option<String>, days: u32) -> ();
            request_withdraw(tally: String, request: String) -> ();
            request_refuse(tally: String, request: String, reason: Option<String>) -> ();
            requests(tally: Option<String>) -> Vec<RequestView>;
            activity(before: Option<i64>) -> Activity;
            activity_read(through: String) -> ();
            withdraw(tally: String) -> ();
            identity_card() -> Card;
            identity_card_save(card: Card) -> ();
        }
    };
}
