//! The functions that stand before those of the C library. What is not about a fake camera goes on to those.
//!
//! Some of them take a varying number of arguments. All that are ever passed are integers and pointers, which x86-64 and
//! AArch64 pass in the same registers either way, so that a fixed number does.

use std::ffi::{CStr, CString, c_char, c_int, c_long, c_ulong, c_void};
use std::mem::transmute;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::camera::{Argument, Camera, Ready};
use crate::folder::{Mood, Place};

static CAMERAS: Mutex<Vec<Camera>> = Mutex::new(Vec::new());

/// The most descriptor of a camera, plus one: nothing is locked for others.
static HIGHEST: AtomicUsize = AtomicUsize::new(0);

fn cameras() -> MutexGuard<'static, Vec<Camera>> {
    CAMERAS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn may_be_camera(fd: c_int) -> bool {
    usize::try_from(fd).is_ok_and(|fd| fd < HIGHEST.load(Ordering::Acquire))
}

macro_rules! next {
    ($name:literal as $kind:ty) => {{
        static FOUND: AtomicUsize = AtomicUsize::new(0);
        let mut found = FOUND.load(Ordering::Relaxed);
        if found == 0 {
            // SAFETY: the name is a string with an end.
            found = unsafe { libc::dlsym(libc::RTLD_NEXT, $name.as_ptr()) } as usize;
            FOUND.store(found, Ordering::Relaxed);
        }
        // SAFETY: the C library's function of this name is of this kind.
        unsafe { transmute::<usize, $kind>(found) }
    }};
}

fn fail(error: c_int) -> c_int {
    // SAFETY: every thread has its own.
    unsafe { *libc::__errno_location() = error };
    -1
}

type Open = unsafe extern "C" fn(*const c_char, c_int, c_int) -> c_int;
type OpenAt = unsafe extern "C" fn(c_int, *const c_char, c_int, c_int) -> c_int;
type OpenFolder = unsafe extern "C" fn(*const c_char) -> *mut libc::DIR;
type Close = unsafe extern "C" fn(c_int) -> c_int;
type Ioctl = unsafe extern "C" fn(c_int, c_ulong, *mut c_void) -> c_int;
type Syscall = unsafe extern "C" fn(c_long, c_long, c_long, c_long, c_long, c_long, c_long) -> c_long;
type Poll = unsafe extern "C" fn(*mut libc::pollfd, libc::nfds_t, c_int) -> c_int;

/// What a path is to us.
enum Path {
    Camera(Place),
    Elsewhere(CString),
    Ordinary,
}

fn path(path: *const c_char) -> Path {
    if path.is_null() {
        return Path::Ordinary;
    }
    // SAFETY: paths given to the C library are strings with an end.
    let bytes = unsafe { CStr::from_ptr(path) }.to_bytes();
    if !bytes.starts_with(b"/dev") && !bytes.starts_with(b"/sys/class/video4linux/") {
        return Path::Ordinary;
    }
    let Some(root) = std::env::var_os("TALLYSTICK_FAKE_CAMERA").map(PathBuf::from) else {
        return Path::Ordinary;
    };
    let Ok(text) = std::str::from_utf8(bytes) else { return Path::Ordinary };
    let elsewhere = if let Some(rest) = text.strip_prefix("/sys/class/video4linux/") {
        root.join("sys").join(rest)
    } else if text == "/dev" || text == "/dev/" {
        root.join("dev")
    } else {
        return Place::of(text).map_or(Path::Ordinary, Path::Camera);
    };
    CString::new(elsewhere.as_os_str().as_bytes()).map_or(Path::Ordinary, Path::Elsewhere)
}

fn open_camera(place: Place) -> c_int {
    match place.mood() {
        Mood::Unplugged => return fail(libc::ENOENT),
        Mood::Refused => return fail(libc::EACCES),
        Mood::Well | Mood::Busy | Mood::Silent => {}
    }
    // SAFETY: the name is a string with an end.
    let fd = unsafe { libc::memfd_create(c"camera".as_ptr(), libc::MFD_CLOEXEC) };
    if fd < 0 {
        return fd;
    }
    let Some(camera) = Camera::open(place, fd) else { return fail(libc::EIO) };
    cameras().push(camera);
    HIGHEST.fetch_max(usize::try_from(fd).unwrap_or_default() + 1, Ordering::Release);
    fd
}

/// # Safety
/// As `open` of the C library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn open(name: *const c_char, flags: c_int, mode: c_int) -> c_int {
    let next = next!(c"open" as Open);
    match path(name) {
        Path::Camera(place) => open_camera(place),
        // SAFETY: arguments as they came, or a path that lives until after the call.
        Path::Elsewhere(other) => unsafe { next(other.as_ptr(), flags, mode) },
        // SAFETY: as above.
        Path::Ordinary => unsafe { next(name, flags, mode) },
    }
}

