//! From tokens to a [`Program`]: CEL's grammar by recursive descent; names, functions, patterns and bounds are checked
//! on the way, so that what can be known about a text is known when it is compiled.

use super::error::{Span, SyntaxFault};
use super::primary::negative;
use super::program::{Access, Id, Link, MAX_NESTING, MAX_TEXT, Node, Operator, Program, Range, Step};
use super::token::{Token, tokens};

type Failure = (SyntaxFault, Span);
pub(super) type Parsed<T> = Result<T, Failure>;

pub(super) fn parse(text: &str, names: &[&str]) -> Parsed<Program> {
    if text.len() > MAX_TEXT {
        return Err((SyntaxFault::TooLong { size: text.len(), limit: MAX_TEXT }, Span::default()));
    }
    let program = Program {
        source: text.into(),
        names: names.iter().map(|name| Box::from(*name)).collect(),
        ..Program::default()
    };
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, variables: Vec::new(), program };
    let root = parser.expression()?;
    parser.program.root = root;
    match parser.peek() {
        Token::End => Ok(parser.program),
        _ => Err(parser.unexpected("an operator or the end", "put && or || between two conditions, + between texts")),
    }
}

pub(super) struct Parser<'t> {
    tokens: Vec<(Token<'t>, Span)>,
    at: usize,
    depth: usize,
    /// Variables of the comprehensions around, from the outermost.
    pub(super) variables: Vec<&'t str>,
    pub(super) program: Program,
}

