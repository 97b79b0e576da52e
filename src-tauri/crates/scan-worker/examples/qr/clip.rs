//! Two seconds of somebody holding a code before a webcam, made out of a seed.
//!
//! The code is drawn, put somewhere in the room, lit, moved by a hand while the shutter is open, blurred by the lens and
//! noised by the sensor, in that order, as light goes. No frame is made to be readable: what single frames give is
//! measured beside.

use std::f64::consts::TAU;

use tallystick_scan::{Correction, Options, draw};

/// Frames a second.
pub(crate) const RATE: u32 = 15;

/// Frames of a clip: two seconds.
pub(crate) const FRAMES: u32 = 2 * RATE;

/// What makes a clip hard.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Class {
    Steady,
    Shaking,
    Focus,
    Dim,
    Glare,
    Tilted,
    Far,
    Pale,
    Screen,
    Combined,
    /// Too dark for anybody: nobody must read it.
    Darkness,
    /// A room without a code.
    Nothing,
}

impl Class {
    /// All of them.
    pub(crate) const ALL: [Self; 12] = [
        Self::Steady,
        Self::Shaking,
        Self::Focus,
        Self::Dim,
        Self::Glare,
        Self::Tilted,
        Self::Far,
        Self::Pale,
        Self::Screen,
        Self::Combined,
        Self::Darkness,
        Self::Nothing,
    ];

    /// Whether somebody should read it.
    pub(crate) fn is_readable(self) -> bool {
        !matches!(self, Self::Darkness | Self::Nothing)
    }
}

/// Numbers that look like chance and are the same for the same seed (SplitMix64).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice of this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Between these two.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        let unit = f64::from(u32::try_from(self.next() >> 32).unwrap_or(0)) / f64::from(u32::MAX);
        low + (high - low) * unit
    }

    /// About a bell curve around 0 with a deviation of 1.
    fn bell(&mut self) -> f64 {
        // Four numbers of 16 bits each: their sum is nearly normal.
        let bits = self.next();
        let sum: f64 = (0..4).map(|nth| f64::from((bits >> (16 * nth)) as u16)).sum();
        (sum / 65_535.0 - 2.0) * 3.0_f64.sqrt()
    }
}

/// A sum of three waves: how a hand trembles.
#[derive(Clone, Debug)]
struct Tremor([(f64, f64, f64); 3]);

impl Tremor {
    fn new(dice: &mut Dice, reach: f64) -> Self {
        Self([0.6, 1.9, 4.3].map(|hertz| {
            let size = reach * dice.between(0.5, 1.0) / (0.5_f64 + hertz).sqrt();
            (size, hertz * dice.between(0.8, 1.25), dice.between(0.0, TAU))
        }))
    }

    fn at(&self, seconds: f64) -> f64 {
        self.0.iter().map(|(size, hertz, phase)| size * (TAU * hertz * seconds + phase).sin()).sum()
    }
}

/// One clip.
#[derive(Clone, Debug)]
pub(crate) struct Clip {
    /// Pixels in a row.
    pub(crate) width: usize,
    /// Rows.
    pub(crate) height: usize,
    /// What the code says; nothing when there is none.
    pub(crate) text: Option<String>,
    class: Class,
    /// A byte for each module, the quiet zone among them.
    modules: Vec<u8>,
    side: usize,
    /// Pixels a module.
    scale: f64,
    middle: (f64, f64),
    turn: f64,
    /// How far the sheet is turned away, and towards where; in radians.
    tilt: (f64, f64),
    sway: [Tremor; 3],
    /// Part of a frame's time that the shutter is open.
    shutter: f64,
    white: f64,
    black: f64,
    noise: f64,
    seed: u64,
    phase: f64,
}

