//! How strong a passphrase is, in reason codes; the words live in the window.
//!
//! The estimate is deliberately simple, so that it can be explained to a person: every character is worth
//! log2(size of the alphabets in use) bits, with three discounts. A character that repeats the one before it, or
//! continues a run (`abc`, `321`), is worth nothing; so is one that repeats the passphrase's own beginning over
//! again (`tallytally`); and a word out of the short list that every guesser tries first is worth one character.
//! It errs towards too high for dictionary words in a row, which is why the bound is above what Argon2id needs.

/// The fewest characters a passphrase may have.
pub const MIN_PASSPHRASE_CHARS: usize = 10;

/// The fewest bits a passphrase may be estimated at: with 256 MiB and 3 passes a guess, 2^45 of them are years of
/// a large machine park.
pub const MIN_PASSPHRASE_BITS: u32 = 45;

/// What an estimate found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassphraseStrength {
    /// The estimated bits, rounded down.
    pub bits: u32,
    /// What made it weaker, in the order of the enum; the window may show them even when the whole is acceptable.
    pub weaknesses: Vec<Weakness>,
}

/// One reason why a passphrase is weaker than its length promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weakness {
    /// Fewer than [`MIN_PASSPHRASE_CHARS`] characters. This alone refuses it.
    TooShort,
    /// Characters repeat, or a beginning is repeated over and over.
    Repeats,
    /// Runs like `abcd` or `4321`.
    Runs,
    /// Holds a word that guessers try first.
    Common,
    /// Fewer than [`MIN_PASSPHRASE_BITS`] bits in all. This alone refuses it.
    TooSimple,
}

impl PassphraseStrength {
    /// Whether a vault may be made with it.
    pub fn is_enough(&self) -> bool {
        !self.weaknesses.iter().any(|w| matches!(w, Weakness::TooShort | Weakness::TooSimple))
    }
}

/// Estimates a passphrase. Pure and quick: a window may call it on every keystroke.
pub fn judge_passphrase(passphrase: &str) -> PassphraseStrength {
    let chars: Vec<char> = passphrase.chars().collect();
    let lower: Vec<char> = chars.iter().map(|c| c.to_ascii_lowercase()).collect();
    let mut worth = vec![true; chars.len()];
    let mut weaknesses = Vec::new();

    if chars.len() < MIN_PASSPHRASE_CHARS {
        weaknesses.push(Weakness::TooShort);
    }
    if discount_repeats(&lower, &mut worth) {
        weaknesses.push(Weakness::Repeats);
    }
    if discount_runs(&lower, &mut worth) {
        weaknesses.push(Weakness::Runs);
    }
    if discount_common(&lower, &mut worth) {
        weaknesses.push(Weakness::Common);
    }

    let counted = u32::try_from(worth.iter().filter(|w| **w).count()).unwrap_or(u32::MAX);
    let bits = counted.saturating_mul(centibits_each(&chars)) / 100;
    if bits < MIN_PASSPHRASE_BITS {
        weaknesses.push(Weakness::TooSimple);
    }
    PassphraseStrength { bits, weaknesses }
}

/// Marks characters equal to the one before, and all periods after the first of a text that is one period repeated.
fn discount_repeats(text: &[char], worth: &mut [bool]) -> bool {
    let mut found = false;
    for (i, pair) in text.windows(2).enumerate() {
        if pair[0] == pair[1] {
            worth[i + 1] = false;
            // A doubled letter is ordinary spelling; three in a row are not.
            found |= i > 0 && text[i - 1] == pair[0];
        }
    }
    let period = (1..=text.len() / 2).find(|p| text.iter().zip(text.iter().skip(*p)).all(|(a, b)| a == b));
    if let Some(period) = period {
        worth[period..].fill(false);
        found = true;
    }
    found
}

/// Marks the third and later characters of a run upwards or downwards.
fn discount_runs(text: &[char], worth: &mut [bool]) -> bool {
    let step = |a: char, b: char| i64::from(u32::from(b)) - i64::from(u32::from(a));
    let mut found = false;
    for (i, three) in text.windows(3).enumerate() {
        let (first, second) = (step(three[0], three[1]), step(three[1], three[2]));
        if first == second && first.abs() == 1 {
            worth[i + 2] = false;
            found = true;
        }
    }
    found
}

