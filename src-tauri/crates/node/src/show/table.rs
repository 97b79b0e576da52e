//! The history of a tally as a table for other programs.

use std::fmt::Write as _;

use crate::view::{Direction, EntryKind, EntryStage, EntryView, Failure, HistoryFilter};
use crate::wallet::Wallet;

/// The names of the columns; amounts are whole thousandths, positive toward us, and the same in CHIP.
const COLUMNS: &str = "number,date,kind,toward,thousandths,chip,balance thousandths,memo,stage,entry";

impl Wallet {
    /// Every entry of a tally, oldest first, as comma-separated values (RFC 4180); the last line is their sum, which is the
    /// balance with what waits. Whatever a spreadsheet would take for a formula is set behind an apostrophe.
    ///
    /// # Errors
    /// `notFound` for a tally that is not there.
    pub async fn history_table(&self, tally: &str) -> Result<String, Failure> {
        let view = self.tally(tally).await?;
        let partner = view.row.partner.map_or_else(String::new, |partner| partner.name);
        let mut entries = Vec::new();
        let mut before = None;
        loop {
            let page = self.history(tally, before, HistoryFilter::default()).await?;
            entries.extend(page.entries);
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        entries.reverse();
        Ok(table(&partner, &entries))
    }
}

fn table(partner: &str, entries: &[EntryView]) -> String {
    let mut text = format!("{COLUMNS}\r\n");
    let mut sum = 0_i64;
    for entry in entries {
        let milli = match entry.direction {
            Direction::TowardMe => entry.units,
            Direction::TowardThem => -entry.units,
        };
        sum = sum.saturating_add(milli);
        let toward = match (milli, entry.direction) {
            (0, _) => "",
            (_, Direction::TowardMe) => "me",
            (_, Direction::TowardThem) => partner,
        };
        let date = tallystick_core::Date::from_millis(entry.at).to_string();
        let fields = [
            entry.index.to_string(),
            date,
            kind(entry.kind).to_owned(),
            field(toward),
            milli.to_string(),
            chips(milli),
            entry.balance_after.to_string(),
            field(entry.memo.as_deref().unwrap_or_default()),
            stage(entry.stage).to_owned(),
            entry.id.clone(),
        ];
        let _ = write!(text, "{}\r\n", fields.join(","));
    }
    let _ = write!(text, "sum,,,,{sum},{},{sum},,,\r\n", chips(sum));
    text
}

/// A text as one field.
fn field(text: &str) -> String {
    let guarded = match text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r'])
    {
        true => format!("'{text}"),
        false => text.to_owned(),
    };
    if guarded.contains([',', '"', '\r', '\n']) {
        return format!("\"{}\"", guarded.replace('"', "\"\""));
    }
    guarded
}

fn chips(milli: i64) -> String {
    let sign = if milli < 0 { "-" } else { "" };
    let milli = milli.unsigned_abs();
    format!("{sign}{}.{:03}", milli / 1_000, milli % 1_000)
}

fn kind(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Payment => "payment",
        EntryKind::Settings => "settings",
        EntryKind::Clearing => "clearing",
    }
}

fn stage(stage: EntryStage) -> &'static str {
    match stage {
        EntryStage::Signed => "signed",
        EntryStage::Delivered => "delivered",
        EntryStage::Accepted => "accepted",
        EntryStage::Matched => "matched",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment(index: u64, direction: Direction, units: i64, memo: &str) -> EntryView {
        EntryView {
            id: format!("entry-{index}"),
            index,
            at: 1_795_341_954_463,
            kind: EntryKind::Payment,
            direction,
            units,
            memo: Some(memo.to_owned()),
            balance_after: 0,
            stage: EntryStage::Matched,
            recorded_at: 0,
            delivered_at: None,
            matched_at: None,
            cancellable: false,
            answers: None,
            settings: None,
        }
    }

    #[test]
    fn amounts_keep_their_sign_and_the_last_line_is_the_sum() {
        let entries = [
            payment(1, Direction::TowardMe, 12_500, "tube"),
            payment(2, Direction::TowardThem, 1, "a, \"b\""),
        ];

        let text = table("Ben Ode", &entries);

        let lines: Vec<_> = text.split("\r\n").collect();
        assert_eq!(lines[0], COLUMNS);
        assert!(lines[1].contains(",payment,me,12500,12.500,0,tube,matched,entry-1"), "{}", lines[1]);
        assert!(lines[2].contains(",Ben Ode,-1,-0.001,0,\"a, \"\"b\"\"\",matched,"), "{}", lines[2]);
        assert_eq!(lines[3], "sum,,,,12499,12.499,12499,,,");
    }

    #[test]
    fn words_of_a_partner_are_no_formula() {
        for memo in ["=1+1", "+cmd", "-2", "@x", " =1", "\t=1"] {
            let text = table("B", &[payment(1, Direction::TowardMe, 1, memo)]);
            assert!(text.contains(&format!(",'{memo},")), "{text}");
        }
    }
}
