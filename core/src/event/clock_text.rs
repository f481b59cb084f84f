//! A point in time as events write it: `YYYY-MM-DDTHH:MM:SS.mmm+00:00`, really UTC (SPEC §2, ours).

use std::sync::Arc;

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
    use super::of;

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
}
