//! From what went wrong inside to what a skin is told.

use std::fmt;

use tallystick_core::Refusal;
use tallystick_core::settings::BadSettings;
use tallystick_core::tally::Tally;
use tallystick_store::StoreError;
use tallystick_vault::{KeychainError, VaultError, Weakness};

use crate::view::{Failure, FailureCode, SettingsRule, WeakReason};

impl Failure {
    /// The person can do something else; the same again will not help.
    pub(crate) fn plain(code: FailureCode) -> Self {
        Self { code, retryable: false, safe_to_repeat: true }
    }

    /// The same again may help, and cannot do the thing twice.
    pub(crate) fn again(code: FailureCode) -> Self {
        Self { code, retryable: true, safe_to_repeat: true }
    }

    /// A fault of ours. `report` names the place and the cause, never what was being handled.
    pub(crate) fn internal(report: impl fmt::Display) -> Self {
        let report = report.to_string();
        tracing::error!(%report, "an internal fault");
        Self { code: FailureCode::Internal { report }, retryable: false, safe_to_repeat: true }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.code {
            FailureCode::Locked => "the keys of this profile are locked, or there are none yet",
            FailureCode::AlreadySetUp => "this profile has an identity already",
            FailureCode::KeychainMissing => "this session has no keychain",
            FailureCode::KeychainRefused => "the keychain is locked or refused",
            FailureCode::KeysDamaged => "the key file is damaged",
            FailureCode::WrongPassphrase => "the passphrase is wrong",
            FailureCode::WeakPassphrase { reason } => match reason {
                WeakReason::TooShort => "the passphrase is too short",
                WeakReason::TooUniform => "the passphrase has too few different characters",
                WeakReason::TooCommon => "the passphrase is among the first anybody would try",
            },
            FailureCode::BadName => "the name is empty, too long, or does not print",
            FailureCode::NotFound => "there is no such thing in this profile",
            FailureCode::Stale => "it changed, or was left open too long; look again",
            FailureCode::OutOfTurn => "the tally is not in a state that allows this",
            FailureCode::CopiesDiffer => "the two copies do not match; nothing new is promised until they do",
            FailureCode::OnlyTowardZero { .. } => "the tally is closing; entries only go toward zero",
            FailureCode::BadSettings { rule } => match rule {
                SettingsRule::TargetAboveBound => "more is liked than is taken at most",
                SettingsRule::Negative => "an amount is below zero",
                SettingsRule::ChargeRange => "a charge is beyond the whole",
                SettingsRule::ChargeSum => "the charges add up to less than nothing",
            },
            FailureCode::TooEarly { .. } => "the terms give the partner longer notice",
            FailureCode::CannotCancel => "the entry may have left, or is not ours; it stands",
            FailureCode::RanOut => "the request's time is over",
            FailureCode::TooManyWaiting => "too many entries or requests wait for the partner already",
            FailureCode::BadAmount => "the amount is zero, negative or too large",
            FailureCode::TooLong => "the text is too long",
            FailureCode::NotContactable => "this code cannot be used to make contact",
            FailureCode::UnreadableImage => "the picture cannot be read",
            FailureCode::ImageTooLarge => "the picture is too large",
            FailureCode::SvgRefused => "svg drawings are not opened",
            FailureCode::PdfRefused => "the pdf cannot be read",
            FailureCode::NoCodeOnScreen => "there is no code on the screen",
            FailureCode::ScreenRefused => "nobody was let see the screen",
            FailureCode::ScreenUnavailable => "this system lets no program see the screen",
            FailureCode::ScreenFailed => "the screen could not be seen",
            FailureCode::NoCodeInImage => "there is no code in the picture",
            FailureCode::ContractMissing => "the contract text is not known here",
            FailureCode::NotAContract => {
                "the text can be no contract: it is empty, too long, or does not print"
            }
            FailureCode::BadAddress => "this is not somebody else's address",
            FailureCode::NothingWaits => "nothing waits for this partner",
            FailureCode::NotTaken => "nothing of it has any business here",
            FailureCode::NoReferee => "nobody is known, or accepted here, who could decide",
            FailureCode::NoWay => "no way to whoever is to be paid is known",
            FailureCode::BadCode => "this is no invoice, or it was altered",
            FailureCode::PartnersOnly => "only a partner of its maker's can pay this invoice",
            FailureCode::CannotPrint => "there is no way to print here",
            FailureCode::Disk => "the disk refuses",
            FailureCode::Internal { report } => return write!(f, "internal fault: {report}"),
        })
    }
}

