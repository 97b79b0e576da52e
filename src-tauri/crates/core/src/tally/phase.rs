//! The states of a tally (protocol.md 7).

/// Where a tally stands, seen from our half. The protocol's own name of each is in its first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// `draft`: ours to edit; may be shared by ticket.
    Draft,
    /// `P.draft`: the partner's certificate is in; ours to finish and sign.
    PartnerDraft,
    /// `draft.offer`: signed by us, waiting to be delivered.
    Offering,
    /// `H.offer`: we signed last; their turn.
    Offered,
    /// `P.offer`: they signed; our turn.
    OfferedToUs,
    /// `offer.open`: signed by both, our answer waiting to be delivered.
    Accepting,
    /// `offer.void`: refused by us, our answer waiting to be delivered.
    Refusing,
    /// `open`: in force.
    Open,
    /// `C.open`: closing; only chits toward zero.
    Closing,
    /// `close`: closed at zero. Final.
    Closed,
    /// `void`: refused or withdrawn. Final.
    Void,
}

impl Phase {
    /// All phases.
    pub const ALL: [Self; 11] = [
        Self::Draft,
        Self::PartnerDraft,
        Self::Offering,
        Self::Offered,
        Self::OfferedToUs,
        Self::Accepting,
        Self::Refusing,
        Self::Open,
        Self::Closing,
        Self::Closed,
        Self::Void,
    ];

    /// The protocol's name for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::PartnerDraft => "P.draft",
            Self::Offering => "draft.offer",
            Self::Offered => "H.offer",
            Self::OfferedToUs => "P.offer",
            Self::Accepting => "offer.open",
            Self::Refusing => "offer.void",
            Self::Open => "open",
            Self::Closing => "C.open",
            Self::Closed => "close",
            Self::Void => "void",
        }
    }

    /// Both have signed and chits may be linked.
    pub const fn is_in_force(self) -> bool {
        match self {
            Self::Accepting | Self::Open | Self::Closing => true,
            Self::Draft
            | Self::PartnerDraft
            | Self::Offering
            | Self::Offered
            | Self::OfferedToUs
            | Self::Refusing
            | Self::Closed
            | Self::Void => false,
        }
    }
}

/// Text that is not the name of a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a phase")]
pub struct NotAPhase;

impl std::str::FromStr for Phase {
    type Err = NotAPhase;

    fn from_str(text: &str) -> Result<Self, NotAPhase> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == text).ok_or(NotAPhase)
    }
}
