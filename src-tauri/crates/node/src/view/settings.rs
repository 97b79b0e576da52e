//! What each side allows for clearing, and how a tally ends.

use super::{Milli, Millis, view};

view! {
    /// The settings of one side.
    #[derive(Copy, Eq)]
    pub struct SettingsView {
        /// How much of the partner's credit its owner likes to hold, in milli-CHIPs.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub target: Milli,
        /// Never more than this.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub bound: Milli,
        /// What they charge to take more than the target, in parts per million.
        pub reward_ppm: i32,
        /// What they charge to let some go, in parts per million.
        pub clutch_ppm: i32,
        /// Settle by this time.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub call: Option<Millis>,
        /// They want the tally closed.
        pub close: bool,
        /// When the newest of them was signed; absent for the defaults.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub since: Option<Millis>,
        /// The newest of them is not known to be in both copies.
        pub pending: bool,
    }

    /// What a person wants to set about clearing.
    #[derive(Copy, Eq)]
    pub struct SettingsDraft {
        /// How much of the partner's credit we like to hold, in milli-CHIPs.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub target: Milli,
        /// Never more than this.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub bound: Milli,
        /// What we charge to take more than the target, in parts per million.
        pub reward_ppm: i32,
        /// What we charge to let some go, in parts per million.
        pub clutch_ppm: i32,
    }

    /// What a signature would change about our settings.
    #[derive(Copy, Eq)]
    pub struct SettingsChange {
        /// Ours as they stand.
        pub before: SettingsView,
        /// Ours as they would stand.
        pub after: SettingsView,
    }

    /// The settings of both sides, kept apart.
    pub struct SettingsPage {
        /// The tally.
        pub tally: String,
        /// Ours.
        pub mine: SettingsView,
        /// Theirs.
        pub theirs: SettingsView,
        /// The charges are applied by this network.
        pub charges_applied: bool,
    }

    /// How far closing has come.
    #[derive(Copy, Eq)]
    pub struct ClosingView {
        /// We asked to close.
        pub by_me: bool,
        /// They did.
        pub by_them: bool,
        /// What is still owed, in milli-CHIPs, never negative.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub rest: Milli,
        /// It is owed to us.
        pub i_am_creditor: bool,
    }

    /// A rule that settings break.
    #[derive(Copy, Eq)]
    pub enum SettingsRule {
        /// More is liked than is taken at most.
        TargetAboveBound,
        /// An amount is below zero.
        Negative,
        /// A charge is beyond the whole.
        ChargeRange,
        /// The charges add up to less than nothing.
        ChargeSum,
    }
}
