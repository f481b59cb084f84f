//! The grammars of an event's attributes (SPEC §2, §19): small predicates over bytes.
//!
//! They are asked several times for every event, so none of them allocates or runs a pattern.

const DATE: usize = "YYYY-MM-DD".len();
const DAYS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// An event's type: three or more parts of `a-z` and `0-9`, joined by dots. (A simple contract's root type has two or
/// more: just what makes `com.{root}` a type.)
pub(crate) fn is_event_type(text: &str) -> bool {
    count_parts(text).is_some_and(|parts| parts >= 3)
}

/// A domain: letters, digits and dots in any order, at least one.
pub(crate) fn is_domain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| is_word(byte) || byte == b'.')
}

/// The name of an orchestrator contract, which follows the rule of domains.
pub(crate) fn is_orchestrator_name(text: &str) -> bool {
    is_domain(text)
}

/// The name of a custom extension.
pub(crate) fn is_extension_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_word)
}

/// A content type that promises JSON, wherever in the text and in these letters only.
pub(crate) fn is_json_content_type(text: &str) -> bool {
    text.contains("application/cloudevents+json") || text.contains("application/json")
}

/// A date-time with an offset, as the reference takes it: `YYYY-MM-DDTHH:MM[:SS[.fraction]]`, then `Z`, `±HH:MM` or
/// `±HHMM`. Looser than RFC 3339 (seconds may be missing, an offset has any digits) and stricter (no leap second,
/// no lower case); the day must exist.
pub(crate) fn is_date_time(text: &str) -> bool {
    let Some((date, rest)) = text.as_bytes().split_at_checked(DATE) else { return false };
    let Some(clock) = rest.strip_prefix(b"T") else { return false };
    is_date(date) && after_clock(clock).is_some_and(is_offset)
}

/// Cuts white space at both ends as ECMAScript does: U+FEFF counts, U+0085 does not.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}'))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// The number of dot-separated words; none if one is empty or has other characters.
fn count_parts(text: &str) -> Option<usize> {
    let mut parts = 0;
    let mut inside = false;
    for byte in text.bytes() {
        match byte {
            b'.' if inside => inside = false,
            _ if is_word(byte) => {
                parts += usize::from(!inside);
                inside = true;
            }
            _ => return None,
        }
    }
    inside.then_some(parts)
}

fn is_date(date: &[u8]) -> bool {
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = *date else { return false };
    let (Some(year), Some(month), Some(day)) = (number(&[y0, y1, y2, y3]), number(&[m0, m1]), number(&[d0, d1])) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        1..=12 => DAYS[month as usize - 1],
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// What follows `HH:MM[:SS[.fraction]]`.
fn after_clock(text: &[u8]) -> Option<&[u8]> {
    let [h0, h1, b':', m0, m1, rest @ ..] = text else { return None };
    let well_formed = number(&[*h0, *h1])? < 24 && number(&[*m0, *m1])? < 60;
    let [b':', s0, s1, rest @ ..] = rest else { return well_formed.then_some(rest) };
    let well_formed = well_formed && number(&[*s0, *s1])? < 60;
    let [b'.', rest @ ..] = rest else { return well_formed.then_some(rest) };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (well_formed && digits > 0).then(|| &rest[digits..])
}

fn is_offset(text: &[u8]) -> bool {
    match text {
        b"Z" => true,
        [b'+' | b'-', h0, h1, b':', m0, m1] | [b'+' | b'-', h0, h1, m0, m1] => number(&[*h0, *h1, *m0, *m1]).is_some(),
        _ => false,
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_three_parts_or_more() {
        for valid in ["a.b.c", "1.2.3", "com.order.placed.again"] {
            assert!(is_event_type(valid), "{valid:?}");
        }
        for invalid in ["a.b", "a", "", ".a.b.c", "a.b.c.", "a..b.c", "a.b.C", "a.b.c\n", "a.b_c.d", "a.b.ä", "a.b.٣"]
        {
            assert!(!is_event_type(invalid), "{invalid:?}");
        }
    }

    #[test]
    fn domains_take_dots_anywhere_and_extension_keys_none() {
        for (text, domain, key) in [
            ("a", true, true),
            ("0a9", true, true),
            ("human.review", true, false),
            ("..", true, false),
            ("", false, false),
            ("A", false, false),
            ("a-b", false, false),
            ("a\n", false, false),
            ("é", false, false),
        ] {
            assert_eq!((is_domain(text), is_extension_key(text)), (domain, key), "{text:?}");
            assert_eq!(is_orchestrator_name(text), domain, "{text:?}");
        }
    }

    #[test]
    fn content_types_contain_json_in_lower_case() {
        assert!(is_json_content_type("application/cloudevents+json;charset=UTF-8;profile=arvo"));
        assert!(is_json_content_type("x application/json y"));
        assert!(!is_json_content_type("Application/JSON"));
        assert!(!is_json_content_type(""));
    }

    #[test]
    fn trim_is_that_of_ecmascript() {
        let blanks = "\t\n\u{b}\u{c}\r \u{a0}\u{1680}\u{2000}\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}";
        assert_eq!(trim(&format!("{blanks}a b{blanks}")), "a b");
        assert_eq!(trim(blanks), "");
        for kept in ["\u{85}x\u{85}", "\u{200b}x\u{200b}", "\u{180e}x"] {
            assert_eq!(trim(kept), kept);
        }
    }

    #[test]
    fn date_times_as_recorded() {
        for valid in [
            "2025-01-02T03:04:05.006+00:00",
            "2025-01-02T03:04:05Z",
            "2025-01-02T03:04Z",
            "2025-01-02T03:04+05:30",
            "2025-01-02T03:04:05.1234567890123456789Z",
            "2025-01-02T03:04:05+0530",
            "2025-01-02T03:04:05-99:99",
            "2024-02-29T23:59:59Z",
            "2000-02-29T00:00Z",
            "0000-12-31T00:00Z",
        ] {
            assert!(is_date_time(valid), "{valid}");
        }
        for invalid in [
            "",
            "yesterday",
            "2025-01-02",
            "2025-01-02T",
            "2025-01-02T03:04:05",
            "2025-01-02 03:04:05Z",
            "2025-01-02t03:04:05z",
            "2025-01-02T03Z",
            "2025-01-02T03:04:Z",
            "2025-01-02T03:04:05.Z",
            "2025-01-02T03:04.5Z",
            "2025-01-02T03:04:05,5Z",
            "2025-01-02T24:00:00Z",
            "2025-01-02T03:60:00Z",
            "2025-01-02T03:04:60Z",
            "2025-01-02T03:04:05+05",
            "2025-01-02T03:04:05+5:30",
            "2025-01-02T03:04:05Z ",
            "2025-01-02T03:04:05Z\n",
            "2025-00-02T03:04:05Z",
            "2025-13-02T03:04:05Z",
            "2025-01-00T03:04:05Z",
            "2025-01-32T03:04:05Z",
            "2025-04-31T03:04:05Z",
            "2025-02-29T03:04:05Z",
            "1900-02-29T03:04:05Z",
            "25-01-02T03:04:05Z",
            "+2025-01-02T03:04:05Z",
            "2025-01-0éT03:04:05Z",
            "٢٠٢٥-01-02T03:04:05Z",
        ] {
            assert!(!is_date_time(invalid), "{invalid}");
        }
    }
}
