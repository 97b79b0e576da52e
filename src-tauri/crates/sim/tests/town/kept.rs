//! Scripts that once showed something, kept for good.
