//! How this wallet can be reached, in as much detail as a person may want to know.

use super::{Millis, view};

view! {
    /// What all that is known comes to.
    #[derive(Copy, Eq)]
    pub enum ReachVerdict {
        /// A partner came in from elsewhere.
        Reached,
        /// The router lets callers in; no partner from elsewhere has come yet.
        RouterOpened,
        /// This computer has an address of its own on the open internet; no partner has come yet.
        OpenInternet,
        /// A relay takes calls for us; no partner from elsewhere has come yet.
        Relayed,
        /// Only from the same network, as far as is known: a router stands between us and the rest.
        SameNetwork,
        /// We listen for this computer alone.
        ThisComputer,
        /// We do not listen: only we can start.
        OnlyCalling,
        /// Another program holds our port.
        PortInUse,
        /// This computer has no address: no network.
        NoNetwork,
    }

    /// From where a partner came in.
    #[derive(Copy, Eq)]
    pub enum CameFrom {
        /// This computer.
        ThisComputer,
        /// The same network.
        SameNetwork,
        /// Elsewhere.
        Elsewhere,
    }

    /// How it stands with the router at home.
    #[derive(Copy, Eq)]
    pub enum RouterAnswer {
        /// It is not asked.
        Unasked,
        /// It is being asked.
        Asking,
        /// There is none in the way.
        Unneeded,
        /// It lets callers in.
        Opened,
        /// It lets callers in, but has no address on the open internet itself: another router stands before it.
        OpenedInside,
        /// It said no.
        Refused,
        /// None that understands answered.
        NoAnswer,
    }

    /// How the router was asked.
    #[derive(Copy, Eq)]
    pub enum RouterMeans {
        /// Port Control Protocol.
        Pcp,
        /// NAT Port Mapping Protocol.
        NatPmp,
        /// UPnP.
        Upnp,
    }

    /// The router at home.
    pub struct RouterView {
        /// The person wants it asked to let callers in.
        pub wanted: bool,
        /// What it answered.
        pub answer: RouterAnswer,
        /// How it was asked, while it lets callers in.
        pub means: Option<RouterMeans>,
        /// `address:port` where it lets callers in.
        pub at: Option<String>,
    }

    /// How it stands with looking for partners on the local network.
    #[derive(Copy, Eq)]
    pub enum NearbyAnswer {
        /// It is not done: nothing is sent, nothing is listened to.
        Off,
        /// There is nobody to look for.
        NoPartners,
        /// This computer is on no local network.
        NoNetwork,
        /// This computer does not let us listen there.
        Blocked,
        /// We show ourselves to partners, and listen for them.
        Looking,
    }

    /// Partners on the local network.
    pub struct NearbyView {
        /// The person wants them to be looked for.
        pub wanted: bool,
        /// How it stands with that.
        pub answer: NearbyAnswer,
        /// Partners who were seen since it was begun.
        pub seen: u32,
    }

    /// The relay that takes calls for us.
    pub struct RelayView {
        /// Which, as `agent@host:port`.
        pub relay: String,
        /// Where it makes us reachable at this moment; nothing while there is no way to it.
        pub at: Option<String>,
    }

    /// What is known about being reached.
    pub struct ReachView {
        /// What it comes to.
        pub verdict: ReachVerdict,
        /// Where we listen.
        pub listening: Option<String>,
        /// Where partners are told to call, the most promising first.
        pub places: Vec<String>,
        /// The router at home.
        pub router: RouterView,
        /// The relay, if one was chosen.
        pub relay: Option<RelayView>,
        /// Partners on the local network.
        pub nearby: NearbyView,
        /// When a partner last came in and proved who it is, since this program runs.
        #[cfg_attr(feature = "bindings", ts(type = "number | null"))]
        pub came_in_at: Option<Millis>,
        /// From where.
        pub came_from: Option<CameFrom>,
        /// Partners with whom a tally stands or is being agreed.
        pub partners: u32,
        /// Those of them who say that they know where we are now.
        pub partners_who_know: u32,
        /// When this was found out.
        #[cfg_attr(feature = "bindings", ts(type = "number"))]
        pub tested_at: Millis,
    }
}
