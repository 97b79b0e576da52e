//! Why a machine would not take a step, sorted by who is to blame.

/// A refused step. It changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Ours: the input does not fit the phase.
    #[error("{input} does not fit a tally that is {phase}")]
    OutOfTurn {
        /// The phase it is in.
        phase: &'static str,
        /// What was asked.
        input: &'static str,
    },
    /// Ours: what was signed is not what stands here now.
    #[error("the signed text is not the one that stands here now")]
    Stale,
    /// Ours: the two copies do not match, so nothing new is promised until they do.
    #[error("the two copies do not match")]
    Frozen,
    /// Ours: while the tally closes, only what brings the balance nearer to zero may be signed.
    #[error("while the tally closes, entries only go toward zero")]
    OnlyTowardZero,
    /// Ours or the peer's: as many entries or requests wait already as are kept in hand.
    #[error("too much is waiting already")]
    Full,
    /// Ours: an amount that cannot be booked.
    #[error("the amount cannot be booked")]
    Amount,
    /// The peer's: a signature does not check.
    #[error("a signature does not check")]
    BadSignature,
    /// The peer's: the message is about something else than it claims.
    #[error("the message does not fit the tally: {0}")]
    Misfit(&'static str),
    /// The peer's: a name already taken by other content.
    #[error("the same chit was sent before with other content")]
    Conflict,
}

impl Refusal {
    /// The peer broke the protocol, as opposed to being late or early.
    pub fn blames_peer(&self) -> bool {
        match self {
            Self::OutOfTurn { .. }
            | Self::Stale
            | Self::Frozen
            | Self::OnlyTowardZero
            | Self::Full
            | Self::Amount => false,
            Self::BadSignature | Self::Misfit(_) | Self::Conflict => true,
        }
    }
}
