//! Texts that a sender with bad intent, or a broken wire, could put where an encoded one belongs.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use proptest::prelude::*;

/// Any text, any bytes as base64, and `valid` cut short, overwritten or repeated.
pub(crate) fn text(valid: impl Fn() -> String) -> impl Strategy<Value = String> {
    let valid = valid();
    let (first, second) = (valid.clone(), valid.clone());
    prop_oneof![
        any::<String>(),
        "[A-Za-z0-9+/=_ -]{0,80}",
        prop::collection::vec(any::<u8>(), 0..200).prop_map(|bytes| BASE64_STANDARD.encode(bytes)),
        prop::collection::vec(any::<u8>(), 0..80)
            .prop_map(|bytes| BASE64_STANDARD.encode([&b"\x78\x9c"[..], &bytes[..]].concat())),
        (0..valid.len()).prop_map(move |length| first[..length].to_owned()),
        prop::collection::vec((0..valid.len(), "[A-Za-z0-9+/=% ]"), 1..4).prop_map(move |changes| {
            changes.into_iter().fold(second.clone(), |mut text, (at, with)| {
                text.replace_range(at..=at, &with);
                text
            })
        }),
        (2..5_usize).prop_map(move |times| valid.repeat(times)),
    ]
}

/// Short text of any characters; quicker to make than a pattern's.
pub(crate) fn characters() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), 0..10).prop_map(String::from_iter)
}
