//! The referee: decides a lift once, first come (lifts.md 4, 6).
//!
//! The host writes a fresh decision down before it answers, and never forgets a commit. A void may be forgotten once
//! its time has run out: asked again, the answer would be the same.

use crate::date::Date;
use crate::lift::key::{Purpose, Signer};
use crate::lift::mutant::{self, Mutant};
use crate::lift::object::Core;
use crate::lift::paper::{Cert, Decision};
use crate::lift::plea::Plea;
use crate::lift::timer;

/// What a referee is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// Commit.
    Claim(Plea),
    /// Void.
    Abort(Plea),
    /// Which?
    Status(Core),
}

impl Query {
    /// What it is about.
    pub const fn core(&self) -> &Core {
        match self {
            Self::Claim(plea) | Self::Abort(plea) => &plea.core,
            Self::Status(core) => core,
        }
    }
}

/// What a referee answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Decided before: say it again.
    Stands(Cert),
    /// Decided now: write it down, then say it.
    Decided(Cert),
    /// Not decided, and its time has not run out.
    Open,
}

/// Why a referee says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMine {
    /// The core names another.
    #[error("another referee decides this")]
    Other,
    /// The claim or abort is not signed by its key.
    #[error("the signature does not check")]
    Signature,
    /// It would have to be remembered too long.
    #[error("it runs longer than a lift may")]
    TooLong,
}

/// Judges one question; `known` is what was decided about this lift before.
///
/// # Errors
/// [`NotMine`]: say nothing.
pub fn judge(
    query: &Query,
    known: Option<&Cert>,
    signer: &dyn Signer,
    now: Date,
) -> Result<Verdict, NotMine> {
    let core = query.core();
    if core.referee().key != signer.key(Purpose::Referee) {
        return Err(NotMine::Other);
    }
    if let Some(cert) = known.filter(|_| !mutant::is(Mutant::DecideAgain)) {
        return Ok(Verdict::Stands(cert.clone()));
    }
    if core.exp().millis() > now.millis().saturating_add(timer::LONGEST) {
        return Err(NotMine::TooLong);
    }
    let in_time = now < core.exp();
    let mut claim = None;
    let decision = match query {
        Query::Claim(plea) => {
            if !mutant::is(Mutant::SkipClaimSignature) {
                plea.verify_claim().map_err(|_| NotMine::Signature)?;
            }
            let commits = in_time || mutant::is(Mutant::LateClaim);
            claim = commits.then(|| plea.signature());
            if commits { Decision::Commit } else { Decision::Void }
        }
        Query::Abort(plea) => {
            plea.verify_abort().map_err(|_| NotMine::Signature)?;
            Decision::Void
        }
        Query::Status(_) if in_time => return Ok(Verdict::Open),
        Query::Status(_) => Decision::Void,
    };
    Ok(Verdict::Decided(Cert::sign(core.hash(), decision, now, claim, signer)))
}
