//! Reading JSON so that nothing is lost or guessed: the border through which every received byte passes (protocol.md 4, 5).

use serde_json::{Map, Number, Value};

use crate::canonical::{MAX_INTEGER, few_decimals};

/// The deepest nesting of arrays and objects accepted (protocol.md 4).
pub const MAX_DEPTH: usize = 16;

/// Why bytes were not accepted as JSON; the number is the offset in bytes at which reading stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Not UTF-8.
    #[error("not utf-8 at byte {0}")]
    Utf8(usize),
    /// Not the grammar of JSON, or data after the end.
    #[error("not json at byte {0}")]
    Grammar(usize),
    /// The same key twice in one object: readers would differ on which counts.
    #[error("a repeated key at byte {0}")]
    RepeatedKey(usize),
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("nested too deep at byte {0}")]
    TooDeep(usize),
    /// A number that is not in the one text form the protocol allows.
    #[error("a number in a form that is not allowed at byte {0}")]
    Number(usize),
    /// Half of a surrogate pair: no character.
    #[error("half a character at byte {0}")]
    LoneSurrogate(usize),
}

/// Reads one JSON value, refusing whatever could be read differently elsewhere.
///
/// # Errors
/// [`ParseError`] for repeated keys, depth beyond [`MAX_DEPTH`], numbers such as `1.0`, `-0`, `1e3`, integers beyond
/// 2^53−1 and more than six decimals, invalid UTF-8, lone surrogates, and anything after the value.
pub fn parse_strict(bytes: &[u8]) -> Result<Value, ParseError> {
    let text = std::str::from_utf8(bytes).map_err(|error| ParseError::Utf8(error.valid_up_to()))?;
    let mut reader = Reader { text, at: 0 };
    reader.skip_space();
    let value = reader.value(0)?;
    reader.skip_space();
    if reader.at == text.len() { Ok(value) } else { Err(ParseError::Grammar(reader.at)) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.at += 1;
        }
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), ParseError> {
        if self.take(byte) { Ok(()) } else { Err(ParseError::Grammar(self.at)) }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, ParseError> {
        match self.peek() {
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'"') => self.string().map(Value::String),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            Some(b'-' | b'0'..=b'9') => self.number().map(Value::Number),
            _ => Err(ParseError::Grammar(self.at)),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, ParseError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(ParseError::Grammar(self.at));
        }
        self.at += word.len();
        Ok(value)
    }

    fn object(&mut self, depth: usize) -> Result<Value, ParseError> {
        self.open(b'{', depth)?;
        let mut members = Map::new();
        if self.take(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_space();
            let key_at = self.at;
            let key = self.string()?;
            if members.contains_key(&key) {
                return Err(ParseError::RepeatedKey(key_at));
            }
            self.skip_space();
            self.expect(b':')?;
            self.skip_space();
            let value = self.value(depth)?;
            members.insert(key, value);
            self.skip_space();
            if self.take(b'}') {
                return Ok(Value::Object(members));
            }
            self.expect(b',')?;
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, ParseError> {
        self.open(b'[', depth)?;
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            self.skip_space();
            items.push(self.value(depth)?);
            self.skip_space();
            if self.take(b']') {
                return Ok(Value::Array(items));
            }
            self.expect(b',')?;
        }
    }

    fn open(&mut self, bracket: u8, depth: usize) -> Result<(), ParseError> {
        if depth > MAX_DEPTH {
            return Err(ParseError::TooDeep(self.at));
        }
        self.expect(bracket)?;
        self.skip_space();
        Ok(())
    }

    fn number(&mut self) -> Result<Number, ParseError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) {
            self.at += 1;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        agreed_number(text).ok_or(ParseError::Number(start))
    }

    fn string(&mut self) -> Result<String, ParseError> {
        self.expect(b'"')?;
        let mut out = String::new();
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| byte != b'"' && byte != b'\\' && byte >= b' ') {
                self.at += 1;
            }
            out.push_str(self.text.get(start..self.at).unwrap_or_default());
            if self.take(b'"') {
                return Ok(out);
            }
            self.expect(b'\\')?;
            out.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<char, ParseError> {
        let at = self.at;
        self.at += 1;
        match self.text.as_bytes().get(at) {
            Some(b'"') => Ok('"'),
            Some(b'\\') => Ok('\\'),
            Some(b'/') => Ok('/'),
            Some(b'b') => Ok('\u{8}'),
            Some(b'f') => Ok('\u{c}'),
            Some(b'n') => Ok('\n'),
            Some(b'r') => Ok('\r'),
            Some(b't') => Ok('\t'),
            Some(b'u') => self.escaped_unit(at),
            _ => Err(ParseError::Grammar(at)),
        }
    }

    fn escaped_unit(&mut self, at: usize) -> Result<char, ParseError> {
        let first = self.hex4()?;
        if !(0xD800..0xE000).contains(&first) {
            return char::from_u32(u32::from(first)).ok_or(ParseError::LoneSurrogate(at));
        }
        if !(self.take(b'\\') && self.take(b'u')) {
            return Err(ParseError::LoneSurrogate(at));
        }
        let second = self.hex4()?;
        match char::decode_utf16([first, second]).next() {
            Some(Ok(char)) => Ok(char),
            _ => Err(ParseError::LoneSurrogate(at)),
        }
    }

    fn hex4(&mut self) -> Result<u16, ParseError> {
        let digits = self.text.get(self.at..self.at + 4).ok_or(ParseError::Grammar(self.at))?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ParseError::Grammar(self.at));
        }
        let unit = u16::from_str_radix(digits, 16).map_err(|_| ParseError::Grammar(self.at))?;
        self.at += 4;
        Ok(unit)
    }
}

