//! The calls of an expression: methods, functions, `has`, and the macros with a variable of their own.

use super::error::{Span, SyntaxFault, nearest};
use super::parse::{Parsed, Parser, narrow, pool};
use super::pattern::Pattern;
use super::primary::check_name;
use super::program::{Access, Id, MAX_COMPREHENSIONS, MAX_PATTERNS, Macro, MacroKind, Node, Range, Step};
use super::signature::{self, Function};
use super::token::Token;

impl<'t> Parser<'t> {
    pub(super) fn method(&mut self, name: &'t str, span: Span) -> Parsed<Access> {
        if let Some((_, kind)) = MacroKind::NAMES.iter().find(|(known, _)| *known == name) {
            return self.comprehension(*kind, name, span);
        }
        let Some(signature) = signature::SIGNATURES.iter().find(|known| known.name == name) else {
            let help = format!("methods are {}", signature::methods().collect::<Vec<_>>().join(", "));
            return Err((unknown(name, help, signature::methods()), span));
        };
        let Some(counts) = &signature.method else {
            let help = format!("write {}", signature.usage);
            return Err((unknown(name, help, None), span));
        };
        let arguments = self.arguments()?;
        if !counts.contains(&arguments.len()) {
            return Err((wrong_count(name, arguments.len(), signature.usage), span));
        }
        if signature.function == Function::Matches {
            return Ok(Access::Matches(self.pattern(arguments[0])?));
        }
        let arguments = pool(&mut self.program.ids, arguments);
        Ok(Access::Method { function: signature.function, arguments })
    }

    /// `(a, b, …)`
    pub(super) fn arguments(&mut self) -> Parsed<Vec<Id>> {
        self.expect("(", "put the arguments in ( )")?;
        let mut arguments = Vec::new();
        while !self.is(")") {
            arguments.push(self.nested(Self::expression)?);
            if !self.take(",") {
                break;
            }
            if self.is(")") {
                return Err(self.unexpected("an argument", "leave out the last comma"));
            }
        }
        self.expect(")", "close the arguments with ), or put a comma between them")?;
        Ok(arguments)
    }

    /// `(variable, [test,] body)` of a macro.
    fn comprehension(&mut self, kind: MacroKind, name: &str, span: Span) -> Parsed<Access> {
        const USAGE: &str = "list.map(x, …), list.map(x, condition, …), or list.NAME(x, condition) for the others";
        self.advance();
        let Token::Name(variable) = *self.peek() else {
            return Err(self.unexpected("the name of a variable", USAGE));
        };
        check_name(variable).map_err(|fault| (fault, self.span()))?;
        self.advance();
        self.expect(",", USAGE)?;
        if self.variables.len() >= MAX_COMPREHENSIONS {
            return Err((SyntaxFault::TooManyComprehensions { limit: MAX_COMPREHENSIONS }, span));
        }
        let level = u8::try_from(self.variables.len()).unwrap_or(u8::MAX);
        self.variables.push(variable);
        let mut parts = vec![self.nested(Self::expression)?];
        while self.take(",") {
            parts.push(self.nested(Self::expression)?);
        }
        self.variables.pop();
        self.expect(")", "close the macro with )")?;
        let (test, body) = match (kind, parts[..].as_ref()) {
            (MacroKind::Map, [test, body]) => (Some(*test), *body),
            (_, [body]) => (None, *body),
            _ => return Err((wrong_count(name, parts.len() + 1, USAGE), span)),
        };
        let variable = self.intern(variable);
        self.program.macros.push(Macro { kind, level, variable, test, body });
        Ok(Access::Macro(narrow(self.program.macros.len() - 1)))
    }

    fn pattern(&mut self, id: Id) -> Parsed<u16> {
        let span = self.program.span(id);
        let Node::Text(text) = self.program.node(id) else {
            let problem = "a pattern must be written out here".to_owned();
            let help = "write it in quotes, so that it is checked when the expression is built".to_owned();
            return Err((SyntaxFault::Syntax { problem, help }, span));
        };
        if self.program.patterns.len() >= MAX_PATTERNS {
            return Err((SyntaxFault::TooManyPatterns { limit: MAX_PATTERNS }, span));
        }
        let pattern =
            Pattern::compile(self.program.text(text)).map_err(|reason| (SyntaxFault::Pattern { reason }, span))?;
        self.program.patterns.push(pattern);
        Ok(narrow(self.program.patterns.len() - 1))
    }

    /// `name(…)`; the current token is the (last part of the) name.
    pub(super) fn call(&mut self, name: &str) -> Parsed<Id> {
        let start = self.span();
        if name == "has" {
            return self.has();
        }
        let Some(signature) = signature::SIGNATURES.iter().find(|known| known.name == name) else {
            let help = format!("functions are has, {}", signature::calls().collect::<Vec<_>>().join(", "));
            return Err((unknown(name, help, signature::calls()), start));
        };
        let Some(counts) = &signature.call else {
            return Err((unknown(name, format!("write {}", signature.usage), None), start));
        };
        self.advance();
        let arguments = self.arguments()?;
        let span = start.to(self.last());
        if !counts.contains(&arguments.len()) {
            return Err((wrong_count(name, arguments.len(), signature.usage), start));
        }
        if signature.function == Function::Matches {
            let access = Access::Matches(self.pattern(arguments[1])?);
            let steps = pool(&mut self.program.steps, vec![Step { access, span: start }]);
            return Ok(self.push(Node::Path { base: arguments[0], steps }, span));
        }
        let arguments = pool(&mut self.program.ids, arguments);
        Ok(self.push(Node::Call { function: signature.function, arguments }, span))
    }

    /// `has(a.b)`: asks for the last key without failing if it is missing.
    fn has(&mut self) -> Parsed<Id> {
        let start = self.advance();
        let arguments = self.arguments()?;
        let end = self.last();
        if let [argument] = arguments[..]
            && let Node::Path { base, steps } = self.program.node(argument)
            && let Some((last, before)) = steps.of(&self.program.steps).split_last()
            && let Access::Key { key, optional: false } = last.access
        {
            let span = last.span;
            let before = Range { start: steps.start, len: narrow(before.len()) };
            let of = if before.is_empty() {
                base
            } else {
                self.push(Node::Path { base, steps: before }, self.program.span(argument))
            };
            return Ok(self.push(Node::Has { of, key }, span));
        }
        let problem = "has takes one value with a key, has(a.b)".to_owned();
        let help = "for other keys write \"key\" in map, for optionals .hasValue()".to_owned();
        Err((SyntaxFault::Syntax { problem, help }, start.to(end)))
    }
}

fn unknown(name: &str, help: String, known: impl IntoIterator<Item = &'static str>) -> SyntaxFault {
    SyntaxFault::UnknownFunction { name: name.to_owned(), help, nearest: nearest(name, known) }
}

fn wrong_count(name: &str, found: usize, usage: &'static str) -> SyntaxFault {
    SyntaxFault::Arguments { name: name.to_owned(), found, usage }
}
