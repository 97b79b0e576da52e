//! The commands: parse, ask the node, hand back its view. Ten lines each at most.

use std::sync::Arc;

use tallystick_node::Session;
use tallystick_node::view::{
    Activity, AppState, Card, CardField, Choices, CodeCard, ConnectionView, ContractView, CounterTerms,
    Doors, EvidenceFile, Failure, FailureCode, HandOver, HistoryFilter, HistoryPage, Home, InviteTerms,
    NewIdentity, ReachView, RequestView, SettingsDraft, SettingsPage, SignPreview, Signed, TallyRow,
    TallyView, TicketForm, TicketView,
};
use tallystick_scan::{Options, draw};
use tauri::ipc::{Invoke, InvokeBody, Request, Response};
use tauri::{AppHandle, State, WebviewWindow, Wry};

use crate::camera::{self, CameraList, Cameras};
use crate::clearing::*;
use crate::{downloads, pictures, prints};

type Node<'a> = State<'a, Arc<Session>>;

macro_rules! handle_all {
    ($($name:ident ( $($argument:ident : $type:ty),* ) -> $answer:ty;)*) => {
        tauri::generate_handler![$($name),*]
    };
}

include!("list.rs");

/// Everything the window may call.
pub(crate) fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    for_all_commands!(handle_all)
}

#[tauri::command]
async fn app_state(node: Node<'_>) -> Result<AppState, Failure> {
    node.state().await
}

#[tauri::command]
async fn identity_create(identity: NewIdentity, node: Node<'_>) -> Result<AppState, Failure> {
    node.create(identity).await
}

#[tauri::command]
async fn unlock(passphrase: String, node: Node<'_>) -> Result<AppState, Failure> {
    node.unlock(Some(passphrase).filter(|passphrase| !passphrase.is_empty())).await
}

#[tauri::command]
async fn choose(choices: Choices, node: Node<'_>) -> Result<(), Failure> {
    node.choose(choices).await
}

#[tauri::command]
async fn home(node: Node<'_>) -> Result<Home, Failure> {
    node.wallet().await?.home().await
}

#[tauri::command]
async fn connection(node: Node<'_>) -> Result<ConnectionView, Failure> {
    node.wallet().await?.connection().await
}

#[tauri::command]
async fn reach(again: bool, node: Node<'_>) -> Result<ReachView, Failure> {
    let wallet = node.wallet().await?;
    if again { wallet.reach_again().await } else { wallet.reach().await }
}

#[tauri::command]
async fn open_router(wanted: bool, node: Node<'_>) -> Result<ReachView, Failure> {
    let wallet = node.wallet().await?;
    wallet.open_router(wanted).await?;
    wallet.reach().await
}

#[tauri::command]
async fn find_nearby(wanted: bool, node: Node<'_>) -> Result<ReachView, Failure> {
    let wallet = node.wallet().await?;
    wallet.find_nearby(wanted).await?;
    wallet.reach().await
}

#[tauri::command]
async fn doors(node: Node<'_>) -> Result<Doors, Failure> {
    Ok(node.wallet().await?.doors())
}

#[tauri::command]
async fn forgive(address: Option<String>, node: Node<'_>) -> Result<Doors, Failure> {
    node.wallet().await?.forgive(address.as_deref())
}

#[tauri::command]
async fn tallies(node: Node<'_>) -> Result<Vec<TallyRow>, Failure> {
    node.wallet().await?.tallies().await
}

#[tauri::command]
async fn tally(id: String, node: Node<'_>) -> Result<TallyView, Failure> {
    node.wallet().await?.tally(&id).await
}

#[tauri::command]
async fn history(
    tally: String,
    before: Option<u64>,
    filter: HistoryFilter,
    node: Node<'_>,
) -> Result<HistoryPage, Failure> {
    node.wallet().await?.history(&tally, before, filter).await
}

#[tauri::command]
async fn entry_cancel(tally: String, entry: String, node: Node<'_>) -> Result<(), Failure> {
    node.wallet().await?.entry_cancel(&tally, &entry).await
}

#[tauri::command]
async fn contract(hash: String, node: Node<'_>) -> Result<ContractView, Failure> {
    node.wallet().await?.contract(&hash).await
}

#[tauri::command]
async fn contracts(node: Node<'_>) -> Result<Vec<ContractView>, Failure> {
    node.wallet().await?.contracts().await
}

#[tauri::command]
async fn contract_import(text: String, node: Node<'_>) -> Result<ContractView, Failure> {
    node.wallet().await?.contract_import(text).await
}

#[tauri::command]
async fn compare(tally: String, node: Node<'_>) -> Result<(), Failure> {
    node.wallet().await?.compare(&tally).await
}

