//! Building the wallet, and the verbs that start what was built.

use std::env;
use std::process::{Command, ExitCode};

use crate::house::House;
use crate::trouble::Trouble;
use crate::{packages, room, shell, tools, window};

/// Opens the wallet; with `tour`, or where there is no display, shows the guided tour instead.
pub(crate) fn run(house: &House, tour: bool, args: &[String]) -> Result<ExitCode, Trouble> {
    let display =
        ["WAYLAND_DISPLAY", "DISPLAY"].iter().any(|name| env::var_os(name).is_some_and(|v| !v.is_empty()));
    if !display && !tour {
        println!(
            "xtask: there is no display here to open a window on (DISPLAY and WAYLAND_DISPLAY are unset);"
        );
        println!("       showing the guided tour on a virtual one instead, as --tour would");
    }
    if tour || !display {
        if !args.is_empty() {
            println!("xtask: the tour opens its own two wallets; not used: {}", args.join(" "));
        }
        build(house, &[packages::TO_BUILD, packages::TO_TEST])?;
        return start(journeys(house).args(["first-tally", "--tour"]));
    }
    build(house, &[packages::TO_BUILD])?;
    start(house.program(house.built("tallystick")).args(args))
}

/// Drives journeys through real windows.
pub(crate) fn end_to_end(house: &House, args: &[String]) -> Result<ExitCode, Trouble> {
    build(house, &[packages::TO_BUILD, packages::TO_TEST])?;
    start(journeys(house).args(args))
}

/// The program that drives journeys.
pub(crate) fn journeys(house: &House) -> Command {
    house.program(house.built("tallystick-e2e"))
}

/// Replays recorded vectors; needs no window, so nothing of it is built.
pub(crate) fn vectors(house: &House, args: &[String]) -> Result<ExitCode, Trouble> {
    packages::ensure(&[packages::TO_BUILD])?;
    room::check(house)?;
    let mut replay = house.cargo();
    replay.args(["run", "--quiet", "--package", "tallystick-testkit", "--bin", "vectors", "--"]).args(args);
    // A folder named on the command line is named from where the person stands.
    if let Ok(here) = env::current_dir() {
        replay.current_dir(here).env("CARGO_TARGET_DIR", &house.target);
    }
    start(&mut replay)
}

/// Builds and starts a program of the workshop that needs no window.
pub(crate) fn windowless(house: &House, program: &[&str], args: &[String]) -> Result<ExitCode, Trouble> {
    packages::ensure(&[packages::TO_BUILD])?;
    room::check(house)?;
    start(house.cargo().args(program).arg("--").args(args))
}

/// Everything up to a wallet that can be started.
fn build(house: &House, wanted: &[&[&str]]) -> Result<(), Trouble> {
    prepare(house, wanted)?;
    // Always the whole workspace: building parts of it unites features differently and rebuilds half the world.
    if shell::show(house.cargo().args(["build", "--workspace"]))? {
        Ok(())
    } else {
        Err(Trouble::new("the wallet does not build (see above)"))
    }
}

/// Everything that must be there before cargo builds the workspace.
pub(crate) fn prepare(house: &House, wanted: &[&[&str]]) -> Result<(), Trouble> {
    room::check(house)?;
    tools::node()?;
    packages::ensure(wanted)?;
    tools::crates(house)?;
    window::build(house)
}

fn start(command: &mut Command) -> Result<ExitCode, Trouble> {
    let ok = shell::show(command)?;
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
