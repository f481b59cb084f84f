//! What the core takes from outside: the time, fresh ids, and limits on hostile input (SPEC §18).
//!
//! Everything else in the core is a function of its input, so a test or a simulation that injects these
//! three gets the same result every time.

use std::sync::{Arc, LazyLock};
use std::time::{SystemTime, UNIX_EPOCH};

use uuid::Uuid;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now(&self) -> i64;

    /// Nanoseconds since then, as exact as the clock is: what telemetry is dated with.
    fn nanos(&self) -> u64 {
        u64::try_from(self.now()).map_or(0, |millis| millis.saturating_mul(1_000_000))
    }
}

/// Makes ids that nobody else makes.
pub trait IdSource: Send + Sync {
    /// A fresh UUID of version 4.
    fn uuid(&self) -> Uuid;
}

/// Time, ids and limits; shared by everything that makes or reads events.
///
/// ```
/// let environment = arvo::Environment::system();
/// assert!(environment.now() > 1_600_000_000_000);
/// assert_ne!(environment.uuid(), environment.uuid());
/// ```
#[derive(Clone)]
pub struct Environment {
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    limits: Limits,
}

impl Environment {
    /// An environment of the caller's own, for tests and simulations.
    ///
    /// ```
    /// struct Noon;
    /// impl arvo::Clock for Noon { fn now(&self) -> i64 { 43_200_000 } }
    /// struct Fixed;
    /// impl arvo::IdSource for Fixed { fn uuid(&self) -> uuid::Uuid { uuid::Uuid::nil() } }
    ///
    /// let environment = arvo::Environment::new(Noon, Fixed);
    /// assert_eq!(environment.now(), 43_200_000);
    /// ```
    pub fn new(clock: impl Clock + 'static, ids: impl IdSource + 'static) -> Self {
        Self { clock: Arc::new(clock), ids: Arc::new(ids), limits: Limits::default() }
    }

    /// The machine's clock, random ids, default limits.
    pub fn system() -> Self {
        Self::new(SystemClock, RandomIds)
    }

    /// One such environment for the whole process, for callers that have none of their own.
    pub fn shared() -> Arc<Self> {
        static SHARED: LazyLock<Arc<Environment>> = LazyLock::new(|| Arc::new(Environment::system()));
        Arc::clone(&SHARED)
    }

    /// The same environment with other limits; a depth over [`Limits::MOST_DEPTH`] counts as that.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = Limits { depth: limits.depth.min(Limits::MOST_DEPTH), ..limits };
        self
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Nanoseconds since 1970-01-01T00:00:00Z: what telemetry is dated with.
    pub fn nanos(&self) -> u64 {
        self.clock.nanos()
    }

    /// A fresh UUID of version 4.
    pub fn uuid(&self) -> Uuid {
        self.ids.uuid()
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }
}

impl Default for Environment {
    fn default() -> Self {
        Self::system()
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// How much of what comes from outside is accepted (SPEC §18). Sizes are bytes.
///
/// ```
/// let strict = arvo::Limits { event: 64 * 1024, ..arvo::Limits::default() };
/// let environment = arvo::Environment::system().with_limits(strict);
/// assert_eq!(environment.limits().event, 65_536);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// An event as text; 1 MiB.
    pub event: usize,
    /// Objects and lists inside each other; 128, at most [`Limits::MOST_DEPTH`].
    pub depth: usize,
    /// Keys of one object; 10,000.
    pub keys: usize,
    /// A subject or managed id as text; 64 KiB.
    pub encoded: usize,
    /// What such a text inflates to; 64 KiB.
    pub inflated: usize,
    /// A workflow's record as text; 4 MiB.
    pub record: usize,
    /// Steps of one evaluation of an expression; 100,000.
    pub expression_steps: usize,
    /// What one evaluation of an expression may make, its result included; 1 MiB.
    pub expression_bytes: usize,
    /// Whether system error events carry `errorStack`.
    pub error_stack: bool,
}

impl Limits {
    /// Deeper JSON would overflow the stack of a thread before any limit stops it.
    pub const MOST_DEPTH: usize = 1_000;

    /// The defaults of SPEC §18, as a constant.
    pub const DEFAULT: Self = Self {
        event: 1024 * 1024,
        depth: 128,
        keys: 10_000,
        encoded: 64 * 1024,
        inflated: 64 * 1024,
        record: 4 * 1024 * 1024,
        expression_steps: 100_000,
        expression_bytes: 1024 * 1024,
        error_stack: true,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // the one place where the machine's clock is read
    fn now(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
        }
    }

    #[allow(clippy::disallowed_methods)] // as above
    fn nanos(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }
}

struct RandomIds;

impl IdSource for RandomIds {
    #[allow(clippy::disallowed_methods)] // the one place where randomness comes in
    fn uuid(&self) -> Uuid {
        Uuid::new_v4()
    }
}