#[tauri::command]
async fn evidence(tally: String, node: Node<'_>) -> Result<EvidenceFile, Failure> {
    node.wallet().await?.evidence(&tally).await
}

#[tauri::command]
async fn evidence_save(tally: String, node: Node<'_>, app: AppHandle) -> Result<String, Failure> {
    let EvidenceFile { name, text } = node.wallet().await?.evidence(&tally).await?;
    downloads::keep(&app, &name, text.as_bytes())
}

#[tauri::command]
async fn history_save(tally: String, node: Node<'_>, app: AppHandle) -> Result<String, Failure> {
    let wallet = node.wallet().await?;
    let row = wallet.tally(&tally).await?.row;
    let table = wallet.history_table(&tally).await?;
    downloads::keep(&app, &format!("tally-{}.history.csv", row.id), table.as_bytes())
}

#[tauri::command]
async fn invite(terms: InviteTerms, node: Node<'_>) -> Result<TicketView, Failure> {
    node.wallet().await?.invite(terms).await.map(drawn)
}

#[tauri::command]
async fn ticket(id: String, node: Node<'_>) -> Result<TicketView, Failure> {
    node.wallet().await?.ticket(&id).await.map(drawn)
}

#[tauri::command]
async fn tickets(node: Node<'_>) -> Result<Vec<TicketView>, Failure> {
    Ok(node.wallet().await?.tickets().await?.into_iter().map(drawn).collect())
}

#[tauri::command]
async fn ticket_revoke(id: String, node: Node<'_>) -> Result<TicketView, Failure> {
    node.wallet().await?.ticket_revoke(&id).await
}

#[tauri::command]
async fn ticket_save(
    id: String,
    form: TicketForm,
    node: Node<'_>,
    app: AppHandle,
) -> Result<String, Failure> {
    let ticket = node.wallet().await?.ticket(&id).await?;
    let (content, ending) = prints::file(&ticket, form)?;
    downloads::keep(&app, &format!("invitation-{}.{ending}", prints::short(&ticket.id)), &content)
}

#[tauri::command]
async fn print(window: WebviewWindow) -> Result<(), Failure> {
    window.print().map_err(|error| prints::unprintable(&error))
}

#[tauri::command]
async fn code_inspect(text: String, node: Node<'_>) -> Result<CodeCard, Failure> {
    node.wallet().await?.code_inspect(&text).await
}

#[tauri::command]
async fn image_inspect(request: Request<'_>, node: Node<'_>) -> Result<Vec<CodeCard>, Failure> {
    let InvokeBody::Raw(image) = request.body() else {
        return Err(Failure { code: FailureCode::UnreadableImage, retryable: false, safe_to_repeat: true });
    };
    cards(&node, pictures::texts(image.clone()).await?).await
}

#[tauri::command]
async fn screen_inspect(node: Node<'_>) -> Result<Vec<CodeCard>, Failure> {
    cards(&node, pictures::texts_on_screen().await?).await
}

#[tauri::command]
async fn cameras() -> Result<CameraList, Failure> {
    Ok(camera::list().await)
}

#[tauri::command]
async fn camera_start(
    run: u32,
    camera: Option<String>,
    cameras: State<'_, Cameras>,
    node: Node<'_>,
    app: AppHandle,
) -> Result<(), Failure> {
    cameras.start(run, camera, app, Arc::clone(&node));
    Ok(())
}

#[tauri::command]
async fn camera_look(run: u32, cameras: State<'_, Cameras>) -> Result<Response, Failure> {
    cameras.look(run).await.map(Response::new)
}

#[tauri::command]
async fn camera_stop(run: u32, cameras: State<'_, Cameras>) -> Result<(), Failure> {
    cameras.stop(run);
    Ok(())
}

/// The card of each text.
pub(crate) async fn cards(node: &Session, texts: Vec<String>) -> Result<Vec<CodeCard>, Failure> {
    let wallet = node.wallet().await?;
    let mut cards = Vec::new();
    for text in texts {
        cards.push(wallet.code_inspect(&text).await?);
    }
    Ok(cards)
}

#[tauri::command]
async fn contact(inspection: String, disclose: Vec<CardField>, node: Node<'_>) -> Result<String, Failure> {
    node.wallet().await?.contact(&inspection, disclose).await
}

#[tauri::command]
async fn hand_over(id: String, node: Node<'_>) -> Result<HandOver, Failure> {
    Ok(prints::film(node.wallet().await?.hand_over(&id).await?))
}

#[tauri::command]
async fn take_over(inspection: String, node: Node<'_>) -> Result<Option<String>, Failure> {
    node.wallet().await?.take_over(&inspection).await
}

#[tauri::command]
async fn offer_preview(tally: String, node: Node<'_>) -> Result<SignPreview, Failure> {
    node.wallet().await?.offer_preview(&tally).await
}

