use std::sync::{Mutex, MutexGuard, PoisonError};

/// No data is left half-changed by a panic elsewhere, so a poisoned lock is still good.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
