//! Noise recordings, replayed by the crate that speaks Noise.

use serde_json::Value;
use tallystick_noise::vectors;

use crate::vectors::Report;

pub(super) fn check(name: &str, value: &Value, report: &mut Report) {
    let replay = vectors::replay(value);
    report.count(replay.passed.values().sum());
    for failed in &replay.failed {
        report.check(name, false, &failed.to_string());
    }
    report.check(name, replay.frames > 0, "there are frames to replay");
}
