//! Lifts, invoices and payments in words.

use std::fmt::Write as _;

use tallystick_node::view::{
    Idle, IdleWhy, InvoiceState, InvoiceView, LiftAim, LiftChoices, LiftPart, LiftStage, LiftStats, LiftSum,
    LiftView, LiftWhy, NotCleared, PaymentState, PaymentView,
};

use super::{at, chips, plain};

const fn stage(stage: LiftStage) -> &'static str {
    match stage {
        LiftStage::Open => "promised, not decided",
        LiftStage::Good => "good",
        LiftStage::Void => "void",
        LiftStage::GivenUp => "given up",
    }
}

const fn why(why: LiftWhy) -> &'static str {
    match why {
        LiftWhy::Shut => "a tally on the way takes no part now",
        LiftWhy::Time => "the time ran out",
        LiftWhy::Referee => "somebody on the way does not accept the referee",
        LiftWhy::Room => "somebody on the way had no room any more",
        LiftWhy::Route => "the way was forgotten",
        LiftWhy::Busy => "too much was going on",
        LiftWhy::Terms => "it did not fit the invoice",
        LiftWhy::Beyond => "somebody further on gave it up",
        LiftWhy::Other => "it was given up",
    }
}

/// A lift in one line.
pub(crate) fn lift_line(lift: &LiftView) -> String {
    let what = match (lift.aim, lift.part) {
        (LiftAim::Clear, LiftPart::Began) => "debts cancel, begun here",
        (LiftAim::Clear, _) => "debts cancel",
        (LiftAim::Pay, LiftPart::Began) => "paid by us",
        (LiftAim::Pay, LiftPart::Payee) => "paid to us",
        (LiftAim::Pay, LiftPart::Through) => "a payment goes through",
    };
    let doubt = if lift.sound { "" } else { "  DOES NOT HOLD" };
    format!("{}  {} CHIP  {what}: {}{doubt}", lift.id, chips(lift.units), stage(lift.stage))
}

/// A lift with its tallies.
pub(crate) fn lift(lift: &LiftView) -> String {
    let mut text = lift_line(lift);
    for leg in &lift.legs {
        let _ = write!(text, "\n  tally    {}  {} CHIP  {}", leg.tally, chips(leg.change), stage(leg.stage));
    }
    let _ = write!(text, "\n  referee  {}", plain(&lift.referee));
    if let Some(decided) = lift.decided_at {
        let _ = write!(text, "\n  decided  {}", at(decided));
    }
    if let Some(reason) = lift.why {
        let _ = write!(text, "\n  because  {}", why(reason));
    }
    if lift.stale {
        text.push_str(
            "\n  For a day nobody could say what was decided. Nothing is lost; it is asked again and again.",
        );
    }
    text
}

/// An invoice in one line.
pub(crate) fn invoice_line(invoice: &InvoiceView) -> String {
    let amount =
        invoice.units.map_or_else(|| "any amount".to_owned(), |units| format!("{} CHIP", chips(units)));
    let state = match invoice.state {
        InvoiceState::Waiting => format!("waits until {}", at(invoice.expires_at)),
        InvoiceState::Coming => "somebody is paying it".to_owned(),
        InvoiceState::Paid => "paid".to_owned(),
        InvoiceState::Spent => "came to nothing: make another".to_owned(),
        InvoiceState::Expired => "ran out".to_owned(),
    };
    format!("{}  {amount}: {state}", invoice.id)
}

/// An invoice with its code.
pub(crate) fn invoice(invoice: &InvoiceView) -> String {
    let mut text = invoice_line(invoice);
    if let Some(memo) = &invoice.memo {
        let _ = write!(text, "\n  memo     \"{}\"", plain(memo));
    }
    if let Some(reference) = &invoice.reference {
        let _ = write!(text, "\n  ref      {}", plain(reference));
    }
    let _ = write!(text, "\n\n{}", invoice.code);
    text
}