impl<'t> Parser<'t> {
    pub(super) fn peek(&self) -> &Token<'t> {
        &self.tokens[self.at].0
    }

    pub(super) fn span(&self) -> Span {
        self.tokens[self.at].1
    }

    /// The place of the token before.
    pub(super) fn last(&self) -> Span {
        self.tokens[self.at.saturating_sub(1)].1
    }

    pub(super) fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(found) if *found == sign)
    }

    /// Whether the token after this one is this sign.
    pub(super) fn is_next(&self, sign: &str) -> bool {
        matches!(self.tokens.get(self.at + 1), Some((Token::Sign(found), _)) if *found == sign)
    }

    pub(super) fn advance(&mut self) -> Span {
        let span = self.span();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        span
    }

    pub(super) fn take(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn expect(&mut self, sign: &'static str, help: &str) -> Parsed<Span> {
        if self.is(sign) { Ok(self.advance()) } else { Err(self.unexpected(sign, help)) }
    }

    pub(super) fn unexpected(&self, wanted: &str, help: &str) -> Failure {
        let (problem, help) = match self.peek() {
            Token::End => (format!("{wanted} is missing here"), "the text ends too early"),
            _ => (format!("{wanted} was expected here"), help),
        };
        (SyntaxFault::Syntax { problem, help: help.to_owned() }, self.span())
    }

    pub(super) fn push(&mut self, node: Node, span: Span) -> Id {
        let id = self.program.nodes.len();
        self.program.nodes.push(node);
        self.program.spans.push(span);
        narrow(id)
    }

    pub(super) fn intern(&mut self, text: &str) -> u16 {
        let known = self.program.texts.iter().position(|known| **known == *text);
        narrow(known.unwrap_or_else(|| {
            self.program.texts.push(text.into());
            self.program.texts.len() - 1
        }))
    }

    /// Runs `parse` one level deeper.
    pub(super) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_NESTING {
            return Err((SyntaxFault::TooDeep { limit: MAX_NESTING }, self.span()));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// `or ? or : or ? or : …`
    pub(super) fn expression(&mut self) -> Parsed<Id> {
        let first = self.or()?;
        if !self.is("?") {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.take("?") {
            parts.push(self.or()?);
            self.expect(":", "a condition has two values: condition ? one : other; put nested ones in ( )")?;
            parts.push(self.or()?);
        }
        let span = self.around(&parts);
        let parts = pool(&mut self.program.ids, parts);
        Ok(self.push(Node::Choice(parts), span))
    }

    fn or(&mut self) -> Parsed<Id> {
        self.logical("||", Self::and, Node::Or)
    }

    fn and(&mut self) -> Parsed<Id> {
        self.logical("&&", |parser| parser.chain(0), Node::And)
    }

    fn logical(
        &mut self,
        sign: &str,
        side: impl Fn(&mut Self) -> Parsed<Id>,
        node: impl Fn(Range) -> Node,
    ) -> Parsed<Id> {
        let first = side(self)?;
        if !self.is(sign) {
            return Ok(first);
        }
        let mut sides = vec![first];
        while self.take(sign) {
            sides.push(side(self)?);
        }
        let span = self.around(&sides);
        let sides = pool(&mut self.program.ids, sides);
        Ok(self.push(node(sides), span))
    }

    /// Binary operators of one rank.
    fn chain(&mut self, rank: u8) -> Parsed<Id> {
        if rank > 2 {
            return self.unary();
        }
        let first = self.chain(rank + 1)?;
        let mut links = Vec::new();
        while let Some(operator) = self.operator().filter(|operator| operator.rank() == rank) {
            let span = self.advance();
            links.push(Link { operator, operand: self.chain(rank + 1)?, span });
        }
        let Some(last) = links.last() else { return Ok(first) };
        let span = self.program.span(first).to(self.program.span(last.operand));
        let links = pool(&mut self.program.links, links);
        Ok(self.push(Node::Chain { first, links }, span))
    }

    fn operator(&self) -> Option<Operator> {
        let sign = match self.peek() {
            Token::Sign(sign) => sign,
            Token::Name("in") => "in",
            _ => return None,
        };
        Operator::SIGNS.iter().find(|(known, _)| *known == sign).map(|(_, operator)| *operator)
    }

    fn unary(&mut self) -> Parsed<Id> {
        let start = self.span();
        let (sign, node): (_, fn(Id) -> Node) = match self.peek() {
            Token::Sign("!") => ("!", Node::Not),
            Token::Sign("-") => ("-", Node::Minus),
            _ => return self.member(),
        };
        if sign == "-"
            && let Some((Token::Number(number), _)) = self.tokens.get(self.at + 1)
        {
            let number = negative(number);
            self.advance();
            let span = start.to(self.advance());
            let number = self.number(number, span)?;
            return self.behind(number);
        }
        self.advance();
        if self.is(if sign == "!" { "-" } else { "!" }) {
            return Err(self.unexpected("a value", "put the rest in ( )"));
        }
        let operand = self.nested(Self::unary)?;
        let span = start.to(self.program.span(operand));
        Ok(self.push(node(operand), span))
    }

    fn member(&mut self) -> Parsed<Id> {
        let base = self.primary()?;
        self.behind(base)
    }

    /// `.key`, `.?key`, `[index]`, `[?index]`, `.method(…)` behind a value.
    fn behind(&mut self, mut base: Id) -> Parsed<Id> {
        let start = self.program.span(base);
        let mut end = start;
        let mut steps = Vec::new();
        loop {
            let (access, span) = if self.take("[") {
                let optional = self.take("?");
                let open = self.span();
                let index = self.nested(Self::expression)?;
                let span = open.to(self.program.span(index));
                end = self.expect("]", "close the index with ]")?;
                (Access::Index { index, optional }, span)
            } else if self.take(".") {
                let optional = self.take("?");
                let (name, span) = self.key()?;
                end = span;
                if self.is("(") && !optional {
                    // What comes before must be one node: a macro looks at it as a whole.
                    let access = self.method(name, span)?;
                    end = self.last();
                    (access, span)
                } else {
                    (Access::Key { key: self.intern(name), optional }, span)
                }
            } else {
                break;
            };
            steps.push(Step { access, span });
        }
        if !steps.is_empty() {
            let steps = pool(&mut self.program.steps, steps);
            base = self.push(Node::Path { base, steps }, start.to(end));
        }
        Ok(base)
    }

    fn key(&mut self) -> Parsed<(&'t str, Span)> {
        match *self.peek() {
            Token::Name("true" | "false" | "null" | "in") => {
                Err(self.unexpected("a key", "write [\"…\"] for this key"))
            }
            Token::Name(name) | Token::Quoted(name) => Ok((name, self.advance())),
            _ => Err(self.unexpected("a key", "write .key, or [\"…\"] for a key that is no plain name")),
        }
    }

    fn around(&self, parts: &[Id]) -> Span {
        match parts {
            [first, .., last] => self.program.span(*first).to(self.program.span(*last)),
            _ => Span::default(),
        }
    }
}

/// Appends what belongs together to its pool.
pub(super) fn pool<T>(pool: &mut Vec<T>, parts: Vec<T>) -> Range {
    let range = Range { start: narrow(pool.len()), len: narrow(parts.len()) };
    pool.extend(parts);
    range
}

/// Every part takes at least one byte of the text, so 16 bits are enough.
pub(super) fn narrow(number: usize) -> u16 {
    debug_assert!(number <= 4 * MAX_TEXT);
    u16::try_from(number).unwrap_or(u16::MAX)
}
