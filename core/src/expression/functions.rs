//! The functions that expressions may call: all pure, all bounded.

use std::cmp::Ordering;
use std::rc::Rc;

use serde_json::Number;

use super::error::{Fault, Span};
use super::evaluate::{Evaluator, Failure, at, kind};
use super::output;
use super::program::Id;
use super::signature::Function;
use super::value::{self, Entries, ITEM, List, Text, Val};

/// Applies a function to its first argument, or to what stands before its dot; the others are worked out here.
#[inline(never)]
pub(super) fn apply<'a>(
    evaluator: &mut Evaluator<'a, '_>,
    function: Function,
    subject: Val<'a>,
    rest: &[Id],
    span: Span,
) -> Result<Val<'a>, Failure> {
    match function {
        Function::HasValue | Function::OrValue => return optional(evaluator, function, subject, rest, span),
        _ if matches!(subject, Val::Optional(_)) => return Err((Fault::Optional, span)),
        Function::Contains | Function::StartsWith | Function::EndsWith => {
            return part(evaluator, function, &subject, rest, span);
        }
        Function::Split => return split(evaluator, &subject, rest, span),
        Function::Join => return join(evaluator, &subject, rest, span),
        Function::Min | Function::Max => return extreme(evaluator, function, subject, rest, span),
        Function::Sum => return sum(evaluator, &subject, span),
        Function::Merge => return merge(evaluator, &subject, rest, span),
        _ => {}
    }
    let meter = &mut *evaluator.meter;
    let value = match (function, subject) {
        (Function::Type, subject) => Ok(Val::Text(Text::Lent(subject.type_name()))),
        (Function::Bool, Val::Bool(value)) => Ok(Val::Bool(value)),
        (Function::Bool, Val::Text(text)) => read_bool(text.as_str()),
        (Function::Bool, other) => return Err(kind("a boolean, or the text true or false,", &other, span)),
        (Function::Number, number @ (Val::Number(_) | Val::Large(_))) => Ok(number),
        (Function::Number, Val::Text(text)) => {
            meter.read(text.as_str().len()).and_then(|()| read_number(text.as_str()))
        }
        (Function::Number, other) => return Err(kind("a number, or text that is one,", &other, span)),
        (Function::String, text @ Val::Text(_)) => Ok(text),
        (Function::String, other) => {
            let mut out = String::new();
            output::write(&mut out, &other, meter, 0).map(|()| Val::text(out))
        }
        (Function::Size, Val::List(list)) => Ok(Val::Number(list.len() as f64)),
        (Function::Size, Val::Map(map)) => Ok(Val::Number(map.len() as f64)),
        (Function::Size, Val::Text(text)) => {
            meter.read(text.as_str().len()).map(|()| Val::Number(text.as_str().chars().count() as f64))
        }
        (Function::Size, other) => return Err(kind("text, a list or a map", &other, span)),
        (Function::LowerAscii | Function::UpperAscii, Val::Text(text)) => {
            let text = text.as_str();
            meter.read(text.len()).and_then(|()| meter.make(text.len())).map(|()| {
                Val::text(match function {
                    Function::LowerAscii => text.to_ascii_lowercase(),
                    _ => text.to_ascii_uppercase(),
                })
            })
        }
        (Function::Trim, Val::Text(text)) => piece(&text, text.as_str().trim(), evaluator),
        (Function::LowerAscii | Function::UpperAscii | Function::Trim, other) => {
            return Err(kind("text", &other, span));
        }
        (Function::Abs, Val::Number(number)) => Ok(Val::Number(number.abs())),
        (Function::Ceil, Val::Number(number)) => Ok(Val::Number(number.ceil())),
        (Function::Floor, Val::Number(number)) => Ok(Val::Number(number.floor())),
        (Function::Round, Val::Number(number)) => Ok(Val::Number(number.round())),
        (_, Val::Large(_)) => Err(Fault::Inexact),
        (_, other) => return Err(kind("a number", &other, span)),
    };
    value.map_err(at(span))
}

fn optional<'a>(
    evaluator: &mut Evaluator<'a, '_>,
    function: Function,
    subject: Val<'a>,
    rest: &[Id],
    span: Span,
) -> Result<Val<'a>, Failure> {
    let Val::Optional(inner) = subject else {
        return Err(kind("an optional such as a.?b or a[?0]", &subject, span));
    };
    match (function, inner, rest) {
        (Function::HasValue, inner, _) => Ok(Val::Bool(inner.is_some())),
        (_, Some(inner), _) => Ok((*inner).clone()),
        (_, None, [other, ..]) => evaluator.plain(*other),
        (_, None, []) => Err((Fault::Optional, span)),
    }
}

