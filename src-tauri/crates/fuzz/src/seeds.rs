//! The inputs that lie in the repository.

use std::fs;
use std::path::PathBuf;

/// Every seed of a target, in the order of their names; nothing where the repository is not there.
pub(crate) fn of(target: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut paths: Vec<_> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.into_iter().filter_map(|path| fs::read(path).ok()).collect()
}
