//! One camera, opened and filmed; everything here may hang or panic with its driver.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use nokhwa::utils::{CameraFormat, FrameFormat, RequestedFormat, RequestedFormatType};
use nokhwa::{Camera, NokhwaError};
use tallystick_scan::luma::Luma;

use super::pixels::{Packing, grey};
use super::roll;
use super::slot::Slot;
use super::wire::Trouble;

/// A grey frame and when it was taken.
#[derive(Debug)]
pub(super) struct Shot {
    pub(super) frame: Luma,
    pub(super) at: Instant,
}

/// Films until something is wrong, and says what; the newest frame lies in the slot. Never comes back while the driver
/// neither sends nor fails.
pub(super) fn film(camera: &str, newest: &Slot<Shot, Trouble>) {
    // Dropping a stream whose camera is gone panics in the library.
    let ended = catch_unwind(AssertUnwindSafe(|| shoot(camera, newest)));
    newest.end(match ended {
        Ok(Ok(never)) => match never {},
        Ok(Err(error)) => trouble_of(&error),
        Err(_) => Trouble::StoppedAnswering,
    });
}

enum Never {}

fn shoot(camera: &str, newest: &Slot<Shot, Trouble>) -> Result<Never, NokhwaError> {
    let mut camera = open(camera)?;
    camera.open_stream()?;
    let mut due = Instant::now();
    loop {
        let format = camera.camera_format();
        let bytes = camera.frame_raw()?;
        let at = Instant::now();
        // More frames than are shown and read are not even unpacked.
        if at + EARLY < due {
            continue;
        }
        let (width, height) = (side(format.width()), side(format.height()));
        // A frame cut short is nothing unusual; the next one comes.
        let Some(packing) = packing(format.format()) else { continue };
        let frame = grey(&bytes, width, height, packing);
        if let Some(frame) = frame {
            due = (due + PACE).max(at);
            newest.put(Shot { frame, at });
        }
    }
}

fn open(camera: &str) -> Result<Camera, NokhwaError> {
    let any = RequestedFormat::with_formats(RequestedFormatType::None, &READABLE);
    let mut camera = Camera::new(roll::index(camera), any)?;
    let offered = camera.compatible_camera_formats()?;
    if let Some(best) = best(&offered).filter(|best| *best != camera.camera_format()) {
        let wanted = RequestedFormat::with_formats(RequestedFormatType::Exact(best), &READABLE);
        // Not all formats that are offered can be had; the one it has is better than none. Whether the camera can be
        // used at all shows when its stream is opened.
        if let Err(error) = camera.set_camera_requset(wanted) {
            tracing::debug!(%error, %best, "the camera does not do what it offers");
        }
    }
    Ok(camera)
}

/// What reads best: about 1280 × 720, at fifteen frames a second or more, and unpacked rather than JPEG.
fn best(offered: &[CameraFormat]) -> Option<CameraFormat> {
    let readable = offered.iter().filter(|format| packing(format.format()).is_some());
    readable.copied().min_by_key(|format| {
        let slow = ENOUGH.saturating_sub(format.frame_rate());
        let far = format.width().abs_diff(1_280) + format.height().abs_diff(720);
        let unpacking = u32::from(format.format() == FrameFormat::MJPEG);
        (slow, far, unpacking, format.frame_rate())
    })
}

fn packing(format: FrameFormat) -> Option<Packing> {
    match format {
        FrameFormat::YUYV => Some(Packing::Yuyv),
        FrameFormat::NV12 => Some(Packing::Nv12),
        FrameFormat::GRAY => Some(Packing::Grey),
        FrameFormat::MJPEG => Some(Packing::Mjpeg),
        FrameFormat::RAWRGB | FrameFormat::RAWBGR => None,
    }
}

/// The library hands the system's errors on as text.
fn trouble_of(error: &NokhwaError) -> Trouble {
    let text = error.to_string();
    let number = text.rsplit_once("(os error ").and_then(|(_, rest)| rest.split_once(')'));
    match (number.map(|(number, _)| number), error) {
        (Some("13" | "1"), _) => Trouble::Refused,
        (Some("16"), _) => Trouble::Busy,
        // No such file, no such device, input or output failed: what a cable that was pulled looks like.
        (Some("2" | "5" | "6" | "19"), _) => Trouble::Unplugged,
        (_, NokhwaError::GetPropertyError { .. } | NokhwaError::SetPropertyError { .. }) => {
            Trouble::NoSupport
        }
        _ => Trouble::StoppedAnswering,
    }
}

fn side(pixels: u32) -> usize {
    usize::try_from(pixels).unwrap_or(0)
}

const READABLE: [FrameFormat; 4] =
    [FrameFormat::YUYV, FrameFormat::NV12, FrameFormat::GRAY, FrameFormat::MJPEG];

/// Frames a second that look like moving.
const ENOUGH: u32 = 15;

/// A little more than fifteen frames a second, whatever the camera's own pace.
const PACE: Duration = Duration::from_millis(64);

/// Cameras are not punctual: a frame that comes so much too early is taken nevertheless.
const EARLY: Duration = Duration::from_millis(15);

#[cfg(test)]
mod tests {
    use super::*;

    fn format(width: u32, height: u32, packing: FrameFormat, rate: u32) -> CameraFormat {
        CameraFormat::new_from(width, height, packing, rate)
    }

    #[test]
    fn a_smooth_picture_comes_first_then_its_size_then_what_is_cheap() {
        let slow = format(1_280, 720, FrameFormat::YUYV, 10);
        let packed = format(1_280, 720, FrameFormat::MJPEG, 30);
        let small = format(640, 480, FrameFormat::YUYV, 30);
        let plain = format(1_280, 720, FrameFormat::YUYV, 30);
        let huge = format(3_840, 2_160, FrameFormat::MJPEG, 30);
        let colours = format(1_280, 720, FrameFormat::RAWRGB, 30);

        assert_eq!(best(&[slow, packed, small, huge]), Some(packed));
        assert_eq!(best(&[slow, packed, small, plain]), Some(plain));
        assert_eq!(best(&[slow, small]), Some(small));
        assert_eq!(best(&[slow]), Some(slow));
        assert_eq!(best(&[colours]), None);
    }

    #[test]
    fn errors_of_the_system_have_their_own_words() {
        for (number, expected) in [
            (13, Trouble::Refused),
            (16, Trouble::Busy),
            (19, Trouble::Unplugged),
            (2, Trouble::Unplugged),
            (22, Trouble::StoppedAnswering),
        ] {
            let why = std::io::Error::from_raw_os_error(number).to_string();

            assert_eq!(trouble_of(&NokhwaError::OpenStreamError(why)), expected, "{number}");
        }
    }
}