/// Marks all but the first character of each word of the list.
fn discount_common(text: &[char], worth: &mut [bool]) -> bool {
    let mut found = false;
    for word in COMMON {
        let word: Vec<char> = word.chars().collect();
        for at in 0..text.len().saturating_sub(word.len() - 1) {
            if text[at..].starts_with(&word) {
                worth[at + 1..at + word.len()].fill(false);
                found = true;
            }
        }
    }
    found
}

/// A hundred times log2 of the size of the alphabets in use.
fn centibits_each(chars: &[char]) -> u32 {
    let has = |test: fn(&char) -> bool| chars.iter().any(test);
    let kinds = [
        (has(char::is_ascii_digit), 10),
        (has(char::is_ascii_lowercase), 26),
        (has(char::is_ascii_uppercase), 26),
        (has(|c| c.is_ascii() && !c.is_ascii_alphanumeric()), 33),
        (has(|c| !c.is_ascii()), 100),
    ];
    let size: u32 = kinds.iter().filter(|(used, _)| *used).map(|(_, size)| size).sum();
    // log2 without floats: log2(n) = log2(n^100) / 100, counted by repeated squaring of a fixed-point number.
    centilog2(size)
}

/// 100 × log2(n), rounded down; 0 for 0 and 1.
fn centilog2(n: u32) -> u32 {
    let Some(whole) = n.checked_ilog2() else { return 0 };
    let mut mantissa = (u64::from(n) << FRACTION) >> whole;
    let mut fraction = 0;
    for bit in 1..=7 {
        mantissa = (mantissa * mantissa) >> FRACTION;
        if mantissa >= 2 << FRACTION {
            mantissa >>= 1;
            fraction |= 128 >> bit;
        }
    }
    whole * 100 + fraction * 100 / 128
}

/// Binary places of the fixed-point number in [`centilog2`].
const FRACTION: u32 = 30;

/// The heads of the lists guessers begin with, with what people of this program would add.
const COMMON: [&str; 28] = [
    "password",
    "passwort",
    "passphrase",
    "passwd",
    "qwerty",
    "qwertz",
    "azerty",
    "asdf",
    "letmein",
    "welcome",
    "admin",
    "iloveyou",
    "monkey",
    "dragon",
    "football",
    "baseball",
    "sunshine",
    "princess",
    "master",
    "shadow",
    "secret",
    "login",
    "hunter",
    "tallystick",
    "mychips",
    "wallet",
    "trustno",
    "changeme",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn weaknesses(text: &str) -> Vec<Weakness> {
        judge_passphrase(text).weaknesses
    }

    #[test]
    fn ordinary_good_passphrases_are_enough() {
        for text in
            ["korrekt pferd batterie", "xkqzvbnwuj", "Tr0ub4dor&3x", "żółta łódź na stawie", "9f2c71e0ab48"]
        {
            assert!(judge_passphrase(text).is_enough(), "{text}: {:?}", judge_passphrase(text));
        }
    }

    #[test]
    fn nine_characters_are_too_few_however_mixed() {
        assert_eq!(weaknesses("aZ3$kQ9!u"), [Weakness::TooShort]);
    }

    #[test]
    fn repeats_runs_common_words_and_digits_alone_are_refused() {
        use Weakness::*;

        assert_eq!(weaknesses("aaaaaaaaaaaaaaa"), [Repeats, TooSimple]);
        assert_eq!(weaknesses("tallytallytally"), [Repeats, TooSimple]);
        assert_eq!(weaknesses("abcdefghijklmnop"), [Runs, TooSimple]);
        assert_eq!(weaknesses("Password2026"), [Common, TooSimple]);
        assert_eq!(weaknesses("7301846295"), [TooSimple]);
        assert_eq!(weaknesses(""), [TooShort, TooSimple]);
    }

    #[test]
    fn the_logarithm_is_right_to_a_hundredth_of_a_bit() {
        for (n, want) in [(0, 0), (1, 0), (2, 100), (10, 332), (26, 470), (52, 570), (95, 656), (195, 760)] {
            assert!(centilog2(n).abs_diff(want) <= 1, "{n}: {}", centilog2(n));
        }
    }
}
