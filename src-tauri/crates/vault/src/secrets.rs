//! The secrets themselves: made once, laid out for sealing, and opened for use.

use std::fmt;
use std::sync::Arc;

use tallystick_noise::AgentSecret;
use zeroize::Zeroizing;

use crate::error::VaultError;
use crate::signer::{LiftSigner, USER_SECRET_LEN, UserSigner};

/// A vault that is open: what acts as the person, for as long as this value lives.
///
/// It cannot be cloned, printed or serialised. Dropping it locks the wallet.
pub struct Unlocked {
    agent: Arc<AgentSecret>,
    signer: UserSigner,
    lift: LiftSigner,
    database_key: Zeroizing<[u8; 32]>,
}

/// The secrets laid end to end, as they are sealed: agent seed, user key, lift seed, database key.
pub(crate) type Plain = Zeroizing<[u8; PLAIN_LEN]>;

impl Unlocked {
    /// Who this wallet is on the network; shared, since every link holds on to it.
    pub fn agent(&self) -> &Arc<AgentSecret> {
        &self.agent
    }

    /// What signs tallies and chits.
    pub fn signer(&self) -> &UserSigner {
        &self.signer
    }

    /// What signs lift records.
    pub fn lift(&self) -> &LiftSigner {
        &self.lift
    }

    /// What opens the ledger.
    pub fn database_key(&self) -> &Zeroizing<[u8; 32]> {
        &self.database_key
    }

    /// Opens secrets that were unsealed; a part that cannot be a key means damage.
    pub(crate) fn from_plain(plain: &Plain) -> Result<Self, VaultError> {
        let damaged = || VaultError::Damaged { part: "keys" };
        let (agent, rest) = plain.split_first_chunk::<32>().ok_or_else(damaged)?;
        let (user, rest) = rest.split_first_chunk::<USER_SECRET_LEN>().ok_or_else(damaged)?;
        let (lift, rest) = rest.split_first_chunk::<32>().ok_or_else(damaged)?;
        let (database, _) = rest.split_first_chunk::<32>().ok_or_else(damaged)?;
        Ok(Self {
            agent: Arc::new(AgentSecret::from_seed(Zeroizing::new(*agent))),
            signer: UserSigner::from_kept(user).ok_or_else(damaged)?,
            lift: LiftSigner::from_seed(lift).ok_or_else(damaged)?,
            database_key: Zeroizing::new(*database),
        })
    }
}

impl fmt::Debug for Unlocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unlocked").finish_non_exhaustive()
    }
}

/// Makes the secrets of a new profile.
pub(crate) fn generate() -> Result<Plain, VaultError> {
    let mut plain = Zeroizing::new([0; PLAIN_LEN]);
    getrandom::fill(plain.as_mut_slice()).map_err(VaultError::Random)?;
    let (_, user) = UserSigner::generate()?;
    plain[USER_AT..USER_AT + USER_SECRET_LEN].copy_from_slice(user.as_slice());
    Ok(plain)
}

/// After the agent seed.
const USER_AT: usize = 32;

/// Three keys of 32 bytes and the user key.
pub(crate) const PLAIN_LEN: usize = 3 * 32 + USER_SECRET_LEN;
