//! How partners find their way here, in words.

use std::fmt::Write as _;

use tallystick_node::view::{CameFrom, NearbyAnswer, ReachVerdict, ReachView, RouterAnswer, RouterMeans};

use super::at;

/// From where people can reach us.
pub(crate) const fn verdict(verdict: ReachVerdict) -> &'static str {
    match verdict {
        ReachVerdict::Reached => "people can reach us: a partner came in from elsewhere",
        ReachVerdict::RouterOpened => "people should reach us: the router lets callers in",
        ReachVerdict::OpenInternet => "people should reach us: this computer stands on the open internet",
        ReachVerdict::Relayed => "people should reach us: a relay takes calls for us",
        ReachVerdict::SameNetwork => "only people on the same network can reach us, as far as we know",
        ReachVerdict::ThisComputer => "only programs on this computer can reach us",
        ReachVerdict::OnlyCalling => "only we can start: we take no calls",
        ReachVerdict::PortInUse => "nobody can reach us: another program holds the port",
        ReachVerdict::NoNetwork => "no network",
    }
}

/// What a self-test says.
pub(crate) fn reach(reach: &ReachView) -> String {
    let mut text = verdict(reach.verdict).to_owned();
    let mut line = |name: &str, value: &str| {
        let _ = write!(text, "\n  {name:<9}{value}");
    };
    line("listens", reach.listening.as_deref().unwrap_or("nowhere"));
    for place in &reach.places {
        line("told", place);
    }
    let means = reach.router.means.map_or("", |means| match means {
        RouterMeans::Pcp => " (PCP)",
        RouterMeans::NatPmp => " (NAT-PMP)",
        RouterMeans::Upnp => " (UPnP)",
    });
    let opened = reach.router.at.as_deref().unwrap_or_default();
    let router = match reach.router.answer {
        RouterAnswer::Unasked => "not asked; `reach --open-router` asks it".to_owned(),
        RouterAnswer::Asking => "is being asked".to_owned(),
        RouterAnswer::Unneeded => "none in the way".to_owned(),
        RouterAnswer::Opened => format!("lets callers in at {opened}{means}"),
        RouterAnswer::OpenedInside => {
            format!("lets callers in at {opened}{means}, but stands behind another router itself")
        }
        RouterAnswer::Refused => "said no".to_owned(),
        RouterAnswer::NoAnswer => "no router answered".to_owned(),
    };
    line("router", &router);
    if let Some(relay) = &reach.relay {
        let relay = match &relay.at {
            Some(at) => format!("takes calls for us at {at}"),
            None => format!("no way to {} for now", relay.relay),
        };
        line("relay", &relay);
    }
    let seen = match reach.nearby.seen {
        0 => "nobody seen yet".to_owned(),
        1 => "one partner seen".to_owned(),
        many => format!("{many} partners seen"),
    };
    let nearby = match reach.nearby.answer {
        NearbyAnswer::Off => "partners on this network are not looked for; `reach --lan on` does",
        NearbyAnswer::NoPartners => "no partners to look for on this network",
        NearbyAnswer::NoNetwork => "on no local network",
        NearbyAnswer::Blocked => "partners cannot be looked for: this computer does not let us listen",
        NearbyAnswer::Looking => &format!("partners on this network are looked for: {seen}"),
    };
    line("nearby", nearby);
    let came = match (reach.came_in_at, reach.came_from) {
        (Some(when), Some(CameFrom::ThisComputer)) => format!("{} from this computer", at(when)),
        (Some(when), Some(CameFrom::SameNetwork)) => format!("{} from the same network", at(when)),
        (Some(when), Some(CameFrom::Elsewhere)) => format!("{} from elsewhere", at(when)),
        (_, None) | (None, _) => "nobody since this program runs".to_owned(),
    };
    line("came in", &came);
    line("partners", &format!("{} of {} know where we are", reach.partners_who_know, reach.partners));
    text
}
