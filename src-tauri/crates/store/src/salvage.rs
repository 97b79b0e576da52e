//! Saving what is sound of a tally whose chits were found damaged.
//!
//! The chain is cut behind its last sound link. Whatever stood beyond is kept apart as it was found: a chit that is
//! signed as it should be comes back, in its partner's order or at the end; what cannot be read stays as evidence.

use rusqlite::params;
use tallystick_core::chain::Chain;
use tallystick_core::chit::{ChitObject, Kind};
use tallystick_core::tally::{Settled, Tally};
use tallystick_core::{Certificate, ChitId, Digest, Half, TallyId, Units};

use crate::error::StoreError;
use crate::rows::{Rows, corrupt, signed};
use crate::tally::Bare;
use crate::walk::{About, WORDS_DIFFER, WORDS_OF_NOTHING};

/// What was saved.
#[derive(Clone, Debug, PartialEq)]
pub struct Salvage {
    /// The tally, as far as it is sound.
    pub tally: Tally,
    /// The index up to which both had agreed.
    pub agreed: u64,
    /// Our chain hash there, as it was written down.
    pub hash: Digest,
    /// Chits that were laid aside, signed as they should be.
    pub kept: u64,
    /// Rows that were laid aside and are nobody's promise.
    pub unreadable: u64,
}

