//! What an expression is made of: literals, names, lists and maps.

use serde_json::Number;

use super::error::{Span, SyntaxFault, nearest};
use super::parse::{Parsed, Parser, narrow, pool};
use super::program::{Entry, Id, Item, Node};
use super::token::Token;
use super::value;

impl<'t> Parser<'t> {
    pub(super) fn primary(&mut self) -> Parsed<Id> {
        let span = self.span();
        match self.peek().clone() {
            Token::Number(number) => {
                self.advance();
                self.number(Some(number), span)
            }
            Token::Text(text) => {
                self.advance();
                let text = self.intern(&text);
                Ok(self.push(Node::Text(text), span))
            }
            Token::Sign("(") => {
                self.advance();
                let inner = self.nested(Self::expression)?;
                self.expect(")", "close the bracket with )")?;
                Ok(inner)
            }
            Token::Sign("[") => self.list(),
            Token::Sign("{") => self.map(),
            Token::Sign(".") => Err(self.unexpected("a value", "begin with a name of the scope, without a dot")),
            Token::Name("true") => self.literal(Node::Bool(true)),
            Token::Name("false") => self.literal(Node::Bool(false)),
            Token::Name("null") => self.literal(Node::Null),
            Token::Name(name) => self.name(name),
            _ => Err(self.unexpected("a value", "put a name, number, text, list, map or ( ) here")),
        }
    }

    pub(super) fn number(&mut self, number: Option<Number>, span: Span) -> Parsed<Id> {
        let Some(number) = number else {
            let help = "integers have 64 bits".to_owned();
            return Err((SyntaxFault::Syntax { problem: "this number is too large".to_owned(), help }, span));
        };
        let node = match value::exact(&number) {
            Some(number) => Node::Number(number),
            None => {
                self.program.numbers.push(number);
                Node::Large(narrow(self.program.numbers.len() - 1))
            }
        };
        Ok(self.push(node, span))
    }

    fn literal(&mut self, node: Node) -> Parsed<Id> {
        let span = self.advance();
        Ok(self.push(node, span))
    }

    fn name(&mut self, name: &'t str) -> Parsed<Id> {
        let span = self.span();
        if self.is_next("(") {
            return self.call(name);
        }
        if let Some(level) = self.variables.iter().rposition(|known| *known == name) {
            return self.literal(Node::Local(u8::try_from(level).unwrap_or(u8::MAX)));
        }
        if let Some(slot) = self.program.names.iter().position(|known| **known == *name) {
            return self.literal(Node::Scope(u8::try_from(slot).unwrap_or(u8::MAX)));
        }
        if name == "math" && self.is_next(".") {
            self.advance();
            self.advance();
            return match *self.peek() {
                Token::Name(function) if self.is_next("(") => self.call(&format!("math.{function}")),
                _ => Err(self.unexpected("a function", "write math.round(x), math.floor, math.ceil or math.abs")),
            };
        }
        check_name(name).map_err(|fault| (fault, span))?;
        if self.is_next("{") {
            let problem = "messages are no JSON values".to_owned();
            let help = "write a map, {\"key\": value}".to_owned();
            return Err((SyntaxFault::Syntax { problem, help }, span));
        }
        let known: Vec<String> = self
            .program
            .names
            .iter()
            .map(|name| name.to_string())
            .chain(self.variables.iter().map(|v| (*v).to_owned()))
            .collect();
        let nearest = nearest(name, known.iter().map(String::as_str));
        Err((SyntaxFault::UnknownName { name: name.to_owned(), known, nearest }, span))
    }

    fn list(&mut self) -> Parsed<Id> {
        let start = self.advance();
        let mut items = Vec::new();
        while !self.is("]") {
            let optional = self.take("?");
            items.push(Item { value: self.nested(Self::expression)?, optional });
            if !self.take(",") {
                break;
            }
        }
        let span = start.to(self.expect("]", "close the list with ], or put a comma between its items")?);
        let items = pool(&mut self.program.items, items);
        Ok(self.push(Node::List(items), span))
    }

    fn map(&mut self) -> Parsed<Id> {
        let start = self.advance();
        let mut entries = Vec::new();
        while !self.is("}") {
            let optional = self.take("?");
            if let (Token::Name(name), true) = (self.peek(), self.is_next(":"))
                && !self.variables.contains(name)
                && !self.program.names.iter().any(|known| **known == **name)
            {
                return Err(self.unexpected("a key in quotes", "write {\"key\": value}"));
            }
            let key = self.nested(Self::expression)?;
            self.expect(":", "a map is written {\"key\": value, …}")?;
            entries.push(Entry { key, value: self.nested(Self::expression)?, optional });
            if !self.take(",") {
                break;
            }
        }
        let span = start.to(self.expect("}", "close the map with }, or put a comma between its entries")?);
        let entries = pool(&mut self.program.entries, entries);
        Ok(self.push(Node::Map(entries), span))
    }
}

pub(super) fn negative(number: &Number) -> Option<Number> {
    match number.as_u64() {
        Some(0) => Some(0.into()),
        Some(natural) => 0i64.checked_sub_unsigned(natural).map(Number::from),
        None => number.as_f64().and_then(|float| Number::from_f64(0.0 - float)),
    }
}

pub(super) fn check_name(name: &str) -> Result<(), SyntaxFault> {
    if RESERVED.contains(&name) || matches!(name, "in" | "true" | "false" | "null") {
        let problem = format!("{name:?} is a word of the language");
        return Err(SyntaxFault::Syntax { problem, help: "use another name; after a dot it may stand".to_owned() });
    }
    Ok(())
}

/// Words that CEL keeps for itself; they may follow a dot.
const RESERVED: [&str; 17] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "namespace",
    "package",
    "return",
    "var",
    "void",
    "while",
];
