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
            tallies() -> Vec<TallyRow>;
            tally(id: String) -> TallyView;
            history(tally: String, before: Option<u64>) -> HistoryPage;
            compare(tally: String) -> ();
            evidence(tally: String) -> EvidenceFile;
            contract(hash: String) -> ContractView;
            contracts() -> Vec<ContractView>;
            contract_import(text: String) -> ContractView;
            invite(terms: InviteTerms) -> TicketView;
            ticket(id: String) -> TicketView;
            tickets() -> Vec<TicketView>;
            ticket_revoke(id: String) -> TicketView;
            code_inspect(text: String) -> CodeCard;
            image_inspect(image: Bytes) -> Vec<CodeCard>;
            contact(inspection: String, disclose: Vec<CardField>) -> String;
            offer_preview(tally: String) -> SignPreview;
            accept_preview(tally: String) -> SignPreview;
            pay_preview(tally: String, units: i64, memo: Option<String>) -> SignPreview;
            counter_preview(tally: String, terms: CounterTerms) -> SignPreview;
            sign(preview: String) -> Signed;
            refuse(tally: String, reason: Option<String>) -> ();
            withdraw(tally: String) -> ();
            identity_card() -> Card;
            identity_card_save(card: Card) -> ();
        }
    };
}
