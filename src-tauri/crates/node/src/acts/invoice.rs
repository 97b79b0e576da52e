//! Being paid by strangers, and paying them: an invoice, a way, and all of it or nothing.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tallystick_core::code::{Code, inspect};
use tallystick_core::lift::{ComposeInvoice, LiftInvoice, MAX_REFEREES, Part, Receipt, Stage};
use tallystick_core::{Date, Units};
use tallystick_store::{InvoiceRow, Rows};
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use super::{amount, words};
use crate::lift::{self, SIGNED_FOR, Undone, begin_payment, look_for};
use crate::show;
use crate::view::{Failure, FailureCode, Happening, InvoiceView, PaymentState, PaymentView};
use crate::wallet::Wallet;

/// How long a way is shown to an invoice that was looked at, in ms.
const SHOWN_FOR: i64 = 15 * 60 * 1_000;

/// How long a way is looked for while the person waits (lifts.md 5: 3 s a phase).
const LOOK: Duration = Duration::from_secs(3);

/// How long the person waits for what they signed; it goes on without them.
const DECIDED: Duration = Duration::from_secs(20);

/// An invoice is good for at most this long, in ms: ninety days.
const LONGEST: i64 = 90 * 24 * 3_600 * 1_000;

/// Invoices shown at once.
const MOST_SHOWN: u32 = 200;

impl Wallet {
    /// Makes an invoice that strangers can pay. `units` are milli-CHIPs, nothing if the payer is to choose; `good_for` is
    /// in seconds.
    ///
    /// # Errors
    /// [`FailureCode::BadAmount`], [`FailureCode::TooLong`], [`FailureCode::NoReferee`] if nobody is known who could
    /// decide.
    pub async fn invoice(
        &self,
        units: Option<i64>,
        memo: Option<String>,
        reference: Option<String>,
        good_for: u32,
    ) -> Result<InvoiceView, Failure> {
        let (units, memo) = (units.map(amount).transpose()?, words(memo)?);
        let reference = words(reference)?.map(Value::from);
        let (inner, now) = (Arc::clone(&self.inner), self.inner.now());
        let life = i64::from(good_for).saturating_mul(1_000).clamp(1_000, LONGEST);
        let payee = inner.own_chad();
        let own = lift::own(&inner);
        self.inner
            .act(move |rows| {
                let mut referees = lift::accepted(rows, Some(own))?;
                referees.truncate(MAX_REFEREES);
                if referees.is_empty() {
                    return Err(Failure::plain(FailureCode::NoReferee));
                }
                let parts = ComposeInvoice {
                    payee,
                    units,
                    memo,
                    reference,
                    date: Date::from_millis(now),
                    referees,
                    session: Uuid::new_v4(),
                    exp: Date::from_millis(now.saturating_add(life)),
                };
                let invoice = LiftInvoice::sign(parts, &inner.lifts.keys);
                let invoice = invoice.map_err(|_| Failure::plain(FailureCode::TooLong))?;
                let (shown_until, ask_at) = (Some(now.saturating_add(SHOWN_FOR)), Some(now));
                let row = InvoiceRow { invoice, mine: true, units: None, shown_until, ask_at, made_at: now };
                rows.put_invoice(&row)?;
                inner.lifts.bell.notify_one();
                let changed = Happening::LiftChanged { session: row.invoice.session().to_string() };
                Ok((show::invoice(rows, &row, now)?, vec![changed]))
            })
            .await
            .inspect(|_| self.inner.lifts.bell.notify_one())
    }

    /// One invoice of ours; while it is looked at, a way to it is shown to whoever looks for it.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`].
    pub async fn invoice_show(&self, id: &str) -> Result<InvoiceView, Failure> {
        let (session, now) = (session(id)?, self.inner.now());
        let shown = self.inner.act(move |rows| {
            let mut row = rows.invoice(session)?.filter(|row| row.mine).ok_or_else(not_found)?;
            row.shown_until = Some(now.saturating_add(SHOWN_FOR));
            row.ask_at = row.ask_at.or(Some(now));
            rows.put_invoice(&row)?;
            Ok((show::invoice(rows, &row, now)?, Vec::new()))
        });
        shown.await.inspect(|_| self.inner.lifts.bell.notify_one())
    }

