//! Caps on what strangers can hold of ours.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use crate::config::Room;
use crate::wallet::held;

/// Who holds how many places.
#[derive(Debug)]
pub(crate) struct Limits {
    room: Room,
    taken: Arc<Mutex<BTreeMap<IpAddr, u32>>>,
}

/// One place, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    taken: Arc<Mutex<BTreeMap<IpAddr, u32>>>,
    address: IpAddr,
}

impl Limits {
    /// Nobody holds anything yet.
    pub(crate) fn new(room: Room) -> Self {
        Self { room, taken: Arc::default() }
    }

    /// A place for a caller from this address, if there is one.
    pub(crate) fn take(&self, address: IpAddr) -> Option<Place> {
        let mut taken = held(&self.taken);
        if taken.values().sum::<u32>() >= self.room.links {
            return None;
        }
        let of_address = taken.entry(address).or_default();
        if *of_address >= self.room.from_one {
            return None;
        }
        *of_address += 1;
        Some(Place { taken: Arc::clone(&self.taken), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = held(&self.taken);
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_every_place() {
        let limits = Limits::new(Room::default());
        let enemy = IpAddr::from([192, 0, 2, 1]);

        let places: Vec<_> = std::iter::from_fn(|| limits.take(enemy)).take(1_000).collect();

        assert_eq!(u32::try_from(places.len()), Ok(Room::default().from_one));
        assert!(limits.take(IpAddr::from([192, 0, 2, 2])).is_some());
    }

    #[test]
    fn a_place_is_free_again_once_it_is_left() {
        let limits = Limits::new(Room::default());
        let address = IpAddr::from([192, 0, 2, 1]);
        let places: Vec<_> = std::iter::from_fn(|| limits.take(address)).take(1_000).collect();
        assert!(limits.take(address).is_none());

        drop(places);

        assert!(limits.take(address).is_some());
        assert!(held(&limits.taken).is_empty());
    }
}
