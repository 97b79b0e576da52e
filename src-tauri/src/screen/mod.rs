//! Pictures of what is on the screen, to look for codes in them. They go to the reader and are forgotten; the web view
//! never sees them.

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod portal;
#[cfg(target_os = "linux")]
mod x11;

use image::ExtendedColorType;
use image::ImageEncoder as _;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use tallystick_node::view::FailureCode;

/// A picture file, of a kind the reader knows.
pub(crate) type Picture = Vec<u8>;

/// Something that can take pictures of a screen.
pub(crate) trait Screen: Send {
    /// One picture of each monitor, or of the part the person chose. May ask the person, and then waits for them.
    ///
    /// # Errors
    /// [`ScreenError`].
    fn pictures(&self) -> Result<Vec<Picture>, ScreenError>;
}

/// Why there is no picture of the screen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScreenError {
    /// The person's: they said no, or chose nothing.
    #[error("the person chose no picture")]
    Refused,
    /// The world's: nothing here lets a program see the screen.
    #[error("this system lets no program see the screen")]
    Unavailable,
    /// The world's: it should have worked.
    #[error("the screen could not be seen: {0}")]
    Failed(String),
}

impl ScreenError {
    /// What the window says.
    pub(crate) fn code(&self) -> FailureCode {
        match self {
            Self::Refused => FailureCode::ScreenRefused,
            Self::Unavailable => FailureCode::ScreenUnavailable,
            Self::Failed(_) => FailureCode::ScreenFailed,
        }
    }
}

/// The screen of this session.
#[cfg(target_os = "linux")]
pub(crate) fn here() -> Box<dyn Screen> {
    // Under Wayland an X server answers too, but shows black where other programs' windows are.
    if set("WAYLAND_DISPLAY") { Box::new(portal::Portal) } else { Box::new(x11::Display::default()) }
}

/// The screen of this session.
#[cfg(not(target_os = "linux"))]
pub(crate) fn here() -> Box<dyn Screen> {
    Box::new(elsewhere::Elsewhere)
}

#[cfg(target_os = "linux")]
fn set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Grey pixels as a file.
#[cfg(target_os = "linux")]
fn png(luma: &[u8], width: u32, height: u32) -> Result<Picture, ScreenError> {
    let mut file = Vec::new();
    PngEncoder::new_with_quality(&mut file, CompressionType::Fast, FilterType::Sub)
        .write_image(luma, width, height, ExtendedColorType::L8)
        .map_err(|error| ScreenError::Failed(error.to_string()))?;
    Ok(file)
}
