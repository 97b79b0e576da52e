//! Pictures as people have them: every kind of file, turned, scaled, inside something larger, broken, hostile.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::io::Cursor;
use std::time::{Duration, Instant};

use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgba, RgbaImage};
use proptest::prelude::*;
use tallystick_scan::{Found, ImageError, ImageLimits, Options, draw, read, read_image};

const TEXT: &str =
    "chip://ana:7cjA_IXM74idHhSG9qtWu9EbiF7KEu5savU9lezPD6h@203.0.113.7:65430?ticket=8iL6nBxZiwojnXQbEsOxdR";

fn code(pixels: u32) -> GrayImage {
    let png = draw(TEXT, &Options::default()).unwrap().png(pixels).unwrap();
    image::load_from_memory(&png).unwrap().into_luma8()
}

fn file(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn texts(found: &[Found]) -> Vec<&str> {
    found.iter().map(|one| one.text.as_str()).collect()
}

fn look(bytes: &[u8]) -> Result<Vec<Found>, ImageError> {
    read_image(bytes, &ImageLimits::default())
}

fn seen(picture: &GrayImage) -> Vec<Found> {
    let (width, height) = (picture.width().try_into().unwrap(), picture.height().try_into().unwrap());
    read(picture, width, height, Duration::from_secs(20))
}

/// A grey page with lines of something like text, and a window frame.
fn page(width: u32, height: u32) -> GrayImage {
    GrayImage::from_fn(width, height, |x, y| {
        let line = y % 24 < 12 && x > 20 && x + 20 < width;
        let stroke = (x * 7 + y / 24 * 13) % 11 < 4 || (x / 3 + y) % 5 == 0;
        let frame = y < 30 || x < 4 || x + 4 >= width || y + 4 >= height;
        Luma([if frame {
            60
        } else if line && stroke {
            30
        } else {
            240
        }])
    })
}

#[test]
fn every_kind_of_file_is_read_by_its_content() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp]
    {
        let colour = DynamicImage::ImageLuma8(code(420)).into_rgb8();
        assert_eq!(texts(&look(&file(colour, format)).unwrap()), [TEXT], "{format:?}");
    }
}

#[test]
fn a_code_on_a_transparent_ground_is_read() {
    let see_through = RgbaImage::from_fn(420, 420, {
        let code = code(420);
        move |x, y| if code.get_pixel(x, y).0[0] == 0 { Rgba([0, 0, 0, 255]) } else { Rgba([0, 0, 0, 0]) }
    });

    assert_eq!(texts(&look(&file(see_through, ImageFormat::Png)).unwrap()), [TEXT]);
}

#[test]
fn a_code_is_found_turned_scaled_mirrored_and_inverted() {
    let straight = code(360);
    let mut inverted = straight.clone();
    imageops::invert(&mut inverted);
    let views = [
        imageops::rotate90(&straight),
        imageops::rotate180(&straight),
        imageops::rotate270(&straight),
        imageops::flip_horizontal(&straight),
        imageops::resize(&straight, 251, 251, FilterType::Triangle),
        imageops::resize(&straight, 1700, 1700, FilterType::Nearest),
        imageops::resize(&straight, 400, 300, FilterType::Triangle),
        turned(&straight, 0.3),
        turned(&straight, 0.8),
        inverted,
    ];
    for (turn, view) in views.iter().enumerate() {
        let found = seen(view);
        assert_eq!(texts(&found), [TEXT], "view {turn}");
        assert!(goes_round(&found[0]), "view {turn}: {:?}", found[0].corners);
    }
}

#[test]
fn a_code_in_a_screenshot_is_found_where_it_is() {
    let mut screen = page(1920, 1080);
    imageops::replace(&mut screen, &code(280), 900, 500);

    let found = look(&file(screen, ImageFormat::Png)).unwrap();

    assert_eq!(texts(&found), [TEXT]);
    assert!(found[0].corners.iter().all(|c| (890.0..1190.0).contains(&c.x) && (490.0..790.0).contains(&c.y)));
}

#[test]
fn two_codes_are_two_findings_and_a_code_twice_is_one() {
    let other = draw("another text", &Options::default()).unwrap().png(300).unwrap();
    let other = image::load_from_memory(&other).unwrap().into_luma8();
    let mut screen = page(1600, 900);
    imageops::replace(&mut screen, &code(300), 100, 200);
    imageops::replace(&mut screen, &other, 600, 200);
    imageops::replace(&mut screen, &code(300), 1100, 200);

    let mut found = seen(&screen);

    found.sort_by(|a, b| a.text.cmp(&b.text));
    assert_eq!(texts(&found), ["another text", TEXT]);
}

#[test]
fn a_picture_of_many_megapixels_is_shrunk_and_its_corners_are_put_back() {
    let mut photo = GrayImage::from_pixel(7000, 5000, Luma([200]));
    imageops::replace(&mut photo, &code(2000), 4000, 2500);

    let found = look(&file(photo, ImageFormat::Png)).unwrap();

    assert_eq!(texts(&found), [TEXT]);
    assert!(
        found[0].corners.iter().all(|c| (3950.0..6050.0).contains(&c.x) && (2450.0..4550.0).contains(&c.y))
    );
}

#[test]
fn a_picture_without_a_code_is_no_error() {
    assert!(look(&file(page(800, 600), ImageFormat::Png)).unwrap().is_empty());
    assert!(look(&file(GrayImage::new(1, 1), ImageFormat::Png)).unwrap().is_empty());
}

