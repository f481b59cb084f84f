//! The budget of one evaluation: steps, bytes made, depth.

use super::error::{Fault, Spent};
use crate::environment::Limits;

/// What is left of a budget. Work is charged before it is done.
#[derive(Debug)]
pub(super) struct Meter {
    steps: usize,
    bytes: usize,
    limits: Limits,
}

impl Meter {
    /// Bytes of text that are read in one step.
    const STRIDE: usize = 64;

    pub(super) fn new(limits: &Limits) -> Self {
        Self { steps: limits.expression_steps, bytes: limits.expression_bytes, limits: *limits }
    }

    #[inline]
    pub(super) fn step(&mut self, steps: usize) -> Result<(), Fault> {
        match self.steps.checked_sub(steps) {
            Some(left) => {
                self.steps = left;
                Ok(())
            }
            None => Err(Fault::Budget { what: Spent::Steps, limit: self.limits.expression_steps }),
        }
    }

    /// Charges for a look at this many bytes of text.
    pub(super) fn read(&mut self, bytes: usize) -> Result<(), Fault> {
        self.step(bytes / Self::STRIDE)
    }

    pub(super) fn make(&mut self, bytes: usize) -> Result<(), Fault> {
        match self.bytes.checked_sub(bytes) {
            Some(left) => {
                self.bytes = left;
                Ok(())
            }
            None => Err(Fault::Budget { what: Spent::Bytes, limit: self.limits.expression_bytes }),
        }
    }

    /// Lists and maps inside each other: what is read, compared or given back is no deeper than JSON may be.
    pub(super) fn deep(&self, depth: usize) -> Result<(), Fault> {
        let limit = self.limits.depth;
        if depth > limit { Err(Fault::Budget { what: Spent::Depth, limit }) } else { Ok(()) }
    }
}
