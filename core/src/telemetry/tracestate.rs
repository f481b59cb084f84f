//! The grammar of the header `tracestate` (W3C Trace Context, level 1).

use std::borrow::Cow;

/// How many members a header may have.
const MEMBERS: usize = 32;
const LONGEST_KEY: usize = 256;
const LONGEST_VALUE: usize = 256;
/// Of a key with an `@`: what stands before it, and behind it.
const LONGEST_TENANT: usize = 241;
const LONGEST_SYSTEM: usize = 14;

/// What of a text can be somebody's `tracestate`: its well-formed members `key=value` in their order, of equal keys the
/// first, 32 at most. `None`: there are none. What others wrote wrong is not worth losing the rest for.
///
/// ```
/// use arvo::telemetry::tracestate_of;
/// assert_eq!(tracestate_of("vendor=x,other@system=y").as_deref(), Some("vendor=x,other@system=y"));
/// assert_eq!(tracestate_of("vendor=x, ,Broken=1,vendor=2").as_deref(), Some("vendor=x"));
/// assert_eq!(tracestate_of("nonsense"), None);
/// ```
pub fn tracestate_of(text: &str) -> Option<Cow<'_, str>> {
    let mut kept: Vec<(&str, &str)> = Vec::new();
    for member in text.split(',') {
        let Some((key, value)) = member.trim_matches([' ', '\t']).split_once('=') else { continue };
        if kept.len() < MEMBERS && is_key(key) && is_value(value) && kept.iter().all(|(known, _)| *known != key) {
            kept.push((key, value));
        }
    }
    let length = kept.iter().map(|(key, value)| key.len() + value.len() + 2).sum::<usize>();
    match length.checked_sub(1)? {
        all if all == text.len() => Some(Cow::Borrowed(text)), // nothing is left out, no blank either
        _ => Some(kept.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",").into()),
    }
}

fn is_key(key: &str) -> bool {
    match key.split_once('@') {
        None => key.starts_with(is_letter) && is_name(key, LONGEST_KEY),
        Some((tenant, system)) => {
            let starts = tenant.starts_with(|first| is_letter(first) || first.is_ascii_digit());
            starts
                && is_name(tenant, LONGEST_TENANT)
                && system.starts_with(is_letter)
                && is_name(system, LONGEST_SYSTEM)
        }
    }
}

fn is_letter(first: char) -> bool {
    first.is_ascii_lowercase()
}

fn is_name(text: &str, longest: usize) -> bool {
    let is_of_name = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/');
    text.len() <= longest && text.bytes().all(is_of_name)
}

fn is_value(value: &str) -> bool {
    let is_of_value = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'=';
    !value.is_empty() && value.len() <= LONGEST_VALUE && value.bytes().all(is_of_value)
}

#[cfg(test)]
mod tests {
    use super::tracestate_of;

    fn kept(text: &str) -> Option<String> {
        tracestate_of(text).map(Into::into)
    }

    #[test]
    fn well_formed_members_stay_as_they_are() {
        let (key, value) = ("a".repeat(256), "~".repeat(256));
        let tenant = format!("{}@{}", "0".repeat(241), "s".repeat(14));
        for text in ["a=1", "a=1,b=2", "a_-*/0=!x y~", "0@s=1", &format!("{key}={value}"), &format!("{tenant}=1")] {
            assert_eq!(kept(text).as_deref(), Some(text));
        }
        assert_eq!(kept(" a=1 ,\tb= 2 ").as_deref(), Some("a=1,b= 2"), "blanks around a member are none of it");
    }

    #[test]
    fn members_that_are_not_well_formed_are_left_out() {
        let [long_key, long_tenant] = [257, 242].map(|length| "a".repeat(length));
        let long_value = "v".repeat(257);
        for wrong in [
            "",
            "a",
            "=1",
            "a=",
            "A=1",
            "0=1",
            "ä=1",
            "a=ä",
            "a=b=c",
            "a=\u{7f}",
            "a@=1",
            "@a=1",
            "a@B=1",
            "a@0=1",
            "a@b@c=1",
            "a@abcdefghijklmno=1",
            &format!("{long_key}=1"),
            &format!("{long_tenant}@s=1"),
            &format!("a={long_value}"),
        ] {
            assert_eq!(kept(wrong), None, "{wrong}");
            assert_eq!(kept(&format!("x=1,{wrong},y=2")).as_deref(), Some("x=1,y=2"), "{wrong}");
        }
    }

    #[test]
    fn of_equal_keys_the_first_counts_and_of_all_the_first_32() {
        assert_eq!(kept("a=1,b=2,a=3").as_deref(), Some("a=1,b=2"));
        let members: Vec<String> = (0..40).map(|at| format!("k{at}={at}")).collect();
        assert_eq!(kept(&members.join(",")), Some(members[..32].join(",")));
    }
}
