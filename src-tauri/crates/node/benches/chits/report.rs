//! What was measured: a table for people, JSON for programs.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

/// Everything measured in one run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    section: &'static str,
    name: String,
    value: f64,
    unit: &'static str,
    /// As a share of which ceiling, or beside which goal.
    beside: Option<String>,
}

impl Report {
    /// Adds one number.
    pub(crate) fn add(&mut self, section: &'static str, name: &str, value: f64, unit: &'static str) {
        self.rows.push(Row { section, name: name.to_owned(), value, unit, beside: None });
    }

    /// Adds one number with a remark: its goal, or its share of a ceiling.
    pub(crate) fn add_beside(
        &mut self,
        section: &'static str,
        name: &str,
        value: f64,
        unit: &'static str,
        beside: String,
    ) {
        self.rows.push(Row { section, name: name.to_owned(), value, unit, beside: Some(beside) });
    }

    /// The numbers for a program, in the order they were measured.
    pub(crate) fn to_json(&self) -> Value {
        let row = |row: &Row| {
            json!({
                "section": row.section, "name": row.name, "value": row.value, "unit": row.unit,
                "beside": row.beside,
            })
        };
        json!({"rows": self.rows.iter().map(row).collect::<Vec<_>>()})
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut section = "";
        for row in &self.rows {
            if row.section != section {
                section = row.section;
                writeln!(f, "\n{section}")?;
            }
            let value = if row.value >= 100.0 { grouped(row.value) } else { format!("{:.2}", row.value) };
            write!(f, "  {:<46}{value:>12} {:<6}", row.name, row.unit)?;
            match &row.beside {
                Some(beside) => writeln!(f, "  {beside}")?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }
}

/// Milliseconds of a span, to the microsecond.
pub(crate) fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}

/// So many in so long, a second.
pub(crate) fn rate(count: u32, span: Duration) -> f64 {
    f64::from(count) / span.as_secs_f64()
}

/// The value below which this share of the spans lies.
pub(crate) fn percentile(spans: &mut [Duration], share: f64) -> Duration {
    spans.sort_unstable();
    // A share of a length fits.
    #[allow(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss
    )]
    let at = ((spans.len() as f64 * share) as usize).min(spans.len().saturating_sub(1));
    spans.get(at).copied().unwrap_or_default()
}

fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