impl Rows<'_> {
    /// Tallies whose agreement can be read and whose chain should be there.
    pub fn chained(&self) -> Result<Vec<TallyId>, StoreError> {
        let sql = "select id from tally where phase in ('accepting', 'open', 'closing', 'closed') or digest is not null";
        let ids: Vec<String> =
            self.conn.prepare_cached(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
    }

    /// Cuts a damaged chain behind its last sound link, and lays the rest aside.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] of an `agreement` if the tally itself is damaged: then nothing can be told from its chits,
    /// and nothing is touched.
    pub fn salvage(&self, id: TallyId, now: i64) -> Result<Option<Salvage>, StoreError> {
        let Some(bare) = self.bare(id).map_err(agreement)? else { return Ok(None) };
        self.check_agreement(id, &bare)?;
        let sound = self.sound(id, &bare)?;
        // An agreed index beyond every chit that ever was here was never agreed on.
        let agreed = bare.agreed.unwrap_or(0).min(sound.last.max(bare.head));
        let (kept, unreadable) = self.lay_aside(id, &bare, sound.through, now)?;
        let base = agreed.min(sound.through);
        let tally = self.rebuild(id, &bare, base, now)?;
        let hash = match base == agreed {
            true => tally.chain().map(Chain::base),
            false => bare.agreed_hash,
        };
        Ok(Some(Salvage { tally, agreed, hash: hash.ok_or(corrupt("agreement"))?, kept, unreadable }))
    }

    fn check_agreement(&self, id: TallyId, bare: &Bare) -> Result<(), StoreError> {
        let (object, record) = (&bare.record.object, &bare.record);
        let agent = |half| object.cert(half).map(|cert| cert.chad().agent());
        let me = self.me()?.map(|me| me.certificate.chad().agent());
        let signed = [Half::Stock, Half::Foil].into_iter().all(|half| object.verify(half).is_ok());
        let ours = me.is_none() || agent(record.mine) == me;
        if signed && ours && object.uuid() == id && record.phase.has_chain() {
            return Ok(());
        }
        Err(corrupt("agreement"))
    }

    /// How far the chain is sound, every signature included.
    fn sound(&self, id: TallyId, bare: &Bare) -> Result<Sound, StoreError> {
        let object = &bare.record.object;
        let key = |half: Half| object.cert(half).map(Certificate::key);
        let lift_keys = self.lift_keys(id)?;
        let walked = self.walk(&About {
            id,
            lift_keys: &lift_keys,
            mine: bare.record.mine,
            keys: [key(Half::Stock), key(Half::Foil)],
            digest: object.digest(),
            agreed: bare.agreed.unwrap_or(0),
            head: bare.head,
            all: true,
        })?;
        let about_chits =
            walked.wrong.iter().filter(|(_, what)| ![WORDS_DIFFER, WORDS_OF_NOTHING].contains(what));
        let first_wrong = about_chits.map(|(index, _)| *index).min().unwrap_or(u64::MAX);
        let sql =
            "select count(*), coalesce(max(idx), 0) from chit where tally = ?1 and idx > 0 and idx < ?2";
        let named = params![id.to_string(), signed(first_wrong)];
        let (count, last): (i64, i64) =
            self.conn.prepare_cached(sql)?.query_row(named, |row| Ok((row.get(0)?, row.get(1)?)))?;
        debug_assert_eq!(count, last, "rows before the first wrong one follow each other");
        Ok(Sound { through: u64::try_from(count.min(last)).unwrap_or(0), last: walked.chits })
    }

    /// Takes every row beyond an index out of the chain.
    fn lay_aside(&self, id: TallyId, bare: &Bare, through: u64, now: i64) -> Result<(u64, u64), StoreError> {
        type Raw = (i64, String, String, i64);
        let (tally, (mut kept, mut unreadable)) = (id.to_string(), (0, 0));
        let sql =
            "select row, uuid, object, idx from chit where tally = ?1 and (idx > ?2 or idx < 1) order by idx";
        let beyond: Vec<Raw> = self
            .conn
            .prepare_cached(sql)?
            .query_map(params![tally, signed(through)], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<Result<_, _>>()?;
        let object = &bare.record.object;
        let promise = |text: &str| {
            let chit = serde_json::from_str(text).ok().and_then(|value| ChitObject::parse(value).ok());
            chit.filter(|chit| {
                let key = object.cert(chit.by()).map(Certificate::key);
                chit.tally() == id && key.is_some_and(|key| chit.verify(key).is_ok())
            })
        };
        let sql = "insert into salvage (tally, uuid, idx, object, hash, sound, recorded_at, left_at, delivered_at, found_at)
                   select tally, ?2, idx, object, hash, ?3, recorded_at, left_at, delivered_at, ?4 from chit where row = ?1";
        for (row, uuid, text, _) in beyond {
            let chit = promise(&text);
            let name = chit.as_ref().map_or(uuid, |chit| chit.uuid().to_string());
            self.conn.prepare_cached(sql)?.execute(params![row, name, chit.is_some(), now])?;
            self.conn.prepare_cached("delete from chit where row = ?1")?.execute([row])?;
            if chit.is_some() { kept += 1 } else { unreadable += 1 }
        }
        Ok((kept, unreadable))
    }

    /// Writes the tally down as what is left of its chain makes it.
    fn rebuild(&self, id: TallyId, bare: &Bare, base: u64, now: i64) -> Result<Tally, StoreError> {
        let tally = id.to_string();
        for sql in [
            "delete from chit_words where tally = ?1",
            "delete from chit_sum where tally = ?1",
            "insert into chit_sum (tally, kind, mine, count, sum)
             select tally, kind, mine, count(*), sum(change) from chit where tally = ?1 group by kind, mine",
        ] {
            self.conn.prepare_cached(sql)?.execute([&tally])?;
        }
        let marks =
            "update chit set matched_at = iif(idx <= ?2, coalesce(matched_at, ?3), null) where tally = ?1
                     and (matched_at is null) = (idx <= ?2)";
        self.conn.prepare_cached(marks)?.execute(params![tally, signed(base), now])?;
        self.pack_words(id, base)?;
        let sql = "select coalesce(sum(change), 0) from chit where tally = ?1";
        let balance: i64 = self.conn.prepare_cached(sql)?.query_row([&tally], |row| row.get(0))?;
        let mut settings = Settled::default();
        let sql = "select idx from chit where tally = ?1 and kind = 'set' and idx <= ?2 order by idx";
        let places: Vec<i64> = self
            .conn
            .prepare_cached(sql)?
            .query_map(params![tally, signed(base)], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for place in places {
            let chit = self.at(id, place)?;
            if let (Kind::Set, Some(reference)) = (chit.linked.chit.kind(), chit.linked.chit.reference()) {
                let side = if chit.mine { &mut settings.mine } else { &mut settings.theirs };
                side.take(reference);
            }
        }
        let hash = match base {
            0 => bare.record.object.digest(),
            place => self.at(id, signed(place))?.linked.hash,
        };
        let agreed = bare.agreed.map(|_| base);
        let chain = Chain::restore(agreed, hash, self.tail(id, base)?).map_err(|_| corrupt("chain"))?;
        let mut record = bare.record.clone();
        record.chain = Some(chain);
        record.balance = Units::new(balance).map_err(|_| corrupt("chit"))?;
        record.settings = settings;
        let whole = Tally::restore(record);
        self.put_anew(&whole, now)?;
        Ok(whole)
    }

    /// Chits that were laid aside, are signed as they should be, and do not stand in the chain; oldest first.
    ///
    /// Those that stand there again are forgotten, and what was known of them is known again.
    pub fn laid_aside(&self, id: TallyId, limit: u32) -> Result<Vec<ChitObject>, StoreError> {
        let tally = id.to_string();
        let here =
            "salvage.tally = ?1 and sound = 1 and salvage.tally = chit.tally and salvage.uuid = chit.uuid
                    and salvage.object = chit.object";
        let again = format!(
            "update chit set recorded_at = salvage.recorded_at, left_at = coalesce(chit.left_at, salvage.left_at),
                 delivered_at = coalesce(salvage.delivered_at, chit.delivered_at) from salvage where {here}"
        );
        self.conn.prepare_cached(&again)?.execute([&tally])?;
        let gone =
            format!("delete from salvage where tally = ?1 and exists (select 1 from chit where {here})");
        self.conn.prepare_cached(&gone)?.execute([&tally])?;
        let sql = "select object from salvage where tally = ?1 and sound = 1 order by row limit ?2";
        let mut statement = self.conn.prepare_cached(sql)?;
        let texts: Vec<String> =
            statement.query_map(params![tally, limit], |row| row.get(0))?.collect::<Result<_, _>>()?;
        texts
            .iter()
            .map(|text| {
                let value = serde_json::from_str(text).map_err(|_| corrupt("chit that was laid aside"))?;
                ChitObject::parse(value).map_err(|_| corrupt("chit that was laid aside"))
            })
            .collect()
    }

    /// How many rows of a tally lie aside: sound ones, and the others.
    pub fn aside(&self, id: TallyId) -> Result<(u64, u64), StoreError> {
        let sql = "select coalesce(sum(sound), 0), coalesce(sum(1 - sound), 0) from salvage where tally = ?1";
        let (sound, rest): (i64, i64) = self
            .conn
            .prepare_cached(sql)?
            .query_row([id.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((sound.unsigned_abs(), rest.unsigned_abs()))
    }

    /// Whether a chit of this name lies aside.
    pub fn is_aside(&self, id: TallyId, chit: ChitId) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from salvage where tally = ?1 and uuid = ?2)";
        let named = params![id.to_string(), chit.to_string()];
        Ok(self.conn.prepare_cached(sql)?.query_row(named, |row| row.get(0))?)
    }
}

/// How far a chain is sound.
struct Sound {
    /// The last sound link.
    through: u64,
    /// Rows there are in all.
    last: u64,
}

fn agreement(error: StoreError) -> StoreError {
    match error {
        StoreError::Corrupt { .. } => corrupt("agreement"),
        other => other,
    }
}
