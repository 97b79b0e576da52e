//! What a folder's `labels.csv` says.

use std::path::Path;

/// One frame, and what is on it.
#[derive(Debug, PartialEq)]
pub(crate) struct Label {
    pub(crate) file: String,
    pub(crate) class: String,
    /// Empty where there is no code.
    pub(crate) text: String,
}

/// Reads `labels.csv` in a folder.
pub(crate) fn of(folder: &Path) -> Result<Vec<Label>, String> {
    let path = folder.join("labels.csv");
    let table = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut labels = Vec::new();
    for (number, line) in table.trim_start_matches('\u{feff}').lines().enumerate().skip(1) {
        if line.trim().is_empty() {
            continue;
        }
        let label =
            label(line).ok_or_else(|| format!("{}:{}: not file,class,text", path.display(), number + 1))?;
        labels.push(label);
    }
    if labels.is_empty() {
        return Err(format!("{}: no frame is named there", path.display()));
    }
    Ok(labels)
}

/// The text comes last and may hold commas; in quotes, a quote is written twice.
fn label(line: &str) -> Option<Label> {
    let mut parts = line.splitn(3, ',');
    let (file, class) = (plain(parts.next()?), plain(parts.next()?));
    let text = plain(parts.next().unwrap_or_default());
    (!file.is_empty()).then_some(Label { file, class, text })
}

fn plain(field: &str) -> String {
    let quoted = field.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    quoted.map_or_else(|| field.to_owned(), |inside| inside.replace("\"\"", "\""))
}