    /// Our invoices, the newest first.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn invoices(&self) -> Result<Vec<InvoiceView>, Failure> {
        let now = self.inner.now();
        let read = self.inner.book.read::<_, Failure>(move |rows| {
            let ours = rows.invoices(true, MOST_SHOWN)?;
            Ok(ours.iter().map(|row| show::invoice(rows, row, now)).collect::<Result<_, _>>()?)
        });
        read.await
    }

    /// Looks whether whoever shows this invoice can be paid: asks partners for a way, and gives nothing away but that
    /// somebody looks for one. `units` are for an invoice that leaves the amount open.
    ///
    /// # Errors
    /// [`FailureCode::BadCode`] if it is no such invoice, [`FailureCode::RanOut`], [`FailureCode::BadAmount`],
    /// [`FailureCode::OutOfTurn`] for one of our own.
    pub async fn pay_look(&self, code: &str, units: Option<i64>) -> Result<PaymentView, Failure> {
        let invoice = read_code(code)?;
        let (inner, now, id) = (Arc::clone(&self.inner), self.inner.now(), invoice.session());
        if now >= invoice.exp().millis() {
            return Err(Failure::plain(FailureCode::RanOut));
        }
        if invoice.payee().agent() == inner.agent() {
            return Err(Failure::plain(FailureCode::OutOfTurn));
        }
        let units = agreed(&invoice, units)?;
        let mut heard = self.inner.events.listen();
        let look = move |rows: &Rows<'_>| {
            if rows.invoice(id)?.is_some_and(|row| row.mine || row.invoice != invoice) {
                return Err(Failure::plain(FailureCode::BadCode));
            }
            let known = rows.search_of(id, now)?.is_some_and(|search| search.forward.is_some());
            if rows.invoice(id)?.is_none() {
                let (shown_until, ask_at) = (None, None);
                let invoice = invoice.clone();
                rows.put_invoice(&InvoiceRow {
                    invoice,
                    mine: false,
                    units: None,
                    shown_until,
                    ask_at,
                    made_at: now,
                })?;
            }
            if known {
                return Ok(((), Vec::new()));
            }
            Ok(((), look_for(rows, &inner.lifts, &invoice, units, now).map_err(failure)?))
        };
        self.inner.act(look).await?;
        let looked = async {
            loop {
                let view = self.payment(id).await?;
                if view.state != PaymentState::NoWay {
                    return Ok::<_, Failure>(view);
                }
                if heard.recv().await == Err(RecvError::Closed) {
                    return Ok(view);
                }
            }
        };
        match tokio::time::timeout(LOOK, looked).await {
            Ok(view) => view,
            Err(_) => self.payment(id).await,
        }
    }

    /// Pays an invoice that was looked at: all of it, or nothing. Waits for the decision for a while; without it the
    /// payment is under way, and [`Wallet::payment_show`] tells what becomes of it.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`] if nobody looked for a way to it, [`FailureCode::NoWay`] if there is none any more,
    /// [`FailureCode::NoReferee`] if none of its referees is accepted here, [`FailureCode::RanOut`],
    /// [`FailureCode::OutOfTurn`] if it is paid, or may still come to be by an earlier try.
    pub async fn pay_sign(&self, id: &str, units: Option<i64>) -> Result<PaymentView, Failure> {
        let (id, now, inner) = (session(id)?, self.inner.now(), Arc::clone(&self.inner));
        let mut heard = self.inner.events.listen();
        let sign = move |rows: &Rows<'_>| {
            let mut row = rows.invoice(id)?.filter(|row| !row.mine).ok_or_else(not_found)?;
            if now >= row.invoice.exp().millis() {
                return Err(Failure::plain(FailureCode::RanOut));
            }
            let next = rows.search_of(id, now)?.and_then(|search| search.next());
            let next = next.ok_or(Failure::plain(FailureCode::NoWay))?;
            row.units = Some(agreed(&row.invoice, units)?);
            row.shown_until = Some(now.saturating_add(SIGNED_FOR));
            rows.put_invoice(&row)?;
            Ok(((), begin_payment(rows, &inner.lifts, &row, next, now).map_err(failure)?))
        };
        self.inner.act(sign).await?;
        let decided = async {
            loop {
                let view = self.payment(id).await?;
                if view.state != PaymentState::UnderWay {
                    return Ok::<_, Failure>(view);
                }
                if heard.recv().await == Err(RecvError::Closed) {
                    return Ok(view);
                }
            }
        };
        match tokio::time::timeout(DECIDED, decided).await {
            Ok(view) => view,
            Err(_) => self.payment(id).await,
        }
    }

    /// How a payment stands.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`].
    pub async fn payment_show(&self, id: &str) -> Result<PaymentView, Failure> {
        self.payment(session(id)?).await
    }

    /// Invoices of others that were looked at or paid, the newest first.
    ///
    /// # Errors
    /// Only faults of the disk.
    pub async fn payments(&self) -> Result<Vec<PaymentView>, Failure> {
        let now = self.inner.now();
        self.ask(move |inner, rows| {
            let theirs = rows.invoices(false, MOST_SHOWN)?;
            Ok(theirs.iter().map(|row| show::payment(inner, rows, row, now)).collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The receipt of an invoice that was paid, ours or somebody else's: anybody can check it without asking anybody.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`] if it was not paid.
    pub async fn receipt(&self, id: &str) -> Result<String, Failure> {
        let id = session(id)?;
        let read = self.inner.book.read::<_, Failure>(move |rows| {
            let row = rows.invoice(id)?.ok_or_else(not_found)?;
            let paid = rows.lifts_of_session(id)?.into_iter().map(|lift| lift.record).find(|record| {
                matches!(record.part, Part::Originator | Part::Payee) && record.stage() == Stage::Good
            });
            let record = paid.ok_or_else(not_found)?;
            let cert = record.cert.ok_or_else(not_found)?;
            let receipt = Receipt { invoice: row.invoice, core: record.core, cert };
            if receipt.is_sound() { Ok(receipt.to_value().to_string()) } else { Err(not_found()) }
        });
        read.await
    }

    async fn payment(&self, id: Uuid) -> Result<PaymentView, Failure> {
        let now = self.inner.now();
        self.ask(move |inner, rows| {
            let row = rows.invoice(id)?.filter(|row| !row.mine).ok_or_else(not_found)?;
            Ok(show::payment(inner, rows, &row, now)?)
        })
        .await
    }
}

fn not_found() -> Failure {
    Failure::plain(FailureCode::NotFound)
}

fn session(id: &str) -> Result<Uuid, Failure> {
    id.parse().map_err(|_| not_found())
}

/// The amount to be paid: the invoice's, or else the payer's.
fn agreed(invoice: &LiftInvoice, chosen: Option<i64>) -> Result<Units, Failure> {
    let bad = Failure::plain(FailureCode::BadAmount);
    match (invoice.units(), chosen.map(amount).transpose()?) {
        (Some(asked), Some(chosen)) if asked != chosen => Err(bad),
        (Some(asked), _) => Ok(asked),
        (None, Some(chosen)) => Ok(chosen),
        (None, None) => Err(bad),
    }
}

/// Reads the text of an invoice that strangers can pay.
fn read_code(code: &str) -> Result<LiftInvoice, Failure> {
    match inspect(code) {
        Code::LiftInvoice(invoice, _) => Ok(*invoice),
        Code::Invoice(..) | Code::ReferencePay(_) => Err(Failure::plain(FailureCode::PartnersOnly)),
        Code::Ticket(..)
        | Code::ReferenceInvite(_)
        | Code::Address(_)
        | Code::KeyBackup
        | Code::Foreign { .. }
        | Code::Damaged(_)
        | Code::TooNew => Err(Failure::plain(FailureCode::BadCode)),
    }
}

fn failure(undone: Undone) -> Failure {
    use tallystick_core::lift::{Refusal, Why};
    match undone {
        Undone::Ledger(error) => error.into(),
        Undone::Booking(failure) => failure,
        Undone::Refused(Refusal::Unfit(Why::Referee)) => Failure::plain(FailureCode::NoReferee),
        Undone::Refused(Refusal::Unfit(Why::Give | Why::Shut | Why::Route)) => {
            Failure::plain(FailureCode::NoWay)
        }
        Undone::Refused(_) => Failure::plain(FailureCode::OutOfTurn),
    }
}
