//! The reader on webcam-like frames, class by class. The frames lie outside the repository.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tallystick_scan::read;

/// One frame: its class, what its code says (nothing in the class `none`), and what was read.
struct Outcome {
    class: String,
    expected: String,
    read: Vec<String>,
    took: Duration,
}

#[test]
fn webcam_frames_are_read_and_never_misread() {
    let folder = frames();
    let labels = std::fs::read_to_string(folder.join("labels.csv")).unwrap();
    let rows: Vec<(&str, &str, &str)> = labels.lines().skip(1).map(row).collect();

    let outcomes = look_at_all(&folder, &rows);

    let mut classes: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut times: Vec<Duration> = outcomes.iter().map(|o| o.took).collect();
    times.sort();
    for outcome in &outcomes {
        let (read, all) = classes.entry(&outcome.class).or_default();
        *read += usize::from(!outcome.expected.is_empty() && outcome.read == [outcome.expected.as_str()]);
        *all += 1;
    }
    for (class, (read, all)) in &classes {
        println!("{class:>10}  {read:>3} of {all}");
    }
    let (median, slow) = (times[times.len() / 2], times[times.len() * 95 / 100]);
    println!("{:>10}  {median:.0?} median, {slow:.0?} in 95 % of frames", "time");

    let wrong: Vec<&Outcome> = outcomes
        .iter()
        .filter(|o| o.read.iter().any(|text| o.expected.is_empty() || *text != o.expected))
        .collect();
    assert!(wrong.is_empty(), "{} frames misread, such as {:?}", wrong.len(), wrong[0].read);
    let (clean, all) = classes["clean"];
    assert!(clean * 10 >= all * 9, "{clean} of {all} clean frames read");
    let all_read: usize = classes.values().map(|(read, _)| read).sum();
    println!("{:>10}  {all_read:>3} of {}", "all", outcomes.len() - classes["none"].1);
    assert!(all_read >= LEAST_READ, "{all_read} frames read, once it was {LEAST_READ}");
}

fn look_at_all(folder: &Path, rows: &[(&str, &str, &str)]) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut outcomes = Vec::new();
        while let Some((file, class, text)) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
            let picture = image::open(folder.join(file)).unwrap().into_luma8();
            let (width, height) = (picture.width().try_into().unwrap(), picture.height().try_into().unwrap());
            let began = Instant::now();
            let found = read(&picture, width, height, Duration::from_secs(60));
            outcomes.push(Outcome {
                class: (*class).to_owned(),
                expected: (*text).to_owned(),
                read: found.into_iter().map(|one| one.text).collect(),
                took: began.elapsed(),
            });
        }
        outcomes
    };
    thread::scope(|scope| {
        let workers: Vec<_> =
            (0..thread::available_parallelism().map_or(2, usize::from)).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

fn row(line: &str) -> (&str, &str, &str) {
    let (file, rest) = line.split_once(',').unwrap();
    let (class, text) = rest.split_once(',').unwrap();
    (file, class, text)
}

/// `$TALLYSTICK_SHARED/qr`, or `shared/qr` beside the workspace.
fn frames() -> PathBuf {
    let shared = std::env::var_os("TALLYSTICK_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap().join("../shared"),
        PathBuf::from,
    );
    let folder = shared.join("qr");
    assert!(
        folder.join("labels.csv").is_file(),
        "no frames at {}: set TALLYSTICK_SHARED to the folder that holds qr/labels.csv",
        folder.display()
    );
    folder
}

/// A few below what is read now, so that a stage that stops working is noticed.
const LEAST_READ: usize = 110;