/// The number, if its text is the only one allowed for it: an integer within 2^53−1, or the shortest decimal.
fn agreed_number(text: &str) -> Option<Number> {
    if text.bytes().any(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'.')) {
        return None;
    }
    if text.contains('.') {
        let decimal = text.parse::<f64>().ok()?;
        let agreed = decimal.fract() != 0.0 && few_decimals(text) && decimal.to_string() == text;
        return if agreed { Number::from_f64(decimal) } else { None };
    }
    let integer = text.parse::<i64>().ok()?;
    let agreed = integer.unsigned_abs() <= MAX_INTEGER && integer.to_string() == text;
    agreed.then(|| Number::from(integer))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn parse(text: &str) -> Result<Value, ParseError> {
        parse_strict(text.as_bytes())
    }

    #[test]
    fn ordinary_json_is_read() {
        let text = " { \"a\" : [ 1 , -2, 0.04 ,true,false,null , { } , [ ] ] ,\"é\\u00e9\\ud834\\udd1e\\/\\b\": \"\\n\" }\r\n\t";

        assert_eq!(
            parse(text),
            Ok(json!({"a": [1, -2, 0.04, true, false, null, {}, []], "éé\u{1d11e}/\u{8}": "\n"}))
        );
    }

    #[test]
    fn a_repeated_key_is_refused_however_it_is_spelled() {
        assert_eq!(parse(r#"{"a":1,"a":1}"#), Err(ParseError::RepeatedKey(7)));
        assert_eq!(parse(r#"{"x":{"a":1,"\u0061":2}}"#), Err(ParseError::RepeatedKey(12)));
    }

    #[test]
    fn numbers_have_one_form() {
        for text in [
            "1.0",
            "-0",
            "-0.0",
            "1e3",
            "1E3",
            "1e+21",
            "9007199254740992",
            "-9007199254740992",
            "0.0000001",
            "1.50",
            "01",
            "-",
            "--1",
            "1.",
            ".5",
            "+1",
            "1-",
            "0.1000000",
            "00.5",
            "-.5",
            "1.2.3",
            "99999999999999999999",
            "9007199254740.123456",
        ] {
            assert!(parse(&format!("[{text}]")).is_err(), "{text}");
        }
        for text in ["0", "-1", "9007199254740991", "-9007199254740991", "0.000001", "-0.04", "123456789.125"]
        {
            assert_eq!(parse(text).map(|n| n.to_string().parse::<f64>()), Ok(text.parse::<f64>()), "{text}");
        }
    }

    #[test]
    fn depth_sixteen_is_the_last() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));

        assert!(parse(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(parse(&nested(MAX_DEPTH + 1)), Err(ParseError::TooDeep(MAX_DEPTH)));
        assert_eq!(parse(&"[".repeat(60_000)), Err(ParseError::TooDeep(MAX_DEPTH)));
    }

    #[test]
    fn half_characters_are_refused() {
        for text in [r#""\ud834""#, r#""\udd1e""#, r#""\ud834\u0041""#, r#""\ud834x""#, r#""\ud834\ud834""#] {
            assert!(matches!(parse(text), Err(ParseError::LoneSurrogate(_))), "{text}");
        }
        assert_eq!(parse_strict(b"\"\xed\xa0\x80\""), Err(ParseError::Utf8(1)));
        assert_eq!(parse_strict(b"\"\xff\""), Err(ParseError::Utf8(1)));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            " ",
            "{",
            "}",
            "[1,]",
            "[,1]",
            "{\"a\"}",
            "{\"a\":1,}",
            "{a:1}",
            "'a'",
            "\"\n\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u+123\"",
            "\"abc",
            "tru",
            "nul",
            "1 2",
            "{}x",
            "\u{feff}{}",
            "NaN",
            "/**/1",
            "\"\\u00é\"",
            "\"\\",
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = parse_strict(&bytes);
        }

        #[test]
        fn what_is_accepted_serde_reads_the_same(text in r#"[\[\]{}:," a-c0-9.\\u-]{0,24}"#) {
            if let Ok(value) = parse(&text) {
                prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
            }
        }

        #[test]
        fn any_text_survives(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(parse(&json), Ok(Value::String(text)));
        }
    }
}
