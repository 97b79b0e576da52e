//! Tickets: the permission to make first contact, handed over out of band (protocol.md 6, 11).

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::canonical::sha256;
use crate::chad::{Chad, join_host_port, split_host_port};
use crate::code::Damage;
use crate::ids::AgentId;
use crate::link::{self, Link, plain_number};
use crate::percent;
use crate::units::Units;

/// The secret of a ticket of ours: 128 random bits, written as 22 characters of base64url.
#[derive(Clone)]
pub struct Token([u8; 16]);

impl Token {
    /// Wraps random bytes drawn elsewhere.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Reads the 22 characters.
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// The secret itself, for the code or the message that carries it and for nothing else.
    pub fn expose(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What is stored in the secret's place: SHA-256 of its text.
    pub fn sha256(&self) -> [u8; 32] {
        *sha256(self.expose().as_bytes()).as_bytes()
    }
}

/// The token in a received message: ours or the reference's, 8 to 128 characters that need no escape in a link.
#[derive(Clone)]
pub struct TokenText(String);

impl TokenText {
    /// Takes text that could be a token.
    pub fn new(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
        let fits = (8..=128).contains(&text.len()) && text.bytes().all(plain);
        fits.then(|| Self(text.to_owned()))
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is compared with the stored [`Token::sha256`], in constant time.
    pub fn sha256(&self) -> [u8; 32] {
        *sha256(self.0.as_bytes()).as_bytes()
    }
}

impl From<&Token> for TokenText {
    fn from(token: &Token) -> Self {
        Self(token.expose())
    }
}

/// Tells two secrets apart without telling how far they agree.
fn same_secret(a: &[u8], b: &[u8]) -> bool {
    verify_slices_are_equal(a, b).is_ok()
}

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        same_secret(&self.0, &other.0)
    }
}

impl Eq for Token {}

impl PartialEq for TokenText {
    fn eq(&self, other: &Self) -> bool {
        same_secret(self.0.as_bytes(), other.0.as_bytes())
    }
}

impl Eq for TokenText {}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl fmt::Debug for TokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenText(…)")
    }
}

/// A ticket as it is handed over: a claim by whoever shows it until its issuer answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Who issued it, and where to find them.
    pub chad: Chad,
    /// The secret that opens the door.
    pub token: Token,
    /// Unix seconds after which it is worth nothing.
    pub expires: u64,
    /// The only agent that may use it, if it is bound.
    pub bound: Option<AgentId>,
    /// Other places where the issuer may be found, at most [`MAX_ALTERNATIVES`].
    pub alternatives: Vec<(String, u16)>,
    /// What the issuer goes by, for show.
    pub name: Option<String>,
    /// How far the issuer means to trust, for show.
    pub limit: Option<Units>,
}

impl Ticket {
    /// The link of protocol.md 11, with a checksum in it by which a cut or altered one is noticed.
    ///
    /// What is beyond its limits is left out: alternatives after the third, the end of a long name.
    pub fn to_link(&self) -> String {
        let needed = format!("{}?ticket={}&exp={}", self.chad.to_uri(), self.token.expose(), self.expires);
        let mut rest = String::new();
        let mut put = |key: &str, value: &str| {
            for part in ["&", key, "=", value] {
                rest.push_str(part);
            }
        };
        if let Some(agent) = &self.bound {
            put("for", &agent.to_string());
        }
        for (host, port) in self.alternatives.iter().take(MAX_ALTERNATIVES) {
            put("alt", &join_host_port(host, *port));
        }
        if let Some(name) = &self.name {
            let short: String = name.chars().take(MAX_NAME).collect();
            put("n", &percent::encode(&short));
        }
        if let Some(limit) = self.limit {
            put("lim", &limit.milli().to_string());
        }
        link::seal(&needed, &rest)
    }

    /// The same ticket without what makes its link longer than `most` bytes, the least missed first: the limit, the
    /// name, other places from the last. What the ticket needs stays, however long it is.
    #[must_use]
    pub fn within(self, most: usize) -> Self {
        let fits = |ticket: &Self| ticket.to_link().len() <= most;
        if fits(&self) {
            return self;
        }
        let unlimited = Self { limit: None, ..self.clone() };
        if fits(&unlimited) {
            return unlimited;
        }
        let nameless = Self { name: None, ..self.clone() };
        if fits(&nameless) {
            return nameless;
        }
        let mut bare = Self { name: None, limit: None, ..self };
        while !fits(&bare) && bare.alternatives.pop().is_some() {}
        bare
    }

    /// Reads the link. Whether it may have been altered is told by [`crate::code::inspect`].
    ///
    /// # Errors
    /// [`Damage`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Damage> {
        let link = Link::parse(text)?;
        Self::from_link(&link)
    }

    pub(crate) fn from_link(link: &Link) -> Result<Self, Damage> {
        // Without a checksum, what we do not know may be what we know with a slip in it.
        if link.is_doubtful(&["ticket", "exp", "for", "alt", "n", "lim", "v"]) {
            return Err(Damage::Form);
        }
        let token = link.one("ticket").and_then(Token::parse).ok_or(Damage::Token)?;
        let expires = link.one("exp").and_then(plain_number).filter(|&exp| exp <= LAST_EXPIRY);
        let bound = link.one("for").map(|agent| agent.parse().map_err(|_| Damage::Bound)).transpose()?;
        let alternatives = link.all("alt").map(split_host_port).collect::<Result<Vec<_>, _>>();
        let alternatives = alternatives.map_err(|_| Damage::Alternative)?;
        let name = link.one("n").map(str::to_owned);
        let limit = link.one("lim").map(|milli| plain_number(milli).and_then(units).ok_or(Damage::Limit));
        if alternatives.len() > MAX_ALTERNATIVES || alternatives.iter().any(|(_, port)| *port == 0) {
            return Err(Damage::Alternative);
        }
        if name.as_ref().is_some_and(|name| name.is_empty() || name.chars().count() > MAX_NAME) {
            return Err(Damage::Name);
        }
        Ok(Self {
            chad: link.chad().clone(),
            token,
            expires: expires.ok_or(Damage::Expiry)?,
            bound,
            alternatives,
            name,
            limit: limit.transpose()?,
        })
    }
}

