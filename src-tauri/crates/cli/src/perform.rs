//! The one dispatch: from a request to the wallet's own method.

use tallystick_node::Wallet;
use tallystick_node::view::Failure;

use crate::request::{RelayState, Request, Response, Status, Verified};

/// Does what is asked.
pub(crate) async fn perform(wallet: &Wallet, request: Request) -> Result<Response, Failure> {
    Ok(match request {
        Request::Invite { terms } => wallet.invite(terms).await?.into(),
        Request::Ticket { id } => wallet.ticket(&id).await?.into(),
        Request::Tickets => wallet.tickets().await?.into(),
        Request::Revoke { id } => wallet.ticket_revoke(&id).await?.into(),
        Request::Inspect { text } => wallet.code_inspect(&text).await?.into(),
        Request::Contact { inspection, disclose } => wallet.contact(&inspection, disclose).await?.into(),
        Request::Tallies => wallet.tallies().await?.into(),
        Request::Tally { id } => wallet.tally(&id).await?.into(),
        Request::OfferPreview { tally } => wallet.offer_preview(&tally).await?.into(),
        Request::AcceptPreview { tally } => wallet.accept_preview(&tally).await?.into(),
        Request::PayPreview { tally, units, memo } => wallet.pay_preview(&tally, units, memo).await?.into(),
        Request::CounterPreview { tally, terms } => wallet.counter_preview(&tally, terms).await?.into(),
        Request::Sign { preview } => wallet.sign(&preview).await?.into(),
        Request::Refuse { tally, reason } => wallet.refuse(&tally, reason).await?.into(),
        Request::Withdraw { tally } => wallet.withdraw(&tally).await?.into(),
        Request::Compare { tally } => wallet.compare(&tally).await?.into(),
        Request::Repair { tally } => wallet.repair(&tally).await?.into(),
        Request::Evidence { tally } => wallet.evidence(&tally).await?.into(),
        Request::Contract { hash } => wallet.contract(&hash).await?.into(),
        Request::Contracts => wallet.contracts().await?.into(),
        Request::ContractImport { text } => wallet.contract_import(text).await?.into(),
        Request::IdentityCard => wallet.identity_card().await?.into(),
        Request::IdentityCardSave { card } => wallet.identity_card_save(card).await?.into(),
        Request::History { tally, before, filter } => wallet.history(&tally, before, filter).await?.into(),
        Request::Ask { tally, units, memo, days } => wallet.request(&tally, units, memo, days).await?.into(),
        Request::AskAgain { tally, request, units, memo, days } => {
            wallet.request_again(&tally, &request, units, memo, days).await?.into()
        }
        Request::Unask { tally, request } => wallet.request_withdraw(&tally, &request).await?.into(),
        Request::Decline { tally, request, reason } => {
            wallet.request_refuse(&tally, &request, reason).await?.into()
        }
        Request::Requests { tally } => wallet.requests(tally.as_deref()).await?.into(),
        Request::GrantPreview { tally, request } => wallet.grant_preview(&tally, &request).await?.into(),
        Request::Cancel { tally, entry } => wallet.entry_cancel(&tally, &entry).await?.into(),
        Request::Settings { tally } => wallet.settings(&tally).await?.into(),
        Request::SettingsPreview { tally, draft } => wallet.settings_preview(&tally, draft).await?.into(),
        Request::ClosePreview { tally } => wallet.close_preview(&tally).await?.into(),
        Request::KeepOpenPreview { tally } => wallet.keep_open_preview(&tally).await?.into(),
        Request::CallPreview { tally, by } => wallet.call_preview(&tally, by).await?.into(),
        Request::ForgivePreview { tally } => wallet.forgive_preview(&tally).await?.into(),
        Request::LiftsPreview { tally, wanted } => wallet.lifts_preview(&tally, wanted).await?.into(),
        Request::LiftChoices => wallet.lift_choices().await?.into(),
        Request::LiftsPause { tally, wanted } => wallet.clearing_pause(tally, wanted).await?.into(),
        Request::LiftLeast { units } => wallet.clearing_least(units).await?.into(),
        Request::LiftJoin { wanted } => wallet.clearing_join(wanted).await?.into(),
        Request::LiftStats => wallet.lift_stats().await?.into(),
        Request::LiftIdle => wallet.lift_idle().await?.into(),
        Request::LiftEvidence { id } => wallet.lift_evidence(&id).await?.into(),
        Request::RefereeServe { wanted } => wallet.referee_serve(wanted).await?.into(),
        Request::RefereeTrust { address, wanted } => wallet.referee_trust(&address, wanted).await?.into(),
        Request::Lifts => wallet.lifts().await?.into(),
        Request::Lift { id } => wallet.lift(&id).await?.into(),
        Request::Invoice { units, memo, reference, good_for } => {
            wallet.invoice(units, memo, reference, good_for).await?.into()
        }
        Request::Invoices => wallet.invoices().await?.into(),
        Request::InvoiceShow { id } => wallet.invoice_show(&id).await?.into(),
        Request::PayLook { code, units } => wallet.pay_look(&code, units).await?.into(),
        Request::PaySign { id, units } => wallet.pay_sign(&id, units).await?.into(),
        Request::Payment { id } => wallet.payment_show(&id).await?.into(),
        Request::Receipt { id } => wallet.receipt(&id).await?.into(),
        Request::Activity { before } => wallet.activity(before).await?.into(),
        Request::ActivityRead { through } => wallet.activity_read(&through).await?.into(),
        Request::UseRelay { relay } => wallet.use_relay(relay).await?.into(),
        Request::Relay => {
            let (relay, reachable_at) = wallet.relay().await?;
            RelayState { relay, reachable_at }.into()
        }
        Request::Doors => wallet.doors().into(),
        Request::Forgive { address } => wallet.forgive(address.as_deref())?.into(),
        Request::Status => Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            identity: wallet.identity(),
            connection: wallet.connection().await?,
            metrics: wallet.metrics().await?,
        }
        .into(),
        Request::Reach { again: true } => wallet.reach_again().await?.into(),
        Request::Reach { again: false } => wallet.reach().await?.into(),
        Request::OpenRouter { wanted } => wallet.open_router(wanted).await?.into(),
        Request::FindNearby { wanted } => wallet.find_nearby(wanted).await?.into(),
        Request::Verify => Verified::from(wallet.verify().await?).into(),
    })
}
