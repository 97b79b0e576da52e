//! The TypeScript client, written from the one list of commands and the view types.

use tallystick_node::view::{
    Activity, ActivityItem, ActivityKind, AppState, Audit, AuditFault, AuditFinding, AuditVerdict, Brought,
    CameFrom, CancelledView, Card, CardField, Check, CheckName, CheckResult, Choices, ClockDiffers,
    ClosingView, CodeCard, CodeForm, CodeKind, CodeProblem, ConnectionState, ConnectionView, ConnectionWhy,
    ContractView, Copies, CopiesState, CounterTerms, Difference, DifferenceField, Direction, DisputeKind,
    DisputeView, Doors, EntryKind, EntryStage, EntryView, Event, EvidenceFile, Failure, FailureCode,
    HandOver, Happening, HistoryFilter, HistoryKind, HistoryPage, HistoryWho, Home, IdentityView, Idle,
    IdleReason, IdleWhy, InviteTerms, InvoiceState, InvoiceView, KeychainState, LiftAim, LiftChoices,
    LiftLeg, LiftPage, LiftPart, LiftStage, LiftState, LiftStats, LiftSum, LiftView, LiftWeek, LiftWhy,
    Looking, NearbyAnswer, NearbyView, Need, NeedKind, NegotiationView, NewIdentity, NotCleared, Notch,
    Parcel, PaymentState, PaymentView, Person, PhaseView, Progress, Proof, ProtectorChoice, ProtectorKind,
    ReachVerdict, ReachView, RefereeView, RefereeWho, RelayView, RequestState, RequestView, RouterAnswer,
    RouterMeans, RouterView, SettingsChange, SettingsDraft, SettingsPage, SettingsRule, SettingsView,
    ShareOfPosition, SignKind, SignPreview, Signed, Simulated, SimulatedMove, Stage, Standing, TallyRow,
    TallyView, Template, TermsView, Theme, TicketForm, TicketState, TicketView, Turn, TurnedAway,
    TurnedAwayWhy, Warning, WeakReason, Whose,
};
use ts_rs::{Config, TS};

use crate::camera::{CameraHint, CameraList, CameraNews, CameraSight, CameraTrouble, CameraView, Spot};

/// A picture's bytes, sent raw and not as JSON.
struct Bytes;

/// A frame's bytes, answered raw and not as JSON.
struct Pixels;

macro_rules! declare_all {
    ($config:expr, $out:expr, $($type:ty),* $(,)?) => {
        $($out.push_str(&format!("export {}\n", <$type as TS>::decl($config)));)*
    };
}

macro_rules! client_of_all {
    ($($name:ident ( $($argument:ident : $type:ty),* ) -> $answer:ty;)*) => {
        fn client(config: &Config, out: &mut String) {
            $(
                let arguments = [$((stringify!($argument), <$type as Named>::named(config))),*];
                out.push_str(&command(stringify!($name), &arguments, &<$answer as Named>::named(config)));
            )*
        }
    };
}

include!("list.rs");

for_all_commands!(client_of_all);

/// What TypeScript calls a type of the list.
trait Named {
    fn named(config: &Config) -> String;
}

impl Named for Bytes {
    fn named(_: &Config) -> String {
        BYTES.to_owned()
    }
}

impl Named for Pixels {
    fn named(_: &Config) -> String {
        "ArrayBuffer".to_owned()
    }
}

impl<T: TS> Named for T {
    fn named(config: &Config) -> String {
        T::name(config)
    }
}

const BYTES: &str = "Uint8Array";

const HEAD: &str = "\
// Written by the app from its list of commands and its view types; a test compares. Do not edit.
import { invoke } from '@tauri-apps/api/core'

";

/// The whole of `ui/src/bindings.ts`.
pub fn typescript() -> String {
    // Amounts and instants stay below 2^53, where a JavaScript number is exact.
    let config = Config::new().with_large_int("number");
    let mut out = HEAD.to_owned();
    types(&config, &mut out);
    out.push_str("\nexport const commands = {\n");
    client(&config, &mut out);
    out.push_str("}\n");
    out
}

