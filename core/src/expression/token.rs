//! From text to tokens: CEL's lexical rules, with JSON's numbers.

use serde_json::Number;

use super::error::{Span, SyntaxFault};

/// One token; names borrow the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'t> {
    Name(&'t str),
    /// A name in backticks, allowed after a dot only.
    Quoted(&'t str),
    Number(Number),
    Text(String),
    Sign(&'static str),
    End,
}

/// Longer signs first.
const SIGNS: [&str; 24] = [
    "&&", "||", "==", "!=", "<=", ">=", "?", ":", "!", "<", ">", "+", "-", "*", "/", "%", ".", ",", "(", ")", "[", "]",
    "{", "}",
];

type Failure = (SyntaxFault, Span);

/// All tokens with their places; the last one is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<(Token<'_>, Span)>, Failure> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blanks();
        let start = lexer.at;
        let token = lexer.token()?;
        let done = token == Token::End;
        tokens.push((token, Span::new(start, lexer.at)));
        if done {
            return Ok(tokens);
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Takes characters while they fit.
    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn take(&mut self, prefix: &str) -> bool {
        let found = self.rest().starts_with(prefix);
        self.at += if found { prefix.len() } else { 0 };
        found
    }

    fn skip_blanks(&mut self) {
        loop {
            self.take_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}'));
            if !self.take("//") {
                return;
            }
            self.take_while(|c| c != '\n');
        }
    }

    fn token(&mut self) -> Result<Token<'t>, Failure> {
        let Some(first) = self.peek() else { return Ok(Token::End) };
        let next = self.rest()[first.len_utf8()..].chars().next();
        if matches!(first, '"' | '\'') {
            return self.string(false);
        }
        if matches!(first, 'r' | 'R') && matches!(next, Some('"' | '\'')) {
            self.at += 1;
            return self.string(true);
        }
        if matches!(first, 'b' | 'B') && matches!(next, Some('"' | '\'')) {
            return Err(self.fail(self.at, 1, "bytes are no JSON value", "write text, without the b"));
        }
        if first.is_ascii_digit() || (first == '.' && next.is_some_and(|c| c.is_ascii_digit())) {
            return self.number();
        }
        if first.is_ascii_alphabetic() || first == '_' {
            return Ok(Token::Name(self.take_while(|c| c.is_ascii_alphanumeric() || c == '_')));
        }
        if first == '`' {
            return self.quoted();
        }
        match SIGNS.iter().find(|sign| self.rest().starts_with(**sign)) {
            Some(sign) => {
                self.at += sign.len();
                Ok(Token::Sign(sign))
            }
            None => Err(self.fail(self.at, first.len_utf8(), unexpected(first), advice(first))),
        }
    }

    fn quoted(&mut self) -> Result<Token<'t>, Failure> {
        let start = self.at;
        self.at += 1;
        let name = self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | ' '));
        if name.is_empty() || !self.take("`") {
            let help = "use a-z, A-Z, 0-9, '_', '.', '-', '/', blanks and a closing `, or write [\"…\"]";
            return Err(self.fail(start, self.at - start, "a name in backticks is not finished", help));
        }
        Ok(Token::Quoted(name))
    }

    fn number(&mut self) -> Result<Token<'t>, Failure> {
        let start = self.at;
        let number = if self.take("0x") || self.take("0X") {
            let digits = self.take_while(|c| c.is_ascii_alphanumeric());
            u64::from_str_radix(digits, 16).ok().map(Number::from)
        } else {
            self.decimal(start)
        };
        // `1u`, `1abc` and `1.5.2` are mistakes, not two tokens.
        if matches!(self.peek(), Some('u' | 'U')) {
            return Err(self.fail(start, self.at + 1 - start, "numbers have one kind here", "leave out the u"));
        }
        let tail = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
        match number {
            Some(number) if tail.is_empty() => Ok(Token::Number(number)),
            _ => {
                let help = "write it as JSON does, such as 12, 0.5 or 1e6, within the range of 64 bits";
                Err(self.fail(start, self.at - start, "this is no number", help))
            }
        }
    }

    fn decimal(&mut self, start: usize) -> Option<Number> {
        self.take_while(|c| c.is_ascii_digit());
        let mut whole = true;
        let mut after = self.rest().chars();
        if after.next() == Some('.') && after.next().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
            self.take_while(|c| c.is_ascii_digit());
            whole = false;
        }
        let mark = self.at;
        if self.take("e") || self.take("E") {
            let _sign = self.take("+") || self.take("-");
            if self.take_while(|c| c.is_ascii_digit()).is_empty() {
                self.at = mark;
            } else {
                whole = false;
            }
        }
        let text = &self.text[start..self.at];
        if whole { text.parse::<u64>().ok().map(Number::from) } else { text.parse().ok().and_then(Number::from_f64) }
    }

    fn string(&mut self, raw: bool) -> Result<Token<'t>, Failure> {
        let start = self.at;
        let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| self.take(quote)).unwrap_or("\"");
        let mut out = String::new();
        loop {
            if self.take(quote) {
                return Ok(Token::Text(out));
            }
            match self.peek() {
                None => return Err(self.fail(start, 1, "this text has no end", "close it with the same quote")),
                Some('\n' | '\r') if quote.len() == 1 => {
                    let help = "write \\n, or put the text in three quotes";
                    return Err(self.fail(start, self.at - start, "a line ends within this text", help));
                }
                Some('\\') if !raw => out.push(self.escape()?),
                Some(c) => {
                    self.at += c.len_utf8();
                    out.push(c);
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, Failure> {
        let start = self.at;
        self.at += 1;
        let letter = self.peek().unwrap_or('\0');
        self.at += letter.len_utf8().min(self.rest().len());
        let code = match letter {
            'a' => Some(7),
            'b' => Some(8),
            'f' => Some(12),
            'n' => Some(10),
            'r' => Some(13),
            't' => Some(9),
            'v' => Some(11),
            '\\' | '?' | '"' | '\'' | '`' => Some(u32::from(letter)),
            'x' | 'X' => self.digits(2, 16),
            'u' => self.digits(4, 16),
            'U' => self.digits(8, 16),
            '0'..='3' => {
                self.at -= 1;
                self.digits(3, 8)
            }
            _ => None,
        };
        code.and_then(char::from_u32).ok_or_else(|| {
            let help = r#"write \\ for a backslash; known are \n \r \t \" \' \\ \xHH \uHHHH \UHHHHHHHH \OOO"#;
            self.fail(start, self.at - start, "this escape means no character", help)
        })
    }

    fn digits(&mut self, count: usize, radix: u32) -> Option<u32> {
        let digits = self.rest().get(..count)?;
        if !digits.chars().all(|c| c.is_digit(radix)) {
            return None;
        }
        self.at += count;
        u32::from_str_radix(digits, radix).ok()
    }

    fn fail(&self, start: usize, width: usize, problem: impl Into<String>, help: &str) -> Failure {
        let fault = SyntaxFault::Syntax { problem: problem.into(), help: help.to_owned() };
        (fault, Span::new(start, (start + width).min(self.text.len())))
    }
}

fn unexpected(c: char) -> String {
    format!("{c:?} has no meaning here")
}

fn advice(c: char) -> &'static str {
    match c {
        '=' => "compare with ==",
        '&' => "write && for and",
        '|' => "write || for or",
        '“' | '”' | '‘' | '’' => "use straight quotes, \" or '",
        _ => "put text in quotes",
    }
}