/// The text of the argument at `index`.
fn text_argument<'a>(evaluator: &mut Evaluator<'a, '_>, id: Id) -> Result<Text<'a>, Failure> {
    match evaluator.plain(id)? {
        Val::Text(text) => Ok(text),
        other => Err(kind("text", &other, evaluator.span(id))),
    }
}

fn part<'a>(
    evaluator: &mut Evaluator<'a, '_>,
    function: Function,
    subject: &Val<'a>,
    rest: &[Id],
    span: Span,
) -> Result<Val<'a>, Failure> {
    let Val::Text(text) = subject else {
        let wanted = match subject {
            Val::List(_) | Val::Map(_) => "text before this method (for lists and maps write x in list)",
            _ => "text before this method",
        };
        return Err(kind(wanted, subject, span));
    };
    let [wanted, ..] = rest else { return Ok(Val::Bool(false)) };
    let wanted = text_argument(evaluator, *wanted)?;
    let (text, wanted) = (text.as_str(), wanted.as_str());
    let work = if function == Function::Contains { text.len() } else { wanted.len().min(text.len()) };
    evaluator.meter.read(work).map_err(at(span))?;
    Ok(Val::Bool(match function {
        Function::Contains => text.contains(wanted),
        Function::StartsWith => text.starts_with(wanted),
        _ => text.ends_with(wanted),
    }))
}

/// A part of a text: lent as long as the text is.
fn piece<'a>(whole: &Text<'a>, part: &str, evaluator: &mut Evaluator<'a, '_>) -> Result<Val<'a>, Fault> {
    if let Text::Lent(whole) = whole {
        let start = part.as_ptr().addr() - whole.as_ptr().addr();
        if let Some(part) = whole.get(start..start + part.len()) {
            return Ok(Val::Text(Text::Lent(part)));
        }
    }
    evaluator.meter.make(part.len())?;
    Ok(Val::text(part.to_owned()))
}

fn split<'a>(
    evaluator: &mut Evaluator<'a, '_>,
    subject: &Val<'a>,
    rest: &[Id],
    span: Span,
) -> Result<Val<'a>, Failure> {
    let Val::Text(text) = subject else { return Err(kind("text", subject, span)) };
    let (separator, limit) = match rest {
        [separator] => (text_argument(evaluator, *separator)?, None),
        [separator, limit, ..] => {
            let separator = text_argument(evaluator, *separator)?;
            match evaluator.plain(*limit)? {
                Val::Number(limit) => (separator, (limit >= 0.0).then_some(limit as usize)),
                other => return Err(kind("a number", &other, evaluator.span(*limit))),
            }
        }
        [] => return Ok(Val::list(Vec::new())),
    };
    let limit = limit.unwrap_or(usize::MAX);
    evaluator.meter.read(text.as_str().len()).map_err(at(span))?;
    let mut pieces = Vec::new();
    let mut left = text.as_str();
    while pieces.len() < limit {
        let cut = if pieces.len() + 1 == limit { None } else { cut(left, separator.as_str()) };
        evaluator.meter.step(1).and_then(|()| evaluator.meter.make(ITEM)).map_err(at(span))?;
        let (first, after) = cut.unwrap_or((left, None));
        pieces.push(piece(text, first, evaluator).map_err(at(span))?);
        match after {
            Some(after) => left = after,
            None => break,
        }
    }
    Ok(Val::list(pieces))
}

/// The text up to the separator and what is behind it; without a separator, the first character.
fn cut<'t>(text: &'t str, separator: &str) -> Option<(&'t str, Option<&'t str>)> {
    if !separator.is_empty() {
        return text.split_once(separator).map(|(before, after)| (before, Some(after)));
    }
    let first = text.chars().next()?;
    let (before, after) = text.split_at(first.len_utf8());
    Some((before, (!after.is_empty()).then_some(after)))
}