fn types(config: &Config, out: &mut String) {
    declare_all!(
        config,
        out,
        Stage,
        Theme,
        KeychainState,
        ProtectorKind,
        ProtectorChoice,
        Choices,
        NewIdentity,
        IdentityView,
        CardField,
        Card,
        AppState,
        Person,
        ConnectionState,
        ConnectionWhy,
        ClockDiffers,
        ConnectionView,
        ReachVerdict,
        CameFrom,
        RouterAnswer,
        NearbyAnswer,
        NearbyView,
        RelayView,
        RouterMeans,
        RouterView,
        ReachView,
        TurnedAwayWhy,
        TurnedAway,
        Doors,
        CodeKind,
        CodeForm,
        CheckName,
        CheckResult,
        Check,
        CodeProblem,
        Progress,
        Brought,
        HandOver,
        Parcel,
        CodeCard,
        CameraView,
        CameraTrouble,
        CameraList,
        CameraHint,
        Spot,
        CameraSight,
        CameraNews,
        Template,
        InviteTerms,
        TermsView,
        TicketState,
        TicketForm,
        TicketView,
        SettingsView,
        SettingsDraft,
        SettingsPage,
        SettingsChange,
        ClosingView,
        SignKind,
        Standing,
        Warning,
        DifferenceField,
        Whose,
        Difference,
        Turn,
        NegotiationView,
        CounterTerms,
        SignPreview,
        Signed,
        ContractView,
        PhaseView,
        CopiesState,
        Copies,
        TallyRow,
        Direction,
        EntryKind,
        EntryStage,
        Notch,
        EntryView,
        HistoryKind,
        HistoryWho,
        HistoryFilter,
        CancelledView,
        HistoryPage,
        Proof,
        DisputeKind,
        DisputeView,
        EvidenceFile,
        TallyView,
        RequestState,
        RequestView,
        ShareOfPosition,
        NeedKind,
        Need,
        Home,
        ActivityKind,
        ActivityItem,
        Activity,
        InvoiceState,
        InvoiceView,
        PaymentState,
        LiftWhy,
        PaymentView,
        LiftAim,
        LiftPart,
        LiftStage,
        LiftState,
        RefereeWho,
        RefereeView,
        AuditVerdict,
        AuditFault,
        AuditFinding,
        Audit,
        LiftLeg,
        LiftView,
        Looking,
        LiftPage,
        LiftSum,
        LiftWeek,
        LiftStats,
        NotCleared,
        LiftChoices,
        IdleWhy,
        IdleReason,
        Idle,
        SimulatedMove,
        Simulated,
        Happening,
        Event,
        WeakReason,
        SettingsRule,
        FailureCode,
        Failure,
    );
}

fn command(name: &str, arguments: &[(&str, String)], answer: &str) -> String {
    let camel = camel(name);
    let parameters: Vec<String> =
        arguments.iter().map(|(argument, kind)| format!("{}: {kind}", self::camel(argument))).collect();
    let names: Vec<String> = arguments.iter().map(|(argument, _)| self::camel(argument)).collect();
    let sent = match arguments {
        [] => String::new(),
        [(_, kind)] if kind == BYTES => format!(", {}", names.concat()),
        _ => format!(", {{ {} }}", names.join(", ")),
    };
    format!("  {camel}: ({}): Promise<{answer}> => invoke('{name}'{sent}),\n", parameters.join(", "))
}

fn camel(snake: &str) -> String {
    let mut words = snake.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let (head, tail) = word.split_at(word.len().min(1));
        text + &head.to_ascii_uppercase() + tail
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! names {
        ($($name:ident ( $($argument:ident : $type:ty),* ) -> $answer:ty;)*) => {
            [$(stringify!($name)),*]
        };
    }

    #[test]
    fn the_window_is_built_against_these_very_bindings() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/src/bindings.ts");
        if std::env::var_os("TALLYSTICK_BLESS").is_some() {
            std::fs::write(path, typescript()).expect("the bindings can be written");
        }

        let checked_in = std::fs::read_to_string(path).expect("the bindings are checked in");

        assert!(
            checked_in == typescript(),
            "ui/src/bindings.ts is stale: TALLYSTICK_BLESS=1 cargo test -p tallystick --lib bindings"
        );
    }

    #[test]
    fn the_window_may_call_every_command_and_nothing_else_of_ours() {
        let capability: serde_json::Value =
            serde_json::from_str(include_str!("../capabilities/main.json")).expect("the capability is JSON");
        let granted: Vec<&str> = capability["permissions"]
            .as_array()
            .expect("permissions are a list")
            .iter()
            .filter_map(serde_json::Value::as_str)
            .filter_map(|permission| permission.strip_prefix("allow-"))
            .collect();

        let listed: Vec<String> =
            for_all_commands!(names).iter().map(|name| name.replace('_', "-")).collect();

        assert_eq!(granted, listed);
        assert_eq!(capability["windows"], serde_json::json!(["main"]));
    }
}
