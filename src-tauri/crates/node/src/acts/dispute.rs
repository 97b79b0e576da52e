//! Comparing the two copies, and what to give to whoever must judge when they differ (protocol.md 9).

use serde_json::{Value, json};
use tallystick_core::chain::{Chain, Linked};
use tallystick_core::tally::{Dispute, Input, TallyObject, Unsigned};
use tallystick_core::{Date, Digest, Half, TallyId};
use tallystick_store::{EvidenceRow, Rows, StoreError, TallyRow};

use crate::show;
use crate::step::step;
use crate::view::{EvidenceFile, Failure, FailureCode};
use crate::wallet::{Inner, Wallet};

/// Entries read at once.
const PAGE: u32 = 500;

impl Wallet {
    /// Asks the partner's wallet for its hash and for whatever ours lacks. What comes of it changes the tally.
    ///
    /// # Errors
    /// [`FailureCode::OutOfTurn`] while there is nothing to compare.
    pub async fn compare(&self, tally: &str) -> Result<(), Failure> {
        let id: TallyId = tally.parse().map_err(|_| Failure::plain(FailureCode::NotFound))?;
        let now = self.inner.now();
        self.inner.act(move |rows| Ok(((), step(rows, id, Input::Compare, now)?))).await
    }

    /// Everything anybody needs to check a tally, as one JSON text: who the parties are, what they signed, each entry
    /// with its place, hash and signature, and what the partner's wallet said that does not fit.
    ///
    /// # Errors
    /// [`FailureCode::NotFound`]; [`FailureCode::OutOfTurn`] while nobody is on the other side.
    pub async fn evidence(&self, tally: &str) -> Result<EvidenceFile, Failure> {
        let id: TallyId = tally.parse().map_err(|_| Failure::plain(FailureCode::NotFound))?;
        let inner = std::sync::Arc::clone(&self.inner);
        self.inner
            .book
            .read(move |rows| {
                let row = rows.tally(id)?.ok_or(Failure::plain(FailureCode::NotFound))?;
                if row.tally.partner().is_none() {
                    return Err(Failure::plain(FailureCode::OutOfTurn));
                }
                let text = serde_json::to_string_pretty(&evidence(&inner, rows, &row)?);
                Ok(EvidenceFile {
                    name: format!("tally-{id}.evidence.json"),
                    text: text.map_err(Failure::internal)?,
                })
            })
            .await
    }
}

fn evidence(inner: &Inner, rows: &Rows<'_>, row: &TallyRow) -> Result<Value, StoreError> {
    let tally = &row.tally;
    let object = tally.object();
    let contract = object.agree_hash().map(|hash| show::contract(rows, &hash)).transpose()?.flatten();
    Ok(json!({
        "tallystick": { "evidence": 1, "version": env!("CARGO_PKG_VERSION"), "written": instant(inner.now()) },
        "tally": tally.id().to_string(),
        "phase": tally.phase().as_str(),
        "parties": {
            "mine": party(object, tally.mine()),
            "theirs": party(object, tally.mine().other()),
        },
        "contract": {
            "agree": object.agree(),
            "text": contract.map(|contract| contract.text),
        },
        "certificates": {
            "stock": object.cert(Half::Stock).map(|cert| cert.raw().clone()),
            "foil": object.cert(Half::Foil).map(|cert| cert.raw().clone()),
        },
        "agreement": {
            "object": object.raw(),
            "digest": object.digest().to_string(),
            "stock": checked(object, Half::Stock),
            "foil": checked(object, Half::Foil),
        },
        "chain": tally.chain().map(|chain| json!({
            "head": chain.head(),
            "headHash": chain.head_hash().to_string(),
            "agreed": chain.agreed(),
            "agreedHash": chain.base().to_string(),
        })),
        "balance": tally.balance().milli(),
        "entries": entries(rows, row)?,
        "comparedAt": row.compared_at.map(instant),
        "dispute": tally.dispute().map(|dispute| disputed(dispute, row.disputed_at)),
        "partnerSaid": rows.evidence(tally.id())?.iter().map(said).collect::<Vec<_>>(),
    }))
}

fn party(object: &TallyObject, half: Half) -> Value {
    let cert = object.cert(half);
    json!({
        "half": half.as_str(),
        "name": cert.map(tallystick_core::Certificate::display_name),
        "address": cert.map(|cert| cert.chad().to_uri()),
        "agent": cert.map(|cert| cert.chad().agent().to_string()),
    })
}

fn checked(object: &TallyObject, half: Half) -> &'static str {
    match object.verify(half) {
        Ok(()) => "good",
        Err(Unsigned::NoSignature(_)) => "missing",
        Err(Unsigned::NoCertificate(_)) => "no key",
        Err(Unsigned::Wrong(_)) => "wrong",
    }
}

fn entries(rows: &Rows<'_>, row: &TallyRow) -> Result<Vec<Value>, StoreError> {
    let Some(chain) = row.tally.chain() else { return Ok(Vec::new()) };
    let (mut prior, mut next, mut entries) = (row.tally.object().digest(), 1, Vec::new());
    while next <= chain.head() {
        let page = rows.from_index(row.tally.id(), next, chain.head(), PAGE)?;
        let Some(last) = page.last().map(|linked| (linked.index, linked.hash)) else { break };
        for linked in &page {
            entries.push(entry(row, chain, linked, &prior));
            prior = linked.hash;
        }
        (next, prior) = (last.0 + 1, last.1);
    }
    Ok(entries)
}

fn entry(row: &TallyRow, chain: &Chain, linked: &Linked, prior: &Digest) -> Value {
    let chit = &linked.chit;
    let key = row.tally.object().cert(chit.by()).map(|cert| cert.key());
    let signature = match (chit.signature(), key) {
        (None, _) => "missing",
        (Some(_), None) => "no key",
        (Some(_), Some(key)) => {
            if chit.verify(key).is_ok() {
                "good"
            } else {
                "wrong"
            }
        }
    };
    json!({
        "index": linked.index,
        "hash": linked.hash.to_string(),
        "hashFits": chit.chain_hash(linked.index, prior) == linked.hash,
        "signature": signature,
        "agreed": chain.agreed().is_some_and(|agreed| linked.index <= agreed),
        "chit": chit.raw(),
    })
}

fn disputed(dispute: &Dispute, since: Option<i64>) -> Value {
    json!({
        "kind": dispute.kind.as_str(),
        "index": dispute.index,
        "ourHash": dispute.ours.to_string(),
        "theirHash": dispute.theirs.map(|hash| hash.to_string()),
        "chit": dispute.chit.map(|chit| chit.to_string()),
        "proven": dispute.firm,
        "since": since.map(instant),
    })
}

fn said(piece: &EvidenceRow) -> Value {
    json!({ "kind": piece.kind, "index": piece.index, "at": instant(piece.at), "said": piece.said })
}

fn instant(millis: i64) -> String {
    Date::from_millis(millis).to_string()
}
