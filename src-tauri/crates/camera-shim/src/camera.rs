//! One open fake camera, and the few requests of Video4Linux that a program makes of it.

use std::collections::VecDeque;
use std::os::raw::c_int;
use std::time::{Duration, Instant};

use crate::folder::{Format, Mood, Place};

/// A camera that some program has open. Its descriptor is a file in memory, so that mapping it is real.
pub(crate) struct Camera {
    fd: c_int,
    place: Place,
    format: Format,
    buffers: u32,
    queued: VecDeque<u32>,
    streaming: bool,
    due: Instant,
    sequence: u32,
}

/// What the one structure of a request has at an offset; all its numbers have four bytes, of the machine's order.
pub(crate) struct Argument(*mut u8);

impl Argument {
    /// # Safety
    /// The pointer leads to as many bytes as the request says, or is null.
    pub(crate) unsafe fn new(pointer: *mut libc::c_void) -> Option<Self> {
        (!pointer.is_null()).then_some(Self(pointer.cast()))
    }

    fn get(&self, at: usize) -> u32 {
        // SAFETY: all offsets here lie within the structures of linux/videodev2.h, which the caller has allocated.
        unsafe { self.0.add(at).cast::<u32>().read_unaligned() }
    }

    fn set(&self, at: usize, value: u32) {
        // SAFETY: as above.
        unsafe { self.0.add(at).cast::<u32>().write_unaligned(value) }
    }

    fn write(&self, at: usize, room: usize, text: &str) {
        let bytes = text.as_bytes();
        let bytes = &bytes[..bytes.len().min(room - 1)];
        // SAFETY: as above; the last byte of the room stays for the end of the string.
        unsafe {
            self.0.add(at).write_bytes(0, room);
            self.0.add(at).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
    }
}

/// What poll finds.
pub(crate) enum Ready {
    Frame,
    Fault,
    /// Look again after this.
    Later(Duration),
}

impl Camera {
    pub(crate) fn open(place: Place, fd: c_int) -> Option<Self> {
        let format = *place.formats().first()?;
        Some(Self {
            fd,
            place,
            format,
            buffers: 0,
            queued: VecDeque::new(),
            streaming: false,
            due: Instant::now(),
            sequence: 0,
        })
    }

    pub(crate) fn fd(&self) -> c_int {
        self.fd
    }

    pub(crate) fn ready(&self) -> Ready {
        match self.place.mood() {
            Mood::Unplugged => Ready::Fault,
            Mood::Silent => Ready::Later(GLANCE),
            Mood::Well | Mood::Busy | Mood::Refused => {
                let left = self.due.saturating_duration_since(Instant::now());
                if !self.streaming || self.queued.is_empty() {
                    Ready::Later(GLANCE)
                } else if left.is_zero() {
                    Ready::Frame
                } else {
                    Ready::Later(left.min(GLANCE))
                }
            }
        }
    }

    /// Answers one request, or says with which error it fails.
    pub(crate) fn answer(&mut self, number: u32, argument: &Argument) -> Result<(), c_int> {
        let mood = self.place.mood();
        if mood == Mood::Unplugged {
            return Err(libc::ENODEV);
        }
        match number {
            0 => self.capabilities(argument),
            2 => return self.enumerate(argument),
            4 => self.tell_format(argument),
            5 if mood == Mood::Busy => return Err(libc::EBUSY),
            5 => self.take_format(argument),
            8 if mood == Mood::Busy => return Err(libc::EBUSY),
            8 => return self.request_buffers(argument),
            9 => self.describe_buffer(argument),
            15 => self.queued.push_back(argument.get(0)),
            17 => return self.dequeue(argument),
            18 => {
                self.streaming = true;
                self.due = Instant::now() + self.interval();
            }
            19 => {
                self.streaming = false;
                self.queued.clear();
            }
            21 => self.tell_rate(argument),
            22 => {
                self.format.rate = argument.get(16).max(1);
                self.tell_rate(argument);
            }
            74 => return self.enumerate_sizes(argument),
            75 => return self.enumerate_rates(argument),
            _ => return Err(libc::ENOTTY),
        }
        Ok(())
    }

    fn capabilities(&self, argument: &Argument) {
        argument.write(0, 16, "fake");
        argument.write(16, 32, self.place.name().trim());
        argument.write(48, 32, "folder");
        argument.set(80, 0x0006_0000);
        argument.set(84, VIDEO_CAPTURE | STREAMING | DEVICE_CAPS);
        argument.set(88, VIDEO_CAPTURE | STREAMING);
    }

    fn enumerate(&self, argument: &Argument) -> Result<(), c_int> {
        let mut kinds: Vec<[u8; 4]> = self.place.formats().iter().map(|format| format.fourcc).collect();
        kinds.dedup();
        let kind = nth(&kinds, argument.get(0))?;
        argument.set(8, u32::from(*kind == *b"MJPG"));
        argument.write(12, 32, &String::from_utf8_lossy(kind));
        argument.set(44, u32::from_le_bytes(*kind));
        Ok(())
    }

