//! Programs that end when we are done with them, with everything they started.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::Fault;

/// A running program in a process group of its own; dropping it ends the whole group.
#[derive(Debug)]
pub(crate) struct Owned {
    child: Child,
}

impl Owned {
    /// Starts a program in a group of its own.
    pub(crate) fn start(mut command: Command) -> Result<Self, Fault> {
        let program = command.get_program().display().to_string();
        let child = command.process_group(0).spawn().map_err(|source| Fault::Start { program, source })?;
        Ok(Self { child })
    }

    /// The running program's pipes.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    fn end(&mut self) -> io::Result<()> {
        // The leader is waited for last: until then its group's number cannot be given to strangers.
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // An error means that nobody of the group is left.
            let _ = kill_process_group(group, Signal::KILL);
        }
        self.child.wait().map(|_| ())
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // Whatever cannot be ended now is beyond our reach; there is nobody left to tell.
        let _ = self.end();
    }
}

/// A program that also ends when we are killed outright: the kernel ends it with us.
pub(crate) fn mortal(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--", program]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::io::{BufRead as _, BufReader};
    use std::path::Path;
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    #[test]
    fn what_is_ended_takes_its_children_along() {
        let mut command = mortal("sh");
        command.args(["-c", "sleep 600 & echo $!; wait"]).stdout(Stdio::piped());
        let mut owned = Owned::start(command).expect("a shell starts");
        let out = owned.child().stdout.take().expect("it was piped");
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).expect("the shell speaks");
        let stat = Path::new("/proc").join(line.trim()).join("stat");
        assert!(stat.exists());

        drop(owned);

        // The kernel ends a group in its own time.
        let gone_or_dead = || std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z"));
        let deadline = Instant::now() + Duration::from_secs(10);
        while !gone_or_dead() {
            assert!(Instant::now() < deadline, "the child outlives its group");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