impl std::error::Error for Failure {}

/// An error and its causes in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::NotCommitted | StoreError::CopyAside { .. } | StoreError::Sqlite(_) => {
                tracing::error!(error = %chain(&error), "the ledger refuses");
                Self::again(FailureCode::Disk)
            }
            StoreError::Closed => Self::again(FailureCode::Locked),
            StoreError::WrongKey
            | StoreError::Newer { .. }
            | StoreError::Corrupt { .. }
            | StoreError::Panicked => Self::internal(chain(&error)),
        }
    }
}

impl Failure {
    /// What a tally's machine refused; some refusals say more with the tally at hand.
    pub(crate) fn of(refusal: Refusal, tally: &Tally) -> Self {
        match refusal {
            Refusal::OutOfTurn { .. } => Self::plain(FailureCode::OutOfTurn),
            Refusal::Stale => Self::plain(FailureCode::Stale),
            Refusal::Frozen => Self::plain(FailureCode::CopiesDiffer),
            Refusal::OnlyTowardZero => {
                let rest = tally.balance().milli().max(0);
                Self::plain(FailureCode::OnlyTowardZero { rest })
            }
            Refusal::Full => Self::again(FailureCode::TooManyWaiting),
            Refusal::Amount => Self::plain(FailureCode::BadAmount),
            Refusal::BadSignature | Refusal::Misfit(_) | Refusal::Conflict => Self::internal(refusal),
        }
    }
}

impl From<BadSettings> for SettingsRule {
    fn from(broken: BadSettings) -> Self {
        match broken {
            BadSettings::Negative => Self::Negative,
            BadSettings::TargetAboveBound => Self::TargetAboveBound,
            BadSettings::ChargeRange => Self::ChargeRange,
            BadSettings::ChargeSum => Self::ChargeSum,
        }
    }
}

impl From<BadSettings> for Failure {
    fn from(broken: BadSettings) -> Self {
        Self::plain(FailureCode::BadSettings { rule: broken.into() })
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        match &error {
            VaultError::Exists => Self::plain(FailureCode::AlreadySetUp),
            VaultError::Absent | VaultError::PassphraseNeeded => Self::plain(FailureCode::Locked),
            VaultError::WrongPassphrase => Self::again(FailureCode::WrongPassphrase),
            VaultError::WeakPassphrase(strength) => {
                let reason = match strength.weaknesses.first() {
                    Some(Weakness::TooShort) => WeakReason::TooShort,
                    _ if strength.weaknesses.contains(&Weakness::Common) => WeakReason::TooCommon,
                    _ => WeakReason::TooUniform,
                };
                Self::plain(FailureCode::WeakPassphrase { reason })
            }
            VaultError::Keychain(KeychainError::Missing(_)) => Self::again(FailureCode::KeychainMissing),
            VaultError::Keychain(_) | VaultError::EntryMissing => Self::again(FailureCode::KeychainRefused),
            VaultError::Damaged { .. } | VaultError::ForeignProfile | VaultError::WrongKey => {
                Self::plain(FailureCode::KeysDamaged)
            }
            VaultError::Disk { .. } => Self::again(FailureCode::Disk),
            _ => Self::internal(chain(&error)),
        }
    }
}
