//! What nothing on this machine can beat: the signature's arithmetic, and the disk's word that it has written.

use std::path::Path;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use tallystick_store::{Ledger, StoreError};
use tallystick_testkit::TestSigner;
use zeroize::Zeroizing;

use crate::report::{Report, rate};

/// The ceilings, all a second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ceilings {
    /// P-521 checks on one core.
    pub(crate) verify: f64,
}

/// How long each is measured.
const SPAN: Duration = Duration::from_millis(700);

/// About what is signed and hashed of a chit.
const CHIT: [u8; 260] = [b'x'; 260];

/// About what a chain hash covers.
const LINK: [u8; 520] = [b'x'; 520];

const SECTION: &str = "ceilings of this run";

/// Measures them.
pub(crate) fn measure(folder: &Path, report: &mut Report) -> Ceilings {
    let signer = TestSigner::fresh();
    let signature = signer.sign(&CHIT);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let check = || assert!(signer.public().verify(&CHIT, &signature).is_ok());
    let verify = spin(1, &check);
    let verify_all = spin(cores, &check);
    let sign = spin(1, &|| {
        signer.sign(&CHIT);
    });
    let hash = spin(1, &|| {
        std::hint::black_box(Sha256::digest(std::hint::black_box(LINK)));
    });
    report.add(SECTION, "P-521 signatures checked, one core", verify, "/s");
    report.add(SECTION, &format!("P-521 signatures checked, {cores} cores"), verify_all, "/s");
    report.add(SECTION, "P-521 signatures made, one core", sign, "/s");
    report.add(SECTION, "SHA-256 over a link of the chain, one core", hash, "/s");
    report.add(SECTION, "small commits to an encrypted ledger", commits(folder), "/s");
    Ceilings { verify }
}

/// Runs something on so many threads for a while; how often a second.
fn spin(threads: usize, work: &(dyn Fn() + Sync)) -> f64 {
    let start = Instant::now();
    let count = thread::scope(|scope| {
        let run = || {
            let mut count = 0;
            while start.elapsed() < SPAN {
                for _ in 0..16 {
                    work();
                    count += 1;
                }
            }
            count
        };
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let own: u32 = run();
        others.into_iter().map(|thread| thread.join().expect("it only counts")).sum::<u32>() + own
    });
    rate(count, start.elapsed())
}

/// Commits one after the other, each waited for.
fn commits(folder: &Path) -> f64 {
    let ledger = Ledger::open(&folder.join("commits.db"), Zeroizing::new([5; 32])).expect("a ledger");
    let (start, mut count) = (Instant::now(), 0_u32);
    while start.elapsed() < SPAN {
        let (tell, told) = channel();
        ledger.write(
            move |rows| rows.set_choice("n", &count.to_string()),
            move |result: Result<Result<(), StoreError>, StoreError>| tell.send(result).expect("waited for"),
        );
        told.recv().expect("an answer").expect("committed").expect("written");
        count += 1;
    }
    rate(count, start.elapsed())
}
