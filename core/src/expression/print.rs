//! A program as text again: brackets only where the meaning needs them, one way to write each thing.

use std::fmt::{self, Display, Formatter, Write as _};

use super::program::{Access, Id, MacroKind, Node, Program, Range, Step};
use super::signature;
use crate::json;

/// How close a node binds; what binds less than its surroundings asks for is put in brackets.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binding {
    Choice,
    Or,
    And,
    /// Binary operators, by rank.
    Chain(u8),
    Unary,
    Value,
}

impl Display for Program {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.print(f, self.root, Binding::Choice)
    }
}

impl Program {
    fn binding(&self, id: Id) -> Binding {
        match self.node(id) {
            Node::Choice(_) => Binding::Choice,
            Node::Or(_) => Binding::Or,
            Node::And(_) => Binding::And,
            Node::Chain { links, .. } => {
                Binding::Chain(links.of(&self.links).first().map_or(0, |link| link.operator.rank()))
            }
            Node::Not(_) | Node::Minus(_) => Binding::Unary,
            // A sign takes part in the number, yet not behind `!`.
            Node::Number(number) if number.is_sign_negative() => Binding::Unary,
            Node::Large(at) if self.numbers[usize::from(at)].as_f64().is_some_and(|number| number < 0.0) => {
                Binding::Unary
            }
            _ => Binding::Value,
        }
    }

    fn print(&self, f: &mut Formatter<'_>, id: Id, least: Binding) -> fmt::Result {
        if self.binding(id) < least {
            f.write_char('(')?;
            self.print(f, id, Binding::Choice)?;
            return f.write_char(')');
        }
        match self.node(id) {
            Node::Null => f.write_str("null"),
            Node::Bool(value) => write!(f, "{value}"),
            Node::Number(number) => write_number(f, number),
            Node::Large(at) => {
                let mut out = String::new();
                json::write_number(&mut out, &self.numbers[usize::from(at)]);
                // Past 64 bits only a number with an exponent can be read again.
                let whole = out.bytes().all(|c| c.is_ascii_digit() || c == b'-');
                let float = self.numbers[usize::from(at)].is_f64() && whole;
                f.write_str(&out)?;
                f.write_str(if float { "e0" } else { "" })
            }
            Node::Text(text) => write_text(f, self.text(text)),
            Node::Scope(slot) => f.write_str(self.names.get(usize::from(slot)).map_or("", |name| name)),
            Node::Local(_) => f.write_str(self.local(id)),
            Node::Path { base, steps } => {
                self.print(f, base, Binding::Value)?;
                steps.of(&self.steps).iter().try_for_each(|step| self.print_step(f, step))
            }
            Node::Chain { first, links } => {
                let links = links.of(&self.links);
                let rank = links.first().map_or(0, |link| link.operator.rank());
                self.print(f, first, Binding::Chain(rank))?;
                links.iter().try_for_each(|link| {
                    write!(f, " {} ", link.operator.sign())?;
                    self.print(f, link.operand, if rank < 2 { Binding::Chain(rank + 1) } else { Binding::Unary })
                })
            }
            Node::And(sides) => self.print_sides(f, sides, " && ", Binding::Chain(0)),
            Node::Or(sides) => self.print_sides(f, sides, " || ", Binding::And),
            Node::Not(operand) => {
                f.write_char('!')?;
                let same = matches!(self.node(operand), Node::Not(_));
                self.print(f, operand, if same { Binding::Unary } else { Binding::Value })
            }
            Node::Minus(operand) => {
                f.write_char('-')?;
                match self.node(operand) {
                    // `-1.f()` is `f` of a number, `-(1.f())` a calculation.
                    _ if self.begins_with_number(operand) => {
                        f.write_char('(')?;
                        self.print(f, operand, Binding::Choice)?;
                        f.write_char(')')
                    }
                    Node::Minus(_) => self.print(f, operand, Binding::Unary),
                    _ => self.print(f, operand, Binding::Value),
                }
            }
            Node::Choice(parts) => {
                let parts = parts.of(&self.ids);
                parts.iter().enumerate().try_for_each(|(at, part)| {
                    f.write_str(match at {
                        0 => "",
                        at if at % 2 == 1 => " ? ",
                        _ => " : ",
                    })?;
                    self.print(f, *part, Binding::Or)
                })
            }
            Node::List(items) => {
                f.write_char('[')?;
                for (at, item) in items.of(&self.items).iter().enumerate() {
                    f.write_str(if at > 0 { ", " } else { "" })?;
                    f.write_str(if item.optional { "?" } else { "" })?;
                    self.print(f, item.value, Binding::Choice)?;
                }
                f.write_char(']')
            }
            Node::Map(entries) => {
                f.write_char('{')?;
                for (at, entry) in entries.of(&self.entries).iter().enumerate() {
                    f.write_str(if at > 0 { ", " } else { "" })?;
                    f.write_str(if entry.optional { "?" } else { "" })?;
                    self.print(f, entry.key, Binding::Choice)?;
                    f.write_str(": ")?;
                    self.print(f, entry.value, Binding::Choice)?;
                }
                f.write_char('}')
            }
            Node::Call { function, arguments } => {
                f.write_str(signature::name(function))?;
                self.print_arguments(f, arguments)
            }
            Node::Has { of, key } => {
                f.write_str("has(")?;
                self.print(f, of, Binding::Value)?;
                write_key(f, self.text(key), false)?;
                f.write_char(')')
            }
        }
    }

