//! What the face calls for every event it names by number: to find out what an object stands for takes longer than many
//! a call does.

use std::cell::RefCell;
use std::thread::LocalKey;

use slab::Slab;

use crate::error::Failure;

/// Things of one kind that a thread has.
pub type Numbered<T> = LocalKey<RefCell<Slab<T>>>;

/// The number of a thing, its own for as long as this lives: as the object in JavaScript that stands for it.
pub struct Number<T: 'static> {
    all: &'static Numbered<T>,
    number: usize,
}

impl<T: Clone> Number<T> {
    /// Gives a thing its number.
    pub fn of(thing: T, all: &'static Numbered<T>) -> Self {
        Self { all, number: all.with_borrow_mut(|all| all.insert(thing)) }
    }

    /// As the face gets it.
    pub fn get(&self) -> u32 {
        u32::try_from(self.number).unwrap_or(u32::MAX)
    }
}

impl<T> Drop for Number<T> {
    fn drop(&mut self) {
        // When the thread ends, all may be gone already. What is taken out is dropped once nothing is borrowed.
        drop(self.all.try_with(|all| all.borrow_mut().try_remove(self.number)));
    }
}

/// The thing of a number.
pub fn find<T: Clone>(all: &'static Numbered<T>, number: u32) -> Result<T, Failure> {
    all.with_borrow(|all| all.get(number as usize).cloned())
        .ok_or_else(|| Failure::new("driver", "there is nothing of this number any more"))
}
