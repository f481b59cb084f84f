//! Texts that match a pattern, made from its parsed form.

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::random::Random;

/// Code points of one text; a pattern can ask for more than anybody wants.
const LONGEST: usize = 20_000;

/// A text that matches; none if the pattern is not understood. What stands around a match, and word boundaries, are
/// left to the validator.
pub(super) fn matching(pattern: &str, size: usize, random: &mut Random) -> Option<String> {
    let parsed = regex_syntax::Parser::new().parse(pattern).ok()?;
    let mut made = String::new();
    write(&parsed, size, random, &mut made).then_some(made)
}

fn write(part: &Hir, size: usize, random: &mut Random, out: &mut String) -> bool {
    if out.len() > LONGEST {
        return false;
    }
    match part.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) => {
                out.push_str(text);
                true
            }
            Err(_) => false,
        },
        HirKind::Class(class) => match letter(class, random) {
            Some(letter) => {
                out.push(letter);
                true
            }
            None => false,
        },
        HirKind::Repetition(repetition) => {
            let least = repetition.min;
            let open = least.saturating_add(u32::try_from(size).unwrap_or(8));
            let most = repetition.max.map_or(open, |most| most.min(open.max(least)));
            let times = match random.below(4) {
                0 => least,
                1 => most,
                _ => u32::try_from(random.between(least.into(), most.into())).unwrap_or(least),
            };
            (0..times).all(|_| write(&repetition.sub, size, random, out))
        }
        HirKind::Capture(capture) => write(&capture.sub, size, random, out),
        HirKind::Concat(parts) => parts.iter().all(|part| write(part, size, random, out)),
        HirKind::Alternation(parts) => match random.pick(parts) {
            Some(part) => write(part, size, random, out),
            None => false,
        },
    }
}

/// A character of a class, most often a plain one: what other engines call a digit or a letter may be less.
fn letter(class: &Class, random: &mut Random) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.ranges().iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) => class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect(),
    };
    let plain: Vec<(char, char)> = ranges
        .iter()
        .map(|(start, end)| ((*start).max(' '), (*end).min('~')))
        .filter(|(start, end)| start <= end)
        .collect();
    let chosen = if plain.is_empty() || random.chance(5) { &ranges } else { &plain };
    let (start, end) = random.pick(chosen).copied()?;
    let span = i64::from(u32::from(end)) - i64::from(u32::from(start));
    let code = u32::from(start) + u32::try_from(random.between(0, span)).unwrap_or(0);
    Some(char::from_u32(code).unwrap_or(start)) // surrogates lie in some ranges
}