impl Clip {
    /// The clip of a class and a seed.
    pub(crate) fn new(class: Class, seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ ((class as u64 + 1) << 40));
        let (width, height) = if seed.is_multiple_of(3) { (1280, 720) } else { (640, 480) };
        let length = dice.between(150.0, 300.0) as usize;
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let token: String =
            (0..length).map(|_| char::from(letters[dice.between(0.0, 63.99) as usize])).collect();
        let text = format!("https://tallystick.example/t#{token}");
        let code = draw(&text, &Options { correction: Correction::BySize }).expect("a code");
        let modules = usize::try_from(code.modules()).expect("small") + 8;
        let png = code.png(u32::try_from(modules).expect("small")).expect("a picture");
        let picture = image::load_from_memory(&png).expect("our own picture").into_luma8();
        let small = f64::from(u32::try_from(height).expect("small"));
        let share = match class {
            Class::Far => dice.between(0.30, 0.36) * if height == 720 { 0.8 } else { 1.25 },
            Class::Combined => dice.between(0.6, 0.75),
            _ => dice.between(0.55, 0.8),
        };
        let reach = match class {
            Class::Shaking => small * dice.between(0.05, 0.09),
            Class::Combined => small * 0.025,
            Class::Steady | Class::Pale => small * 0.004,
            _ => small * 0.012,
        };
        let tilt = match class {
            Class::Tilted => dice.between(35.0, 55.0),
            Class::Combined => dice.between(10.0, 20.0),
            _ => dice.between(0.0, 8.0),
        };
        let (black, white, noise) = match class {
            Class::Dim => (18.0, 18.0 + dice.between(26.0, 40.0), dice.between(11.0, 15.0)),
            Class::Darkness => (10.0, 12.0, 6.0),
            Class::Pale => (118.0, 118.0 + dice.between(18.0, 30.0), 4.0),
            Class::Combined => (40.0, 110.0, 9.0),
            Class::Screen => (30.0, 215.0, 4.0),
            _ => (45.0, 205.0, 4.0),
        };
        let shutter = match class {
            Class::Shaking => dice.between(0.35, 0.6),
            Class::Dim | Class::Combined => 0.5,
            _ => 0.2,
        };
        let wide = f64::from(u32::try_from(width).expect("small"));
        Self {
            width,
            height,
            text: (class != Class::Nothing).then_some(text),
            class,
            modules: picture.into_raw(),
            side: modules,
            scale: small * share / f64::from(u32::try_from(modules).expect("small")),
            middle: (wide * dice.between(0.46, 0.54), small * dice.between(0.47, 0.53)),
            turn: dice.between(-0.25, 0.25),
            tilt: (tilt.to_radians(), dice.between(0.0, TAU)),
            sway: [reach, reach, 0.02 * reach / small * 30.0].map(|reach| Tremor::new(&mut dice, reach)),
            shutter,
            white,
            black,
            noise,
            seed,
            phase: dice.between(0.0, 1.0),
        }
    }

    /// When a frame was taken, in seconds.
    pub(crate) fn seconds(number: u32) -> f64 {
        f64::from(number) / f64::from(RATE)
    }

    /// One of its frames, a grey byte a pixel.
    pub(crate) fn frame(&self, number: u32) -> Vec<u8> {
        let mut dice =
            Dice::new(self.seed.wrapping_mul(1_000_003) ^ (u64::from(number) << 8) ^ self.class as u64);
        let now = Self::seconds(number);
        let shots = if self.shutter > 0.3 { 6 } else { 3 };
        let mut light = vec![0.0_f32; self.width * self.height];
        for shot in 0..shots {
            let part = f64::from(shot) / f64::from(shots - 1) - 0.5;
            self.expose(now + part * self.shutter / f64::from(RATE), &mut light);
        }
        light.iter_mut().for_each(|pixel| *pixel /= shots as f32);
        let blur = self.defocus(now);
        blurred(&mut light, self.width, self.height, blur);
        let mut pixels = Vec::with_capacity(light.len());
        for (at, value) in light.iter().enumerate() {
            let (x, y) = ((at % self.width) as f64, (at / self.width) as f64);
            let lit = self.lit(f64::from(*value), x, y, now);
            let noise = self.noise * (0.7 + 0.6 * (lit / 255.0).clamp(0.0, 1.0).sqrt()) * dice.bell();
            pixels.push((lit + noise).round().clamp(0.0, 255.0) as u8);
        }
        pixels
    }

    /// Adds what falls on the sensor at one instant: 0 black, 1 white.
    fn expose(&self, now: f64, light: &mut [f32]) {
        let [dx, dy, roll] = [0, 1, 2].map(|nth| self.sway[nth].at(now));
        let (sin, cos) = (self.turn + roll).sin_cos();
        let half = self.side as f64 / 2.0;
        // A lens that sees 45 degrees from top to bottom, and a sheet that is met by each ray somewhere.
        let focal = self.height as f64 * 1.2;
        let ((away_sin, away_cos), (to_sin, to_cos)) = (self.tilt.0.sin_cos(), self.tilt.1.sin_cos());
        for (at, pixel) in light.iter_mut().enumerate() {
            let x = (at % self.width) as f64 - self.middle.0 - dx;
            let y = (at / self.width) as f64 - self.middle.1 - dy;
            let (along, across) = (x * to_cos + y * to_sin, y * to_cos - x * to_sin);
            let nearness = 1.0 / (away_cos - away_sin * along / focal);
            let (along, across) = (along * nearness, across * nearness * away_cos);
            let (x, y) = (along * to_cos - across * to_sin, across * to_cos + along * to_sin);
            let (u, v) = ((x * cos + y * sin) / self.scale, (y * cos - x * sin) / self.scale);
            let (u, v) = (u + half, v + half);
            *pixel += self.surface(u, v, at) as f32;
        }
    }

    /// What is there, in modules from the corner of the quiet zone.
    fn surface(&self, u: f64, v: f64, at: usize) -> f64 {
        let side = self.side as f64;
        if self.class != Class::Nothing && (0.0..side).contains(&u) && (0.0..side).contains(&v) {
            return f64::from(self.modules[v as usize * self.side + u as usize]) / 255.0;
        }
        // A sheet or a phone around it, and a room with shelves behind.
        if (-3.0..side + 3.0).contains(&u) && (-5.0..side + 5.0).contains(&v) {
            return 0.85;
        }
        let (x, y) = ((at % self.width) / 37, (at / self.width) / 53);
        0.25 + 0.08 * ((x * 7 + y * 13 + x * y) % 6) as f64
    }

    fn defocus(&self, now: f64) -> f64 {
        let module = self.scale;
        match self.class {
            // Hunting: sharp for a moment when it passes the right distance.
            Class::Focus => 0.35 + module * 1.1 * (TAU * (0.8 * now + self.phase)).sin().abs(),
            Class::Combined => 0.30 * module,
            Class::Far => 0.7,
            Class::Dim => 0.7,
            _ => 0.6,
        }
    }

    fn lit(&self, value: f64, x: f64, y: f64, now: f64) -> f64 {
        let (w, h) = (self.width as f64, self.height as f64);
        let slope = 0.85 + 0.3 * (0.6 * x / w + 0.4 * y / h);
        let mut lit = (self.black + (self.white - self.black) * value) * slope;
        match self.class {
            Class::Glare | Class::Combined => {
                // A lamp in the glass: it slides over the code as the hand turns.
                let (strong, wide) = if self.class == Class::Glare { (420.0, 17.0) } else { (90.0, 9.0) };
                let gx = self.middle.0 + self.scale * 22.0 * (TAU * (0.45 * now + self.phase)).sin();
                let gy = self.middle.1 + self.scale * 14.0 * (TAU * (0.3 * now + 2.0 * self.phase)).cos();
                let far = ((x - gx).powi(2) + (y - gy).powi(2)) / (self.scale * wide).powi(2);
                lit += strong * (-far).exp();
            }
            Class::Screen => {
                let grid = (x * 2.17 + y * 0.31).sin() * (y * 2.05 - x * 0.23).sin();
                let band = (TAU * (y / h * 1.5 + now * 3.7)).sin();
                lit *= 1.0 + 0.40 * grid + 0.42 * band;
            }
            _ => {}
        }
        lit
    }
}

