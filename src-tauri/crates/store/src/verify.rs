//! A ledger checked against itself: every signature, every hash, every sum.

use rusqlite::params;
use tallystick_core::tally::Phase;
use tallystick_core::{AgentId, Digest, Half, TallyId, Units};

use crate::chit::ChitRow;
use crate::error::StoreError;
use crate::rows::{Rows, corrupt, signed};
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
        let me = self.me()?.map(|me| me.certificate.chad().agent());
        let ids: Vec<String> = self
            .conn
            .prepare_cached("select id from tally order by id")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for id in ids {
            let id: TallyId = id.parse().map_err(|_| corrupt("tally"))?;
            findings.tallies += 1;
            match self.tally(id) {
                Ok(Some(row)) => self.verify_tally(&row, me, &mut findings)?,
                Ok(None) => findings.add(id, 0, "the tally is not found by its own name"),
                Err(StoreError::Corrupt { what: "chain" }) => {
                    findings.add(id, 0, "the chain does not fit together");
                }
                Err(StoreError::Corrupt { what: "chit" }) => findings.add(id, 0, "a chit cannot be read"),
                Err(StoreError::Corrupt { .. }) => findings.add(id, 0, "the tally cannot be read"),
                Err(error) => return Err(error),
            }
        }
        Ok(findings)
    }

    fn verify_tally(
        &self,
        row: &TallyRow,
        me: Option<AgentId>,
        findings: &mut Findings,
    ) -> Result<(), StoreError> {
        let tally = &row.tally;
        let id = tally.id();
        for half in signed_halves(tally.phase(), tally.mine()) {
            // Whoever used a ticket of ours can be refused before anybody has signed.
            if tally.phase() == Phase::Refusing && tally.object().signature(*half).is_none() {
                continue;
            }
            findings.signatures += 1;
            if tally.object().verify(*half).is_err() {
                findings.add(id, 0, "the tally's signature does not check");
            }
        }
        if tally.object().uuid() != id {
            findings.add(id, 0, "the tally is kept under another name");
        }
        let ours = tally.object().cert(tally.mine()).map(|cert| cert.chad().agent());
        if me.is_some() && ours != me {
            findings.add(id, 0, "the half is not ours");
        }
        let columns = self.columns(id)?;
        if columns.partner != tally.partner().map(|agent| agent.to_string()) {
            findings.add(id, 0, "the partner is another one");
        }
        if !columns.counted {
            findings.add(id, 0, "the chits are counted wrongly");
        }
        if columns.waiting != tally.waiting().milli() {
            findings.add(id, 0, "what waits is another amount");
        }
        if tally.chain().is_some() != tally.phase().has_chain() {
            findings.add(id, 0, "the phase does not fit the chain");
        }
        let Some(chain) = tally.chain() else {
            if columns.chits != 0 || columns.balance != 0 {
                findings.add(id, 0, "there are chits in a tally that was never opened");
            }
            return Ok(());
        };
        findings.hashes += 1;
        let mut walk = Walk { prior: tally.object().digest(), next: 1, balance: Units::ZERO };
        if columns.digest.as_deref() != Some(walk.prior.as_bytes().as_slice()) {
            findings.add(id, 0, "the tally's digest is another one");
        }
        if columns.head_hash.as_deref() != Some(chain.head_hash().as_bytes().as_slice()) {
            findings.add(id, chain.head(), "the hash at the end is another one");
        }
        let agreed = chain.agreed().unwrap_or(0);
        let mut agreed_hash = (agreed == 0).then_some(walk.prior);
        while walk.next <= chain.head() {
            let page = match self.forward(id, walk.next, PAGE) {
                Ok(page) => page,
                Err(StoreError::Corrupt { .. }) => {
                    findings.add(id, walk.next, "a chit from here on cannot be read");
                    return Ok(());
                }
                Err(error) => return Err(error),
            };
            if page.is_empty() {
                findings.add(id, walk.next, "a chit is missing");
                return Ok(());
            }
            for chit in page {
                findings.chits += 1;
                findings.hashes += 1;
                findings.signatures += 1;
                let index = chit.linked.index;
                for what in walk.step(row, &chit) {
                    findings.add(id, index, what);
                }
                if chit.matched_at.is_some() != (index <= agreed) {
                    findings.add(id, index, "the chit's mark of agreement is wrong");
                }
                if !self.copies_agree(id, &chit)? {
                    findings.add(id, index, "what the chit says was copied wrongly");
                }
                if index == agreed {
                    agreed_hash = Some(walk.prior);
                }
            }
        }
        if agreed_hash != Some(chain.base()) {
            findings.add(id, agreed, "the agreed hash is another one");
        }
        if walk.balance != tally.balance() {
            findings.add(id, chain.head(), "the balance is not the sum of the chits");
        }
        Ok(())
    }

    /// The columns of a tally that the machine makes no use of.
    fn columns(&self, id: TallyId) -> Result<Columns, StoreError> {
        let sql = "select partner, waiting, digest, head_hash, balance,
                       (select count(*) from chit where tally = id),
                       not exists (select kind, mine, count(*), sum(change) from chit where tally = ?1 group by kind, mine
                                   except select kind, mine, count, sum from chit_sum where tally = ?1)
                       and not exists (select kind, mine, count, sum from chit_sum
                                       where tally = ?1 and (count != 0 or sum != 0)
                                   except select kind, mine, count(*), sum(change) from chit
                                       where tally = ?1 group by kind, mine)
                   from tally where id = ?1";
        Ok(self.conn.prepare_cached(sql)?.query_row([id.to_string()], |row| {
            Ok(Columns {
                partner: row.get(0)?,
                waiting: row.get(1)?,
                digest: row.get(2)?,
                head_hash: row.get(3)?,
                balance: row.get(4)?,
                chits: row.get(5)?,
                counted: row.get(6)?,
            })
        })?)
    }

    /// Whether the columns that chits are found by say what the chit says.
    fn copies_agree(&self, tally: TallyId, row: &ChitRow) -> Result<bool, StoreError> {
        let sql = "select uuid = ?3 and kind = ?4 and date = ?5 and memo is ?6 from chit where tally = ?1 and idx = ?2";
        let chit = &row.linked.chit;
        let agree = self.conn.prepare_cached(sql)?.query_row(
            params![
                tally.to_string(),
                signed(row.linked.index),
                chit.uuid().to_string(),
                chit.kind().as_str(),
                chit.date().millis(),
                chit.memo(),
            ],
            |row| row.get(0),
        )?;
        Ok(agree)
    }

    fn forward(&self, tally: TallyId, from: u64, limit: u32) -> Result<Vec<ChitRow>, StoreError> {
        let before = from.saturating_add(u64::from(limit));
        let mut page = self.page(tally, Some(before), limit)?.chits;
        page.retain(|chit| chit.linked.index >= from);
        page.reverse();
        Ok(page)
    }
}

impl Findings {
    fn add(&mut self, tally: TallyId, index: u64, what: &'static str) {
        self.wrong.push(Finding { tally, index, what });
    }
}

/// What stands beside a tally's record.
struct Columns {
    partner: Option<String>,
    waiting: i64,
    digest: Option<Vec<u8>>,
    head_hash: Option<Vec<u8>>,
    balance: i64,
    chits: i64,
    counted: bool,
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
        let signed =
            row.tally.object().cert(object.by()).is_some_and(|cert| object.verify(cert.key()).is_ok());
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
        Phase::Draft | Phase::PartnerDraft | Phase::Revising | Phase::Refusing | Phase::Void => &[],
        Phase::Offering | Phase::Offered => one(mine),
        Phase::OfferedToUs => one(mine.other()),
        Phase::Accepting | Phase::Open | Phase::Closing | Phase::Closed => BOTH,
    }
}