fn join<'a>(evaluator: &mut Evaluator<'a, '_>, subject: &Val<'a>, rest: &[Id], span: Span) -> Result<Val<'a>, Failure> {
    let Val::List(list) = subject else { return Err(kind("a list of texts", subject, span)) };
    let separator = match rest {
        [separator, ..] => text_argument(evaluator, *separator)?,
        [] => Text::Lent(""),
    };
    let separator = separator.as_str();
    let mut out = String::new();
    for (index, item) in list.iter().enumerate() {
        let Val::Text(text) = &item else {
            return Err(kind("a list of texts (map them with string(…))", &item, span));
        };
        let before = if index > 0 { separator } else { "" };
        let more = before.len() + text.as_str().len();
        evaluator.meter.step(1 + more / 64).and_then(|()| evaluator.meter.make(more)).map_err(at(span))?;
        out.push_str(before);
        out.push_str(text.as_str());
    }
    Ok(Val::text(out))
}

fn extreme<'a>(
    evaluator: &mut Evaluator<'a, '_>,
    function: Function,
    subject: Val<'a>,
    rest: &[Id],
    span: Span,
) -> Result<Val<'a>, Failure> {
    const WANTED: &str = "numbers only or texts only";
    let list = if rest.is_empty() {
        match subject {
            Val::List(list) => list,
            other => return Err(kind("a list, or several values,", &other, span)),
        }
    } else {
        let mut all = vec![subject];
        for id in rest {
            all.push(evaluator.plain(*id)?);
        }
        List::Made(Rc::new(all))
    };
    let better = if function == Function::Min { Ordering::Less } else { Ordering::Greater };
    let mut best: Option<Val<'a>> = None;
    for item in list.iter() {
        let read = if let Val::Text(text) = &item { text.as_str().len() } else { 0 };
        evaluator.meter.step(1).and_then(|()| evaluator.meter.read(read)).map_err(at(span))?;
        let order = item.compare(best.as_ref().unwrap_or(&item)).ok_or_else(|| kind(WANTED, &item, span))?;
        if best.is_none() || order == better {
            best = Some(item);
        }
    }
    best.ok_or((Fault::EmptyList, span))
}

fn sum<'a>(evaluator: &mut Evaluator<'a, '_>, subject: &Val<'a>, span: Span) -> Result<Val<'a>, Failure> {
    let Val::List(list) = subject else { return Err(kind("a list of numbers", subject, span)) };
    let mut total = 0.0;
    for item in list.iter() {
        evaluator.meter.step(1).map_err(at(span))?;
        total = match item {
            Val::Number(number) => value::checked(total + number).map_err(at(span))?,
            Val::Large(_) => return Err((Fault::Inexact, span)),
            other => return Err(kind("a list of numbers", &other, span)),
        };
    }
    Ok(Val::Number(total))
}

/// The first map's keys in their order, with the second map's values where it has them; then the second one's others.
fn merge<'a>(
    evaluator: &mut Evaluator<'a, '_>,
    subject: &Val<'a>,
    rest: &[Id],
    span: Span,
) -> Result<Val<'a>, Failure> {
    let [other, ..] = rest else { return Ok(Val::Null) };
    let place = evaluator.span(*other);
    let (first, second) = match (subject, evaluator.plain(*other)?) {
        (Val::Map(first), Val::Map(second)) => (first, second),
        (Val::Map(_), other) => return Err(kind("a map", &other, place)),
        (subject, _) => return Err(kind("a map", subject, span)),
    };
    let size = first.len() + second.len();
    let searches = first.len() * second.search() + second.len() * first.search();
    evaluator.meter.step(size + searches).and_then(|()| evaluator.meter.make(ITEM * size)).map_err(at(span))?;
    let mut entries = first.to_vec();
    for (key, value) in &mut entries {
        if let Some(newer) = second.get(key.as_str()) {
            *value = newer;
        }
    }
    entries.extend(second.to_vec().into_iter().filter(|(key, _)| first.get(key.as_str()).is_none()));
    Ok(Val::Map(Entries::Made(Rc::new(entries))))
}

fn read_bool<'a>(text: &str) -> Result<Val<'a>, Fault> {
    match text {
        "true" => Ok(Val::Bool(true)),
        "false" => Ok(Val::Bool(false)),
        _ => Err(Fault::Unreadable { wanted: "boolean", help: "it must be true or false" }),
    }
}

fn read_number<'a>(text: &str) -> Result<Val<'a>, Fault> {
    let number: Number = serde_json::from_str(text)
        .map_err(|_| Fault::Unreadable { wanted: "number", help: "write it as JSON does, such as 12, -0.5 or 1e6" })?;
    Ok(value::exact(&number).map_or(Val::Large(number), Val::Number))
}
