//! A ledger checked against itself: every signature, every hash, every sum.

use tallystick_core::tally::Phase;
use tallystick_core::{Digest, Half, TallyId, Units};

use crate::chit::ChitRow;
use crate::error::StoreError;
use crate::rows::Rows;
use crate::tally::TallyRow;

/// Chits checked between two looks at the disk.
const PAGE: u32 = 500;

/// What a check of the whole ledger saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Tallies looked at.
    pub tallies: u64,
    /// Chits looked at.
    pub chits: u64,
    /// Signatures checked.
    pub signatures: u64,
    /// Hashes computed anew.
    pub hashes: u64,
    /// What is wrong; empty in a sound ledger.
    pub wrong: Vec<Finding>,
}

/// Something wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// In which tally.
    pub tally: TallyId,
    /// At which index of the chain; 0 is the tally itself.
    pub index: u64,
    /// What.
    pub what: &'static str,
}

impl Rows<'_> {
    /// Checks everything again that was ever believed.
    pub fn verify(&self) -> Result<Findings, StoreError> {
        let mut findings = Findings::default();
        let check = self.conn.query_row("pragma integrity_check", [], |row| row.get::<_, String>(0))?;
        if check != "ok" {
            return Err(StoreError::Corrupt { what: "page" });
        }
        for row in self.tallies()? {
            findings.tallies += 1;
            self.verify_tally(&row, &mut findings)?;
        }
        Ok(findings)
    }

    fn verify_tally(&self, row: &TallyRow, findings: &mut Findings) -> Result<(), StoreError> {
        let tally = &row.tally;
        let wrong = |index: u64, what: &'static str, findings: &mut Findings| {
            findings.wrong.push(Finding { tally: tally.id(), index, what });
        };
        for half in signed_halves(tally.phase(), tally.mine()) {
            findings.signatures += 1;
            if tally.object().verify(*half).is_err() {
                wrong(0, "the tally's signature does not check", findings);
            }
        }
        let Some(chain) = tally.chain() else {
            return Ok(());
        };
        findings.hashes += 1;
        let mut walk = Walk { prior: tally.object().digest(), next: 1, balance: Units::ZERO };
        let stored: Option<Vec<u8>> = self.conn.query_row(
            "select digest from tally where id = ?1",
            [tally.id().to_string()],
            |found| found.get(0),
        )?;
        if stored.as_deref() != Some(walk.prior.as_bytes().as_slice()) {
            wrong(0, "the tally's digest is another one", findings);
        }
        while walk.next <= chain.head() {
            let page = self.forward(tally.id(), walk.next, PAGE)?;
            if page.is_empty() {
                wrong(walk.next, "a chit is missing", findings);
                return Ok(());
            }
            for chit in page {
                findings.chits += 1;
                findings.hashes += 1;
                findings.signatures += 1;
                for what in walk.step(row, &chit) {
                    wrong(chit.linked.index, what, findings);
                }
            }
        }
        if walk.balance != tally.balance() {
            wrong(chain.head(), "the balance is not the sum of the chits", findings);
        }
        Ok(())
    }

    fn forward(&self, tally: TallyId, from: u64, limit: u32) -> Result<Vec<ChitRow>, StoreError> {
        let before = from.saturating_add(u64::from(limit));
        let mut page = self.page(tally, Some(before), limit)?.chits;
        page.retain(|chit| chit.linked.index >= from);
        page.reverse();
        Ok(page)
    }
}

/// Where the walk along a chain stands.
struct Walk {
    prior: Digest,
    next: u64,
    balance: Units,
}

impl Walk {
    fn step(&mut self, row: &TallyRow, chit: &ChitRow) -> Vec<&'static str> {
        let mut wrong = Vec::new();
        let object = &chit.linked.chit;
        if chit.linked.index != self.next {
            wrong.push("a place in the chain is skipped");
        }
        if object.chain_hash(chit.linked.index, &self.prior) != chit.linked.hash {
            wrong.push("the chain hash is another one");
        }
        let signed = row.tally.object().cert(object.by()).is_some_and(|cert| object.verify(cert.key()).is_ok());
        if !signed {
            wrong.push("the chit's signature does not check");
        }
        if object.tally() != row.tally.id() {
            wrong.push("the chit belongs to another tally");
        }
        if chit.mine != (object.by() == row.tally.mine()) {
            wrong.push("the chit is booked to the wrong side");
        }
        match object.change_for(row.tally.mine()) {
            Some(change) if change == chit.change => {}
            _ => wrong.push("the chit is booked with another amount"),
        }
        match self.balance.checked_add(chit.change) {
            Some(balance) => self.balance = balance,
            None => wrong.push("the sum does not fit"),
        }
        if self.balance != chit.balance_after {
            wrong.push("the running balance is another one");
        }
        self.prior = chit.linked.hash;
        self.next = chit.linked.index + 1;
        wrong
    }
}

/// Whose signatures a tally must carry in each phase.
fn signed_halves(phase: Phase, mine: Half) -> &'static [Half] {
    const STOCK: &[Half] = &[Half::Stock];
    const FOIL: &[Half] = &[Half::Foil];
    const BOTH: &[Half] = &[Half::Stock, Half::Foil];
    let one = |half: Half| if half == Half::Stock { STOCK } else { FOIL };
    match phase {
        Phase::Draft | Phase::PartnerDraft | Phase::Void => &[],
        Phase::Offering | Phase::Offered => one(mine),
        Phase::OfferedToUs | Phase::Refusing => one(mine.other()),
        Phase::Accepting | Phase::Open | Phase::Closing | Phase::Closed => BOTH,
    }
}
