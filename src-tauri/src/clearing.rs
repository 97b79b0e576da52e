//! The commands about lifts: clearing, and invoices that strangers can pay.

use std::sync::Arc;

use tallystick_node::Session;
use tallystick_node::view::{
    Audit, EvidenceFile, Failure, Idle, InvoiceState, InvoiceView, LiftChoices, LiftPage, LiftStats,
    LiftView, PaymentView, SettingsDraft, SignPreview, Simulated, TicketForm,
};
use tallystick_scan::{Options, draw};
use tauri::{AppHandle, State};

use crate::{downloads, prints};

type Node<'a> = State<'a, Arc<Session>>;

#[tauri::command]
pub(crate) async fn lifts(node: Node<'_>) -> Result<LiftPage, Failure> {
    node.wallet().await?.lift_page().await
}

#[tauri::command]
pub(crate) async fn lift(id: String, node: Node<'_>) -> Result<LiftView, Failure> {
    node.wallet().await?.lift(&id).await
}

#[tauri::command]
pub(crate) async fn lift_stats(node: Node<'_>) -> Result<LiftStats, Failure> {
    node.wallet().await?.lift_stats().await
}

#[tauri::command]
pub(crate) async fn lift_audit(id: String, node: Node<'_>) -> Result<Audit, Failure> {
    node.wallet().await?.lift_audit(&id).await
}

#[tauri::command]
pub(crate) async fn lift_evidence_save(
    id: String,
    node: Node<'_>,
    app: AppHandle,
) -> Result<String, Failure> {
    let EvidenceFile { name, text } = node.wallet().await?.lift_evidence(&id).await?;
    downloads::keep(&app, &name, text.as_bytes())
}

#[tauri::command]
pub(crate) async fn lift_idle(node: Node<'_>) -> Result<Idle, Failure> {
    node.wallet().await?.lift_idle().await
}

#[tauri::command]
pub(crate) async fn lift_choices(node: Node<'_>) -> Result<LiftChoices, Failure> {
    node.wallet().await?.lift_choices().await
}

#[tauri::command]
pub(crate) async fn lifts_preview(
    tally: String,
    wanted: bool,
    node: Node<'_>,
) -> Result<SignPreview, Failure> {
    node.wallet().await?.lifts_preview(&tally, wanted).await
}

#[tauri::command]
pub(crate) async fn clearing_pause(
    tally: Option<String>,
    wanted: bool,
    node: Node<'_>,
) -> Result<LiftChoices, Failure> {
    node.wallet().await?.clearing_pause(tally, wanted).await
}

#[tauri::command]
pub(crate) async fn clearing_least(units: i64, node: Node<'_>) -> Result<LiftChoices, Failure> {
    node.wallet().await?.clearing_least(units).await
}

#[tauri::command]
pub(crate) async fn clearing_join(wanted: bool, node: Node<'_>) -> Result<LiftChoices, Failure> {
    node.wallet().await?.clearing_join(wanted).await
}

#[tauri::command]
pub(crate) async fn referee_serve(wanted: bool, node: Node<'_>) -> Result<LiftChoices, Failure> {
    node.wallet().await?.referee_serve(wanted).await
}

#[tauri::command]
pub(crate) async fn referee_trust(
    address: String,
    wanted: bool,
    node: Node<'_>,
) -> Result<LiftChoices, Failure> {
    node.wallet().await?.referee_trust(&address, wanted).await
}

#[tauri::command]
pub(crate) async fn settings_simulate(
    tally: String,
    draft: SettingsDraft,
    amount: Option<i64>,
    node: Node<'_>,
) -> Result<Simulated, Failure> {
    node.wallet().await?.settings_simulate(&tally, draft, amount).await
}

#[tauri::command]
pub(crate) async fn invoice(
    units: Option<i64>,
    memo: Option<String>,
    reference: Option<String>,
    good_for: u32,
    node: Node<'_>,
) -> Result<InvoiceView, Failure> {
    node.wallet().await?.invoice(units, memo, reference, good_for).await.map(drawn)
}

#[tauri::command]
pub(crate) async fn invoice_show(id: String, node: Node<'_>) -> Result<InvoiceView, Failure> {
    node.wallet().await?.invoice_show(&id).await.map(drawn)
}

#[tauri::command]
pub(crate) async fn invoices(node: Node<'_>) -> Result<Vec<InvoiceView>, Failure> {
    // Not drawn: one is shown at a time.
    node.wallet().await?.invoices().await
}

#[tauri::command]
pub(crate) async fn invoice_save(
    id: String,
    form: TicketForm,
    node: Node<'_>,
    app: AppHandle,
) -> Result<String, Failure> {
    let invoice = node.wallet().await?.invoice_show(&id).await?;
    let (content, ending) = prints::invoice(&invoice, form)?;
    downloads::keep(&app, &format!("invoice-{}.{ending}", prints::short(&invoice.id)), &content)
}

#[tauri::command]
pub(crate) async fn pay_look(
    code: String,
    units: Option<i64>,
    node: Node<'_>,
) -> Result<PaymentView, Failure> {
    node.wallet().await?.pay_look(&code, units).await
}

#[tauri::command]
pub(crate) async fn pay_sign(id: String, units: Option<i64>, node: Node<'_>) -> Result<PaymentView, Failure> {
    node.wallet().await?.pay_sign(&id, units).await
}

#[tauri::command]
pub(crate) async fn payment(id: String, node: Node<'_>) -> Result<PaymentView, Failure> {
    node.wallet().await?.payment_show(&id).await
}

#[tauri::command]
pub(crate) async fn payments(node: Node<'_>) -> Result<Vec<PaymentView>, Failure> {
    node.wallet().await?.payments().await
}

#[tauri::command]
pub(crate) async fn receipt_save(id: String, node: Node<'_>, app: AppHandle) -> Result<String, Failure> {
    let receipt = node.wallet().await?.receipt(&id).await?;
    downloads::keep(&app, &format!("receipt-{}.json", prints::short(&id)), receipt.as_bytes())
}

/// The invoice with its code drawn, as long as it can be paid.
fn drawn(mut invoice: InvoiceView) -> InvoiceView {
    if invoice.state == InvoiceState::Waiting
        && let Ok(code) = draw(&invoice.code, &Options::default())
    {
        invoice.modules = Some(code.modules());
        invoice.svg = Some(code.svg());
    }
    invoice
}
