//! Speaking: results on standard output, everything else on standard error.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use serde::Serialize;

use crate::fault::Fault;

/// How results are said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Say {
    /// As one JSON value a line.
    pub(crate) json: bool,
}

impl Say {
    /// A result. Where nobody listens any more there is nobody to tell.
    pub(crate) fn view(self, view: &impl Serialize, words: impl FnOnce() -> String) {
        let text = if self.json { serde_json::to_string(view).unwrap_or_default() } else { words() };
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush());
    }

    /// A failure.
    pub(crate) fn fault(self, fault: &Fault) {
        let _ = writeln!(std::io::stderr(), "tallystick-node: {fault}");
        if self.json {
            self.view(&fault.to_json(), String::new);
        }
    }

    /// Something to know that is no result.
    pub(crate) fn aside(self, words: &str) {
        let _ = writeln!(std::io::stderr(), "{}", words.trim_end());
    }

    /// Whether the person agrees. `done` is what has not happened if not.
    pub(crate) fn agree(self, question: &str, done: &'static str) -> Result<(), Fault> {
        if !std::io::stdin().is_terminal() {
            return Err(Fault::NobodyAgrees);
        }
        let mut err = std::io::stderr();
        write!(err, "{question} [y/N] ").and_then(|()| err.flush()).map_err(Fault::Terminal)?;
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer).map_err(Fault::Terminal)?;
        match answer.trim() {
            "y" | "Y" | "yes" => Ok(()),
            _ => Err(Fault::Declined(done)),
        }
    }
}
