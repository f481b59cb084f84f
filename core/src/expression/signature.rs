//! The names that expressions may call, and with how many arguments.

use std::ops::RangeInclusive;

use super::program::MacroKind;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Function {
    Abs,
    Bool,
    Ceil,
    Contains,
    EndsWith,
    Floor,
    HasValue,
    Join,
    LowerAscii,
    Matches,
    Max,
    Merge,
    Min,
    Number,
    OrValue,
    Round,
    Size,
    Split,
    StartsWith,
    String,
    Sum,
    Trim,
    Type,
    UpperAscii,
}

/// How a function is called.
pub(super) struct Signature {
    pub(super) name: &'static str,
    pub(super) function: Function,
    /// Arguments of `f(…)`, if it can be called so.
    pub(super) call: Option<RangeInclusive<usize>>,
    /// Arguments of `value.f(…)`, if it can be called so.
    pub(super) method: Option<RangeInclusive<usize>>,
    pub(super) usage: &'static str,
}

const fn call(name: &'static str, function: Function, count: usize, usage: &'static str) -> Signature {
    Signature { name, function, call: Some(count..=count), method: None, usage }
}

const fn method(
    name: &'static str,
    function: Function,
    counts: RangeInclusive<usize>,
    usage: &'static str,
) -> Signature {
    Signature { name, function, call: None, method: Some(counts), usage }
}

const fn both(name: &'static str, function: Function, calls: RangeInclusive<usize>, usage: &'static str) -> Signature {
    let methods = *calls.start() - 1;
    Signature { name, function, call: Some(calls), method: Some(methods..=methods), usage }
}

pub(super) const SIGNATURES: [Signature; 24] = [
    call("bool", Function::Bool, 1, "bool(x)"),
    method("contains", Function::Contains, 1..=1, "text.contains(part)"),
    method("endsWith", Function::EndsWith, 1..=1, "text.endsWith(end)"),
    method("hasValue", Function::HasValue, 0..=0, "a.?b.hasValue()"),
    method("join", Function::Join, 0..=1, "texts.join(separator)"),
    method("lowerAscii", Function::LowerAscii, 0..=0, "text.lowerAscii()"),
    both("matches", Function::Matches, 2..=2, "text.matches('pattern')"),
    call("math.abs", Function::Abs, 1, "math.abs(x)"),
    call("math.ceil", Function::Ceil, 1, "math.ceil(x)"),
    call("math.floor", Function::Floor, 1, "math.floor(x)"),
    call("math.round", Function::Round, 1, "math.round(x)"),
    both("max", Function::Max, 1..=MANY, "max(list), list.max() or max(a, b, …)"),
    call("merge", Function::Merge, 2, "merge(map, map)"),
    both("min", Function::Min, 1..=MANY, "min(list), list.min() or min(a, b, …)"),
    call("number", Function::Number, 1, "number(x)"),
    method("orValue", Function::OrValue, 1..=1, "a.?b.orValue(x)"),
    both("size", Function::Size, 1..=1, "size(x) or x.size()"),
    method("split", Function::Split, 1..=2, "text.split(separator) or text.split(separator, limit)"),
    method("startsWith", Function::StartsWith, 1..=1, "text.startsWith(start)"),
    call("string", Function::String, 1, "string(x)"),
    both("sum", Function::Sum, 1..=1, "sum(list) or list.sum()"),
    method("trim", Function::Trim, 0..=0, "text.trim()"),
    call("type", Function::Type, 1, "type(x)"),
    method("upperAscii", Function::UpperAscii, 0..=0, "text.upperAscii()"),
];
const MANY: usize = 64;

/// Names of what is called `f(…)`.
pub(super) fn calls() -> impl Iterator<Item = &'static str> {
    SIGNATURES.iter().filter(|signature| signature.call.is_some()).map(|signature| signature.name)
}

/// Names of what is called `value.f(…)`.
pub(super) fn methods() -> impl Iterator<Item = &'static str> {
    let macros = MacroKind::NAMES.iter().map(|(name, _)| *name);
    SIGNATURES.iter().filter(|signature| signature.method.is_some()).map(|signature| signature.name).chain(macros)
}

pub(super) fn name(function: Function) -> &'static str {
    SIGNATURES.iter().find(|signature| signature.function == function).map_or("", |signature| signature.name)
}
