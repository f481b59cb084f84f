//! What becomes of an event whose execution failed: again at once, later, or never (STORE decision 6).

use crate::environment::Environment;
use crate::violation::{ExecutionFault, TransactionCause, Violation, ViolationKind};

/// How often and when an execution is tried again. Times are milliseconds.
///
/// ```
/// let retry = arvo::Retry { tries: 5, ..arvo::Retry::default() };
/// assert_eq!((retry.first, retry.longest), (200, 60_000));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Retry {
    /// Tries before an event goes to the dead letters; 10. A try counts when the event is claimed, so that one that
    /// takes its worker down is counted too.
    pub tries: u32,
    /// Wait after the first failure; 200. Each further one waits twice as long, give or take a half.
    pub first: i64,
    /// The longest wait; 60,000.
    pub longest: i64,
}

impl Default for Retry {
    fn default() -> Self {
        Self { tries: 10, first: 200, longest: 60_000 }
    }
}

/// What becomes of the event.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// It never succeeds: to the dead letters.
    Dead,
    /// It failed: after the back-off, or to the dead letters when its tries are used up.
    Later,
    /// It lost a race: at once, the try does not count.
    Again,
}

impl Verdict {
    /// Contract and Config violations are dead, lost races go again, everything else may pass.
    ///
    /// ```
    /// use arvo::{ContractFault, Verdict, Violation};
    /// let violation = Violation::Contract(ContractFault::UnknownEmit { type_name: "evt.nobody".into() });
    /// assert_eq!(Verdict::of(&violation), Verdict::Dead);
    /// ```
    pub fn of(violation: &Violation) -> Self {
        match violation {
            Violation::Execution(ExecutionFault::Subject { .. }) => Self::Dead,
            // The store has given the record: it is what can't be read, and stays so.
            Violation::Transaction { cause: TransactionCause::Read, .. } => Self::Dead,
            _ => Self::of_kind(violation.kind()),
        }
    }

    /// The same for what user code raised.
    pub fn of_kind(kind: ViolationKind) -> Self {
        match kind {
            ViolationKind::Contract | ViolationKind::Config => Self::Dead,
            ViolationKind::Transaction => Self::Again,
            ViolationKind::Execution | ViolationKind::Custom => Self::Later,
        }
    }
}

impl Retry {
    /// How long to wait after the `tries`-th try failed.
    pub(crate) fn delay(&self, tries: u32, environment: &Environment) -> i64 {
        let doubled = self.first.saturating_mul(1_i64.checked_shl(tries.saturating_sub(1).min(40)).unwrap_or(i64::MAX));
        jittered(doubled.min(self.longest), environment)
    }

    /// How long to wait after a lost race: a little, so that two do not meet again.
    pub(crate) fn pause(&self, environment: &Environment) -> i64 {
        jittered(10, environment)
    }
}

/// Between a half and one and a half of it.
fn jittered(millis: i64, environment: &Environment) -> i64 {
    let random = i64::from(environment.uuid().as_fields().0 >> 12); // 20 bits
    millis / 2 + millis.saturating_mul(random) / (1 << 20)
}
