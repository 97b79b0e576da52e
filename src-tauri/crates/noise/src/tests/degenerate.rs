//! Points of low order make every shared secret zero, so whoever sends one needs no key.

use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::montgomery::MontgomeryPoint;
use snow::params::{CipherChoice, DHChoice, HashChoice};
use snow::resolvers::{CryptoResolver, DefaultResolver, FallbackResolver};
use snow::types::{Cipher, Dh, Hash, Random};

use super::*;
use crate::handshake::IK;
use crate::identity::StaticKey;

/// The points whose every multiple by a clamped scalar is zero, with the ignored top bit both ways.
fn degenerate() -> impl Iterator<Item = [u8; 32]> {
    let points = EIGHT_TORSION.iter().map(|point| point.to_montgomery().to_bytes());
    let twist =
        std::iter::once(hex::decode("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"));
    points.chain(twist.map(|bytes| bytes.unwrap().try_into().unwrap())).flat_map(|bytes: [u8; 32]| {
        let mut high = bytes;
        high[31] |= 0x80;
        [bytes, high]
    })
}

/// A curve that sends a degenerate point instead of its own and knows what the other end then gets: zeros.
#[derive(Clone, Copy)]
struct Degenerate {
    point: [u8; 32],
    /// Which of its keys is the lie.
    lie: Lie,
    private: [u8; 32],
    public: [u8; 32],
    lying: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lie {
    Static,
    Ephemeral,
}

impl Dh for Degenerate {
    fn name(&self) -> &'static str {
        "25519"
    }

    fn pub_len(&self) -> usize {
        32
    }

    fn priv_len(&self) -> usize {
        32
    }

    fn set(&mut self, privkey: &[u8]) {
        self.private.copy_from_slice(privkey);
        self.lying = self.lie == Lie::Static;
        self.public = MontgomeryPoint::mul_base_clamped(self.private).0;
    }

    fn generate(&mut self, rng: &mut dyn Random) -> Result<(), snow::Error> {
        rng.try_fill_bytes(&mut self.private)?;
        self.lying = self.lie == Lie::Ephemeral;
        self.public = MontgomeryPoint::mul_base_clamped(self.private).0;
        Ok(())
    }

    fn pubkey(&self) -> &[u8] {
        if self.lying { &self.point } else { &self.public }
    }

    fn privkey(&self) -> &[u8] {
        &self.private
    }

    fn dh(&self, pubkey: &[u8], out: &mut [u8]) -> Result<(), snow::Error> {
        let theirs = MontgomeryPoint(pubkey[..32].try_into().unwrap());
        let shared = if self.lying { [0; 32] } else { theirs.mul_clamped(self.private).0 };
        out[..32].copy_from_slice(&shared);
        Ok(())
    }
}

impl CryptoResolver for Degenerate {
    fn resolve_rng(&self) -> Option<Box<dyn Random>> {
        None
    }

    fn resolve_dh(&self, _: &DHChoice) -> Option<Box<dyn Dh>> {
        Some(Box::new(*self))
    }

    fn resolve_hash(&self, _: &HashChoice) -> Option<Box<dyn Hash>> {
        None
    }

    fn resolve_cipher(&self, _: &CipherChoice) -> Option<Box<dyn Cipher>> {
        None
    }
}

fn degenerate_ticket(point: [u8; 32], lie: Lie) -> Vec<u8> {
    let curve = Degenerate { point, lie, private: [0; 32], public: [0; 32], lying: false };
    let resolver = FallbackResolver::new(Box::new(curve), Box::new(DefaultResolver));
    let theirs = StaticKey::of(&bob().agent_id()).unwrap();
    let builder = snow::Builder::with_resolver(IK.parse().unwrap(), Box::new(resolver));
    let builder = builder.local_private_key(&[7; 32]).unwrap().remote_public_key(theirs.as_bytes()).unwrap();
    let mut body = vec![0; 200];
    let written = builder.build_initiator().unwrap().write_message(b"ticket", &mut body).unwrap();
    body.truncate(written);
    body
}

#[test]
fn the_library_alone_would_believe_a_degenerate_key() {
    for lie in [Lie::Static, Lie::Ephemeral] {
        let body = degenerate_ticket([0; 32], lie);
        let builder = snow::Builder::new(IK.parse().unwrap());
        let bob = bob();
        let mut responder =
            builder.local_private_key(bob.expose_scalar()).unwrap().build_responder().unwrap();

        assert!(responder.read_message(&body, &mut [0; 200]).is_ok());
    }
}

#[test]
fn a_degenerate_key_closes() {
    for point in degenerate() {
        for lie in [Lie::Static, Lie::Ephemeral] {
            let mut called = Link::accept(bob(), 0);
            let result = give(&mut called, &(Header::Ticket, degenerate_ticket(point, lie)), 0);
            assert_struck(&mut called, result);
        }

        let mut called = Link::accept(bob(), 0);
        let result = give(&mut called, &(Header::Caller, [&point[..], &[0; 80]].concat()), 0);
        assert_struck(&mut called, result);
        let (mut calling, _) = ticket();
        let result = give(&mut calling, &(Header::Answer, [&point[..], &[0; 16]].concat()), 0);
        assert_struck(&mut calling, result);
    }
}
