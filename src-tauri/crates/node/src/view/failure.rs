//! Why a command did not do what was asked, in codes the window has words for.

use super::{Milli, Millis, SettingsRule, view};

view! {
    /// A command's refusal.
    pub struct Failure {
        /// What went wrong.
        pub code: FailureCode,
        /// Pressing again may help.
        pub retryable: bool,
        /// Pressing again cannot do the thing twice.
        pub safe_to_repeat: bool,
    }

    /// What went wrong. A code exists only where the window acts on it or says it in its own words.
    #[serde(tag = "kind")]
    pub enum FailureCode {
        /// Keys are sealed, or there are none yet.
        Locked,
        /// An identity exists already.
        AlreadySetUp,
        /// The system keychain is not there.
        KeychainMissing,
        /// The system keychain said no.
        KeychainRefused,
        /// The sealed keys are damaged.
        KeysDamaged,
        /// The passphrase does not open the keys.
        WrongPassphrase,
        /// The passphrase is too easy to guess.
        WeakPassphrase {
            /// Why.
            reason: WeakReason,
        },
        /// The name is empty, too long, or has characters that do not print.
        BadName,
        /// There is no such tally, ticket, entry or contract.
        NotFound,
        /// The thing changed since it was shown, or the sheet was left open too long: look again.
        Stale,
        /// The tally is not in a phase that allows this.
        OutOfTurn,
        /// The two copies do not match: nothing new is promised until they do.
        CopiesDiffer,
        /// The tally is closing: only what brings the balance nearer to zero may be signed.
        OnlyTowardZero {
            /// What we may still sign, in milli-CHIPs.
            #[cfg_attr(feature = "bindings", ts(type = "number"))]
            rest: Milli,
        },
        /// The settings break a rule.
        BadSettings {
            /// Which.
            rule: SettingsRule,
        },
        /// The terms give the partner longer notice.
        TooEarly {
            /// The first instant that may be named.
            #[cfg_attr(feature = "bindings", ts(type = "number"))]
            earliest: Millis,
        },
        /// The entry may have left this wallet, or is not ours: it stands.
        CannotCancel,
        /// The request's time is over.
        RanOut,
        /// Too many entries or requests wait for the partner already.
        TooManyWaiting,
        /// An amount that is zero, negative or too large.
        BadAmount,
        /// A text that is too long.
        TooLong,
        /// The code cannot be used to make contact; inspect it again.
        NotContactable,
        /// Nothing waits for this partner.
        NothingWaits,
        /// Nothing of what was handed over has any business here.
        NotTaken,
        /// The picture could not be read at all.
        UnreadableImage,
        /// The picture is too large.
        ImageTooLarge,
        /// Drawings of the SVG kind are not opened.
        SvgRefused,
        /// A PDF that cannot be read: broken, or with a password.
        PdfRefused,
        /// There is no code in the picture.
        NoCodeInImage,
        /// There is no code on the screen.
        NoCodeOnScreen,
        /// The person let nobody see the screen.
        ScreenRefused,
        /// This system lets no program see the screen, or it was never tried there.
        ScreenUnavailable,
        /// The screen should have been seen, and could not be.
        ScreenFailed,
        /// The contract text named in the tally is not known here.
        ContractMissing,
        /// A text that can be no contract: empty, too long, or with characters that do not print.
        NotAContract,
        /// Not somebody else's address.
        BadAddress,
        /// Nobody is known who could decide a lift, or none that is accepted here.
        NoReferee,
        /// No way was found to whoever is to be paid, or there is none any more.
        NoWay,
        /// Not an invoice, or an altered one.
        BadCode,
        /// An invoice that only a partner of its maker's can pay.
        PartnersOnly,
        /// There is no way to print here.
        CannotPrint,
        /// The disk refused.
        Disk,
        /// A fault of ours; the report names the place, never a secret.
        Internal {
            /// For a bug report.
            report: String,
        },
    }

    /// What makes a passphrase weak.
    #[derive(Copy, Eq)]
    pub enum WeakReason {
        /// Fewer than ten characters.
        TooShort,
        /// Too few different characters.
        TooUniform,
        /// Among the first that anybody would try.
        TooCommon,
    }
}
