//! What a worker can be set to: one table for all languages.

use super::duty::ShiftSpec;

/// A setting that no worker can work with.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the worker's {setting} can't be {given}: give {wants}")]
pub struct SettingError {
    /// Which.
    pub setting: &'static str,
    /// What it was set to.
    pub given: String,
    /// What it can be.
    pub wants: String,
}

/// The numbers that a host sets, as it has them; times are milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WorkerSettings {
    /// How many events at once.
    pub capacity: Option<f64>,
    /// How long claims outlive the last heartbeat.
    pub lease: Option<f64>,
    /// Tries before the dead letters.
    pub tries: Option<f64>,
    /// The wait after the first failure.
    pub first: Option<f64>,
    /// The longest wait.
    pub longest: Option<f64>,
}

/// A number that can be set.
struct Number {
    name: &'static str,
    least: i64,
    most: i64,
    /// Whether it is a time, of milliseconds, of which a fraction is dropped.
    is_time: bool,
}

const DAY: i64 = 24 * 60 * 60 * 1000;
const NUMBERS: [Number; 5] = [
    Number { name: "capacity", least: 1, most: 100_000, is_time: false },
    Number { name: "lease", least: 30, most: DAY, is_time: true },
    Number { name: "tries", least: 1, most: 1_000_000, is_time: false },
    Number { name: "first wait", least: 0, most: 365 * DAY, is_time: true },
    Number { name: "longest wait", least: 0, most: 365 * DAY, is_time: true },
];
/// Bytes of a name.
const LONGEST_NAME: usize = 200;

impl Number {
    fn check(&self, given: f64) -> Result<i64, SettingError> {
        let whole = if self.is_time { given.trunc() } else { given };
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // bounds are small, and checked first
        if whole.fract() == 0.0 && (self.least as f64..=self.most as f64).contains(&whole) {
            return Ok(whole as i64);
        }
        let (unit, kind) = if self.is_time { (" milliseconds", "") } else { ("", "a whole number from ") };
        let wants = format!("{kind}{} to {}{unit}", self.least, self.most);
        Err(SettingError { setting: self.name, given: format!("{given}{unit}"), wants })
    }
}

impl ShiftSpec {
    /// Says what no worker can work with, if there is something.
    ///
    /// # Errors
    /// [`SettingError`].
    ///
    /// ```
    /// let idle = arvo::ShiftSpec { capacity: 0, ..arvo::ShiftSpec::new("one", []) };
    /// let error = idle.check().unwrap_err();
    /// assert_eq!(error.to_string(), "the worker's capacity can't be 0: give a whole number from 1 to 100000");
    /// ```
    #[allow(clippy::cast_precision_loss)] // so large ones are refused anyhow
    pub fn check(&self) -> Result<(), SettingError> {
        let name = &*self.name;
        if name.is_empty() || name.len() > LONGEST_NAME || name.chars().any(char::is_control) {
            let wants = format!("a name of 1 to {LONGEST_NAME} bytes without control characters");
            return Err(SettingError { setting: "name", given: format!("{name:?}"), wants });
        }
        let retry = &self.retry;
        let given =
            [self.capacity as f64, self.lease as f64, retry.tries.into(), retry.first as f64, retry.longest as f64];
        NUMBERS.iter().zip(given).try_for_each(|(number, given)| number.check(given).map(drop))
    }

    /// Sets those numbers that are given. Of a time a fraction of a millisecond is dropped.
    ///
    /// # Errors
    /// [`SettingError`].
    ///
    /// ```
    /// let mut spec = arvo::ShiftSpec::new("one", []);
    /// spec.set(arvo::WorkerSettings { capacity: Some(10.0), first: Some(50.5), ..Default::default() })?;
    /// assert_eq!((spec.capacity, spec.lease, spec.retry.first), (10, 30_000, 50));
    /// assert!(spec.set(arvo::WorkerSettings { lease: Some(f64::NAN), ..Default::default() }).is_err());
    /// # Ok::<(), arvo::SettingError>(())
    /// ```
    #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss)] // within the bounds of the table
    pub fn set(&mut self, given: WorkerSettings) -> Result<(), SettingError> {
        let [capacity, lease, tries, first, longest] = &NUMBERS;
        let set = |number: &Number, given: Option<f64>, now: i64| given.map_or(Ok(now), |given| number.check(given));
        self.capacity = set(capacity, given.capacity, self.capacity as i64)? as usize;
        self.lease = set(lease, given.lease, self.lease)?;
        self.retry.tries = set(tries, given.tries, self.retry.tries.into())? as u32;
        self.retry.first = set(first, given.first, self.retry.first)?;
        self.retry.longest = set(longest, given.longest, self.retry.longest)?;
        Ok(())
    }
}
