//! How many callers a door lets in.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use crate::wallet::held;

/// How many are let in at one door, in all and from one address.
#[derive(Debug)]
pub(super) struct Seats {
    most: usize,
    from_one: usize,
    taken: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
}

/// One of them, given back when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    taken: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
    from: IpAddr,
}

impl Seats {
    pub(super) fn new(most: usize, from_one: usize) -> Self {
        Self { most, from_one, taken: Arc::default() }
    }

    pub(super) fn take(&self, from: IpAddr) -> Option<Seat> {
        let mut taken = held(&self.taken);
        let of_one = taken.get(&from).copied().unwrap_or(0);
        if of_one >= self.from_one || taken.values().sum::<usize>() >= self.most {
            return None;
        }
        taken.insert(from, of_one + 1);
        Some(Seat { taken: Arc::clone(&self.taken), from })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = held(&self.taken);
        match taken.get_mut(&self.from) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(&self.from)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_does_not_take_every_seat() {
        let seats = Seats::new(10, 8);
        let enemy = IpAddr::from([192, 0, 2, 1]);
        let held: Vec<_> = std::iter::from_fn(|| seats.take(enemy)).take(100).collect();
        assert_eq!(held.len(), 8);
        let other: Vec<_> = std::iter::from_fn(|| seats.take([192, 0, 2, 2].into())).take(100).collect();
        assert_eq!(other.len(), 2);

        drop(held);

        assert!(seats.take(enemy).is_some());
    }
}