/// # Safety
/// As `open64` of the C library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn open64(name: *const c_char, flags: c_int, mode: c_int) -> c_int {
    let next = next!(c"open64" as Open);
    match path(name) {
        Path::Camera(place) => open_camera(place),
        // SAFETY: arguments as they came, or a path that lives until after the call.
        Path::Elsewhere(other) => unsafe { next(other.as_ptr(), flags, mode) },
        // SAFETY: as above.
        Path::Ordinary => unsafe { next(name, flags, mode) },
    }
}

/// # Safety
/// As `openat` of the C library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openat(folder: c_int, name: *const c_char, flags: c_int, mode: c_int) -> c_int {
    let next = next!(c"openat" as OpenAt);
    match path(name) {
        Path::Camera(place) => open_camera(place),
        // SAFETY: arguments as they came, or a path that lives until after the call.
        Path::Elsewhere(other) => unsafe { next(folder, other.as_ptr(), flags, mode) },
        // SAFETY: as above.
        Path::Ordinary => unsafe { next(folder, name, flags, mode) },
    }
}

/// # Safety
/// As `opendir` of the C library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn opendir(name: *const c_char) -> *mut libc::DIR {
    let next = next!(c"opendir" as OpenFolder);
    match path(name) {
        // SAFETY: a path that lives until after the call.
        Path::Elsewhere(other) => unsafe { next(other.as_ptr()) },
        // SAFETY: arguments as they came.
        Path::Camera(_) | Path::Ordinary => unsafe { next(name) },
    }
}

/// # Safety
/// As `close` of the C library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn close(fd: c_int) -> c_int {
    if may_be_camera(fd) {
        cameras().retain(|camera| camera.fd() != fd);
    }
    let next = next!(c"close" as Close);
    // SAFETY: arguments as they came.
    unsafe { next(fd) }
}

fn ask_camera(fd: c_int, request: c_ulong, argument: *mut c_void) -> Option<c_int> {
    // The second byte is the letter of Video4Linux, the first the number of the request.
    if (request >> 8) & 0xff != c_ulong::from(b'V') || !may_be_camera(fd) {
        return None;
    }
    let mut cameras = cameras();
    let camera = cameras.iter_mut().find(|camera| camera.fd() == fd)?;
    // SAFETY: the caller passes what the request wants.
    let Some(argument) = (unsafe { Argument::new(argument) }) else { return Some(fail(libc::EFAULT)) };
    let number = u32::try_from(request & 0xff).unwrap_or_default();
    let answer = camera.answer(number, &argument);
    drop(cameras);
    Some(answer.map_or_else(fail, |()| 0))
}

/// # Safety
/// As `ioctl` of the C library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ioctl(fd: c_int, request: c_ulong, argument: *mut c_void) -> c_int {
    let next = next!(c"ioctl" as Ioctl);
    // SAFETY: arguments as they came.
    ask_camera(fd, request, argument).unwrap_or_else(|| unsafe { next(fd, request, argument) })
}

/// # Safety
/// As `syscall` of the C library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syscall(
    number: c_long,
    a: c_long,
    b: c_long,
    c: c_long,
    d: c_long,
    e: c_long,
    f: c_long,
) -> c_long {
    if number == libc::SYS_ioctl
        && let Ok(fd) = c_int::try_from(a)
        && let Some(answer) = ask_camera(fd, b.cast_unsigned() & 0xffff_ffff, c as *mut c_void)
    {
        return c_long::from(answer);
    }
    let next = next!(c"syscall" as Syscall);
    // SAFETY: arguments as they came.
    unsafe { next(number, a, b, c, d, e, f) }
}

/// # Safety
/// As `poll` of the C library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn poll(waiting: *mut libc::pollfd, count: libc::nfds_t, patience: c_int) -> c_int {
    if count == 1 && !waiting.is_null() {
        // SAFETY: there is one, the caller says.
        let one = unsafe { &mut *waiting };
        if let Some(answer) = poll_camera(one, patience) {
            return answer;
        }
    }
    let next = next!(c"poll" as Poll);
    // SAFETY: arguments as they came.
    unsafe { next(waiting, count, patience) }
}

/// Waits for a frame as a driver would, looking into the folder as it waits.
fn poll_camera(one: &mut libc::pollfd, patience: c_int) -> Option<c_int> {
    if !may_be_camera(one.fd) {
        return None;
    }
    let end = u64::try_from(patience).ok().map(|patience| Instant::now() + Duration::from_millis(patience));
    loop {
        let ready = cameras().iter().find(|camera| camera.fd() == one.fd)?.ready();
        match ready {
            Ready::Frame => {
                one.revents = libc::POLLIN;
                return Some(1);
            }
            Ready::Fault => {
                one.revents = libc::POLLERR | libc::POLLHUP;
                return Some(1);
            }
            Ready::Later(_) if end.is_some_and(|end| Instant::now() >= end) => {
                one.revents = 0;
                return Some(0);
            }
            Ready::Later(moment) => thread::sleep(moment),
        }
    }
}
