//! The reader with every decoder: it reads what is drawn, and nothing makes it panic or say what is not there.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use image::imageops::{self, FilterType};
use image::{GrayImage, Luma};
use proptest::prelude::*;
use tallystick_scan::{ImageError, ImageLimits, Options, draw};
use tallystick_scan_worker::{fuzz, read, read_pdf};

const TEXT: &str =
    "chip://ana:7cjA_IXM74idHhSG9qtWu9EbiF7KEu5savU9lezPD6h@203.0.113.7:65430?ticket=8iL6nBxZiwojnXQbEsOxdR";

fn code(text: &str, pixels: u32) -> GrayImage {
    let png = draw(text, &Options::default()).unwrap().png(pixels).unwrap();
    image::load_from_memory(&png).unwrap().into_luma8()
}

fn texts(picture: &GrayImage) -> Vec<String> {
    let (width, height) = (picture.width().try_into().unwrap(), picture.height().try_into().unwrap());
    let found = read(picture, width, height, Duration::from_secs(20));
    found.into_iter().map(|one| one.text).collect()
}

#[test]
fn a_code_is_read_turned_scaled_mirrored_and_inverted() {
    let straight = code(TEXT, 360);
    let mut inverted = straight.clone();
    imageops::invert(&mut inverted);
    let views = [
        imageops::rotate90(&straight),
        imageops::flip_horizontal(&straight),
        imageops::resize(&straight, 251, 251, FilterType::Triangle),
        imageops::resize(&straight, 1700, 1700, FilterType::Nearest),
        inverted,
        straight,
    ];
    for (turn, view) in views.iter().enumerate() {
        assert_eq!(texts(view), [TEXT], "view {turn}");
    }
}

#[test]
fn several_codes_are_several_findings() {
    let mut wall = GrayImage::from_pixel(1280, 720, Luma([200]));
    for (text, x) in [("one", 60), ("two", 460), ("three", 860)] {
        imageops::replace(&mut wall, &code(text, 300), x, 200);
    }

    let mut found = texts(&wall);

    found.sort();
    assert_eq!(found, ["one", "three", "two"]);
}

#[test]
fn a_small_code_in_the_noise_of_a_dark_room_is_read() {
    let mut state = 7_u32;
    let mut dark = GrayImage::from_pixel(640, 480, Luma([60]));
    imageops::replace(
        &mut dark,
        &imageops::resize(&code(TEXT, 300), 220, 220, FilterType::Triangle),
        200,
        130,
    );
    for pixel in dark.pixels_mut() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = u8::try_from(state >> 24).unwrap() / 16;
        pixel.0[0] = 20 + pixel.0[0] / 6 + noise;
    }

    assert_eq!(texts(&dark), [TEXT]);
}

#[test]
fn a_size_that_does_not_fit_finds_nothing() {
    let picture = code(TEXT, 300);
    for (width, height) in [(300, 301), (0, 0), (usize::MAX, 2), (90_000, 1)] {
        assert!(read(&picture, width, height, Duration::from_secs(1)).is_empty(), "{width}x{height}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_as_a_fuzzer_gives_them_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..9000)) {
        fuzz(&bytes);
    }

    #[test]
    fn frames_of_any_size_and_noise_never_panic(
        width in 0_usize..120,
        height in 0_usize..120,
        seed in prop::collection::vec(any::<u8>(), 97),
        claimed in any::<Option<(usize, usize)>>(),
    ) {
        let frame: Vec<u8> = (0..width * height).map(|i| seed[i * 31 % 97] ^ seed[i / 7 % 97]).collect();
        let (width, height) = claimed.unwrap_or((width, height));
        let _ = read(&frame, width, height, Duration::from_secs(5));
    }

    #[test]
    fn codes_with_random_blots_give_their_text_or_nothing(
        blots in prop::collection::vec((0_u32..360, 0_u32..360, 1_u32..60, any::<u8>()), 0..12),
    ) {
        let mut picture = code(TEXT, 360);
        for (x, y, size, shade) in blots {
            let (width, height) = (size.min(360 - x), size.min(360 - y));
            imageops::replace(&mut picture, &GrayImage::from_pixel(width, height, Luma([shade])), x.into(), y.into());
        }
        prop_assert!(texts(&picture).iter().all(|text| text == TEXT));
    }
}

#[test]
fn a_micro_code_is_none() {
    let code = qrcode::QrCode::with_version(b"5860", qrcode::Version::Micro(2), qrcode::EcLevel::L).unwrap();
    let picture = code.render::<image::Luma<u8>>().module_dimensions(8, 8).build();

    // Noise reads as the smallest of them.
    assert_eq!(texts(&picture), [""; 0]);
}

/// A PDF of pages of A4 with one picture on the last.
fn pdf(picture: &GrayImage, pages: usize) -> Vec<u8> {
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut starts = Vec::new();
    let mut object = |file: &mut Vec<u8>, body: &[u8]| {
        starts.push(file.len());
        file.extend(format!("{} 0 obj\n", starts.len()).bytes().chain(body.iter().copied()));
        file.extend(b"\nendobj\n");
    };
    let stream = |head: &str, data: &[u8]| {
        let head = format!("<< {head} /Length {} >>\nstream\n", data.len());
        [head.as_bytes(), data, b"\nendstream"].concat()
    };
    let kids: Vec<String> = (0..pages).map(|page| format!("{} 0 R", page + 5)).collect();
    let (width, height) = picture.dimensions();
    object(&mut file, b"<< /Type /Catalog /Pages 2 0 R >>");
    object(&mut file, format!("<< /Type /Pages /Kids [{}] /Count {pages} >>", kids.join(" ")).as_bytes());
    let head = format!(
        "/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray /BitsPerComponent 8"
    );
    object(&mut file, &stream(&head, picture));
    object(&mut file, &stream("", b"q 150 0 0 150 60 600 cm /Code Do Q"));
    for page in 1..=pages {
        let content = if page == pages { "/Contents 4 0 R" } else { "" };
        let body = format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /XObject << /Code 3 0 R >> >> {content} >>"
        );
        object(&mut file, body.as_bytes());
    }
    let table = file.len();
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", starts.len() + 1).bytes());
    starts.iter().for_each(|start| file.extend(format!("{start:010} 00000 n \n").bytes()));
    file.extend(
        format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", starts.len() + 1).bytes(),
    );
    file
}

#[test]
fn a_code_on_a_page_of_a_pdf_is_read() {
    let limits = ImageLimits::default();
    let file = pdf(&code(TEXT, 360), 3);
    let found = read_pdf(file.clone(), &limits).unwrap();
    assert_eq!(found.iter().map(|one| one.text.as_str()).collect::<Vec<_>>(), [TEXT]);

    let empty = read_pdf(pdf(&GrayImage::from_pixel(360, 360, Luma([255])), 1), &limits).unwrap();
    assert_eq!(empty, []);
    let many = read_pdf(pdf(&code(TEXT, 360), 9), &limits).unwrap();
    assert_eq!(many, [], "behind the eighth page nobody looks");

    let broken = read_pdf(b"%PDF-1.4\nand nothing else".to_vec(), &limits);
    assert!(matches!(broken, Err(ImageError::Unreadable(None))), "{broken:?}");
    let small = ImageLimits { bytes: file.len() - 1, ..limits };
    assert!(matches!(read_pdf(file, &small), Err(ImageError::TooLarge)));
}
