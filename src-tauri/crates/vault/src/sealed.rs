//! The sealed file: a header that anyone may read, and secrets that only the wrapping key opens.
//!
//! ```json
//! {"header":{"format":"tallystick-keys","version":1,"profile":"main","protector":{"by":"keychain"},"nonce":"…"},"sealed":"…","checksum":"…"}
//! ```
//!
//! There is exactly one way to write a given file, and reading insists on it, so no byte can change unnoticed. The
//! whole header is associated data of the seal. The checksum is no protection (anyone can compute it): it tells
//! damage from a wrong passphrase.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{AeadInPlace as _, KeyInit as _};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::derive::{Argon2Cost, SALT_LEN};
use crate::error::VaultError;
use crate::keychain::WrappingKey;
use crate::profile::ProfileId;
use crate::secrets::{PLAIN_LEN, Plain};

/// A sealed file as it was read and checked, still closed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sealed {
    header: Header,
    sealed: String,
    checksum: String,
}

/// What holds or gives the wrapping key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Wrapping {
    /// The keychain holds it.
    Keychain {},
    /// Argon2id gives it.
    Passphrase { cost: Argon2Cost, salt: String },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    version: u32,
    profile: String,
    protector: Wrapping,
    nonce: String,
}

/// As much of a file as every later version must keep.
#[derive(Deserialize)]
struct Glance {
    header: GlanceHeader,
}

#[derive(Deserialize)]
struct GlanceHeader {
    format: String,
    version: u32,
}

impl Sealed {
    /// Seals secrets under a wrapping key.
    pub(crate) fn seal(
        plain: &Plain,
        profile: &ProfileId,
        protector: Wrapping,
        key: &WrappingKey,
    ) -> Result<Self, VaultError> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(VaultError::Random)?;
        let header = Header {
            format: FORMAT.to_owned(),
            version: VERSION,
            profile: profile.as_str().to_owned(),
            protector,
            nonce: URL_SAFE_NO_PAD.encode(nonce),
        };

        let mut body = plain.to_vec();
        let tag = cipher(key)
            .encrypt_in_place_detached(XNonce::from_slice(&nonce), &header.bytes(), &mut body)
            .expect("a few hundred bytes are within the cipher's limit");
        body.extend_from_slice(&tag);

        let sealed = URL_SAFE_NO_PAD.encode(body);
        let checksum = checksum(&header, &sealed);
        Ok(Self { header, sealed, checksum })
    }

    /// Reads a file strictly.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, VaultError> {
        let glance: Glance = serde_json::from_slice(bytes).map_err(|_| damaged("shape"))?;
        if glance.header.format != FORMAT {
            return Err(damaged("format"));
        }
        if glance.header.version > VERSION {
            return Err(VaultError::Newer { version: glance.header.version });
        }
        let file: Self = serde_json::from_slice(bytes).map_err(|_| damaged("shape"))?;
        if file.header.version != VERSION {
            return Err(damaged("version"));
        }
        if file.checksum != checksum(&file.header, &file.sealed) || file.to_bytes() != bytes {
            return Err(damaged("checksum"));
        }
        if let Wrapping::Passphrase { cost, .. } = file.header.protector
            && !cost.is_bearable()
        {
            return Err(damaged("cost"));
        }
        Ok(file)
    }

    /// The bytes of the file.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = json(self);
        bytes.push(b'\n');
        bytes
    }

    /// What opens this file.
    pub(crate) fn protector(&self) -> &Wrapping {
        &self.header.protector
    }

    /// Whether it was sealed for this profile.
    pub(crate) fn is_of(&self, profile: &ProfileId) -> bool {
        self.header.profile == profile.as_str()
    }

    /// Opens the file; `None` when the key is not the one, or the seal was broken on purpose.
    pub(crate) fn unseal(&self, key: &WrappingKey) -> Result<Option<Plain>, VaultError> {
        let nonce = exactly::<NONCE_LEN>(&self.header.nonce).ok_or(damaged("nonce"))?;
        let body = Zeroizing::new(URL_SAFE_NO_PAD.decode(&self.sealed).map_err(|_| damaged("seal"))?);
        let (body, tag) = body.split_last_chunk::<TAG_LEN>().ok_or(damaged("seal"))?;
        let mut plain: Plain = Zeroizing::new([0; PLAIN_LEN]);
        if body.len() != PLAIN_LEN {
            return Err(damaged("seal"));
        }
        plain.copy_from_slice(body);

        let opened = cipher(key).decrypt_in_place_detached(
            XNonce::from_slice(&nonce),
            &self.header.bytes(),
            plain.as_mut_slice(),
            Tag::from_slice(tag),
        );
        Ok(opened.is_ok().then_some(plain))
    }
}

impl Wrapping {
    /// A passphrase with a fresh salt.
    pub(crate) fn passphrase(cost: Argon2Cost) -> Result<(Self, [u8; SALT_LEN]), VaultError> {
        let mut salt = [0; SALT_LEN];
        getrandom::fill(&mut salt).map_err(VaultError::Random)?;
        Ok((Self::Passphrase { cost, salt: URL_SAFE_NO_PAD.encode(salt) }, salt))
    }
}

impl Header {
    /// The associated data: all of it, and so the profile and the version.
    fn bytes(&self) -> Vec<u8> {
        json(self)
    }
}

/// The salt of a header.
pub(crate) fn salt(text: &str) -> Result<[u8; SALT_LEN], VaultError> {
    exactly(text).ok_or(damaged("salt"))
}

fn cipher(key: &WrappingKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.expose().into())
}

fn exactly<const N: usize>(text: &str) -> Option<[u8; N]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

fn checksum(header: &Header, sealed: &str) -> String {
    let mut bytes = header.bytes();
    bytes.push(b'\n');
    bytes.extend_from_slice(sealed.as_bytes());
    URL_SAFE_NO_PAD.encode(digest(&SHA256, &bytes))
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("texts and numbers always serialise")
}

fn damaged(part: &'static str) -> VaultError {
    VaultError::Damaged { part }
}

/// Says what the file is, to us and to whoever finds it.
const FORMAT: &str = "tallystick-keys";

/// Of the layout of the file and of what is sealed in it.
const VERSION: u32 = 1;

const NONCE_LEN: usize = 24;

const TAG_LEN: usize = 16;
