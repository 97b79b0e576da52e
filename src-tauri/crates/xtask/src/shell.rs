//! Running other programs: seen by the person, heard by us.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread;

use crate::trouble::Trouble;

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// It ended with status 0.
    pub(crate) ok: bool,
    /// The last lines it printed.
    pub(crate) last_words: String,
}

/// Lines kept to find the cause of a failure in.
const LAST_WORDS: usize = 60;

/// Lines shown of a program that was run quietly and failed.
const SHOWN: usize = 12;

/// Runs a program with the terminal as its own.
pub(crate) fn show(command: &mut Command) -> Result<bool, Trouble> {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    Ok(status.success())
}

/// Runs a program, passing on and also handing over each line of its output; errors go to the terminal directly.
pub(crate) fn hear(command: &mut Command, mut line: impl FnMut(&str)) -> Result<Ended, Trouble> {
    follow(command.stderr(Stdio::inherit()), true, &mut line)
}

/// Runs a program, passing on everything it prints, and remembers its last words.
pub(crate) fn follow_all(command: &mut Command) -> Result<Ended, Trouble> {
    follow(command.stderr(Stdio::piped()), true, &mut |_| ())
}

/// Runs a program that says much and means little: the end of what it said is shown, and only if it fails.
pub(crate) fn hush(command: &mut Command) -> Result<Ended, Trouble> {
    let ended = follow(command.stderr(Stdio::piped()), false, &mut |_| ())?;
    if !ended.ok {
        let lines: Vec<&str> = ended.last_words.lines().collect();
        eprintln!("{}", lines[lines.len().saturating_sub(SHOWN)..].join("\n"));
    }
    Ok(ended)
}

/// Runs a program and takes its whole answer.
pub(crate) fn ask(command: &mut Command) -> Result<Output, Trouble> {
    command.stdin(Stdio::null()).output().map_err(|error| cannot_start(command, &error))
}

/// The first line a program prints, if it can be run at all.
pub(crate) fn first_line(command: &mut Command) -> Option<String> {
    let output = ask(command).ok().filter(|output| output.status.success())?;
    String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned)
}

fn follow(command: &mut Command, aloud: bool, line: &mut dyn FnMut(&str)) -> Result<Ended, Trouble> {
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| cannot_start(command, &error))?;
    let (tell, told) = mpsc::channel();
    let mut listeners = Vec::new();
    if let Some(out) = child.stdout.take() {
        listeners.push(listen(out, false, tell.clone()));
    }
    if let Some(err) = child.stderr.take() {
        listeners.push(listen(err, true, tell.clone()));
    }
    drop(tell);

    let mut last_words = VecDeque::new();
    for (is_error, text) in told {
        match (aloud, is_error) {
            (true, true) => eprintln!("{text}"),
            (true, false) => println!("{text}"),
            (false, _) => {}
        }
        if !is_error {
            line(&text);
        }
        if last_words.len() == LAST_WORDS {
            last_words.pop_front();
        }
        last_words.push_back(text);
    }
    for listener in listeners {
        // A listener only reads lines; there is nothing in it to go wrong.
        let _ = listener.join();
    }
    let status = child.wait().map_err(|error| cannot_start(command, &error))?;
    Ok(Ended { ok: status.success(), last_words: Vec::from(last_words).join("\n") })
}

fn listen(
    from: impl Read + Send + 'static,
    is_error: bool,
    tell: Sender<(bool, String)>,
) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut bytes = Vec::new();
        while from.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned();
            bytes.clear();
            if tell.send((is_error, text)).is_err() {
                return;
            }
        }
    })
}

fn cannot_start(command: &Command, error: &std::io::Error) -> Trouble {
    Trouble::new(format!("cannot run {}: {error}", command.get_program().display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_heard_and_the_end_is_known() {
        let mut heard = Vec::new();
        let mut command = Command::new("sh");
        command.args(["-c", "echo one; printf two; exit 3"]);

        let ended = hear(&mut command, |line| heard.push(line.to_owned())).expect("sh runs");

        assert_eq!(heard, ["one", "two"]);
        assert!(!ended.ok);
        assert_eq!(ended.last_words, "one\ntwo");
    }

    #[test]
    fn last_words_hold_errors_too() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo broken >&2"]);

        assert_eq!(follow_all(&mut command).expect("sh runs").last_words, "broken");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let trouble = show(&mut Command::new("tallystick-is-not-here")).expect_err("there is none");

        assert!(trouble.to_string().contains("tallystick-is-not-here"));
    }
}