    fn begins_with_number(&self, id: Id) -> bool {
        match self.node(id) {
            Node::Number(_) | Node::Large(_) => true,
            Node::Path { base, .. } => self.begins_with_number(base),
            _ => false,
        }
    }

    fn print_sides(&self, f: &mut Formatter<'_>, sides: Range, sign: &str, least: Binding) -> fmt::Result {
        for (at, side) in sides.of(&self.ids).iter().enumerate() {
            f.write_str(if at > 0 { sign } else { "" })?;
            self.print(f, *side, least)?;
        }
        Ok(())
    }

    fn print_arguments(&self, f: &mut Formatter<'_>, arguments: Range) -> fmt::Result {
        f.write_char('(')?;
        self.print_sides(f, arguments, ", ", Binding::Choice)?;
        f.write_char(')')
    }

    fn print_step(&self, f: &mut Formatter<'_>, step: &Step) -> fmt::Result {
        match step.access {
            Access::Key { key, optional } => write_key(f, self.text(key), optional),
            Access::Index { index, optional } => {
                f.write_str(if optional { "[?" } else { "[" })?;
                self.print(f, index, Binding::Choice)?;
                f.write_char(']')
            }
            Access::Method { function, arguments } => {
                write!(f, ".{}", signature::name(function))?;
                self.print_arguments(f, arguments)
            }
            Access::Matches(pattern) => {
                f.write_str(".matches(")?;
                write_text(f, self.patterns[usize::from(pattern)].as_str())?;
                f.write_char(')')
            }
            Access::Macro(at) => {
                let shape = self.macros[usize::from(at)];
                let name = MacroKind::NAMES.iter().find(|(_, kind)| *kind == shape.kind).map_or("", |(name, _)| name);
                write!(f, ".{name}({}, ", self.text(shape.variable))?;
                if let Some(test) = shape.test {
                    self.print(f, test, Binding::Choice)?;
                    f.write_str(", ")?;
                }
                self.print(f, shape.body, Binding::Choice)?;
                f.write_char(')')
            }
        }
    }

    /// A variable's name, as the text has it.
    fn local(&self, id: Id) -> &str {
        let span = self.span(id);
        self.source.get(usize::from(span.start)..usize::from(span.end)).unwrap_or_default()
    }
}

fn write_key(f: &mut Formatter<'_>, key: &str, optional: bool) -> fmt::Result {
    let plain = key.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
        && !key.starts_with(|c: char| c.is_ascii_digit())
        && !matches!(key, "true" | "false" | "null" | "in");
    let (dot, quote) = (if optional { ".?" } else { "." }, if plain { "" } else { "`" });
    write!(f, "{dot}{quote}{key}{quote}")
}

fn write_number(f: &mut Formatter<'_>, number: f64) -> fmt::Result {
    let mut out = String::new();
    json::write_float(&mut out, number);
    f.write_str(&out)
}

fn write_text(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}
