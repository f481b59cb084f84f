//! Texts as people read them: without what moves the cursor, short, counted, and as wide as a terminal shows them.

use crate::environment::Limits;
use crate::subject::Subject;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A text without what could move the cursor, colour the screen or turn the line around.
pub(crate) fn plain(text: &str) -> String {
    let moves = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(moves) {
        return text.to_owned();
    }
    text.chars().map(|c| if moves(c) { c.escape_default().to_string() } else { c.to_string() }).collect()
}

/// At most so many characters.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

/// What a subject is called in short: the beginning of the execution's id, or the subject itself where it is no
/// workflow's.
pub(crate) fn short_name(subject: &str) -> String {
    match Subject::parse(subject, &Limits::default()) {
        Ok(subject) => subject.execution().chars().take(8).collect(),
        Err(_) => cut(subject, 24),
    }
}

/// A number and what it counts: `1 event`, `1,204 events`.
pub(crate) fn count(number: usize, one: &str) -> String {
    format!("{} {one}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// Its digits by thousands.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `12 ms`, `1.2 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`.
pub(crate) fn span(millis: i64) -> String {
    let two = |one: i64, unit: &str, rest: i64, part: &str| match rest {
        0 => format!("{one} {unit}"),
        rest => format!("{one} {unit} {rest} {part}"),
    };
    match millis.max(0) {
        millis if millis < SECOND => format!("{millis} ms"),
        millis if millis < MINUTE => format!("{}.{} s", millis / SECOND, millis % SECOND / 100),
        millis if millis < HOUR => two(millis / MINUTE, "min", millis % MINUTE / SECOND, "s"),
        millis if millis < DAY => two(millis / HOUR, "h", millis % HOUR / MINUTE, "min"),
        millis => two(millis / DAY, "d", millis % DAY / HOUR, "h"),
    }
}

/// How many columns of a terminal a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// A text in at most so many columns.
pub(super) fn fit(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut left = most.saturating_sub(1);
    let fits = |c: &char| match left.checked_sub(columns(*c)) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    text.chars().take_while(fits).chain((most > 0).then_some('…')).collect()
}

/// The plain cases: what joins the character before it takes none, East Asian letters and pictures take two.
fn columns(c: char) -> usize {
    match u32::from(c) {
        0x300..=0x36f | 0x200b..=0x200d | 0x20d0..=0x20ff | 0xfe00..=0xfe0f | 0xe0100..=0xe01ef => 0,
        0x1100..=0x115f
        | 0x2e80..=0x303e
        | 0x3041..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{count, cut, fit, plain, span, width};

    #[test]
    fn texts_are_plain_short_and_counted() {
        assert_eq!(plain("a\u{1b}[2J\nb\u{202e}"), "a\\u{1b}[2J\\nb\\u{202e}");
        assert_eq!((cut("größer", 6), cut("größer", 4)), ("größer".to_owned(), "grö…".to_owned()));
        assert_eq!(
            (count(1, "event"), count(0, "event"), count(1_204_000, "event")),
            ("1 event".into(), "0 events".into(), "1,204,000 events".into())
        );
    }

    #[test]
    fn spans_are_short() {
        for (millis, text) in [
            (-5, "0 ms"),
            (999, "999 ms"),
            (1250, "1.2 s"),
            (60_000, "1 min"),
            (200_000, "3 min 20 s"),
            (7_500_000, "2 h 5 min"),
            (273_600_000, "3 d 4 h"),
        ] {
            assert_eq!(span(millis), text);
        }
    }

    #[test]
    fn wide_letters_take_two_columns() {
        assert_eq!((width("größer"), width("注文"), width("gro\u{308}ßer")), (6, 4, 6));
        assert_eq!(
            (fit("注文書", 6), fit("注文書", 5), fit("注文書", 4)),
            ("注文書".into(), "注文…".into(), "注…".into())
        );
        assert_eq!((fit("abc", 1), fit("abc", 0)), ("…".into(), String::new()));
    }
}
