//! The people of every run. Their keys are made once a process; which key it is decides nothing.

use std::sync::OnceLock;

use tallystick_core::{AgentId, Certificate, Chad, ComposeCert, Date, UserKey};
use tallystick_noise::AgentSecret;
use tallystick_testkit::TestSigner;
use zeroize::Zeroizing;

/// Somebody with a wallet.
#[derive(Debug)]
pub(crate) struct Person {
    /// What the others call them.
    pub(crate) name: &'static str,
    /// Their wallet's name on the network.
    pub(crate) agent: AgentId,
    /// What they sign with.
    pub(crate) signer: TestSigner,
    /// What they say about themselves.
    pub(crate) cert: Certificate,
}

/// When every run begins, ms since the Unix epoch.
pub(crate) const DAWN: i64 = 1_795_341_954_463;

/// As many as a run can have.
pub(crate) const NAMES: [&str; 6] = ["ana", "ben", "cy", "dee", "eli", "mallory"];

/// Everybody.
///
/// # Panics
/// If the system has no random numbers.
pub(crate) fn cast() -> &'static [Person] {
    static CAST: OnceLock<Vec<Person>> = OnceLock::new();
    CAST.get_or_init(|| NAMES.iter().zip(1_u8..).map(|(name, seed)| person(name, seed)).collect())
}

fn person(name: &'static str, seed: u8) -> Person {
    let agent = AgentSecret::from_seed(Zeroizing::new([seed; 32])).agent_id();
    let signer = TestSigner::fresh();
    let cert = certificate(name, agent, signer.public().clone());
    Person { name, agent, signer, cert }
}

/// A certificate of somebody, with whatever key.
///
/// # Panics
/// Never with the names above.
pub(crate) fn certificate(name: &str, agent: AgentId, key: UserKey) -> Certificate {
    let chad = Chad::new(name, agent, "localhost", 65_430).expect("a name of the cast is a user's name");
    let parts = ComposeCert { chad, name: name.into(), key, date: Date::from_millis(DAWN) };
    Certificate::compose(parts).expect("a name of the cast is a name")
}
