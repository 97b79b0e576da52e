//! Telling skins what changed.

use std::sync::atomic::{AtomicU64, Ordering};

use tallystick_core::effect;
use tokio::sync::broadcast;

use crate::view::{Event, Happening};

/// Events kept for a slow listener; one that falls further behind is told so and asks for everything again.
const KEPT: usize = 256;

#[derive(Debug)]
pub(crate) struct Events {
    sender: broadcast::Sender<Event>,
    seq: AtomicU64,
}

impl Events {
    pub(crate) fn new() -> Self {
        Self { sender: broadcast::Sender::new(KEPT), seq: AtomicU64::new(0) }
    }

    pub(crate) fn tell(&self, happening: Happening) {
        let seq = self.seq.fetch_add(1, Ordering::Relaxed) + 1;
        // Nobody listening is no fault.
        drop(self.sender.send(Event { seq, happening }));
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<Event> {
        self.sender.subscribe()
    }
}

impl From<effect::Happening> for Happening {
    fn from(happening: effect::Happening) -> Self {
        match happening {
            effect::Happening::Tally(tally) => Self::TallyChanged { tally: tally.to_string() },
        }
    }
}
