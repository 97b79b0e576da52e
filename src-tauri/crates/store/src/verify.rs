//! A ledger checked against itself: every signature, every hash, every sum.

use tallystick_core::chain::Chain;
use tallystick_core::tally::{Phase, Tally};
use tallystick_core::{AgentId, Certificate, Half, TallyId};

use crate::error::StoreError;
use crate::rows::{Rows, corrupt};
use crate::tally::TallyRow;
use crate::walk::About;

/// How much of a chain is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thorough {
    /// Every hash, place and sum: what shows that anything was changed since it was linked.
    Chain,
    /// Every signature as well, and every column that repeats what a chit says.
    All,
}

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
            self.verify_into(id, me, &mut findings)?;
            if let Ok(Some(row)) = self.tally(id)
                && row.tally.is_mending()
            {
                let sound = row.tally.chain().map_or(0, Chain::head);
                findings.add(id, sound + 1, "the copy was damaged from here on, and is not mended yet");
            }
        }
        self.verify_lifts(&mut findings)?;
        Ok(findings)
    }

    /// Checks everything about one tally again.
    pub fn verify_one(&self, id: TallyId) -> Result<Findings, StoreError> {
        let mut findings = Findings::default();
        let me = self.me()?.map(|me| me.certificate.chad().agent());
        self.verify_into(id, me, &mut findings)?;
        Ok(findings)
    }

    fn verify_into(
        &self,
        id: TallyId,
        me: Option<AgentId>,
        findings: &mut Findings,
    ) -> Result<(), StoreError> {
        findings.tallies += 1;
        match self.tally(id) {
            Ok(Some(row)) => self.verify_tally(&row, me, findings)?,
            Ok(None) => findings.add(id, 0, "the tally is not found by its own name"),
            Err(StoreError::Corrupt { what: "chain" }) => {
                findings.add(id, 0, "the chain does not fit together");
            }
            Err(StoreError::Corrupt { what: "chit" }) => findings.add(id, 0, "a chit cannot be read"),
            Err(StoreError::Corrupt { .. }) => findings.add(id, 0, "the tally cannot be read"),
            Err(error) => return Err(error),
        }
        Ok(())
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
        let digest = tally.object().digest();
        if columns.digest.as_deref() != Some(digest.as_bytes().as_slice()) {
            findings.add(id, 0, "the tally's digest is another one");
        }
        if columns.head_hash.as_deref() != Some(chain.head_hash().as_bytes().as_slice()) {
            findings.add(id, chain.head(), "the hash at the end is another one");
        }
        self.verify_chain(tally, Thorough::All, findings)
    }

    /// Checks the chain of one tally as it lies on the disk; nothing for an unknown one, or one without a chain.
    pub fn check_chain(&self, id: TallyId, how: Thorough) -> Result<Findings, StoreError> {
        let mut findings = Findings::default();
        if let Some(row) = self.tally(id)? {
            findings.tallies = 1;
            self.verify_chain(&row.tally, how, &mut findings)?;
        }
        Ok(findings)
    }

    fn verify_chain(&self, tally: &Tally, how: Thorough, findings: &mut Findings) -> Result<(), StoreError> {
        let Some(chain) = tally.chain() else { return Ok(()) };
        let (id, agreed) = (tally.id(), chain.agreed().unwrap_or(0));
        let key = |half: Half| tally.object().cert(half).map(Certificate::key);
        let lift_keys = self.lift_keys(id)?;
        let walked = self.walk(&About {
            id,
            lift_keys: &lift_keys,
            mine: tally.mine(),
            keys: [key(Half::Stock), key(Half::Foil)],
            digest: tally.object().digest(),
            agreed,
            head: chain.head(),
            all: how == Thorough::All,
        })?;
        findings.chits += walked.chits;
        findings.hashes += walked.chits + 1;
        if how == Thorough::All {
            findings.signatures += walked.chits;
        }
        for (index, what) in walked.wrong {
            findings.add(id, index, what);
        }
        if walked.chits != chain.head() {
            findings.add(id, walked.chits, "a chit is missing, or there is one too many");
        }
        if walked.agreed_hash != Some(chain.base()) {
            findings.add(id, agreed, "the agreed hash is another one");
        }
        if walked.head_hash != Some(chain.head_hash()) {
            findings.add(id, chain.head(), "the hash at the end is another one");
        }
        if walked.balance != tally.balance().milli() {
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
}

impl Findings {
    pub(crate) fn add(&mut self, tally: TallyId, index: u64, what: &'static str) {
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