    fn enumerate_sizes(&self, argument: &Argument) -> Result<(), c_int> {
        let wanted = argument.get(4).to_le_bytes();
        let offers = self.place.formats();
        let mut sizes: Vec<(u32, u32)> = offers
            .iter()
            .filter(|offer| offer.fourcc == wanted)
            .map(|offer| (offer.width, offer.height))
            .collect();
        sizes.dedup();
        let (width, height) = *nth(&sizes, argument.get(0))?;
        argument.set(8, DISCRETE);
        argument.set(12, width);
        argument.set(16, height);
        Ok(())
    }

    fn enumerate_rates(&self, argument: &Argument) -> Result<(), c_int> {
        let wanted = (argument.get(4).to_le_bytes(), argument.get(8), argument.get(12));
        let mut offers = self.place.formats();
        offers.retain(|offer| (offer.fourcc, offer.width, offer.height) == wanted);
        let offer = nth(&offers, argument.get(0))?;
        argument.set(16, DISCRETE);
        argument.set(20, 1);
        argument.set(24, offer.rate);
        Ok(())
    }

    fn tell_format(&self, argument: &Argument) {
        let Format { fourcc, width, height, .. } = self.format;
        argument.set(8, width);
        argument.set(12, height);
        argument.set(16, u32::from_le_bytes(fourcc));
        argument.set(20, 1);
        argument.set(24, if fourcc == *b"YUYV" { width * 2 } else { width });
        argument.set(28, self.size());
        argument.set(32, 8);
    }

    /// As drivers do, it takes what comes nearest when it cannot do what is wanted.
    fn take_format(&mut self, argument: &Argument) {
        let wanted = (argument.get(16).to_le_bytes(), argument.get(8), argument.get(12));
        let offers = self.place.formats();
        let exact = offers.iter().find(|offer| (offer.fourcc, offer.width, offer.height) == wanted);
        if let Some(offer) = exact {
            self.format = *offer;
        }
        self.tell_format(argument);
    }

    fn tell_rate(&self, argument: &Argument) {
        argument.set(4, 0x1000);
        argument.set(12, 1);
        argument.set(16, self.format.rate);
    }

    fn request_buffers(&mut self, argument: &Argument) -> Result<(), c_int> {
        self.buffers = argument.get(0).min(MOST_BUFFERS);
        self.queued.clear();
        let length = i64::from(self.buffers) * i64::from(self.size());
        // SAFETY: the descriptor is our own file in memory.
        if unsafe { libc::ftruncate(self.fd, length) } != 0 {
            return Err(libc::ENOMEM);
        }
        argument.set(0, self.buffers);
        Ok(())
    }

    fn describe_buffer(&self, argument: &Argument) {
        let index = argument.get(0);
        argument.set(8, 0);
        argument.set(64, index * self.size());
        argument.set(68, 0);
        argument.set(72, self.size());
    }

    fn dequeue(&mut self, argument: &Argument) -> Result<(), c_int> {
        if !matches!(self.ready(), Ready::Frame) {
            return Err(libc::EAGAIN);
        }
        let index = self.queued.pop_front().ok_or(libc::EAGAIN)?;
        let frame = self.place.frame(self.format.fourcc).unwrap_or_default();
        let room = usize::try_from(self.size()).unwrap_or_default();
        let frame = &frame[..frame.len().min(room)];
        let at = i64::from(index) * i64::from(self.size());
        // SAFETY: the descriptor is our own, and the slice as long as it says.
        unsafe { libc::pwrite(self.fd, frame.as_ptr().cast(), frame.len(), at) };
        self.sequence += 1;
        // A program that was slow gets the next frame in its own time, not many at once.
        self.due = (self.due + self.interval()).max(Instant::now());
        argument.set(0, index);
        argument.set(8, u32::try_from(frame.len()).unwrap_or_default());
        argument.set(12, 0);
        argument.set(16, 1);
        argument.set(56, self.sequence);
        self.describe_place(argument, index);
        Ok(())
    }

    fn describe_place(&self, argument: &Argument, index: u32) {
        argument.set(64, index * self.size());
        argument.set(72, self.size());
    }

    /// A buffer has room for the largest frame, JPEGs included.
    fn size(&self) -> u32 {
        let bytes = self.format.width * self.format.height * 2;
        bytes.next_multiple_of(4_096)
    }

    fn interval(&self) -> Duration {
        Duration::from_secs(1) / self.format.rate.max(1)
    }
}

fn nth<T>(all: &[T], index: u32) -> Result<&T, c_int> {
    usize::try_from(index).ok().and_then(|index| all.get(index)).ok_or(libc::EINVAL)
}

const VIDEO_CAPTURE: u32 = 0x1;
const STREAMING: u32 = 0x0400_0000;
const DEVICE_CAPS: u32 = 0x8000_0000;
const DISCRETE: u32 = 1;
const MOST_BUFFERS: u32 = 8;

/// How soon a change in the folder is noticed.
const GLANCE: Duration = Duration::from_millis(10);