fn units(milli: u64) -> Option<Units> {
    i64::try_from(milli).ok().and_then(|milli| Units::new(milli).ok())
}

/// A link of so many bytes makes a code of at most version 11, which webcams read with ease.
pub const EASY_LINK: usize = 230;

/// Other places a ticket may name (protocol.md 11).
pub const MAX_ALTERNATIVES: usize = 3;

/// The longest name in a code, in characters: it is for show, and codes must stay small.
pub(crate) const MAX_NAME: usize = 80;

/// The last second of the calendar that [`crate::Date`] can name.
const LAST_EXPIRY: u64 = 253_402_207_199;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ticket() -> Ticket {
        Ticket {
            chad: Chad::new("ana", AgentId::from_bytes([3; 32]), "192.168.1.20", 65430).unwrap(),
            token: Token::from_bytes([9; 16]),
            expires: 1_795_341_954,
            bound: Some(AgentId::from_bytes([4; 32])),
            alternatives: vec![("::1".to_owned(), 65430), ("ana.example.org".to_owned(), 1)],
            name: Some("Ana Á & Co".to_owned()),
            limit: Units::new(100_000).ok(),
        }
    }

    #[test]
    fn a_ticket_survives_its_link() {
        let link = ticket().to_link();

        assert_eq!(Ticket::parse(&link), Ok(ticket()), "{link}");
    }

    #[test]
    fn a_ticket_that_is_too_long_loses_what_is_least_missed() {
        let plain = Ticket { bound: None, alternatives: Vec::new(), ..ticket() };
        let length = |ticket: &Ticket| ticket.to_link().len();
        let named = |name: &str| Ticket { name: Some(name.to_owned()), ..plain.clone() };
        let full = length(&plain);
        let long = named(&"宮".repeat(40));
        let both = Ticket { name: None, limit: None, ..ticket() };

        assert_eq!(plain.clone().within(full), plain);
        assert_eq!(plain.clone().within(full - 1), Ticket { limit: None, ..plain.clone() });
        assert_eq!(long.clone().within(EASY_LINK), Ticket { name: None, ..long });
        let bare = Ticket { name: None, limit: None, ..plain.clone() };
        assert_eq!(plain.clone().within(length(&bare)), bare);
        let one = Ticket { alternatives: vec![("::1".to_owned(), 65430)], ..both.clone() };
        assert_eq!(ticket().within(length(&one)), one);
        assert_eq!(ticket().within(0), Ticket { alternatives: Vec::new(), ..both });
    }

    #[test]
    fn a_plain_ticket_is_small_enough_for_an_easy_code() {
        let plain = Ticket { bound: None, alternatives: Vec::new(), ..ticket() };

        assert!(plain.to_link().len() <= 230, "{}", plain.to_link());
    }

    #[test]
    fn a_ticket_with_one_character_changed_is_damaged() {
        let link = ticket().to_link();
        for at in 0..link.len() {
            let mut bytes = link.clone().into_bytes();
            bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
            let altered = String::from_utf8(bytes).unwrap();
            assert!(Ticket::parse(&altered).is_err(), "{altered}");
        }
    }

    #[test]
    fn a_secret_is_not_printed_by_accident() {
        let printed = format!("{:?} {:?}", ticket(), TokenText::from(&ticket().token));

        assert!(!printed.contains(&ticket().token.expose()));
    }

    #[test]
    fn a_token_hashes_as_the_text_that_travels() {
        let token = ticket().token;

        assert_eq!(token.expose().len(), 22);
        assert_eq!(TokenText::from(&token).sha256(), token.sha256());
        assert_eq!(Token::parse(&token.expose()), Some(token));
    }

    #[test]
    fn text_that_can_be_no_token_is_refused() {
        for text in ["", "short", "has space in it", "semi;colon;;", "ümlautümlaut", &"x".repeat(129)] {
            assert_eq!(TokenText::new(text), None, "{text}");
        }
        assert!(TokenText::new("a8434a5c55403f9fb198e0943245bbe3").is_some());
    }

    proptest! {
        #[test]
        fn any_ticket_survives(
            cuid in "[^@:\\p{Cc}]{1,64}",
            secret in any::<[u8; 16]>(),
            expires in 0..=LAST_EXPIRY,
            name in proptest::option::of(".{1,80}"),
            limit in proptest::option::of(0_i64..1 << 53),
        ) {
            let chad = Chad::new(&cuid, AgentId::from_bytes([3; 32]), "h", 1).unwrap();
            let limit = limit.map(|milli| Units::new(milli).unwrap());
            let ticket = Ticket { chad, token: Token::from_bytes(secret), expires, name, limit, ..ticket() };
            prop_assert_eq!(Ticket::parse(&ticket.to_link()), Ok(ticket));
        }
    }
}
