//! Which cameras there are.

use std::panic::catch_unwind;

use nokhwa::query;
use nokhwa::utils::{ApiBackend, CameraIndex, CameraInfo};

use super::wire::Camera;

/// The cameras of this computer, the first one first; none where the system cannot say.
pub(super) fn call() -> Vec<Camera> {
    // The library panics over a device whose name it does not expect.
    let found = catch_unwind(|| query(ApiBackend::Auto)).ok().and_then(Result::ok).unwrap_or_default();
    let mut found: Vec<(CameraIndex, CameraInfo)> = found
        .into_iter()
        .map(|info| (info.index().clone(), info))
        .filter(|(id, _)| takes_pictures(id))
        .collect();
    found.sort_by_key(|(id, _)| id.as_index().map_or(u32::MAX, |index| index));
    let mut cameras: Vec<Camera> = found
        .into_iter()
        .map(|(id, info)| Camera { id: id.as_string(), name: spoken(&info.human_name()), detail: None })
        .collect();
    let names: Vec<String> = cameras.iter().map(|camera| camera.name.clone()).collect();
    for camera in &mut cameras {
        if names.iter().filter(|name| **name == camera.name).count() > 1 {
            camera.detail = Some(place(&camera.id));
        }
    }
    cameras
}

/// How the library wants a camera named.
pub(super) fn index(id: &str) -> CameraIndex {
    id.parse().map_or_else(|_| CameraIndex::String(id.to_owned()), CameraIndex::Index)
}

/// Drivers of webcams often say `Name: Name`.
fn spoken(name: &str) -> String {
    let name = name.trim();
    match name.split_once(": ") {
        Some((first, second)) if first.starts_with(second) || second.starts_with(first) => {
            if first.len() >= second.len() { first.to_owned() } else { second.to_owned() }
        }
        _ => name.to_owned(),
    }
}

/// One webcam has several devices; the first takes pictures, the others say when.
#[cfg(target_os = "linux")]
fn takes_pictures(id: &CameraIndex) -> bool {
    let path = format!("/sys/class/video4linux/video{}/index", id.as_string());
    std::fs::read_to_string(path).map_or(true, |order| order.trim() == "0")
}

#[cfg(not(target_os = "linux"))]
fn takes_pictures(_: &CameraIndex) -> bool {
    true
}

#[cfg(target_os = "linux")]
fn place(id: &str) -> String {
    format!("/dev/video{id}")
}

#[cfg(not(target_os = "linux"))]
fn place(id: &str) -> String {
    id.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_not_said_twice() {
        assert_eq!(spoken("Integrated Camera: Integrated C"), "Integrated Camera");
        assert_eq!(spoken("HD Webcam: HD Webcam\n"), "HD Webcam");
        assert_eq!(spoken("Maker: Desk"), "Maker: Desk");
    }
}
