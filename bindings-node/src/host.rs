//! The host of one call: the face's table of objects, borrowed while the core runs, never stored.

use std::cell::RefCell;
use std::fmt::Debug;
use std::sync::Arc;

use arvo::{Data, Issue, Raised, Refused, SchemaHost, Token};
use napi::bindgen_prelude::{FnArgs, FromNapiValue, Function, ValueType};
use napi::{sys, type_of};
use serde::Deserialize;

use crate::error::Thrown;
use crate::text::Given;

/// What the face passes with each call: (operation, schema, token) → text; where data is valid, a number: that of the
/// data to use, or less than 0 if it is to be used as it is.
pub type HostCall<'env> = Function<'env, FnArgs<(u32, u32, u32)>, Answer>;

/// What the face answers: one look at its type tells which.
#[derive(Debug)]
pub enum Answer {
    Number(f64),
    Text(String),
}

impl FromNapiValue for Answer {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> napi::Result<Self> {
        // SAFETY: `env` and `value` are what napi calls us with, and either form checks what it reads.
        unsafe {
            match type_of!(env, value)? {
                ValueType::Number => f64::from_napi_value(env, value).map(Self::Number),
                _ => Given::from_napi_value(env, value).map(|text| Self::Text(text.0)),
            }
        }
    }
}

const VALIDATE: u32 = 0;
const TEXT: u32 = 1;

/// The face's answers, in the core's words.
pub struct NodeHost<'a, 'env> {
    call: &'a HostCall<'env>,
    /// Texts of objects that were asked for: a record and the event in it need the same.
    texts: RefCell<Vec<(Token, Arc<str>)>>,
}

impl<'a, 'env> NodeHost<'a, 'env> {
    /// The host of one call.
    pub fn new(call: &'a HostCall<'env>) -> Self {
        Self { call, texts: RefCell::default() }
    }

    /// A text, or what is known of the failure to get one.
    pub(crate) fn ask(&self, operation: u32, schema: u32, token: u32) -> Result<String, Raised> {
        match self.answer(operation, schema, token)? {
            Answer::Text(text) => Ok(text),
            Answer::Number(number) => Err(nonsense(token, number)),
        }
    }

    fn answer(&self, operation: u32, schema: u32, token: u32) -> Result<Answer, Raised> {
        let answer = self.call.call((operation, schema, token).into());
        let answer = answer.map_err(|error| Raised::error(Token(token), "Error", error.to_string()))?;
        match &answer {
            Answer::Text(text) if text.starts_with('?') => Err(read_thrown(&text[1..])),
            _ => Ok(answer),
        }
    }
}

fn nonsense(token: u32, answer: impl Debug) -> Raised {
    Raised::error(Token(token), "Error", format!("the host answered {answer:?}"))
}

/// What the face tells of something thrown.
pub fn read_thrown(text: &str) -> Raised {
    match serde_json::from_str::<Thrown>(text) {
        Ok(thrown) => thrown.into(),
        Err(error) => Raised::error(Token(0), "Error", error.to_string()),
    }
}

#[derive(Deserialize)]
struct Problem {
    path: String,
    message: String,
}

impl SchemaHost for NodeHost<'_, '_> {
    fn validate(&self, schema: u32, data: &Data) -> Result<Option<Data>, Refused> {
        let token = match data {
            Data::Host(token) => token.0,
            Data::Text(_) | Data::Value(_) => Token::CONSUMED.0, // such data came without a token: it is the event's own
        };
        match self.answer(VALIDATE, schema, token).map_err(Refused::Raised)? {
            Answer::Number(number) if number < 0.0 => Ok(None),
            Answer::Number(number) if number.fract() == 0.0 && number <= f64::from(u32::MAX) => {
                Ok(Some(Data::Host(Token(number as u32))))
            }
            Answer::Number(number) => Err(Refused::Raised(nonsense(token, number))),
            Answer::Text(text) => {
                let Some(issues) = text.strip_prefix('!') else { return Err(Refused::Raised(nonsense(token, text))) };
                let problems: Vec<Problem> = serde_json::from_str(issues).unwrap_or_default();
                let issue = |Problem { path, message }| Issue { path, message };
                Err(Refused::Issues(problems.into_iter().map(issue).collect()))
            }
        }
    }

    fn text(&self, token: Token) -> Result<Arc<str>, Raised> {
        let known = self.texts.borrow().iter().find(|(known, _)| *known == token).map(|(_, text)| Arc::clone(text));
        if let Some(text) = known {
            return Ok(text);
        }
        let answer = self.ask(TEXT, 0, token.0)?;
        let text: Arc<str> = answer.strip_prefix('=').unwrap_or(&answer).into();
        self.texts.borrow_mut().push((token, Arc::clone(&text)));
        Ok(text)
    }
}
