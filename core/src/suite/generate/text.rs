//! Texts: of any kind, of a format, and as keys.

use crate::random::Random;

const WORDS: [&str; 12] =
    ["a", "b", "Ada", "order 17", "0", "null", "true", " ", "\"quoted\"", "back\\slash", "tab\there", "<b>&amp;"];
/// Letters of other scripts, beyond 16 bits, that join, that turn the direction, and what looks like nothing.
const STRANGE: [&str; 8] = ["ü", "ß", "漢字", "😀", "e\u{301}", "\u{202e}abc", "\u{200b}", "\u{feff}"];
const KEYS: [&str; 8] = ["x", "extra", "note", "Ünï", "with space", "a.b", "constructor", "__proto__"];

/// A text of `least` to `most` code points; of about `size` where they leave it open.
pub(super) fn any(least: usize, most: Option<usize>, size: usize, random: &mut Random) -> String {
    let open = least + random.below(size + 1) * if random.chance(5) { 40 } else { 1 };
    let length = match (random.below(6), most) {
        (0, _) => least,
        (1, Some(most)) if most <= 10_000 => most,
        (_, most) => open.min(most.unwrap_or(usize::MAX)),
    };
    let mut made = Vec::with_capacity(length);
    while made.len() < length {
        let piece = match random.below(5) {
            0 => STRANGE[random.below(STRANGE.len())],
            1 => WORDS[random.below(WORDS.len())],
            _ => &"abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789_-"[random.below(48)..][..1],
        };
        made.extend(piece.chars());
    }
    made.into_iter().take(length).collect()
}

pub(super) fn key(random: &mut Random) -> String {
    random.pick(&KEYS).map_or_else(String::new, |key| (*key).to_owned())
}

/// A text of that format; none if the format is unknown.
pub(super) fn of_format(format: &str, random: &mut Random) -> Option<String> {
    let mut from = |least: i64, most: i64| random.between(least, most);
    let date = format!("{:04}-{:02}-{:02}", from(1970, 2099), from(1, 12), from(1, 28));
    let time = format!("{:02}:{:02}:{:02}", from(0, 23), from(0, 59), from(0, 59));
    let zone = ["Z", "+00:00", "-05:30", "+14:00"][usize::try_from(from(0, 3)).unwrap_or(0)];
    let number = from(0, 999);
    let host = ["example.com", "a.b.example.org", "localhost", "xn--bcher-kva.example"]
        [usize::try_from(from(0, 3)).unwrap_or(0)];
    Some(match format {
        "date-time" => format!("{date}T{time}{}{zone}", ["", ".5", ".123"][usize::try_from(from(0, 2)).unwrap_or(0)]),
        "date" => date,
        "time" => format!("{time}{zone}"),
        "duration" => {
            ["P1D", "PT1H30M", "P1Y2M10DT2H30M", "P2W", "PT0S"][usize::try_from(from(0, 4)).unwrap_or(0)].to_owned()
        }
        "email" | "idn-email" => format!("user{number}@{}", if host == "localhost" { "example.com" } else { host }),
        "hostname" | "idn-hostname" => host.to_owned(),
        "ipv4" => format!("{}.{}.{}.{}", from(0, 255), from(0, 255), from(0, 255), from(0, 255)),
        "ipv6" => format!("2001:db8::{:x}:{:x}", from(0, 0xffff), from(0, 0xffff)),
        "uri" | "iri" | "url" => format!("https://{host}/path/{number}?q=a%20b#part"),
        "uri-reference" | "iri-reference" => format!("../path/{number}#part"),
        "uri-template" => format!("/orders/{{id}}/{number}"),
        "uuid" => {
            let mut hex = |digits: usize| (0..digits).map(|_| format!("{:x}", from(0, 15))).collect::<String>();
            format!("{}-{}-4{}-a{}-{}", hex(8), hex(4), hex(3), hex(3), hex(12))
        }
        "json-pointer" => format!("/items/{number}/a~1b"),
        "relative-json-pointer" => format!("{number}/a"),
        "regex" => "^[a-z]+$".to_owned(),
        _ => return None,
    })
}
