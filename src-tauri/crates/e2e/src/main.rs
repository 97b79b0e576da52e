//! `tallystick-e2e`: makes journeys through real windows; `cargo xtask e2e` builds what it drives and starts it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "journeys are told on the terminal")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use tallystick_e2e::journeys::{Journey, Telling};
use tallystick_e2e::{Fault, Programs, Theme, near};
use tokio::signal::unix::{SignalKind, signal};

/// Journeys of two people through real windows.
#[derive(Debug, Parser)]
#[command(name = "tallystick-e2e")]
struct Args {
    /// Which journey, or `all`.
    #[arg(value_parser = journeys)]
    journey: Journeys,
    /// The desktop's theme.
    #[arg(long, value_enum, default_value_t = Themes::Both)]
    theme: Themes,
    /// How often each is made.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    times: u32,
    /// Keep the wallets' profiles, of journeys that went well too.
    #[arg(long)]
    keep: bool,
    /// Tell it to a guest: once, in light, pictures in target/tour.
    #[arg(long, conflicts_with_all = ["theme", "times"])]
    tour: bool,
}

#[derive(Clone, Debug)]
struct Journeys(Vec<Journey>);

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Themes {
    Light,
    Dark,
    Both,
}

// Programs of the stage end with the thread that started them: all of it happens on this one.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args = Args::parse();
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        eprintln!("tallystick-e2e: no signals here");
        return ExitCode::FAILURE;
    };
    // Dropping the journeys half-way ends everything they started.
    tokio::select! {
        code = perform(&args) => code,
        _ = terminate.recv() => ExitCode::FAILURE,
        _ = interrupt.recv() => ExitCode::FAILURE,
    }
}

async fn perform(args: &Args) -> ExitCode {
    let Some(target) = target() else {
        eprintln!("tallystick-e2e: this program does not lie in a build folder");
        return ExitCode::FAILURE;
    };
    let programs =
        Programs { app: target.join("debug/tallystick"), node: target.join("debug/tallystick-node") };
    let themes: &[Theme] = match args.theme {
        _ if args.tour => &[Theme::Light],
        Themes::Light => &[Theme::Light],
        Themes::Dark => &[Theme::Dark],
        Themes::Both => &Theme::BOTH,
    };
    let (mut passed, mut failed) = (0_u32, 0_u32);
    for time in 1..=args.times {
        for (journey, theme) in
            args.journey.0.iter().flat_map(|journey| themes.iter().map(move |theme| (*journey, *theme)))
        {
            let folder = if args.tour {
                target.join("tour")
            } else {
                target.join("e2e").join(journey.name()).join(theme.name())
            };
            println!("{}, {}, {time} of {}", journey.name(), theme.name(), args.times);
            let telling = if args.tour { Telling::AsTour } else { Telling::Briefly };
            match journey.make(&programs, theme, &folder, telling).await {
                Ok(()) => {
                    passed += 1;
                    tidy(&folder, args.keep);
                }
                Err(fault) => {
                    failed += 1;
                    report(&fault, &folder);
                }
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn tidy(folder: &Path, keep: bool) {
    println!("  pictures in {}", near(folder));
    if !keep {
        // What stays behind is in nobody's way.
        let _ = std::fs::remove_dir_all(folder.join("profiles"));
    }
}

fn report(fault: &Fault, folder: &Path) {
    eprintln!("  FAILED: {fault}");
    let mut cause = fault.source();
    while let Some(error) = cause {
        eprintln!("    because {error}");
        cause = error.source();
    }
    eprintln!("  pictures, profiles and logs in {}", near(folder));
}

/// The build folder this program lies in.
fn target() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    program.parent()?.parent().map(Path::to_owned)
}

fn journeys(name: &str) -> Result<Journeys, String> {
    if name == "all" {
        return Ok(Journeys(Journey::ALL.to_vec()));
    }
    let found = Journey::ALL.into_iter().find(|journey| journey.name() == name);
    found.map(|journey| Journeys(vec![journey])).ok_or_else(|| {
        let known: Vec<&str> = Journey::ALL.iter().map(|journey| journey.name()).collect();
        format!("there is no journey {name:?}; known: all, {}", known.join(", "))
    })
}
