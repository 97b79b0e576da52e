//! **A certificate.** It is kept as it came, to the byte of its canonical form; what is read out of it is within its
//! limits; and reading it again gives the same. Told more or less of a person, it is still theirs.

use tallystick_core::canonical::{self, parse_strict};
use tallystick_core::{Card, Certificate, MAX_CERTIFICATE, MAX_DISPLAY_NAME, UserKey};

pub(crate) fn run(bytes: &[u8]) {
    let Ok(value) = parse_strict(bytes) else { return };
    let Ok(cert) = Certificate::parse(value.clone()) else { return };

    assert_eq!(*cert.raw(), value, "a certificate was altered");
    let text = canonical::signing(&value).expect("a certificate can be signed over");
    assert!(text.len() <= MAX_CERTIFICATE, "a certificate is too large");
    let name = cert.display_name();
    assert!(
        (1..=MAX_DISPLAY_NAME).contains(&name.chars().count()),
        "a name without end or without beginning"
    );
    let jwk = cert.key().to_jwk();
    assert_eq!(UserKey::from_jwk(&jwk).as_ref(), Ok(cert.key()), "a key is another after it was written");
    assert_eq!(
        parse_strict(&text).ok().and_then(|again| Certificate::parse(again).ok()).as_ref(),
        Some(&cert)
    );

    // Told anew with a card, it keeps its name, key and address; told with nothing, it tells nothing.
    if let Ok(told) = cert.telling(&cert.card()) {
        assert_eq!((told.key(), told.chad()), (cert.key(), cert.chad()), "a card changed whose it is");
        assert_eq!(told.card(), cert.card(), "a card is another after it was told");
    }
    if let Ok(silent) = cert.telling(&Card::default()) {
        assert_eq!(silent.card(), Card::default(), "what was not to be told was told");
    }
}
