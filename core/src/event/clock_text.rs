//! A point in time as events write it: `YYYY-MM-DDTHH:MM:SS.mmm+00:00`, really UTC (SPEC §2, ours).

use std::sync::Arc;

use super::grammar;

const DAY: i64 = 86_400_000;

/// The text of `millis` since 1970. Years outside 0000–9999 are held at their ends: events can't write others.
pub(crate) fn of(millis: i64) -> Arc<str> {
    const FIRST: i64 = -62_167_219_200_000; // 0000-01-01
    const LAST: i64 = 253_402_300_799_999; // 9999-12-31
    let millis = millis.clamp(FIRST, LAST);
    let (year, month, day) = date_of(millis.div_euclid(DAY));
    let of_day = millis.rem_euclid(DAY);
    let mut text = *b"0000-00-00T00:00:00.000+00:00";
    let mut put = |at: usize, width: usize, mut number: i64| {
        for place in (at..at + width).rev() {
            text[place] = b'0' + u8::try_from(number.rem_euclid(10)).unwrap_or_default();
            number /= 10;
        }
    };
    put(0, 4, year);
    put(5, 2, month);
    put(8, 2, day);
    put(11, 2, of_day / 3_600_000);
    put(14, 2, of_day / 60_000 % 60);
    put(17, 2, of_day / 1000 % 60);
    put(20, 3, of_day % 1000);
    std::str::from_utf8(&text).unwrap_or_default().into()
}

/// The milliseconds since 1970 of a date-time that events take (`grammar::is_date_time`); what is finer is cut off.
pub(crate) fn millis(text: &str) -> Option<i64> {
    if !grammar::is_date_time(text) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let day = day_of(number(0..4)?, number(5..7)?, number(8..10)?);
    let clock = &text[11..];
    let end = clock.find(['Z', '+', '-'])?;
    let (clock, offset) = clock.split_at(end);
    let mut parts = clock.split(':');
    let (hours, minutes) = (parts.next()?.parse::<i64>().ok()?, parts.next()?.parse::<i64>().ok()?);
    let (seconds, fraction) = parts.next().map_or(("0", ""), |part| part.split_once('.').unwrap_or((part, "")));
    let fraction = format!("{fraction:0<3.3}").parse::<i64>().ok()?;
    let of_day = (hours * 60 + minutes) * 60_000 + seconds.parse::<i64>().ok()? * 1000 + fraction;
    let digits: String = offset.chars().filter(char::is_ascii_digit).collect();
    let away = match digits.as_str() {
        "" => 0,
        digits => (digits[..2].parse::<i64>().ok()? * 60 + digits[2..].parse::<i64>().ok()?) * 60_000,
    };
    let away = if offset.starts_with('-') { -away } else { away };
    Some(day * DAY + of_day - away)
}

/// The day of a Gregorian date, counted from 1970-01-01: `date_of` turned round.
fn day_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    year.div_euclid(400) * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Gregorian date of a day counted from 1970-01-01, by eras of 400 years that begin on 1 March.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::{millis, of};

    #[test]
    fn known_points_in_time_are_written() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000+00:00"),
            (951_782_400_001, "2000-02-29T00:00:00.001+00:00"),
            (1_767_225_599_999, "2025-12-31T23:59:59.999+00:00"),
            (-1, "1969-12-31T23:59:59.999+00:00"),
            (i64::MAX, "9999-12-31T23:59:59.999+00:00"),
            (i64::MIN, "0000-01-01T00:00:00.000+00:00"),
        ] {
            assert_eq!(&*of(millis), text);
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for at in [0, 951_782_400_001, 1_767_225_599_999, -1, 253_402_300_799_999, -62_167_219_200_000, 68_169_600_000]
        {
            assert_eq!(millis(&of(at)), Some(at), "{}", of(at));
        }
    }

    #[test]
    fn all_forms_of_a_date_time_are_read() {
        for (text, at) in [
            ("1970-01-01T00:00Z", Some(0)),
            ("1970-01-01T00:00:01.5Z", Some(1500)),
            ("1970-01-01T01:00:00+01:00", Some(0)),
            ("1969-12-31T22:30:00.9999-0130", Some(999)),
            ("1970-01-01", None),
            ("1970-02-30T00:00Z", None),
            ("tomorrow", None),
        ] {
            assert_eq!(millis(text), at, "{text}");
        }
    }
}
