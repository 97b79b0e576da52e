//! Room on the disk, looked at before hours are spent filling it.

use std::path::Path;
use std::process::Command;

use crate::house::House;
use crate::shell;
use crate::trouble::Trouble;

/// A first build of everything, tests and tools included, with system packages and what npm and cargo download: 14 GB.
const FIRST_BUILD: u64 = 16 * GB;

/// Later builds replace more than they add.
const LATER_BUILD: u64 = GB;

const GB: u64 = 1 << 30;

/// Refuses to start a build that would fill the disk half-way.
pub(crate) fn check(house: &House) -> Result<(), Trouble> {
    let built_before = house.target.join("debug").join("deps").is_dir();
    let needed = if built_before { LATER_BUILD } else { FIRST_BUILD };
    // Not knowing is no reason to stop: a build that does run out of room says so by itself.
    let Some(free) = free(&house.root) else { return Ok(()) };
    enough(free, needed)
}

fn enough(free: u64, needed: u64) -> Result<(), Trouble> {
    if free >= needed {
        return Ok(());
    }
    let trouble =
        format!("only {} left on this disk, and about {} are needed", gigabytes(free), gigabytes(needed));
    Err(Trouble::new(trouble).advise("free some space, or set CARGO_TARGET_DIR to a folder on a larger disk"))
}

fn free(folder: &Path) -> Option<u64> {
    let output = shell::ask(Command::new("df").arg("-Pk").arg(folder)).ok()?;
    free_in(&String::from_utf8_lossy(&output.stdout))
}

/// The fourth column of the last line, in kilobytes.
fn free_in(df: &str) -> Option<u64> {
    let kilobytes: u64 = df.lines().last()?.split_whitespace().nth(3)?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

fn gigabytes(bytes: u64) -> String {
    let tenths = bytes / (GB / 10);
    format!("{}.{} GB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_space_is_read_from_the_portable_form() {
        let df = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda 100 50 2097152 50% /\n";

        assert_eq!(free_in(df), Some(2 * GB));
        assert_eq!(free_in("nothing of the kind"), None);
    }

    #[test]
    fn too_little_room_says_how_much_there_is() {
        let trouble = enough(GB + GB / 2, FIRST_BUILD).expect_err("too little").to_string();

        assert!(trouble.contains("only 1.5 GB") && trouble.contains("16.0 GB"), "{trouble}");
        assert!(enough(FIRST_BUILD, FIRST_BUILD).is_ok());
    }
}
