//! A backend that fails where a test says so: before a call takes effect, or after it has.

use std::fmt;

use crate::store::{
    Answered, Backend, Columns, Counts, Exchange, Exchanged, Incoming, Outlook, Place, Posting, Receipt, Retry, Served,
    Sqlite, StoreError, Which, WorkerId, WorkflowRow,
};

/// Passes calls of a backend on through `around`, which may do more.
macro_rules! pass_on {
    ($($name:ident($($argument:ident: $type:ty),*) -> $value:ty;)*) => {$(
        fn $name(&mut self, $($argument: $type),*) -> Result<$value, StoreError> {
            self.around(stringify!($name), |inner| inner.$name($($argument),*))
        }
    )*};
}
pub(super) use pass_on;

/// When a call is looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Moment {
    /// It did nothing yet.
    Before,
    /// It did all it does.
    After,
}

type Plan = Box<dyn FnMut(&'static str, Moment) -> Result<(), StoreError> + Send>;

/// SQLite, with faults by a plan.
///
/// ```
/// use arvo::testing::{Faulty, Moment};
/// use arvo::{Environment, Store, StoreError};
/// let faulty = Faulty::open("sqlite::memory:", |call, moment| match (call, moment) {
///     ("commit", Moment::Before) => Err(StoreError::Full),
///     _ => Ok(()),
/// })?;
/// let store = Store::on(Box::new(faulty), &Environment::shared())?;
/// assert_eq!(store.add_domain("human.desk").wait(), Err(StoreError::Full));
/// # Ok::<(), StoreError>(())
/// ```
pub struct Faulty {
    inner: Sqlite,
    plan: Plan,
}

impl Faulty {
    /// Opens a store; `plan` is asked before and after each call, by the name of its method.
    ///
    /// # Errors
    /// As [`Sqlite::open`].
    pub fn open(
        url: &str,
        plan: impl FnMut(&'static str, Moment) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<Self, StoreError> {
        Ok(Self { inner: Sqlite::open(url)?, plan: Box::new(plan) })
    }

    /// Lets the file grow to so many pages and no further: a full disk.
    ///
    /// # Errors
    /// The database's.
    pub fn pages(self, most: u32) -> Result<Self, StoreError> {
        self.inner.connection().query_row(&format!("PRAGMA max_page_count = {most}"), [], |_| Ok(()))?;
        Ok(self)
    }

    fn around<T>(
        &mut self,
        call: &'static str,
        run: impl FnOnce(&mut Sqlite) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        (self.plan)(call, Moment::Before)?;
        let value = run(&mut self.inner)?;
        (self.plan)(call, Moment::After)?;
        Ok(value)
    }
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty").finish_non_exhaustive()
    }
}

impl Backend for Faulty {
    pass_on! {
        register(name: &str, until: i64, retry: &Retry, now: i64) -> WorkerId;
        outlook(served: &[Served], now: i64) -> Outlook;
        exchange(exchange: &Exchange, now: i64) -> Exchanged;
        leave(worker: WorkerId, retry: &Retry, now: i64) -> ();
        publish(events: &[Incoming], now: i64) -> Vec<Receipt>;
        answered(seq: i64, now: i64) -> Answered;
        newest() -> i64;
        arrived(seq: i64) -> Vec<(i64, Place)>;
        place(seq: i64) -> Place;
        changed() -> bool;
        workflows(which: &Which) -> Vec<WorkflowRow>;
        workflow(subject: &str) -> Option<WorkflowRow>;
        tree(subject: &str) -> Vec<WorkflowRow>;
        history(subject: &str) -> Vec<Posting>;
        dead(limit: usize) -> Vec<Posting>;
        waiting(domain: &str, limit: usize) -> Vec<Posting>;
        counts(now: i64) -> Counts;
        answer(seq: i64, events: &[Incoming], now: i64) -> ();
        admit(seq: i64, now: i64) -> ();
        retry(seq: i64, now: i64) -> ();
        drop_dead(seq: i64, now: i64) -> ();
        cancel(subject: &str, told: Option<&Incoming>, now: i64) -> Vec<String>;
        removable(before: i64) -> usize;
        purge(before: i64, limit: usize) -> usize;
        domains() -> Vec<String>;
        set_domain(domain: &str, local: bool, now: i64) -> usize;
        query(sql: &str) -> Columns;
        backup(path: &str) -> ();
        begin_reading() -> ();
        begin() -> ();
        mark() -> ();
        unmark(keep: bool) -> ();
        commit() -> ();
    }

    fn rollback(&mut self) {
        self.inner.rollback();
    }
}
