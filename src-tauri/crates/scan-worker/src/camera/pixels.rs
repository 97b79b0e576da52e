//! What cameras send, as grey pictures.

use tallystick_scan::luma::Luma;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::wire::Seen;

/// How a camera packs its pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// Two bytes a pixel, the first of which is its light.
    Yuyv,
    /// The light of all pixels, then their colours.
    Nv12,
    /// One byte a pixel.
    Grey,
    /// A JPEG each frame, often with old bytes behind its end.
    Mjpeg,
}

/// The light of a frame's pixels; `None` when it is not what its size says, as while a camera warms up.
pub(super) fn grey(bytes: &[u8], width: usize, height: usize, packing: Packing) -> Option<Luma> {
    let count = width.checked_mul(height)?;
    match packing {
        Packing::Yuyv => {
            let bytes = bytes.get(..count.checked_mul(2)?)?;
            let pixels: Vec<u8> = bytes.chunks_exact(2).map(|pair| pair[0]).collect();
            Luma::new(&pixels, width, height)
        }
        Packing::Nv12 | Packing::Grey => Luma::new(bytes.get(..count)?, width, height),
        Packing::Mjpeg => jpeg(bytes),
    }
}

fn jpeg(bytes: &[u8]) -> Option<Luma> {
    let options = DecoderOptions::default()
        .set_max_width(MAX_SIDE)
        .set_max_height(MAX_SIDE)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let pixels = decoder.decode().ok()?;
    let (width, height) = decoder.dimensions()?;
    Luma::new(&pixels, width, height)
}

/// The same picture, small enough to be shown fifteen times a second.
pub(super) fn preview(frame: &Luma) -> Option<Seen> {
    let factor = frame.width.div_ceil(Seen::MAX_WIDTH).max(frame.height.div_ceil(Seen::MAX_HEIGHT)).max(1);
    let small = if factor == 1 { frame.clone() } else { frame.shrunk(factor) };
    let (width, height) = (u16::try_from(small.width).ok()?, u16::try_from(small.height).ok()?);
    Some(Seen { width, height, pixels: small.pixels })
}

/// Cameras have fewer pixels; a JPEG that claims more is no frame.
const MAX_SIDE: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    use image::codecs::jpeg::JpegEncoder;
    use image::{ExtendedColorType, GrayImage, Luma as Shade};

    const WIDTH: usize = 48;
    const HEIGHT: usize = 32;

    fn slope() -> Vec<u8> {
        (0..WIDTH * HEIGHT).map(|at| u8::try_from((at % WIDTH) * 4 + at / WIDTH).unwrap()).collect()
    }

    #[test]
    fn yuyv_gives_every_second_byte() {
        let sent: Vec<u8> = slope().into_iter().flat_map(|light| [light, 128]).collect();

        assert_eq!(grey(&sent, WIDTH, HEIGHT, Packing::Yuyv).unwrap().pixels, slope());
    }

    #[test]
    fn nv12_gives_its_first_plane() {
        let mut sent = slope();
        sent.extend(vec![128; WIDTH * HEIGHT / 2]);

        assert_eq!(grey(&sent, WIDTH, HEIGHT, Packing::Nv12).unwrap().pixels, slope());
    }

    #[test]
    fn a_jpeg_is_read_with_old_bytes_behind_it() {
        let mut sent = Vec::new();
        let (width, height) = (u32::try_from(WIDTH).unwrap(), u32::try_from(HEIGHT).unwrap());
        let colours: Vec<u8> = slope().into_iter().flat_map(|light| [light; 3]).collect();
        JpegEncoder::new_with_quality(&mut sent, 95)
            .encode(&colours, width, height, ExtendedColorType::Rgb8)
            .unwrap();
        sent.extend([0x5a; 4_000]);

        let seen = grey(&sent, WIDTH, HEIGHT, Packing::Mjpeg).unwrap();

        assert_eq!((seen.width, seen.height), (WIDTH, HEIGHT));
        let off = seen.pixels.iter().zip(slope()).map(|(a, b)| a.abs_diff(b)).max().unwrap();
        assert!(off < 16, "off by {off}");
    }

    #[test]
    fn a_frame_cut_short_is_none() {
        for packing in [Packing::Yuyv, Packing::Nv12, Packing::Grey, Packing::Mjpeg] {
            assert!(grey(&[0xff, 0xd8, 0xff], WIDTH, HEIGHT, packing).is_none(), "{packing:?}");
        }
    }

    #[test]
    fn previews_fit_and_keep_their_shape() {
        for (width, height, expected) in [
            (640, 480, (640, 480)),
            (1280, 720, (640, 360)),
            (1920, 1080, (640, 360)),
            (320, 240, (320, 240)),
        ] {
            let frame = GrayImage::from_pixel(width, height, Shade([90])).into_raw();
            let (across, down) = (usize::try_from(width).unwrap(), usize::try_from(height).unwrap());
            let seen = preview(&Luma::new(&frame, across, down).unwrap()).unwrap();

            assert_eq!((seen.width, seen.height), expected);
            assert!(seen.pixels.iter().all(|light| *light == 90));
        }
    }
}
