//! Copies that contradict each other: Ana's wallet is put back to an older state and promises again under an old number.

use std::path::Path;

use super::Telling;
use super::pair::Pair;
use crate::{Fault, Programs, Theme};

const STEPS: usize = 9;

/// Makes the journey once.
pub(super) async fn make(
    programs: &Programs,
    theme: Theme,
    folder: &Path,
    telling: Telling,
) -> Result<(), Fault> {
    let _pair = Pair::meet(programs, theme, folder, STEPS, telling).await?;
    Ok(())
}
