//! The rule for numbers of protocol.md 5, written a second time and differently, as a judge of refusals.

/// Whether some number in JSON text is not in its one agreed form.
pub(super) fn breaks_number_rule(json: &str) -> bool {
    numbers(json).iter().any(|number| !is_agreed(number))
}

/// Every number of the text, as written.
fn numbers(json: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_text = false;
    let mut chars = json.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\\' if in_text => {
                chars.next();
            }
            '"' => in_text = !in_text,
            '-' | '0'..='9' if !in_text => {
                let mut number = String::from(char);
                while let Some(more) =
                    chars.next_if(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E'))
                {
                    number.push(more);
                }
                found.push(number);
            }
            _ => {}
        }
    }
    found
}

fn is_agreed(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    let (whole, decimals) =
        digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let whole_is_plain = plain(whole) && (whole == "0" || !whole.starts_with('0'));
    match decimals {
        None => {
            whole_is_plain && number != "-0" && whole.parse::<u64>().is_ok_and(|n| n <= 9_007_199_254_740_991)
        }
        Some(decimals) => {
            let short = plain(decimals) && decimals.len() <= 6 && !decimals.ends_with('0');
            whole_is_plain && short && number.parse::<f64>().is_ok_and(|value| format!("{value}") == number)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_outside_text_are_judged() {
        assert!(!breaks_number_rule(r#"{"a1.0":"1e5 \" 1.0","b":[1,-2,0.04,9007199254740991]}"#));
        for number in ["1.0", "-0", "1e3", "9007199254740992", "0.0000001", "1.5e300", "0.10", "01", "-0.0"] {
            assert!(breaks_number_rule(&format!("{{\"a\":[{number}]}}")), "{number}");
        }
    }
}
