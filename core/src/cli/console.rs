//! Where a command reads and writes: the process's own streams, or those of a test.

use std::fmt;
use std::io::{self, Read, Write};
use std::sync::Arc;

use serde::Serialize;

use crate::environment::Environment;

use super::exit::Stop;

/// The streams of a command, and what it takes from outside.
///
/// ```
/// let (mut output, mut errors) = (Vec::new(), Vec::new());
/// let exit = arvo::cli::run(["ls"], &mut arvo::cli::Console::new(std::io::empty(), &mut output, &mut errors));
/// assert_eq!(exit, 2, "it is not said which store");
/// assert!(String::from_utf8_lossy(&errors).contains("--store"));
/// ```
pub struct Console<'a> {
    /// Where events come from when a file is called `-`.
    pub input: Box<dyn Read + 'a>,
    /// What was asked for.
    pub output: &'a mut dyn Write,
    /// What went wrong, and progress.
    pub errors: &'a mut dyn Write,
    /// The store's URL where the arguments name none: `ARVO_STORE` of the process.
    pub store: Option<String>,
    /// Whether somebody looks at the error stream: long work then says how far it is.
    pub progress: bool,
    /// The time.
    pub environment: Arc<Environment>,
}

impl<'a> Console<'a> {
    /// On these streams, with nothing else from outside but the time.
    pub fn new(input: impl Read + 'a, output: &'a mut dyn Write, errors: &'a mut dyn Write) -> Self {
        Self {
            input: Box::new(input),
            output,
            errors,
            store: None,
            progress: false,
            environment: Environment::shared(),
        }
    }

    pub(super) fn line(&mut self, text: impl fmt::Display) -> Result<(), Stop> {
        Ok(writeln!(self.output, "{text}")?)
    }

    pub(super) fn json(&mut self, value: &impl Serialize) -> Result<(), Stop> {
        serde_json::to_writer(&mut self.output, value)?;
        Ok(self.output.write_all(b"\n")?)
    }

    /// Says something beside the output; that it can't is no reason to stop.
    pub(super) fn say(&mut self, text: impl fmt::Display) {
        let _ = writeln!(self.errors, "arvo: {text}");
    }

    /// Says how far long work is, over what it said before.
    pub(super) fn progress(&mut self, text: impl fmt::Display) {
        if self.progress {
            let _ = write!(self.errors, "\r{text}\x1b[K").and_then(|()| self.errors.flush());
        }
    }

    /// Takes the progress off the screen.
    pub(super) fn progress_ends(&mut self) {
        self.progress("");
        if self.progress {
            let _ = self.errors.write_all(b"\r");
        }
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.output.flush()?;
        self.errors.flush()
    }
}

impl fmt::Debug for Console<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").field("store", &self.store).finish_non_exhaustive()
    }
}