/// Somebody's invoice that we pay.
pub(crate) fn payment(payment: &PaymentView) -> String {
    let amount =
        payment.units.map_or_else(|| "an open amount".to_owned(), |units| format!("{} CHIP", chips(units)));
    let mut text = format!("{}  {amount}", payment.id);
    let _ = write!(text, "\n  to       {} (nobody has proven that it is them)", plain(&payment.payee));
    if let Some(memo) = &payment.memo {
        let _ = write!(text, "\n  memo     \"{}\"", plain(memo));
    }
    if let Some(reference) = &payment.reference {
        let _ = write!(text, "\n  ref      {}", plain(reference));
    }
    let total = payment.units.map(|units| units.saturating_add(payment.cost));
    if let Some(total) = total {
        let _ = write!(text, "\n  in all   {} CHIP, {} of it for the way", chips(total), chips(payment.cost));
    }
    let state = match payment.state {
        PaymentState::NoWay => "no way to them was found, so far",
        PaymentState::Reachable => "there is a way",
        PaymentState::UnderWay => "under way: all of it, or nothing",
        PaymentState::Paid => "paid",
        PaymentState::Failed => "it came to nothing, and nothing was given; try again",
        PaymentState::Void => "decided against, and nothing was given; ask for another invoice",
    };
    let _ = write!(text, "\n  state    {state}");
    if let Some(reason) = payment.why {
        let _ = write!(text, ": {}", why(reason));
    }
    text
}

/// How a wallet stands to lifts.
pub(crate) fn lift_choices(choices: &LiftChoices) -> String {
    let serves = if choices.serves { "decides for whoever asks" } else { "decides for nobody" };
    let cleared = match choices.not_cleared {
        NotCleared::NotYet => "not looked yet",
        NotCleared::Paused => "paused",
        NotCleared::TooFewTallies => "fewer than two tallies take part",
        NotCleared::NothingFits => "nothing large enough could go round",
        NotCleared::NoReferee => "nobody is known who decides",
        NotCleared::Resting => "looked often enough for now",
        NotCleared::NoneFound => "looked, and found no circle",
        NotCleared::Begun => "a circle was found",
    };
    let paused = if choices.paused { "paused" } else { "go through" };
    let mut text = format!("lifts {paused}\n  referee  this wallet {serves}\n  clearing {cleared}");
    for referee in &choices.trusted {
        let _ = write!(text, "\n  accepts  {}", plain(referee));
    }
    text
}

/// What was cleared and moved.
pub(crate) fn lift_stats(stats: &LiftStats) -> String {
    let line = |name: &str, sum: &LiftSum| {
        format!(
            "{name:<12}{} CHIP cleared in {} circles, {} CHIP moved by {} payments",
            chips(sum.cleared),
            sum.circles,
            chips(sum.moved),
            sum.payments
        )
    };
    let lines = [("this week", &stats.week), ("this month", &stats.month), ("ever", &stats.ever)];
    lines.map(|(name, sum)| line(name, sum)).join("\n")
}

/// What stands in the way of clearing.
pub(crate) fn idle(idle: &Idle) -> String {
    let mut text = format!("{} of {} tallies take part", idle.taking_part, idle.tallies);
    for reason in &idle.reasons {
        let what = match reason.why {
            IdleWhy::Paused => "all clearing is paused",
            IdleWhy::TallyPaused => "paused",
            IdleWhy::YouTakeNoPart => "you signed no permission",
            IdleWhy::TheyTakeNoPart => "the partner signed no permission",
            IdleWhy::CopiesDiffer => "the two copies do not match",
            IdleWhy::Closing => "the tally closes",
            IdleWhy::PartnerAway => "the partner is away",
            IdleWhy::TooFewTallies => "fewer than two tallies take part",
            IdleWhy::YourSettings => "your settings hold some back",
            IdleWhy::NoRoom => "nothing large enough could go round",
            IdleWhy::NoReferee => "nobody is known who decides",
            IdleWhy::Resting => "looked often enough for now",
            IdleWhy::NoCircle => "looked, and found no circle",
        };
        let who = reason.partner.as_ref().map(|person| format!(" (with {})", plain(&person.name)));
        let _ = write!(text, "\n  {what}{}", who.unwrap_or_default());
    }
    text
}
