//! The certificate beside a chit: how a lift enters the chain of a tally, and how anybody checks it there (lifts.md 5).
//!
//! The member `l1` of a chit, `{core, cert}`, is neither signed nor hashed, like `chain`: it says why the chit is good.

use serde_json::{Value, json};

use crate::chit::ChitObject;
use crate::lift::key::LiftKey;
use crate::lift::object::Core;
use crate::lift::paper::{Cert, Decision};
use crate::lift::promise::Promise;

/// What a local audit finds about a lift entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum BadProof {
    /// There is no core or no certificate beside it.
    #[error("nothing says why this is good")]
    Missing,
    /// Chit and core do not belong together.
    #[error("the chit is not the one its lift makes")]
    Mismatch,
    /// The giver's lift key did not sign it.
    #[error("the giver did not sign it")]
    Signature,
    /// The certificate is no commit of the referee that the core names, or nobody claimed it.
    #[error("nobody committed it")]
    Uncommitted,
}

impl Promise {
    /// The chit with its proof beside it, as it enters the chain.
    pub fn proven(&self, cert: &Cert) -> ChitObject {
        self.chit().with_member("l1", json!({"core": self.core().raw(), "cert": cert.to_value()}))
    }
}

/// Checks a lift chit from what stands beside it, with the key its giver delegated.
///
/// # Errors
/// [`BadProof`] names what is wrong.
pub fn check(chit: &ChitObject, key: &LiftKey) -> Result<(), BadProof> {
    let proof = chit.raw().get("l1").ok_or(BadProof::Missing)?;
    let part = |name: &str| proof.get(name).filter(|part| !part.is_null()).ok_or(BadProof::Missing);
    let core = Core::parse(part("core")?.clone()).map_err(|_| BadProof::Mismatch)?;
    let cert = Cert::parse(part("cert")?).map_err(|_| BadProof::Uncommitted)?;
    let promise = Promise::of(chit.clone(), core).map_err(|_| BadProof::Mismatch)?;
    promise.verify(key).map_err(|_| BadProof::Signature)?;
    let commits = cert.decision() == Decision::Commit && cert.verify(promise.core()).is_ok();
    if commits { Ok(()) } else { Err(BadProof::Uncommitted) }
}

/// The promise that an entry of the chain stands for, and the commit beside it, unchecked; nothing if it is no lift.
pub fn promised(chit: &ChitObject) -> Option<(Promise, Cert)> {
    let (core, cert) = read(chit)?;
    Promise::of(chit.without_proof(), core).ok().map(|promise| (promise, cert))
}

/// The core and the certificate beside a chit, unchecked.
pub fn read(chit: &ChitObject) -> Option<(Core, Cert)> {
    let proof: &Value = chit.raw().get("l1")?;
    let core = Core::parse(proof.get("core")?.clone()).ok()?;
    Some((core, Cert::parse(proof.get("cert")?).ok()?))
}
