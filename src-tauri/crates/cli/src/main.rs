//! `tallystick-node`: the same node without a window, for people with a server and for tests.
//!
//! Every verb but `init` and `run` is a [`request::Request`] with one answer. It is done in this process, or by the
//! `run` that holds the profile, asked over a socket in the profile's folder: the words of the command line cannot
//! tell which.

mod args;
mod codes;
mod control;
mod fault;
mod hands;
mod perform;
mod protect;
mod request;
mod run;
mod say;
mod sheet;
mod verbs;
mod verified;
mod words;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser as _;
use tallystick_node::logs::Logs;

use crate::args::Args;
use crate::fault::Fault;
use crate::say::Say;

/// A wallet's verbs wait for disks and peers, not for processors.
const THREADS: usize = 2;

fn main() -> ExitCode {
    let args = Args::parse();
    let logs = Logs::begin(args.common.log.as_deref(), std::io::stderr().is_terminal());
    let say = Say { json: args.common.json };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(verbs::perform(args, &logs, say)),
        Err(error) => Err(Fault::Runtime(error)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            say.fault(&fault);
            ExitCode::from(fault.exit())
        }
    }
}