#[test]
fn what_is_no_picture_or_half_a_picture_is_unreadable() {
    let whole = file(code(300), ImageFormat::Png);

    for bytes in
        [&b""[..], b"chip://ana", b"\x89PNG\r\n\x1a\n", &whole[..whole.len() / 2], b"II*\0\x08\0\0\0"]
    {
        assert!(matches!(look(bytes), Err(ImageError::Unreadable(_))), "{:?}", &bytes[..bytes.len().min(9)]);
    }
}

#[test]
fn too_many_bytes_or_pixels_are_refused_before_they_are_decoded() {
    let limits = ImageLimits { bytes: 1000, ..ImageLimits::default() };
    assert!(matches!(read_image(&[0; 1001], &limits), Err(ImageError::TooLarge)));

    // A PNG that claims 60,000 × 60,000 pixels and holds none.
    let mut bomb = file(code(300), ImageFormat::Png);
    bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let checksum = crc32(&bomb[12..29]).to_be_bytes();
    bomb[29..33].copy_from_slice(&checksum);
    let began = Instant::now();
    assert!(matches!(look(&bomb), Err(ImageError::TooLarge)));
    assert!(began.elapsed() < Duration::from_secs(1));

    let limits = ImageLimits { pixels: 89_999, ..ImageLimits::default() };
    assert!(matches!(read_image(&file(code(300), ImageFormat::Png), &limits), Err(ImageError::TooLarge)));
}

#[test]
fn an_svg_is_named_and_not_rendered() {
    let ours = draw(TEXT, &Options::default()).unwrap().svg();
    let other = "\u{feff}<?xml version=\"1.0\"?>\n<!-- made by hand -->\n<SVG onload=\"x()\"></SVG>";

    assert!(matches!(look(ours.as_bytes()), Err(ImageError::Svg)));
    assert!(matches!(look(other.as_bytes()), Err(ImageError::Svg)));
    assert!(matches!(look(b"<html><body>"), Err(ImageError::Unreadable(_))));
}

#[test]
fn without_a_budget_the_first_stage_still_looks() {
    let picture = code(600);
    assert_eq!(read(&picture, 600, 600, Duration::ZERO)[0].text, TEXT);
}

#[test]
fn a_wall_of_finder_patterns_ends_in_bearable_time() {
    let wall = GrayImage::from_fn(1280, 720, |x, y| {
        let (x, y) = ((x / 2) % 10, (y / 2) % 10);
        let ring = x.abs_diff(3).max(y.abs_diff(3));
        Luma([if x < 7 && y < 7 && (ring == 3 || ring <= 1) { 0 } else { 255 }])
    });

    let began = Instant::now();
    assert!(read(&wall, 1280, 720, Duration::from_millis(300)).is_empty());

    let took = began.elapsed();
    println!("a wall of 2,300 finder patterns takes {took:?} under a budget of 300 ms");
    assert!(took < Duration::from_secs(60), "{took:?}");
}

/// Whether the corners follow one another round the code, without crossing it.
fn goes_round(found: &Found) -> bool {
    let turn = |i: usize| {
        let [a, b, c] = [0, 1, 2].map(|step| found.corners[(i + step) % 4]);
        (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x)
    };
    (0..4).all(|i| turn(i) > 0.0) || (0..4).all(|i| turn(i) < 0.0)
}

/// Turned by an angle in radians about the middle, white around.
fn turned(picture: &GrayImage, angle: f64) -> GrayImage {
    let half = f64::from(picture.width()) / 2.0;
    GrayImage::from_fn(600, 600, |x, y| {
        let (dx, dy) = (f64::from(x) - 300.0, f64::from(y) - 300.0);
        let from_x = dx * angle.cos() + dy * angle.sin() + half;
        let from_y = dy * angle.cos() - dx * angle.sin() + half;
        let inside = (0.0..2.0 * half).contains(&from_x) && (0.0..2.0 * half).contains(&from_y);
        if inside { *picture.get_pixel(whole(from_x), whole(from_y)) } else { Luma([255]) }
    })
}

fn whole(x: f64) -> u32 {
    format!("{:.0}", x.floor()).parse().unwrap()
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn garbage_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..4000)) {
        let _ = look(&bytes);
    }

    #[test]
    fn garbage_behind_a_magic_number_never_panics(
        magic in prop::sample::select(vec![&b"\x89PNG\r\n\x1a\n"[..], b"\xff\xd8\xff", b"GIF89a", b"BM", b"RIFF\0\0\0\0WEBP"]),
        bytes in prop::collection::vec(any::<u8>(), 0..2000),
    ) {
        let _ = look(&[magic, &bytes].concat());
    }

    #[test]
    fn a_damaged_file_never_panics(
        at in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        format in prop::sample::select(vec![ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp]),
    ) {
        let mut bytes = file(DynamicImage::ImageLuma8(code(120)).into_rgb8(), format);
        for (index, byte) in at {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        let found = look(&bytes).unwrap_or_default();
        prop_assert!(found.iter().all(|one| one.text == TEXT));
    }

    #[test]
    fn frames_of_any_size_and_noise_never_panic(
        width in 0_usize..90,
        height in 0_usize..90,
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
        let mut picture = code(360);
        for (x, y, size, shade) in blots {
            let (width, height) = (size.min(360 - x), size.min(360 - y));
            let blot = GrayImage::from_pixel(width, height, Luma([shade]));
            imageops::replace(&mut picture, &blot, x.into(), y.into());
        }
        prop_assert!(seen(&picture).iter().all(|one| one.text == TEXT));
    }
}
