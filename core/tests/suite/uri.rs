//! `arvo::uri` against the recorded cases, and against its own definition.

use arvo::uri::{encode_uri, is_properly_encoded};
use proptest::prelude::*;
use serde_json::Value;

use super::hostile;

#[test]
fn recorded_cases() {
    let file: Value = serde_json::from_str(include_str!("../../../tests/vectors/events.json")).unwrap();
    let cases = file["uri"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let input = match &case["input"] {
            Value::String(text) => text.clone(),
            Value::Object(made) if made.contains_key("$repeat") => {
                made["$repeat"][0].as_str().unwrap().repeat(made["$repeat"][1].as_u64().unwrap() as usize)
            }
            made => {
                let units: Vec<u16> = serde_json::from_value(made["$utf16"].clone()).unwrap();
                let Ok(text) = String::from_utf16(&units) else {
                    assert!(case["encoded"].is_null(), "{case}"); // no Rust text: nothing to encode
                    continue;
                };
                text
            }
        };
        let encoded = encode_uri(&input);
        if let Some(wanted) = case["encoded"].as_str() {
            assert_eq!(encoded, wanted, "{case}");
        } else {
            assert_eq!(encoded, "%C3%A4%20".repeat(500), "{case}"); // recorded by its checksum only
        }
        assert_eq!(is_properly_encoded(&input), case["properlyEncoded"], "{case}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn what_was_encoded_is_properly_encoded(text in hostile::characters()) {
        prop_assert!(is_properly_encoded(&encode_uri(&text)));
    }

    #[test]
    fn the_answer_is_that_of_decoding_and_encoding_again(text in "(%([0-9A-Fa-f]{2}|C3%A4|E2%82%AC|F0%9F%98%80|.)|[a-f;/?#%~ ä]){0,8}") {
        let decoded = decode_uri(&text);
        prop_assert_eq!(is_properly_encoded(&text), decoded.is_some_and(|decoded| encode_uri(&decoded) == text));
    }
}

/// `decodeURI`, written as the standard tells it.
fn decode_uri(text: &str) -> Option<String> {
    let mut decoded = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c != '%' {
            decoded.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let lead = escape(rest)?;
        let length = if lead < 0x80 { 1 } else { lead.leading_ones() as usize };
        let bytes: Vec<u8> = (0..length).map(|at| escape(rest.get(3 * at..)?)).collect::<Option<_>>()?;
        let character = std::str::from_utf8(&bytes).ok()?;
        let (escapes, after) = rest.split_at(3 * length);
        decoded.push_str(if ";/?:@&=+$,#".contains(character) { escapes } else { character });
        rest = after;
    }
    Some(decoded)
}

fn escape(text: &str) -> Option<u8> {
    let digits = text.strip_prefix('%')?.get(..2)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u8::from_str_radix(digits, 16).ok()
}
