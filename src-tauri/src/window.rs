//! The one window, its session, and the way out.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::Arc;

use tallystick_node::logs::Logs;
use tallystick_node::view::{Event, Happening};
use tallystick_node::{Clock, Config, ProfileError, Session};
use tallystick_vault::OsKeychain;
use tauri::async_runtime::block_on;
use tauri::{AppHandle, Emitter as _, Manager as _, RunEvent, WebviewUrl, WebviewWindowBuilder};
use tokio::sync::broadcast::error::RecvError;
use tracing_subscriber::EnvFilter;

use crate::camera::Cameras;
use crate::commands;
use crate::options::{Listen, Options};
use crate::revive;

/// The channel on which the window hears what changed.
const CHANNEL: &str = "tallystick";

/// Exit code for a profile that another process uses.
const IN_USE: u8 = 3;

pub(crate) fn run(options: Options) -> ExitCode {
    let wanted = std::env::var("TALLYSTICK_LOG").ok().filter(|wanted| EnvFilter::try_new(wanted).is_ok());
    let logs = Logs::begin(wanted.as_deref(), std::io::stderr().is_terminal());
    let builder = tauri::Builder::default()
        .invoke_handler(commands::handler())
        .setup(move |app| open(app.handle(), &options, logs));
    let app = match builder.build(tauri::generate_context!()) {
        Ok(app) => app,
        Err(error) => {
            let in_use = match &error {
                tauri::Error::Setup(cause) => cause.to_string().contains("uses this profile"),
                _ => false,
            };
            complain(&error.to_string());
            return ExitCode::from(if in_use { IN_USE } else { 1 });
        }
    };
    let code = app.run_return(|app, event| {
        if let RunEvent::Exit = event
            && let Some(session) = app.try_state::<Arc<Session>>()
        {
            block_on(session.shutdown());
        }
    });
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

fn open(app: &AppHandle, options: &Options, logs: Logs) -> Result<(), Box<dyn std::error::Error>> {
    let profile = match &options.profile {
        Some(profile) => profile.clone(),
        None => app.path().app_data_dir()?.join("default"),
    };
    let mut config = Config::new(profile.clone());
    config.listen = match options.listen {
        Listen::Off => None,
        Listen::At(address) => Some(address),
    };
    config.advertise = options.advertise.clone();
    config.clock = Clock { offset: i64::from(options.clock_offset) * 1_000 };
    config.clearing_every = options.clearing_every_ms.unwrap_or(config.clearing_every);
    let session = block_on(Session::open(config, Arc::new(OsKeychain)))
        .map_err(|error: ProfileError| Box::new(error))?;
    if let Err(error) = logs.keep_in(&profile) {
        tracing::warn!(%error, "no log is kept in the profile");
    }
    app.manage(logs);
    let session = Arc::new(session);
    tauri::async_runtime::spawn(pass_on(app.clone(), Arc::clone(&session)));
    tauri::async_runtime::spawn(end_on_signal(app.clone()));
    app.manage(session);
    app.manage(Cameras::default());
    let window = WebviewWindowBuilder::new(app, "main", WebviewUrl::App("index.html".into()))
        .title("Tallystick")
        .inner_size(1280.0, 800.0)
        .min_inner_size(960.0, 640.0)
        .data_directory(profile.join("webview"))
        // Copying a link and pasting a picture are buttons, too.
        .enable_clipboard_access()
        // Pictures are dropped onto the page itself.
        .disable_drag_drop_handler()
        .build()?;
    revive::watch(&window)?;
    Ok(())
}

/// Passes events on to the window; falling behind is an event of its own.
async fn pass_on(app: AppHandle, session: Arc<Session>) {
    let mut events = session.events();
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            Err(RecvError::Lagged(_)) => Event { seq: 0, happening: Happening::Lagged },
            Err(RecvError::Closed) => return,
        };
        if let Err(error) = app.emit_to("main", CHANNEL, event) {
            tracing::debug!(%error, "the window did not hear of a change");
        }
    }
}

#[cfg(unix)]
async fn end_on_signal(app: AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    app.exit(0);
}

#[cfg(not(unix))]
async fn end_on_signal(app: AppHandle) {
    if tokio::signal::ctrl_c().await.is_ok() {
        app.exit(0);
    }
}

#[expect(clippy::print_stderr, reason = "there is no window to say it in")]
fn complain(what: &str) {
    eprintln!("tallystick: {what}");
}
