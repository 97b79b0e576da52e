//! What is drawn is read again, and drawing keeps its promises.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use proptest::prelude::*;
use tallystick_scan::{
    Code, Correction, DrawError, ImageLimits, Level, Options, QUIET_ZONE, draw, read, read_image,
};

const TICKET: &str = "chip://ana:7cjA_IXM74idHhSG9qtWu9EbiF7KEu5savU9lezPD6h@203.0.113.7:65430?ticket=8iL6nBxZiwojnXQbEsOxdR&exp=1795190400&n=Ana";

fn drawn(text: &str) -> Code {
    draw(text, &Options::default()).unwrap()
}

fn texts(code: &Code, pixels: u32) -> Vec<String> {
    let found = read_image(&code.png(pixels).unwrap(), &ImageLimits::default()).unwrap();
    found.into_iter().map(|one| one.text).collect()
}

fn side(code: &Code) -> u32 {
    code.modules() + 2 * QUIET_ZONE
}

#[test]
fn a_ticket_fits_an_easy_code_at_level_m() {
    let code = drawn(TICKET);

    assert!(code.version() <= 11, "{}", code.version());
    assert_eq!(code.level(), Level::M);
    assert_eq!(code.modules(), 17 + 4 * code.version());
    assert_eq!(texts(&code, 360), [TICKET]);
}

#[test]
fn long_texts_fall_to_level_l_and_no_further() {
    let longer = drawn(&"x".repeat(330));
    assert_eq!(longer.level(), Level::L);
    assert!(longer.version() > 8);

    assert_eq!(drawn(&"x".repeat(2953)).version(), 40);
    let refused = draw(&"x".repeat(2954), &Options::default());
    assert!(matches!(refused, Err(DrawError::TooLong { bytes: 2954 })));
    assert!(matches!(draw("", &Options::default()), Err(DrawError::Empty)));
}

#[test]
fn a_fixed_level_is_kept() {
    for level in [Level::L, Level::M, Level::Q, Level::H] {
        let code = draw(TICKET, &Options { correction: Correction::Fixed(level) }).unwrap();
        assert_eq!(code.level(), level);
        assert_eq!(texts(&code, 8 * side(&code)), [TICKET]);
    }
}

#[test]
fn letters_of_every_script_come_back_as_they_were() {
    for text in [
        "ę",
        "Zoë owes 3½ CHIP to José",
        "点茗",
        "こんにちは、アナです",
        "🪵✂️🤝",
        "Привет",
        "\u{feff}mark",
        "a\nb\t\u{7f}",
    ] {
        let code = drawn(text);
        assert_eq!(texts(&code, 6 * side(&code)), [text], "{text:?}");
    }
}

#[test]
fn the_vector_picture_is_one_path_and_says_nothing_of_the_text() {
    let text = "</svg><script>alert('chip')</script>&\"";
    let svg = drawn(text).svg();

    assert_eq!(svg.matches("<path").count(), 1);
    assert!(svg.contains("shape-rendering=\"crispEdges\""));
    assert!(!svg.contains("script") && !svg.contains('&') && !svg.contains("chip"));
    assert_eq!(svg.matches('<').count(), 4);
    assert_eq!(svg, drawn(text).svg());
    assert_ne!(svg, drawn("something else").svg());
}

#[test]
fn the_vector_picture_shows_the_same_modules() {
    let code = drawn(TICKET);

    let (pixels, side) = rendered(&code.svg(), 5);

    let found = read(&pixels, side, side, Duration::from_secs(5));
    assert_eq!(found[0].text, TICKET);
}

#[test]
fn the_pixel_picture_has_the_size_asked_for_or_none() {
    let code = drawn(TICKET);
    let least = side(&code);
    for pixels in [least, least + 1, 360, 1000, 1001] {
        let picture = image::load_from_memory(&code.png(pixels).unwrap()).unwrap();
        assert_eq!((picture.width(), picture.height()), (pixels, pixels));
    }
    assert!(matches!(code.png(least - 1), Err(DrawError::BadSize { .. })));
    assert!(matches!(code.png(8193), Err(DrawError::BadSize { .. })));
    assert!(matches!(code.png(0), Err(DrawError::BadSize { .. })));
}

#[test]
fn corners_are_where_the_code_is() {
    let code = drawn(TICKET);
    let unit = 8;
    let found = read_image(&code.png(unit * side(&code)).unwrap(), &ImageLimits::default()).unwrap();

    let near = f64::from(unit * QUIET_ZONE);
    let far = f64::from(unit * (QUIET_ZONE + code.modules()));
    let expected = [(near, near), (far, near), (far, far), (near, far)];
    for (corner, (x, y)) in found[0].corners.iter().zip(expected) {
        let slack = f64::from(unit) * 2.0;
        assert!((corner.x - x).abs() <= slack && (corner.y - y).abs() <= slack, "{:?}", found[0].corners);
    }
}

/// Fills the `Mx yh…v1h-…z` runs of our own SVG, `unit` pixels a module.
fn rendered(svg: &str, unit: usize) -> (Vec<u8>, usize) {
    let number = |text: &str| -> usize { text.parse().unwrap() };
    let side = number(svg.split("viewBox=\"0 0 ").nth(1).unwrap().split(' ').next().unwrap()) * unit;
    let mut pixels = vec![255; side * side];
    let path = svg.split(" d=\"").nth(1).unwrap().split('"').next().unwrap();
    for run in path.split('z').filter(|run| !run.is_empty()) {
        let (at, len) = run.trim_start_matches('M').split_once('h').unwrap();
        let (x, y) = at.split_once(' ').unwrap();
        let (x, y, len) = (number(x) * unit, number(y) * unit, number(len.split('v').next().unwrap()) * unit);
        for row in y..y + unit {
            pixels[row * side + x..row * side + x + len].fill(0);
        }
    }
    (pixels, side)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_text_is_read_as_it_was_drawn(text in "\\PC{1,120}", unit in 2_u32..9) {
        let code = drawn(&text);
        prop_assert_eq!(texts(&code, unit * side(&code)), [text]);
    }

    #[test]
    fn plain_texts_are_read_as_they_were_drawn(text in "[ -~]{1,600}", unit in 3_u32..7) {
        let code = drawn(&text);
        prop_assert_eq!(texts(&code, unit * side(&code)), [text]);
    }

    #[test]
    fn drawing_never_panics(text in any::<String>()) {
        let _ = draw(&text, &Options::default()).map(|code| code.svg());
    }
}
