//! `cargo xtask test`: everything CI runs, one part after the other.

use std::process::{Command, ExitCode};

use crate::counts::{self, Counts};
use crate::fuzz::{self, Plan};
use crate::house::House;
use crate::parts::Parts;
use crate::trouble::Trouble;
use crate::{packages, shell, tools, wallet, window};

/// Installs what every other verb needs.
pub(crate) fn set_up(house: &House) -> Result<(), Trouble> {
    wallet::prepare(house, &[packages::TO_BUILD, packages::TO_TEST])?;
    tools::components(house)?;
    tools::cargo_deny(house)?;
    println!("xtask: everything is in place");
    Ok(())
}

/// Runs every part, prints the table, and ends with a line `N passed, M failed`.
pub(crate) fn test(house: &House, quick: bool) -> ExitCode {
    let mut parts = Parts::default();
    all_parts(house, quick, &mut parts);
    println!("{}", parts.table());
    if parts.total().failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn all_parts(house: &House, quick: bool, parts: &mut Parts) {
    let wanted: &[&[&str]] = &[packages::TO_BUILD, packages::TO_TEST];
    let prepared = parts.run("setting up", || {
        wallet::prepare(house, wanted)?;
        tools::components(house)?;
        Ok(Counts::default())
    });
    if !prepared {
        return;
    }
    parts.run("format", || check(house.cargo().args(["fmt", "--all", "--check"])));
    parts.run("window: types", || check(window::npm(house).args(["run", "--silent", "check"])));
    parts.run("window: lint", || check(window::npm(house).args(["run", "--silent", "lint"])));
    parts.run("window: tests", || window_tests(house));
    parts.run("clippy", || {
        check(house.cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
    });
    // The same command line but for the verb as the tests', so that nothing is built twice with other features.
    let built = parts.run("build", || check(house.cargo().args(["build", "--workspace", "--all-targets"])));
    if !built {
        return;
    }
    parts.run("tests", || {
        counted(house.cargo().args(["test", "--workspace", "--no-fail-fast"]), counts::of_cargo)
    });
    // Built apart: a feature that no other build may have.
    parts.run("plain links", || {
        let noise = ["test", "-p", "tallystick-noise", "--features", "plain-link", "--test", "plain_link"];
        let node = ["test", "-p", "tallystick-cli", "--features", "plain-link", "--test", "foreign_ground"];
        let mut sum = counted(house.cargo().args(noise), counts::of_cargo)?;
        sum += counted(house.cargo().args(node), counts::of_cargo)?;
        Ok(sum)
    });
    parts.run("another's Noise", || {
        let only = ["test", "-p", "tallystick-noise", "--features", "judge", "--test", "judge"];
        let python = tools::judge(house)?;
        counted(house.cargo().args(only).env("TALLYSTICK_JUDGE", python), counts::of_cargo)
    });
    parts.run("deliberate faults", || {
        let only = [
            "test",
            "-p",
            "tallystick-sim",
            "--features",
            "mutants",
            "--test",
            "faults",
            "--test",
            "mutants",
        ];
        counted(house.cargo().args(only), counts::of_cargo)
    });
    // Only what does not depend on how fast the machine is.
    parts.run("enemies at the door", || {
        check(house.program(house.built("soak")).args(["attack", "--seconds", "20"]))
    });
    parts.run("a network that falls apart", || {
        let few = ["partition", "--nodes", "8", "--minutes", "0.4", "--pace", "300"];
        counted(house.program(house.built("soak")).args(few), counts::of_ours)
    });
    let vectors = house.root.join("../shared/vectors");
    if vectors.is_dir() {
        parts.run("vectors", || {
            counted(house.program(house.built("vectors")).arg("--dir").arg(&vectors), counts::of_ours)
        });
    }
    if quick {
        return;
    }
    parts.run("fuzzing", || fuzz::run(house, &Plan { seconds: 20, targets: Vec::new() }));
    parts.run("licences and sources", || {
        check(tools::cargo_deny(house)?.args(["--log-level", "warn", "check", "bans", "licenses", "sources"]))
    });
    parts.run("windows", || counted(wallet::journeys(house).arg("all"), counts::of_ours));
}

/// A program that passes or fails as a whole.
fn check(command: &mut Command) -> Result<Counts, Trouble> {
    shell::show(command).map(Counts::one)
}

/// A program that counts its tests.
fn counted(command: &mut Command, count: impl Fn(&str) -> Option<Counts>) -> Result<Counts, Trouble> {
    let mut sum = Counts::default();
    let ended = shell::hear(command, |line| {
        if let Some(more) = count(line) {
            sum += more;
        }
    })?;
    Ok(sum.ended(ended.ok))
}

fn window_tests(house: &House) -> Result<Counts, Trouble> {
    counted(window::npm(house).args(["run", "--silent", "test"]), counts::of_vitest)
}
