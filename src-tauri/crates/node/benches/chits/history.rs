//! A long tally: opening it, paging through it, checking it.

use std::path::Path;

use crate::ceilings::Ceilings;
use crate::report::Report;

/// Measures them.
pub(crate) async fn measure(_folder: &Path, _chits: u32, _ceilings: &Ceilings, _report: &mut Report) {}
