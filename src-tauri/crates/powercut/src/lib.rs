//! Kills the process it is loaded into at a chosen flush of a ledger's log: the boundary between two commits.
//!
//! Loaded with `LD_PRELOAD`, it stands in front of `fdatasync`, `fsync` and the writes of a log. SQLite commits to a write-ahead log by
//! writing frames and flushing once, so the flushes of `ledger.db-wal` are the commits, in order. The environment says
//! what to do:
//!
//! - `TALLYSTICK_POWERCUT_COUNT=FILE` adds one byte to a file for each flush.
//! - `TALLYSTICK_POWERCUT=after:N` flushes for the N-th time and kills: the commit is durable, nobody was told.
//! - `TALLYSTICK_POWERCUT=lost:N` instead puts the log back to what was flushed before and kills: the commit, written
//!   and not flushed, is lost as it may be when the power goes.
#![cfg(target_os = "linux")]

use std::ffi::{CStr, CString, c_int, c_long, c_void};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Flushes of the log so far.
static FLUSHES: AtomicU64 = AtomicU64::new(0);

/// Length of the log when it was last flushed.
static SAFE: AtomicI64 = AtomicI64::new(0);

/// What stood where the log was written since then, oldest first.
static COVERED: Mutex<Vec<Covered>> = Mutex::new(Vec::new());

/// Bytes of the log that were written over.
struct Covered {
    at: i64,
    bytes: Vec<u8>,
}

/// What the environment asks for.
struct Plan {
    lost: bool,
    at: u64,
    count: Option<CString>,
}

fn plan() -> &'static Plan {
    static PLAN: OnceLock<Plan> = OnceLock::new();
    PLAN.get_or_init(|| {
        let asked = std::env::var("TALLYSTICK_POWERCUT").unwrap_or_default();
        let (when, at) = asked.split_once(':').unwrap_or(("", "0"));
        let count = std::env::var("TALLYSTICK_POWERCUT_COUNT").ok();
        Plan {
            lost: when == "lost",
            at: at.parse().unwrap_or(0),
            count: count.and_then(|path| CString::new(path).ok()),
        }
    })
}

/// Stands in for the C library's function of the same name.
///
/// # Safety
/// As that one: any number may be passed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdatasync(fd: c_int) -> c_int {
    flush(fd, libc::SYS_fdatasync)
}

/// Stands in for the C library's function of the same name.
///
/// # Safety
/// As that one: any number may be passed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fsync(fd: c_int) -> c_int {
    flush(fd, libc::SYS_fsync)
}

/// Stands in for the C library's function of the same name.
///
/// # Safety
/// As that one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite(fd: c_int, bytes: *const c_void, count: usize, at: i64) -> isize {
    write_at(fd, bytes, count, at)
}

/// Stands in for the C library's function of the same name.
///
/// # Safety
/// As that one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite64(fd: c_int, bytes: *const c_void, count: usize, at: i64) -> isize {
    write_at(fd, bytes, count, at)
}

fn write_at(fd: c_int, bytes: *const c_void, count: usize, at: i64) -> isize {
    if plan().lost && is_log(fd) {
        let mut was = vec![0_u8; count];
        // SAFETY: the buffer is as long as it is said to be. The call itself, as the library's function may be this one.
        let had = unsafe { libc::syscall(libc::SYS_pread64, fd, was.as_mut_ptr(), count, at) };
        was.truncate(usize::try_from(had).unwrap_or(0));
        covered().push(Covered { at, bytes: was });
    }
    // SAFETY: the caller answers for the pointer, as it would to the library.
    let wrote = unsafe { libc::syscall(libc::SYS_pwrite64, fd, bytes, count, at) };
    isize::try_from(wrote).unwrap_or(-1)
}

fn covered() -> MutexGuard<'static, Vec<Covered>> {
    COVERED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes the log what it was when it was last flushed.
fn put_back(fd: c_int) {
    // SAFETY: plain system calls on a descriptor that its owner has open, with buffers of ours.
    unsafe {
        for Covered { at, bytes } in covered().drain(..).rev() {
            libc::syscall(libc::SYS_pwrite64, fd, bytes.as_ptr(), bytes.len(), at);
        }
        libc::ftruncate(fd, SAFE.load(Ordering::SeqCst));
    }
}

fn flush(fd: c_int, call: c_long) -> c_int {
    if !is_log(fd) {
        return done(fd, call);
    }
    let plan = plan();
    let number = FLUSHES.fetch_add(1, Ordering::SeqCst) + 1;
    if number == plan.at && plan.lost {
        put_back(fd);
        die();
    }
    let answer = done(fd, call);
    SAFE.store(length(fd), Ordering::SeqCst);
    covered().clear();
    if let Some(path) = &plan.count {
        tick(path);
    }
    if number == plan.at {
        die();
    }
    answer
}

/// The system call itself.
fn done(fd: c_int, call: c_long) -> c_int {
    // SAFETY: both calls take one descriptor and touch no memory of ours.
    let answer = unsafe { libc::syscall(call, c_long::from(fd)) };
    if answer == 0 { 0 } else { -1 }
}

fn is_log(fd: c_int) -> bool {
    let Ok(link) = CString::new(format!("/proc/self/fd/{fd}")) else { return false };
    let mut name = [0_u8; 4096];
    // SAFETY: the buffer is as long as it is said to be, and one byte stays for the end.
    let length = unsafe { libc::readlink(link.as_ptr(), name.as_mut_ptr().cast(), name.len() - 1) };
    length > 0
        && CStr::from_bytes_until_nul(&name).is_ok_and(|name| name.to_bytes().ends_with(b"ledger.db-wal"))
}

fn length(fd: c_int) -> i64 {
    // SAFETY: seeking to the end of a copy's position would move it; `fstat` fills a structure of ours and nothing else.
    unsafe {
        let mut about: libc::stat = std::mem::zeroed();
        if libc::fstat(fd, &raw mut about) == 0 { about.st_size } else { 0 }
    }
}

fn tick(path: &CStr) {
    // SAFETY: a path of ours, a byte of ours, and a descriptor that is closed again.
    unsafe {
        let file = libc::open(
            path.as_ptr(),
            libc::O_WRONLY | libc::O_APPEND | libc::O_CREAT | libc::O_CLOEXEC,
            0o600,
        );
        if file >= 0 {
            libc::write(file, b".".as_ptr().cast(), 1);
            libc::close(file);
        }
    }
}

fn die() {
    // SAFETY: a signal to ourselves that cannot be caught; nothing after it runs.
    unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
    loop {
        std::hint::spin_loop();
    }
}