/// Softens as a lens does: three passes of a box are nearly a bell with this deviation, in pixels.
fn blurred(light: &mut [f32], width: usize, height: usize, deviation: f64) {
    if deviation < 0.3 {
        return;
    }
    // Boxes of fractional width: the outermost pixels count in part.
    let radius = ((12.0 * deviation * deviation / 3.0 + 1.0).sqrt() - 1.0) / 2.0;
    for _ in 0..3 {
        for y in 0..height {
            box_pass(light, y * width, 1, width, radius as f32);
        }
        for x in 0..width {
            box_pass(light, x, width, height, radius as f32);
        }
    }
}

fn box_pass(light: &mut [f32], from: usize, step: usize, count: usize, radius: f32) {
    let line: Vec<f32> = (0..count).map(|nth| light[from + nth * step]).collect();
    let whole = radius as usize;
    let part = radius - whole as f32;
    let at = |nth: isize| line[usize::try_from(nth.clamp(0, count as isize - 1)).unwrap_or(0)];
    let mut sum: f32 = (-(whole as isize)..=whole as isize).map(at).sum();
    for nth in 0..count {
        let here = nth as isize;
        let (left, right) = (at(here - whole as isize - 1), at(here + whole as isize + 1));
        light[from + nth * step] = (sum + part * (left + right)) / (2.0 * radius + 1.0);
        sum += right - at(here - whole as isize);
    }
}
