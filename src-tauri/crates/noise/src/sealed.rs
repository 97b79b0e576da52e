//! Messages that go without a link, by whatever road: sealed to one agent, and provably from another.
//!
//! The pattern is Noise X: the sender's key travels inside, so that nobody on the way learns who writes, and only who
//! has it can have written. What is sealed can be sent twice by anybody; whoever opens it must bear repetition.

use std::sync::Arc;

use snow::Builder;
use snow::resolvers::{DefaultResolver, FallbackResolver};

use crate::identity::{AgentSecret, KeyError, StaticKey};
use crate::primitives::Primitives;
use tallystick_core::AgentId;

/// Why nothing was sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// No honest agent has this name.
    #[error(transparent)]
    NoSuchAgent(#[from] KeyError),
    /// More than [`MAX_SEALED`] bytes.
    #[error("this is too long to be sealed")]
    TooLong,
    /// Ours: the machine did not do as it was told.
    #[error("it could not be sealed")]
    Crypto(#[from] snow::Error),
}

/// Seals a content for one agent.
///
/// # Errors
/// [`SealError`].
pub fn seal(ours: &AgentSecret, theirs: &AgentId, content: &[u8]) -> Result<Vec<u8>, SealError> {
    if content.len() > MAX_SEALED {
        return Err(SealError::TooLong);
    }
    let theirs = StaticKey::of(theirs)?;
    let builder = builder(ours)?.remote_public_key(theirs.as_bytes())?;
    let mut state = builder.build_initiator()?;
    let mut sealed = vec![0; content.len() + OVERHEAD];
    let length = state.write_message(content, &mut sealed)?;
    sealed.truncate(length);
    Ok(sealed)
}

/// Opens what was sealed for us: whose it is, and what it says. Nothing if it is for somebody else, or was altered.
pub fn open(ours: &AgentSecret, sealed: &[u8]) -> Option<(StaticKey, Vec<u8>)> {
    if !(OVERHEAD..=MAX_SEALED + OVERHEAD).contains(&sealed.len()) {
        return None;
    }
    let mut state = builder(ours).ok()?.build_responder().ok()?;
    let mut content = vec![0; sealed.len()];
    let length = state.read_message(sealed, &mut content).ok()?;
    content.truncate(length);
    let theirs: [u8; 32] = state.get_remote_static()?.try_into().ok()?;
    Some((StaticKey::proven(theirs), content))
}

fn builder(ours: &AgentSecret) -> Result<Builder<'_>, snow::Error> {
    let primitives = Primitives { own: Some(Arc::clone(ours.pair())) };
    let resolver = FallbackResolver::new(Box::new(primitives), Box::new(DefaultResolver));
    Builder::with_resolver(PATTERN.parse()?, Box::new(resolver))
        .prologue(PROLOGUE)?
        .local_private_key(ours.expose_scalar())
}

const PATTERN: &str = "Noise_X_25519_ChaChaPoly_BLAKE2b";

/// Keeps these apart from anything else that these keys ever do.
const PROLOGUE: &[u8] = b"tallystick hand-over 1";

/// An ephemeral key, a sealed static key, and two tags.
const OVERHEAD: usize = 32 + 48 + 16;

/// What fits into one Noise message.
pub const MAX_SEALED: usize = 65_535 - OVERHEAD;

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    fn agent(seed: u8) -> AgentSecret {
        AgentSecret::from_seed(Zeroizing::new([seed; 32]))
    }

    #[test]
    fn only_who_it_is_for_opens_it_and_learns_whose_it_is() {
        let [alice, bob, carol] = [1, 2, 3].map(agent);
        let sealed = seal(&alice, &bob.agent_id(), b"a promise").unwrap();

        let (from, content) = open(&bob, &sealed).unwrap();

        assert!(from.is_agent(&alice.agent_id()));
        assert_eq!(content, b"a promise");
        assert!(open(&carol, &sealed).is_none());
        assert!(open(&alice, &sealed).is_none());
    }

    #[test]
    fn nothing_shows_through() {
        let [alice, bob] = [1, 2].map(agent);
        let sealed = seal(&alice, &bob.agent_id(), b"a promise").unwrap();
        let key = StaticKey::of(&alice.agent_id()).unwrap();

        assert!(!sealed.windows(32).any(|part| part == key.as_bytes()));
        assert!(!sealed.windows(9).any(|part| part == b"a promise"));
        assert_ne!(sealed, seal(&alice, &bob.agent_id(), b"a promise").unwrap());
    }

    #[test]
    fn any_change_is_noticed() {
        let [alice, bob] = [1, 2].map(agent);
        let sealed = seal(&alice, &bob.agent_id(), b"a promise").unwrap();

        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open(&bob, &changed).is_none(), "{at}");
            assert!(open(&bob, &sealed[..at]).is_none(), "{at}");
        }
        assert!(open(&bob, &[sealed, vec![0]].concat()).is_none());
    }

    #[test]
    fn what_is_too_long_is_refused() {
        let [alice, bob] = [1, 2].map(agent);

        assert!(seal(&alice, &bob.agent_id(), &vec![0; MAX_SEALED]).is_ok());
        assert!(matches!(seal(&alice, &bob.agent_id(), &vec![0; MAX_SEALED + 1]), Err(SealError::TooLong)));
        assert!(open(&bob, &vec![0; 70_000]).is_none());
    }
}
