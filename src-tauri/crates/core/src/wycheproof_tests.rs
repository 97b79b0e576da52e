//! The edge cases of Project Wycheproof, through the functions that judge signatures here.

use aws_lc_rs::digest::{SHA384, SHA512, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p521::elliptic_curve::PrimeField as _;
use p521::elliptic_curve::sec1::{FromEncodedPoint as _, ToEncodedPoint as _};
use p521::{AffinePoint, EncodedPoint, FieldBytes, ProjectivePoint, Scalar};
use wycheproof::{ecdsa, eddsa};

use crate::lift::{LiftKey, LiftSignature};
use crate::signature::{Signature, UserKey};

/// The collection has P-521 with SHA-512; a user key signs with SHA-384.
///
/// A signature `(r, s)` is good under a key `Q` for a hash `e` exactly if it is good under `Q + (e − e')/r · G` for a
/// hash `e'`, and the point that is compared with `r` is the same. So every case keeps what is special about it under
/// another key, and the verdict must be the one that the collection gives.
#[test]
fn user_keys_hold_for_every_edge_case_of_wycheproof() {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp521r1Sha512P1363).unwrap();
    let (mut good, mut refused) = (0, 0);

    for group in &set.test_groups {
        for test in &group.tests {
            let key = same_case(&group.key.key, &test.msg, &test.sig);
            let half = |half: &[u8]| half.try_into().unwrap();
            let key = UserKey::from_coordinates(half(key.x().unwrap()), half(key.y().unwrap())).unwrap();
            let signature = URL_SAFE_NO_PAD.encode(&*test.sig).parse::<Signature>();
            let passed = signature.is_ok_and(|signature| key.verify(&test.msg, &signature).is_ok());
            assert_eq!(passed, !test.result.must_fail(), "{}: {}", test.tc_id, test.comment);
            if passed { good += 1 } else { refused += 1 }
        }
    }

    assert_eq!((good, refused), (231, 87));
}

/// The key under which the case is the same with our hash.
fn same_case(key: &[u8], message: &[u8], signature: &[u8]) -> EncodedPoint {
    let key = EncodedPoint::from_bytes(key).unwrap();
    let Some(r) = signature.first_chunk::<66>().and_then(scalar).filter(|_| signature.len() == 132) else {
        // No number of the curve: it must be refused under any key.
        return key;
    };
    let inverse = Option::<Scalar>::from(r.invert());
    let Some(inverse) = inverse else { return key };
    let hash = |algorithm| {
        let hash = digest(algorithm, message);
        let mut wide = [0; 66];
        wide[66 - hash.as_ref().len()..].copy_from_slice(hash.as_ref());
        scalar(&wide).unwrap()
    };
    let shift = (hash(&SHA512) - hash(&SHA384)) * inverse;
    let point = Option::<AffinePoint>::from(AffinePoint::from_encoded_point(&key)).unwrap();
    (ProjectivePoint::from(point) + ProjectivePoint::GENERATOR * shift).to_affine().to_encoded_point(false)
}

fn scalar(bytes: &[u8; 66]) -> Option<Scalar> {
    Scalar::from_repr(*FieldBytes::from_slice(bytes)).into()
}

#[test]
fn lift_keys_hold_for_every_edge_case_of_wycheproof() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let (mut good, mut refused) = (0, 0);

    for group in &set.test_groups {
        let key = LiftKey::from_bytes(group.key.pk.as_ref().try_into().unwrap());
        for test in &group.tests {
            let signature = URL_SAFE_NO_PAD.encode(&*test.sig).parse::<LiftSignature>();
            let passed = signature.is_ok_and(|signature| key.verify_message(&test.msg, &signature).is_ok());
            assert_eq!(passed, !test.result.must_fail(), "{}: {}", test.tc_id, test.comment);
            if passed { good += 1 } else { refused += 1 }
        }
    }

    assert_eq!((good, refused), (88, 63));
}
