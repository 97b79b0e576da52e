//! How many frames of a folder are read, class by class, beside plain zxing-cpp and rqrr alone in the same run.
//!
//! The folder holds pictures and `labels.csv`: a first line `file,class,text`, then a line for each frame, the text
//! empty where there is no code.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool speaks on the terminal")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::json;
use tallystick_scan::Found;
use tallystick_scan::decode::by_rqrr;
use tallystick_scan::luma::Luma;
use tallystick_scan_worker::{BUDGET, Effort, by_zxing, read};

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "pixels and light of pictures we make up"
)]
mod clip;
mod clips;
mod labels;

use labels::Label;

/// One way of reading a picture.
type Reader = fn(&Luma) -> Vec<Found>;

/// The readers that are compared.
const READERS: [(&str, Reader); 3] = [
    ("ours", |frame| read(&frame.pixels, frame.width, frame.height, BUDGET)),
    ("zxing-cpp", |frame| by_zxing(frame, false, Effort::Everything)),
    ("rqrr", by_rqrr),
];

/// What one reader made of one class, or of all.
#[derive(Default)]
struct Tally {
    frames: usize,
    read: usize,
    wrong: usize,
    took: Vec<Duration>,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(complaint) => {
            eprintln!("{complaint}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let (mut folder, mut as_json, mut clips) = (PathBuf::from("../shared/qr"), false, None);
    let (mut from, mut only) = (0, None);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--frames" => folder = words.next().ok_or("--frames needs a folder")?.into(),
            "--json" => as_json = true,
            "--clips" => clips = Some(20),
            "--of-each" => {
                let number = words.next().and_then(|word| word.parse().ok());
                clips = Some(number.ok_or("--of-each needs a number")?);
            }
            "--from" => {
                let seed = words.next().and_then(|word| word.parse().ok());
                from = seed.ok_or("--from needs the seed of the first clip")?;
            }
            "--only" => only = Some(words.next().ok_or("--only needs a class")?),
            other => return Err(format!("`{other}` is not known here")),
        }
    }
    if let Some(of_each) = clips {
        clips::bench(from..from + of_each, only.as_deref(), as_json);
        return Ok(());
    }
    let labels = labels::of(&folder)?;
    let mut classes: BTreeMap<&str, [Tally; READERS.len()]> = BTreeMap::new();
    let mut all: [Tally; READERS.len()] = Default::default();
    for label in &labels {
        let frame = frame(&folder.join(&label.file))?;
        let of_class = classes.entry(&label.class).or_default();
        for (at, (_, reader)) in READERS.iter().enumerate() {
            let began = Instant::now();
            let found = reader(&frame);
            let took = began.elapsed();
            of_class[at].add(label, &found, took);
            all[at].add(label, &found, took);
        }
    }
    if as_json {
        print_json(&classes, &all)
    } else {
        print_table(&classes, &all)
    }
    Ok(())
}

fn frame(path: &Path) -> Result<Luma, String> {
    let complaint = |what: &str| format!("{}: {what}", path.display());
    let picture = image::open(path).map_err(|error| complaint(&error.to_string()))?.into_luma8();
    let side = |pixels: u32| usize::try_from(pixels).unwrap_or(usize::MAX);
    let (width, height) = (side(picture.width()), side(picture.height()));
    Luma::new(&picture, width, height).ok_or_else(|| complaint("a size that no camera has"))
}

impl Tally {
    fn add(&mut self, label: &Label, found: &[Found], took: Duration) {
        let expects = !label.text.is_empty();
        self.frames += 1;
        self.read += usize::from(expects && found.iter().any(|one| one.text == label.text));
        self.wrong += usize::from(found.iter().any(|one| !expects || one.text != label.text));
        self.took.push(took);
    }

    /// Milliseconds that so many percent of the frames stay under.
    fn millis(&self, percent: usize) -> f64 {
        let mut took = self.took.clone();
        took.sort();
        let at = (took.len() * percent / 100).min(took.len().saturating_sub(1));
        took.get(at).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    }

    fn json(&self) -> serde_json::Value {
        json!({ "frames": self.frames, "read": self.read, "wrong": self.wrong,
            "ms_p50": self.millis(50), "ms_p95": self.millis(95) })
    }
}

type Classes<'a> = BTreeMap<&'a str, [Tally; READERS.len()]>;

fn print_table(classes: &Classes<'_>, all: &[Tally]) {
    print!("{:<12}{:>7}", "class", "frames");
    READERS
        .iter()
        .for_each(|(name, _)| print!("  |{name:>10} {:>5} {:>7} {:>7}", "wrong", "ms p50", "ms p95"));
    println!();
    let rows = classes.iter().map(|(name, tallies)| (*name, tallies.as_slice())).chain([("all", all)]);
    for (name, tallies) in rows {
        print!("{name:<12}{:>7}", tallies[0].frames);
        for tally in tallies {
            print!(
                "  |{:>10} {:>5} {:>7.1} {:>7.1}",
                tally.read,
                tally.wrong,
                tally.millis(50),
                tally.millis(95)
            );
        }
        println!();
    }
    let ratio = all[0].millis(50) / all[1].millis(50);
    println!("p50 is {ratio:.2} × plain zxing-cpp; budget {} ms a frame", BUDGET.as_millis());
}

fn print_json(classes: &Classes<'_>, all: &[Tally]) {
    let named = |tallies: &[Tally]| -> serde_json::Value {
        READERS.iter().zip(tallies).map(|((name, _), tally)| ((*name).to_owned(), tally.json())).collect()
    };
    let classes: serde_json::Map<String, serde_json::Value> =
        classes.iter().map(|(name, tallies)| ((*name).to_owned(), named(tallies))).collect();
    println!(
        "{}",
        json!({ "budget_ms": BUDGET.as_secs_f64() * 1000.0, "classes": classes, "all": named(all) })
    );
}