#[tauri::command]
async fn accept_preview(tally: String, node: Node<'_>) -> Result<SignPreview, Failure> {
    node.wallet().await?.accept_preview(&tally).await
}

#[tauri::command]
async fn pay_preview(
    tally: String,
    units: i64,
    memo: Option<String>,
    node: Node<'_>,
) -> Result<SignPreview, Failure> {
    node.wallet().await?.pay_preview(&tally, units, memo).await
}

#[tauri::command]
async fn grant_preview(tally: String, request: String, node: Node<'_>) -> Result<SignPreview, Failure> {
    node.wallet().await?.grant_preview(&tally, &request).await
}

#[tauri::command]
async fn settings_preview(
    tally: String,
    draft: SettingsDraft,
    node: Node<'_>,
) -> Result<SignPreview, Failure> {
    node.wallet().await?.settings_preview(&tally, draft).await
}

#[tauri::command]
async fn close_preview(tally: String, node: Node<'_>) -> Result<SignPreview, Failure> {
    node.wallet().await?.close_preview(&tally).await
}

#[tauri::command]
async fn keep_open_preview(tally: String, node: Node<'_>) -> Result<SignPreview, Failure> {
    node.wallet().await?.keep_open_preview(&tally).await
}

#[tauri::command]
async fn call_preview(tally: String, by: i64, node: Node<'_>) -> Result<SignPreview, Failure> {
    node.wallet().await?.call_preview(&tally, by).await
}

#[tauri::command]
async fn forgive_preview(tally: String, node: Node<'_>) -> Result<SignPreview, Failure> {
    node.wallet().await?.forgive_preview(&tally).await
}

#[tauri::command]
async fn counter_preview(tally: String, terms: CounterTerms, node: Node<'_>) -> Result<SignPreview, Failure> {
    node.wallet().await?.counter_preview(&tally, terms).await
}

#[tauri::command]
async fn sign(preview: String, node: Node<'_>) -> Result<Signed, Failure> {
    node.wallet().await?.sign(&preview).await
}

#[tauri::command]
async fn refuse(tally: String, reason: Option<String>, node: Node<'_>) -> Result<(), Failure> {
    node.wallet().await?.refuse(&tally, reason).await
}

#[tauri::command]
async fn settings(tally: String, node: Node<'_>) -> Result<SettingsPage, Failure> {
    node.wallet().await?.settings(&tally).await
}

#[tauri::command]
async fn request(
    tally: String,
    units: i64,
    memo: Option<String>,
    days: u32,
    node: Node<'_>,
) -> Result<String, Failure> {
    node.wallet().await?.request(&tally, units, memo, days).await
}

#[tauri::command]
async fn request_again(
    tally: String,
    request: String,
    units: i64,
    memo: Option<String>,
    days: u32,
    node: Node<'_>,
) -> Result<(), Failure> {
    node.wallet().await?.request_again(&tally, &request, units, memo, days).await
}

#[tauri::command]
async fn request_withdraw(tally: String, request: String, node: Node<'_>) -> Result<(), Failure> {
    node.wallet().await?.request_withdraw(&tally, &request).await
}

#[tauri::command]
async fn request_refuse(
    tally: String,
    request: String,
    reason: Option<String>,
    node: Node<'_>,
) -> Result<(), Failure> {
    node.wallet().await?.request_refuse(&tally, &request, reason).await
}

#[tauri::command]
async fn requests(tally: Option<String>, node: Node<'_>) -> Result<Vec<RequestView>, Failure> {
    node.wallet().await?.requests(tally.as_deref()).await
}

#[tauri::command]
async fn activity(before: Option<i64>, node: Node<'_>) -> Result<Activity, Failure> {
    node.wallet().await?.activity(before).await
}

#[tauri::command]
async fn activity_read(through: String, node: Node<'_>) -> Result<(), Failure> {
    node.wallet().await?.activity_read(&through).await
}

#[tauri::command]
async fn withdraw(tally: String, node: Node<'_>) -> Result<(), Failure> {
    node.wallet().await?.withdraw(&tally).await
}

#[tauri::command]
async fn identity_card(node: Node<'_>) -> Result<Card, Failure> {
    node.wallet().await?.identity_card().await
}

#[tauri::command]
async fn identity_card_save(card: Card, node: Node<'_>) -> Result<(), Failure> {
    node.wallet().await?.identity_card_save(card).await
}

/// The ticket with its code drawn, if it can still be shown.
fn drawn(mut ticket: TicketView) -> TicketView {
    let code = ticket.link.as_deref().and_then(|link| draw(link, &Options::default()).ok());
    if let Some(code) = code {
        ticket.modules = Some(code.modules());
        ticket.svg = Some(code.svg());
    }
    ticket
}
