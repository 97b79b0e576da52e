//! How many clips are read, class by class, and how soon, frames arriving at the rate of a camera.

use std::ops::Range;
use std::time::{Duration, Instant};

use serde_json::json;
use tallystick_scan::luma::Luma;
use tallystick_scan_worker::{Effort, Stream, by_zxing};

use crate::clip::{Class, Clip, FRAMES};

/// What became of the clips of one class.
#[derive(Default)]
struct Score {
    clips: usize,
    read: usize,
    /// Milliseconds of the clip until it was read.
    soon: Vec<f64>,
    /// Frames that plain zxing-cpp reads by themselves.
    single: usize,
    frames: usize,
    /// Milliseconds that a frame took.
    took: Vec<f64>,
    /// Seeds of the clips that should have been read and were not.
    unread: Vec<u64>,
    /// Seeds of clips that gave something they do not say, and what.
    said: Vec<(u64, String)>,
}

/// Plays clips of these seeds of each class, or of one, and prints.
pub(crate) fn bench(seeds: Range<u64>, only: Option<&str>, as_json: bool) {
    if !as_json {
        println!(
            "{:<12}{:>6}{:>6}{:>7}{:>11}{:>9}{:>12}{:>10}{:>8}",
            "class", "clips", "read", "wrong", "median ms", "p95 ms", "alone read", "ms/frame", "p95"
        );
    }
    let mut rows = Vec::new();
    let mut remarks = Vec::new();
    for class in Class::ALL {
        let name = format!("{class:?}").to_lowercase();
        if only.is_some_and(|only| only != name) {
            continue;
        }
        let mut score = Score::default();
        for seed in seeds.clone() {
            score.play(seed, &Clip::new(class, seed));
        }
        let alone = 100 * score.single / score.frames.max(1);
        if class.is_readable() && !score.unread.is_empty() {
            remarks.push(format!("{name}: not read: {:?}", score.unread));
        }
        remarks.extend(score.said.iter().map(|(seed, text)| format!("{name} {seed}: WRONG: {text:?}")));
        let (soon, took) = (&mut score.soon, &mut score.took);
        let numbers =
            [percentile(soon, 50), percentile(soon, 95), percentile(took, 50), percentile(took, 95)];
        if as_json {
            rows.push(
                json!({ "class": name, "clips": score.clips, "read": score.read, "wrong": score.said.len(),
                "readable": class.is_readable(), "ms_p50": numbers[0], "ms_p95": numbers[1],
                "single_frames_percent": alone, "frame_ms_p50": numbers[2], "frame_ms_p95": numbers[3] }),
            );
        } else {
            println!(
                "{name:<12}{:>6}{:>6}{:>7}{:>11.0}{:>9.0}{alone:>10} %{:>10.1}{:>8.1}",
                score.clips,
                score.read,
                score.said.len(),
                numbers[0],
                numbers[1],
                numbers[2],
                numbers[3]
            );
        }
    }
    if as_json {
        println!("{}", json!(rows));
    } else {
        remarks.iter().for_each(|remark| println!("{remark}"));
    }
}

impl Score {
    fn play(&mut self, seed: u64, clip: &Clip) {
        self.clips += 1;
        let mut stream = Stream::new();
        let mut free_at = 0.0;
        let mut done = false;
        for number in 0..FRAMES {
            let at = Clip::seconds(number);
            let pixels = clip.frame(number);
            if let Some(frame) = Luma::new(&pixels, clip.width, clip.height) {
                self.frames += 1;
                let alone = by_zxing(&frame, false, Effort::Everything);
                self.single += usize::from(alone.iter().any(|code| Some(&code.text) == clip.text.as_ref()));
            }
            // While one frame is looked at, others pass by.
            if done || at < free_at {
                continue;
            }
            let began = Instant::now();
            let seen = stream.see(&pixels, clip.width, clip.height, Duration::from_secs_f64(at));
            let took = began.elapsed().as_secs_f64();
            self.took.push(took * 1_000.0);
            free_at = at + took;
            let right = seen.codes.iter().any(|code| Some(&code.text) == clip.text.as_ref());
            let wrong = seen.codes.iter().filter(|code| Some(&code.text) != clip.text.as_ref());
            self.said.extend(wrong.map(|code| (seed, code.text.clone())));
            if right {
                self.read += 1;
                self.soon.push((at + took) * 1_000.0);
                done = true;
            }
        }
        if !done {
            self.unread.push(seed);
        }
    }
}

fn percentile(all: &mut [f64], percent: usize) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get((all.len() * percent / 100).min(all.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}
