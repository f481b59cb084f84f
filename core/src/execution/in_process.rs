//! Steps that memory inside the process answers at once, so that a host sees calls alone (ARCHITECTURE §1).

use crate::environment::Environment;
use crate::memory::{InMemory, MemoryError};
use crate::violation::{Raised, Token};

use super::step::{Answer, Committed, Found, Locked, Step};

impl Step {
    /// The answer of an execution that keeps nothing, or keeps it in `memory`; `None` for a call, which only the host
    /// can answer. Without a memory, locks are got and nothing is found: that is for handlers, which ask neither.
    ///
    /// ```
    /// let step = arvo::Step::Read { subject: "s".into() };
    /// let answer = step.answer_in_process(Some(&arvo::InMemory::new()), &arvo::Environment::system());
    /// assert!(matches!(answer, Some(arvo::Answer::Read(Ok(arvo::Found::Nothing)))));
    /// ```
    pub fn answer_in_process(&self, memory: Option<&InMemory>, environment: &Environment) -> Option<Answer> {
        let refused = |error: MemoryError| Raised::error(Token::CONSUMED, "MemoryError", error.to_string());
        Some(match self {
            Self::Call(_) => return None,
            Self::Lock { subject } => Answer::Locked(match memory {
                None => Ok(Locked::Held(None)),
                Some(memory) => match memory.lock(subject, environment.now()) {
                    Ok(Some(guard)) => Ok(Locked::Held(Some(guard))),
                    Ok(None) => Ok(Locked::Denied),
                    Err(error) => Err(refused(error)),
                },
            }),
            Self::Read { subject } => Answer::Read(match memory.map(|memory| memory.read(subject)) {
                None | Some(Ok(None)) => Ok(Found::Nothing),
                Some(Ok(Some(kept))) => Ok(Found::Record { record: kept.record, revision: Some(kept.revision) }),
                Some(Err(error)) => Err(refused(error)),
            }),
            Self::Commit(commit) => Answer::Committed(match (memory, &commit.record) {
                (Some(memory), Some(write)) => match memory.write(&commit.subject, write.new.clone(), write.revision) {
                    Ok(true) => Ok(Committed::Done),
                    Ok(false) => Ok(Committed::Conflict),
                    Err(error) => Err(refused(error)),
                },
                _ => Ok(Committed::Done),
            }),
            Self::Unlock { .. } => Answer::Unlocked, // the guard goes with the execution
        })
    }
}
