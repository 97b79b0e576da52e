//! Tags by which two partners know each other on a local network, and nobody else knows either.
//!
//! A tag is a keyed hash of a time window and of the place where whoever announces it takes calls. Its key comes of
//! the secret that two agent keys have in common (X25519 of both static keys), so it can be made and recognised by
//! these two only. Each direction has a key of its own: what one of them says, said back, names nobody. A tag that
//! somebody repeats from elsewhere, for another port, or in a later window, names nobody either. It is a hint where to
//! call, and proves nothing: that is for the handshake.

use std::fmt;
use std::net::SocketAddrV4;

use aws_lc_rs::hmac::{self, HMAC_SHA256, Key};
use tallystick_core::AgentId;

use crate::identity::{AgentSecret, KeyError, StaticKey};

/// How long a window lasts, in ms: one hour.
pub const WINDOW: i64 = 3_600_000;

/// The window in which an instant lies, given in ms since the Unix epoch.
pub fn window(at: i64) -> u64 {
    u64::try_from(at.div_euclid(WINDOW)).unwrap_or(0)
}

/// A tag: the first eight bytes of its hash. Two that are equal by chance cost one call in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub [u8; 8]);

/// What two partners recognise each other by, from the side of one of them.
pub struct Acquaintance {
    ours: Key,
    theirs: Key,
}

impl Acquaintance {
    /// Agrees on it with a partner, who comes to the same without a word.
    ///
    /// # Errors
    /// [`KeyError`] if no honest agent has this name.
    pub fn with(us: &AgentSecret, them: &AgentId) -> Result<Self, KeyError> {
        let theirs = StaticKey::of(them)?;
        let shared = us.pair().shared(theirs.as_bytes()).ok_or(KeyError::LowOrder)?;
        let root = Key::new(HMAC_SHA256, &*shared);
        let said_by = |one: &AgentId, other: &AgentId| {
            let mut context = hmac::Context::with_key(&root);
            [PURPOSE, one.as_bytes(), other.as_bytes()].iter().for_each(|part| context.update(part));
            Key::new(HMAC_SHA256, context.sign().as_ref())
        };
        let own = us.agent_id();
        Ok(Self { ours: said_by(&own, them), theirs: said_by(them, &own) })
    }

    /// The tag that tells this partner that we can be called there.
    pub fn ours(&self, window: u64, at: SocketAddrV4) -> Tag {
        tag(&self.ours, window, at)
    }

    /// The tag with which this partner would say so.
    pub fn theirs(&self, window: u64, at: SocketAddrV4) -> Tag {
        tag(&self.theirs, window, at)
    }
}

impl fmt::Debug for Acquaintance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acquaintance").finish_non_exhaustive()
    }
}

/// What somebody says besides tags, which must look like chance to everybody: a name for the window, and tags that
/// are nobody's.
pub struct Disguise(Key);

impl Disguise {
    /// The disguise of an agent: the same again after a restart, so that one window shows one name.
    pub fn of(us: &AgentSecret) -> Self {
        let root = Key::new(HMAC_SHA256, us.expose_seed());
        Self(Key::new(HMAC_SHA256, hmac::sign(&root, DISGUISE).as_ref()))
    }

    /// The n-th piece of noise in a window at a place. No two are alike, and none is like a tag.
    pub fn noise(&self, nth: u32, window: u64, at: SocketAddrV4) -> Tag {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(&nth.to_be_bytes());
        context.update(&place(window, at));
        cut(&context.sign())
    }
}

impl fmt::Debug for Disguise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disguise").finish_non_exhaustive()
    }
}

fn tag(key: &Key, window: u64, at: SocketAddrV4) -> Tag {
    cut(&hmac::sign(key, &place(window, at)))
}

fn place(window: u64, at: SocketAddrV4) -> [u8; 14] {
    let mut bytes = [0; 14];
    bytes[..8].copy_from_slice(&window.to_be_bytes());
    bytes[8..12].copy_from_slice(&at.ip().octets());
    bytes[12..].copy_from_slice(&at.port().to_be_bytes());
    bytes
}

