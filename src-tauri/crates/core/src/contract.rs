//! The contracts that come with the wallet, named by the hash of their exact text (protocol.md 7).

use crate::canonical::sha256;
use crate::ids::Digest;

/// A contract: plain language that both sign by signing a tally that names its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contract {
    text: &'static str,
}

impl Contract {
    /// The contracts this version knows, newest first.
    pub const fn builtin() -> &'static [Self] {
        BUILTIN
    }

    /// The contract of this hash, if it is one of ours.
    pub fn by_hash(hash: &Digest) -> Option<&'static Self> {
        BUILTIN.iter().find(|contract| contract.hash() == *hash)
    }

    /// SHA-256 of the exact bytes: what stands in a tally's `agree`.
    pub fn hash(&self) -> Digest {
        Self::hash_of(self.text)
    }

    /// The hash by which a tally would name this text.
    pub fn hash_of(text: &str) -> Digest {
        sha256(text.as_bytes())
    }

    /// The exact text.
    pub const fn text(&self) -> &'static str {
        self.text
    }

    /// The text's first heading.
    pub fn title(&self) -> &'static str {
        Self::title_of(self.text)
    }

    /// The first Markdown heading of any contract's text, or its first line that says something.
    pub fn title_of(text: &str) -> &str {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.trim_matches('#').trim().is_empty());
        let first = lines.clone().next();
        lines.find(|line| line.starts_with('#')).or(first).unwrap_or_default().trim_start_matches(['#', ' '])
    }
}

/// A text once released is never edited: its hash stands in signed tallies. A better one gets the next number.
const BUILTIN: &[Contract] = &[Contract { text: include_str!("../../../contracts/mutual-credit-1.md") }];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_released_texts_are_unchanged() {
        let hashes: Vec<String> =
            Contract::builtin().iter().map(|contract| contract.hash().to_string()).collect();

        assert_eq!(hashes, ["n_TA5cTQRAQKuVvjWsmnlobqUDzaqlxBpI9zyvYOxDQ"]);
    }

    #[test]
    fn a_title_is_the_first_heading_or_else_the_first_line() {
        assert_eq!(
            Contract::title_of("\n\nBy and between\n## Loans *and* gifts\n# Later"),
            "Loans *and* gifts"
        );
        assert_eq!(Contract::title_of("##\n\n  Plain words\nmore"), "Plain words");
        assert_eq!(Contract::title_of(" \n#\n"), "");
    }

    #[test]
    fn a_contract_is_found_by_its_hash() {
        for contract in Contract::builtin() {
            assert_eq!(Contract::by_hash(&contract.hash()), Some(contract));
            assert!(!contract.title().is_empty());
            assert!(!contract.text().contains('\r'));
        }
        assert_eq!(Contract::by_hash(&Digest::from_bytes([0; 32])), None);
    }
}
