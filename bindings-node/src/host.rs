//! The host of one call: the face's table of objects, borrowed while the core runs, never stored.

use std::cell::RefCell;
use std::sync::Arc;

use arvo::{Data, Issue, Raised, Refused, SchemaHost, Token};
use napi::bindgen_prelude::{FnArgs, Function};
use serde::Deserialize;

use crate::error::Thrown;

/// What the face passes with each call: (operation, schema, token) → text.
pub type HostCall<'env> = Function<'env, FnArgs<(u32, u32, u32)>, String>;

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

    /// An answer, or what is known of the failure to get one.
    pub(crate) fn ask(&self, operation: u32, schema: u32, token: u32) -> Result<String, Raised> {
        let answer = self.call.call((operation, schema, token).into());
        let answer = answer.map_err(|error| Raised::error(Token(token), "Error", error.to_string()))?;
        match answer.strip_prefix('?') {
            Some(thrown) => Err(read_thrown(thrown)),
            None => Ok(answer),
        }
    }
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
        let answer = self.ask(VALIDATE, schema, token).map_err(Refused::Raised)?;
        if answer.is_empty() {
            return Ok(None);
        }
        if let Some(issues) = answer.strip_prefix('!') {
            let problems: Vec<Problem> = serde_json::from_str(issues).unwrap_or_default();
            return Err(Refused::Issues(
                problems.into_iter().map(|Problem { path, message }| Issue { path, message }).collect(),
            ));
        }
        match answer.parse() {
            Ok(token) => Ok(Some(Data::Host(Token(token)))),
            Err(_) => {
                Err(Refused::Raised(Raised::error(Token(token), "Error", format!("the host answered {answer:?}"))))
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
