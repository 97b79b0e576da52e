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
    /// `offer.draft`: we are changing their offer, and telling them so.
    Revising,
    /// `offer.void`: refused or withdrawn by us, our answer waiting to be delivered.
    Refusing,
    /// `open`: in force.
    Open,
    /// `C.open`: closing; only chits toward zero are signed.
    Closing,
    /// `close`: closed at zero. Final, unless an entry arrives that was signed before its signer knew.
    Closed,
    /// `void`: refused or withdrawn. Final.
    Void,
}

impl Phase {
    /// All phases.
    pub const ALL: [Self; 12] = [
        Self::Draft,
        Self::PartnerDraft,
        Self::Offering,
        Self::Offered,
        Self::OfferedToUs,
        Self::Accepting,
        Self::Revising,
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
            Self::Revising => "offer.draft",
            Self::Refusing => "offer.void",
            Self::Open => "open",
            Self::Closing => "C.open",
            Self::Closed => "close",
            Self::Void => "void",
        }
    }

    /// Both have signed: there is a chain, and what the partner has signed is linked to it.
    pub const fn has_chain(self) -> bool {
        match self {
            Self::Accepting | Self::Open | Self::Closing | Self::Closed => true,
            Self::Draft
            | Self::PartnerDraft
            | Self::Offering
            | Self::Offered
            | Self::OfferedToUs
            | Self::Revising
            | Self::Refusing
            | Self::Void => false,
        }
    }

    /// Both know that both have signed, and it is not over.
    pub const fn is_in_force(self) -> bool {
        matches!(self, Self::Open | Self::Closing)
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
