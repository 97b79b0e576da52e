//! Who is using this wallet, who is on the other side, and how the two can reach each other.

use super::{Millis, ReachVerdict, view};

view! {
    /// How far the profile has come.
    #[derive(Copy, Eq)]
    pub enum Stage {
        /// No identity yet: show the welcome.
        New,
        /// An identity exists, its keys are sealed by a passphrase: ask for it.
        Locked,
        /// Keys are open and the node runs.
        Ready,
    }

    /// Everything the window asks for when it opens.
    pub struct AppState {
        /// How far the profile has come.
        pub stage: Stage,
        /// Version of this program.
        pub version: String,
        /// The person's own choices.
        pub choices: Choices,
        /// Whether the system offers a place for secrets.
        pub keychain: KeychainState,
        /// Who this wallet is; absent while `stage` is not `ready`.
        pub identity: Option<IdentityView>,
    }

    /// Preferences that are not signed and not secret.
    #[derive(Copy, Eq, Default)]
    pub struct Choices {
        /// Light, dark, or whatever the system says.
        pub theme: Theme,
        /// Amounts, bars and charts are blanked.
        pub hide_amounts: bool,
    }

    /// Which colours the window uses.
    #[derive(Copy, Eq, Default)]
    pub enum Theme {
        /// Follow the system.
        #[default]
        System,
        /// Light paper.
        Light,
        /// Dark walnut.
        Dark,
    }

    /// Whether the system's keychain can hold our wrapping key.
    #[derive(Copy, Eq)]
    pub enum KeychainState {
        /// It answers.
        Works,
        /// This session has none.
        Missing,
        /// There is one, but it is locked or said no.
        Refused,
    }

    /// What protects the keys at rest.
    #[derive(Copy, Eq)]
    pub enum ProtectorKind {
        /// The system's keychain.
        Keychain,
        /// A passphrase the person types.
        Passphrase,
    }

    /// How the person wants new keys protected.
    #[serde(tag = "kind")]
    pub enum ProtectorChoice {
        /// By the system's keychain.
        Keychain,
        /// By a passphrase.
        Passphrase {
            /// The passphrase, at least ten characters.
            passphrase: String,
        },
    }

    /// What it takes to make an identity.
    pub struct NewIdentity {
        /// The name partners will see.
        pub name: String,
        /// What protects the keys.
        pub protector: ProtectorChoice,
    }

    /// Who this wallet is.
    pub struct IdentityView {
        /// The name partners see.
        pub name: String,
        /// `chip://cuid:agent@host:port`.
        pub address: String,
        /// Hex of 32 bytes; seeds the picture.
        pub fingerprint: String,
        /// Four words that stand for the fingerprint.
        pub words: [String; 4],
        /// What protects the keys.
        pub protector: ProtectorKind,
    }

    /// What somebody may tell of themselves besides the name.
    #[derive(Copy, Eq)]
    pub enum CardField {
        /// Where letters reach them.
        Email,
        /// Where calls reach them.
        Phone,
        /// Where they are to be found.
        Place,
    }

    /// An identity card. Somebody else's is quoted text, never trusted.
    pub struct Card {
        /// The name partners see.
        pub name: String,
        /// Where letters reach them.
        pub email: Option<String>,
        /// Where calls reach them.
        pub phone: Option<String>,
        /// Where they are to be found, in their own words.
        pub place: Option<String>,
    }

    /// Somebody else, as they describe themselves.
    pub struct Person {
        /// The name they give; quoted text, never trusted.
        pub name: String,
        /// `chip://cuid:agent@host:port`.
        pub address: String,
        /// Hex of 32 bytes; seeds their picture.
        pub fingerprint: String,
        /// Four words both screens show for this pair of people.
        pub words: [String; 4],
        /// When a message of theirs last arrived.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub heard_at: Option<Millis>,
    }

    /// How reachable this wallet is.
    #[derive(Copy, Eq)]
    pub enum ConnectionState {
        /// We take calls.
        Online,
        /// Only we can start.
        OutgoingOnly,
        /// No network at all.
        Offline,
        /// Our port cannot be opened.
        Blocked,
    }

    /// Why the connection is what it is.
    #[derive(Copy, Eq)]
    pub enum ConnectionWhy {
        /// The listener is up, nobody has come in yet.
        Listening,
        /// A relay takes calls for us, nobody has come in yet.
        Relayed,
        /// This computer has no address.
        NoNetwork,
        /// Somebody has come in.
        Reached,
        /// Another program holds our port.
        PortInUse,
        /// The node was told not to listen.
        NotListening,
    }

    /// The connection page in short.
    pub struct ConnectionView {
        /// The word for it.
        pub state: ConnectionState,
        /// The reason.
        pub why: ConnectionWhy,
        /// From where people can reach us, as far as is known.
        pub reach: ReachVerdict,
        /// `host:port` we listen on.
        pub listening: Option<String>,
        /// Partners with a link open at this moment.
        pub links: u32,
        /// Messages waiting to be sent.
        pub waiting: u32,
        /// Our clock differs from most partners' so much that people should look at it.
        pub clock: Option<ClockDiffers>,
    }

    /// How our clock differs from partners' clocks.
    #[derive(Copy)]
    pub struct ClockDiffers {
        /// By how much ours is behind most of theirs, in ms; negative if it is ahead.
        pub behind: Millis,
        /// With how many partners' it was compared.
        pub partners: u32,
    }
}
