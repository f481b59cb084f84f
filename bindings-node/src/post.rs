//! What other threads have for JavaScript: letters in a box, and a bell that calls the face to fetch them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Result, Status};

/// A function of the face's that any thread may have called. It keeps no process alive.
pub struct Bell {
    function: ThreadsafeFunction<(), (), (), Status, false, true>,
    /// Whether the face was called and has not come yet.
    rung: AtomicBool,
}

impl Bell {
    /// The bell that calls this function.
    pub fn new(function: &Function<'_, (), ()>) -> Result<Self> {
        let function = function.build_threadsafe_function::<()>().weak::<true>().build()?;
        Ok(Self { function, rung: AtomicBool::new(false) })
    }

    /// Calls the face, unless it is on its way. An environment that ends hears nothing.
    pub fn ring(&self) {
        if !self.rung.swap(true, Ordering::SeqCst) {
            self.function.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }

    /// The face has come: from now on it must be called again.
    pub fn heard(&self) {
        self.rung.store(false, Ordering::SeqCst);
    }
}

/// Answers to the face's requests, by the request's ticket.
pub struct Post {
    letters: Mutex<Vec<(u32, String)>>,
    bell: Bell,
}

impl Post {
    /// An empty box.
    pub fn new(bell: Bell) -> Self {
        Self { letters: Mutex::default(), bell }
    }

    /// Puts an answer in: JSON, or `!` and a failure.
    pub fn put(&self, ticket: u32, answer: String) {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner).push((ticket, answer));
        self.bell.ring();
    }

    /// What is there, a line each: ticket, space, answer.
    pub fn fetch(&self) -> String {
        self.bell.heard();
        let letters = std::mem::take(&mut *self.letters.lock().unwrap_or_else(PoisonError::into_inner));
        let mut told = String::with_capacity(letters.iter().map(|(_, answer)| answer.len() + 12).sum());
        for (at, (ticket, answer)) in letters.iter().enumerate() {
            if at > 0 {
                told.push('\n');
            }
            told.push_str(&ticket.to_string());
            told.push(' ');
            told.push_str(answer);
        }
        told
    }
}
