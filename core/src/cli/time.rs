//! Times and spans, as people read and write them.

use crate::event::{clock_text, millis_of};
pub(super) use crate::history::span;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A point in time, or one that is so long from now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Point {
    /// Milliseconds since 1970.
    At(i64),
    /// Milliseconds from now.
    In(i64),
}

impl Point {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if let Some(span) = text.strip_prefix('+') {
            return span_of(span).map(Self::In);
        }
        if let Ok(millis) = text.parse() {
            return Ok(Self::At(millis));
        }
        millis_of(text).map(Self::At).ok_or_else(|| {
            "no time: write 2026-11-30T14:08:24Z, milliseconds since 1970, or +15m for in a quarter of an hour"
                .to_owned()
        })
    }

    pub(super) fn millis(self, now: i64) -> i64 {
        match self {
            Self::At(millis) => millis,
            Self::In(span) => now.saturating_add(span),
        }
    }
}

/// Milliseconds of `90s`, `15m`, `2h`, `30d`, `4w`.
pub(super) fn span_of(text: &str) -> Result<i64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = match unit {
        "ms" => 1,
        "s" => SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        "d" => DAY,
        "w" => 7 * DAY,
        _ => return Err("no span: write a number and a unit, such as 90s, 15m, 2h, 30d or 4w".to_owned()),
    };
    let span = number.parse::<i64>().ok().and_then(|number| number.checked_mul(unit));
    span.ok_or_else(|| "no span: its number is missing or too large".to_owned())
}

/// `2026-11-30 14:08:24`.
pub(super) fn stamp(millis: i64) -> String {
    clock_text::of(millis)[..19].replace('T', " ")
}

/// As short as it is plain: `14:08:24` today, `11-29 14:08` this year, `2025-11-29` before.
pub(super) fn short(millis: i64, now: i64) -> String {
    let (text, today) = (stamp(millis), stamp(now));
    if text[..10] == today[..10] {
        text[11..].to_owned()
    } else if text[..4] == today[..4] {
        text[5..16].to_owned()
    } else {
        text[..10].to_owned()
    }
}

/// `14:08:24.123`.
pub(super) fn of_day(millis: i64) -> String {
    clock_text::of(millis)[11..23].to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Point, short, span_of};

    #[test]
    fn spans_need_a_number_and_a_unit() {
        for (text, millis) in
            [("250ms", 250), ("90s", 90_000), ("15m", 900_000), ("2h", 7_200_000), ("30d", 2_592_000_000)]
        {
            assert_eq!(span_of(text), Ok(millis), "{text}");
        }
        for text in ["", "30", "d", "-1d", "1.5h", "3 d", "1y", "9223372036854775807w"] {
            assert!(span_of(text).is_err(), "{text}");
        }
        assert_eq!(Point::parse("+90s").map(|point| point.millis(1)), Ok(90_001));
        assert_eq!(Point::parse("17").map(|point| point.millis(1)), Ok(17));
        assert!(Point::parse("tomorrow").is_err());
    }

    #[test]
    fn times_are_short() {
        let now = 1_767_225_599_999; // 2025-12-31T23:59:59.999
        assert_eq!(short(now - 1000, now), "23:59:58");
        assert_eq!(short(now - 86_400_000, now), "12-30 23:59");
        assert_eq!(short(0, now), "1970-01-01");
    }
}
