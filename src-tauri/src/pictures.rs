//! Looking at pictures in a process of its own.
//!
//! Decoders meet hostile files. The worker is this same program without profile, keys or network: a picture goes in on
//! its standard input, texts come out, and if it takes too long or falls over, that is all that happens.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tallystick_node::view::{Failure, FailureCode};
use tallystick_scan::{ImageError, ImageLimits, read_image_by};
use tallystick_scan_worker::read_pdf;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::screen;

/// The argument that makes this program a worker.
pub(crate) const WORKER: &str = "scan-worker";

/// A picture that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(15);

/// What a worker answers.
#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    Texts(Vec<String>),
    Unreadable,
    TooLarge,
    Svg,
}

/// The worker's whole life: one picture.
pub(crate) fn work() -> ExitCode {
    let limits = ImageLimits::default();
    let mut bytes = Vec::new();
    let most = u64::try_from(limits.bytes).unwrap_or(u64::MAX).saturating_add(1);
    if std::io::stdin().take(most).read_to_end(&mut bytes).is_err() {
        return ExitCode::FAILURE;
    }
    let read = if is_pdf(&bytes) {
        read_pdf(bytes, &limits)
    } else {
        read_image_by(&bytes, &limits, tallystick_scan_worker::read)
    };
    let answer = match read {
        Ok(found) => Answer::Texts(found.into_iter().map(|code| code.text).collect()),
        Err(ImageError::Svg) => Answer::Svg,
        Err(ImageError::TooLarge) => Answer::TooLarge,
        Err(_) => Answer::Unreadable,
    };
    let sent = serde_json::to_vec(&answer).map(|bytes| std::io::stdout().write_all(&bytes));
    if matches!(sent, Ok(Ok(()))) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn is_pdf(file: &[u8]) -> bool {
    file.starts_with(b"%PDF")
}

/// The texts of all codes in a picture, or on a page of a PDF.
///
/// # Errors
/// [`FailureCode::UnreadableImage`], [`FailureCode::ImageTooLarge`], [`FailureCode::SvgRefused`],
/// [`FailureCode::NoCodeInImage`], [`FailureCode::PdfRefused`].
pub(crate) async fn texts(image: Vec<u8>) -> Result<Vec<String>, Failure> {
    let is_pdf = is_pdf(&image);
    let answer = tokio::time::timeout(PATIENCE, ask(image)).await;
    let code = match answer {
        Ok(Ok(Answer::Texts(texts))) if texts.is_empty() => FailureCode::NoCodeInImage,
        Ok(Ok(Answer::Texts(texts))) => return Ok(texts),
        Ok(Ok(Answer::Svg)) => FailureCode::SvgRefused,
        Ok(Ok(Answer::TooLarge)) => FailureCode::ImageTooLarge,
        Ok(Ok(Answer::Unreadable)) | Err(_) if is_pdf => FailureCode::PdfRefused,
        Ok(Ok(Answer::Unreadable)) | Err(_) => FailureCode::UnreadableImage,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the picture worker failed");
            FailureCode::UnreadableImage
        }
    };
    Err(refused(code))
}

/// The texts of all codes on the screen, each once; the person may be asked first.
///
/// # Errors
/// [`FailureCode::ScreenRefused`], [`FailureCode::ScreenUnavailable`], [`FailureCode::ScreenFailed`],
/// [`FailureCode::NoCodeOnScreen`].
pub(crate) async fn texts_on_screen() -> Result<Vec<String>, Failure> {
    let taken = tokio::task::spawn_blocking(|| screen::here().pictures()).await;
    let pictures = match taken {
        Ok(Ok(pictures)) => pictures,
        Ok(Err(error)) => {
            tracing::info!(%error, "no picture of the screen");
            return Err(refused(error.code()));
        }
        Err(_) => return Err(refused(FailureCode::ScreenFailed)),
    };
    let mut found: Vec<String> = Vec::new();
    for picture in pictures {
        // One monitor that cannot be read does not spoil the other.
        let new = texts(picture).await.unwrap_or_default();
        found.extend(new);
    }
    let mut seen = BTreeSet::new();
    found.retain(|text| seen.insert(text.clone()));
    if found.is_empty() { Err(refused(FailureCode::NoCodeOnScreen)) } else { Ok(found) }
}

fn refused(code: FailureCode) -> Failure {
    Failure { code, retryable: false, safe_to_repeat: true }
}

async fn ask(image: Vec<u8>) -> std::io::Result<Answer> {
    let mut worker = Command::new(std::env::current_exe()?)
        .arg(WORKER)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut stdin) = worker.stdin.take() {
        // A worker that has seen enough closes its end early; its answer says why.
        let _ = stdin.write_all(&image).await;
    }
    let output = worker.wait_with_output().await?;
    serde_json::from_slice(&output.stdout).map_err(std::io::Error::other)
}