fn cut(hash: &hmac::Tag) -> Tag {
    Tag(hash.as_ref().first_chunk().copied().unwrap_or_default())
}

/// Keeps these keys apart from every other use of the same secret.
const PURPOSE: &[u8] = b"tallystick lan tag 1\n";

/// And these.
const DISGUISE: &[u8] = b"tallystick lan disguise 1\n";

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;
    use zeroize::Zeroizing;

    use super::*;

    fn secret(seed: [u8; 32]) -> AgentSecret {
        AgentSecret::from_seed(Zeroizing::new(seed))
    }

    fn pair(one: [u8; 32], other: [u8; 32]) -> (Acquaintance, Acquaintance) {
        let (one, other) = (secret(one), secret(other));
        let with = |us: &AgentSecret, them: &AgentSecret| Acquaintance::with(us, &them.agent_id()).unwrap();
        (with(&one, &other), with(&other, &one))
    }

    fn at(last: u8, port: u16) -> SocketAddrV4 {
        SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, last), port)
    }

    /// Found by a script of its own over another library's X25519 and HMAC.
    #[test]
    fn tags_are_what_another_implementation_makes_of_the_same_keys() {
        let (one, other) = pair([1; 32], [2; 32]);

        assert_eq!(hex::encode(one.ours(495_000, at(5, 65_430)).0), "d1bad81e0d483443");
        assert_eq!(hex::encode(other.ours(495_000, at(5, 65_430)).0), "10d005a78872a770");
        let disguise = Disguise::of(&secret([1; 32]));
        assert_eq!(hex::encode(disguise.noise(7, 495_000, at(5, 65_430)).0), "da911f4be07c05e9");
    }

    #[test]
    fn a_window_lasts_an_hour_and_clocks_before_all_windows_are_in_the_first() {
        assert_eq!((window(0), window(WINDOW - 1), window(WINDOW)), (0, 0, 1));
        assert_eq!(window(-1), 0);
    }

    #[test]
    fn nobody_is_acquainted_with_a_key_of_low_order() {
        let nobody = AgentId::from_bytes({
            let mut point = [0; 32];
            point[0] = 1;
            point
        });

        assert_eq!(Acquaintance::with(&secret([1; 32]), &nobody).err(), Some(KeyError::LowOrder));
    }

    #[test]
    fn what_is_printed_is_no_key() {
        let (one, _) = pair([1; 32], [2; 32]);

        assert_eq!(
            format!("{one:?} {:?}", Disguise::of(&secret([1; 32]))),
            "Acquaintance { .. } Disguise { .. }"
        );
    }

    proptest! {
        #[test]
        fn each_hears_what_the_other_says_and_nothing_else_sounds_like_it(
            seeds in any::<([u8; 32], [u8; 32], [u8; 32])>(),
            hour in any::<u64>(),
            last in any::<u8>(),
            port in any::<u16>(),
        ) {
            prop_assume!(seeds.0 != seeds.1 && seeds.1 != seeds.2 && seeds.0 != seeds.2);
            let (one, other) = pair(seeds.0, seeds.1);
            let (_, stranger) = pair(seeds.0, seeds.2);
            let said = one.ours(hour, at(last, port));

            prop_assert_eq!(other.theirs(hour, at(last, port)), said);
            let unlike = [
                one.theirs(hour, at(last, port)),
                other.ours(hour, at(last, port)),
                stranger.theirs(hour, at(last, port)),
                other.theirs(hour.wrapping_add(1), at(last, port)),
                other.theirs(hour, at(last.wrapping_add(1), port)),
                other.theirs(hour, at(last, port.wrapping_add(1))),
                Disguise::of(&secret(seeds.0)).noise(0, hour, at(last, port)),
            ];
            prop_assert!(!unlike.contains(&said));
        }
    }
}
