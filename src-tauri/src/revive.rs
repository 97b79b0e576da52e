//! Drawing the page again after the process that draws it has died.
//!
//! That process holds no state that matters: what the person has is in the ledger, and what they were typing is lost. A
//! window that stays empty would be worse. Where it dies again at once, drawing stops, so that no loop eats the machine.

use std::time::{Duration, Instant};

use tauri::WebviewWindow;

/// Deaths within [`WHILE`] after which the window is left as it is.
const OFTEN: usize = 4;

/// How long a death counts.
const WHILE: Duration = Duration::from_secs(60);

/// Has the page drawn again whenever its process ends. Only where the window is WebKit's on Linux; elsewhere the system's
/// own web view sees to it.
///
/// # Errors
/// When the window is gone already.
#[cfg(target_os = "linux")]
pub(crate) fn watch(window: &WebviewWindow) -> tauri::Result<()> {
    use std::cell::RefCell;

    use webkit2gtk::WebViewExt as _;

    window.with_webview(|view| {
        let deaths = RefCell::new(Deaths::default());
        view.inner().connect_web_process_terminated(move |view, reason| {
            let again = deaths.borrow_mut().another(Instant::now());
            tracing::error!(?reason, again, "the process that draws the window has ended");
            if again {
                view.reload();
            }
        });
    })
}

/// As on Linux, where there is nothing to do.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub(crate) fn watch(_: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

/// When the process died.
#[derive(Debug, Default)]
struct Deaths(Vec<Instant>);

impl Deaths {
    /// Notes one more; whether it is worth another try.
    fn another(&mut self, now: Instant) -> bool {
        self.0.retain(|at| now.duration_since(*at) < WHILE);
        self.0.push(now);
        self.0.len() < OFTEN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_dies_at_once_again_and_again_is_left_alone_for_a_while() {
        let mut deaths = Deaths::default();
        let start = Instant::now();

        let tries: Vec<bool> =
            (0..5).map(|second| deaths.another(start + Duration::from_secs(second))).collect();

        assert_eq!(tries, [true, true, true, false, false]);
        assert!(deaths.another(start + WHILE * 2));
    }
}
