//! The host of machines: their functions and their context stay in JavaScript, numbers stand for both.
//!
//! While a machine takes its step the face holds its context as objects, one for each revision, and every object that
//! a function gave by its number in the table of the execution. What the core holds as JSON is told once, and has a
//! number from then on. Everything is borrowed for one call into the core (TYPES rules 7 to 9).

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use arvo::statechart::{self, Args, Body, ChartHost, Check, ContextView, FnRef, Patch, Revision, Signal};
use arvo::{Completion, ContractFault, Data, Host, Output, Raised, Refused, Resumed, Run, SchemaHost, Token, Unusable};
use napi::bindgen_prelude::{FnArgs, Function};
use napi_derive::napi;
use scoped_tls_hkt::scoped_thread_local;
use serde_json::{Map, Value};

use crate::environment;
use crate::error::{Failure, answer};
use crate::host::{HostCall, NodeHost};
use crate::text::Text;

/// What the face passes beside [`HostCall`] for machines: (operation, four numbers, JSON text) → a number.
pub type MachineCall<'env> = Function<'env, FnArgs<(u32, u32, u32, u32, u32, Option<Text>)>, i32>;

// Operations of a [`MachineCall`]; what the numbers are stands beside each.
const TELL: u32 = 0; // text → token
const ENTER: u32 = 1; // machine, token of the validated data; text of the context
const VALUE: u32 = 2; // function, revision, event, params → answer
const MAKE: u32 = 3; // function, input → answer
const ACT: u32 = 4; // function, revision, event, params
const COLLECT: u32 = 5; // function, revision, event, params → token of the list
const EVENT: u32 = 6; // 0 begun or 1 done, token of what comes with it; text of the type → token
const MERGE: u32 = 7; // revision, token → revision
const PUT: u32 = 8; // object, key, value: tokens
const APPEND: u32 = 9; // revision, token of the path, token of the item → revision
const DRAIN: u32 = 10; // revision, token of the path → revision
const DRAINED: u32 = 11; // 0 → first token of the list just drained, 1 → how many
const LOG: u32 = 12; // token of the value; text of the label

// Operations of a [`HostCall`] beside those of schemas.
const RAISED: u32 = 2; // → what the last failing call of a machine's functions threw
const CONTEXT: u32 = 3; // revision → text
const EMITTED: u32 = 4; // token → the event's text, its data's number in front if the data stays
const COMPLETED: u32 = 5; // token → the same for an output

// Answers that are no numbers of the table.
const UNDEFINED: i32 = -1;
const NULL: i32 = -2;
const FALSE: i32 = -3;
const TRUE: i32 = -4;
const THROWN: i32 = -5;

/// In the place of a token: nothing.
pub const NONE: u32 = u32::MAX - 1;

scoped_thread_local!(
    /// Lent to the function that runs now, and to it alone (TYPES rule 8).
    static CHECK: for<'a> &'a Check<'a>
);

/// The face's answers, in the core's words.
pub struct MachineHost<'a, 'env> {
    schemas: NodeHost<'a, 'env>,
    call: &'a MachineCall<'env>,
    /// Which machines have functions.
    functions: &'a [bool],
    /// Whether the machine that runs has: then the face holds its context.
    holds: Cell<bool>,
    /// The last event that was told, with its number.
    told: RefCell<Option<(Signal, u32)>>,
}

impl<'a, 'env> MachineHost<'a, 'env> {
    /// The host of an execution; `functions` says which machines have some.
    pub fn new(host: &'a HostCall<'env>, call: &'a MachineCall<'env>, functions: &'a [bool]) -> Self {
        Self { schemas: NodeHost::new(host), call, functions, holds: Cell::new(false), told: RefCell::default() }
    }

    /// Hands a context over, as the first revision.
    pub fn hold(&self, machine: u32, data: u32, context: Option<String>) -> Result<(), Raised> {
        self.holds.set(true);
        self.call(ENTER, [machine, data, 0, 0], context).map(drop)
    }

    fn call(&self, operation: u32, [a, b, c, d]: [u32; 4], text: Option<String>) -> Result<i32, Raised> {
        let answer = self.call.call((operation, a, b, c, d, text.map(Text::from)).into());
        match answer.map_err(|error| Raised::error(Token::CONSUMED, "Error", error.to_string()))? {
            THROWN => match self.schemas.ask(RAISED, 0, 0) {
                Err(raised) => Err(raised),
                Ok(text) => Err(Raised::error(Token::CONSUMED, "Error", text)),
            },
            answer => Ok(answer),
        }
    }

    /// The same where the answer is a number of the table, or a revision.
    fn number(&self, operation: u32, numbers: [u32; 4], text: Option<String>) -> Result<u32, Raised> {
        Ok(self.call(operation, numbers, text)?.cast_unsigned())
    }

    fn tell(&self, json: String) -> Result<u32, Raised> {
        self.number(TELL, [0; 4], Some(json))
    }

    fn token(&self, data: &Data) -> Result<u32, Raised> {
        match data {
            Data::Host(token) => Ok(token.0),
            Data::Text(text) => self.tell(text.as_ref().to_owned()),
            Data::Value(value) => self.tell(arvo::json::write(value, 0)),
        }
    }

    fn token_or_none(&self, data: Option<&Data>) -> Result<u32, Raised> {
        data.map_or(Ok(NONE), |data| self.token(data))
    }

    fn event(&self, event: Option<&Signal>) -> Result<u32, Raised> {
        let Some(event) = event else { return Ok(NONE) };
        if let Body::Event(Data::Host(token)) = event.body() {
            return Ok(token.0);
        }
        if let Some((known, token)) = &*self.told.borrow()
            && is_same(known, event)
        {
            return Ok(*token);
        }
        let around = |kind, part: Option<&Data>| {
            self.number(
                EVENT,
                [kind, self.token_or_none(part)?, 0, 0],
                Some(Value::from(event.type_name()).to_string()),
            )
        };
        let token = match event.body() {
            Body::Event(data) => self.token(data)?,
            Body::Init(input) => around(0, input.as_ref())?,
            Body::Done(output) => around(1, output.as_ref())?,
        };
        self.told.replace(Some((event.clone(), token)));
        Ok(token)
    }

    fn run(&self, operation: u32, function: &FnRef, args: &Args<'_>) -> Result<i32, Raised> {
        let function = match function {
            FnRef::Number(number) => *number,
            FnRef::Name(name) => {
                let message = format!("function {name} was called, but only functions of this process have numbers");
                return Err(Raised::error(Token::CONSUMED, "Error", message));
            }
        };
        let revision = match args.context {
            ContextView::Held(revision) => revision.0,
            ContextView::Value(_) => NONE,
            ContextView::None => return self.call(MAKE, [function, self.token_or_none(args.input)?, 0, 0], None),
        };
        let (event, params) = (self.event(args.event)?, self.token_or_none(args.params)?);
        self.call(operation, [function, revision, event, params], None)
    }

    /// The object of these fields, as a token.
    fn fields(&self, fields: &[(Arc<str>, Option<Data>)]) -> Result<u32, Raised> {
        let mut json = Map::with_capacity(fields.len());
        for (key, data) in fields {
            match data {
                Some(Data::Value(value)) => json.insert(key.as_ref().to_owned(), Value::clone(value)),
                _ => break,
            };
        }
        let whole = json.len() == fields.len();
        let object = self.tell(if whole { Value::Object(json).to_string() } else { "{}".to_owned() })?;
        for (key, data) in if whole { &[] } else { fields } {
            let key = self.tell(Value::from(key.as_ref()).to_string())?;
            self.call(PUT, [object, key, self.token_or_none(data.as_ref())?, 0], None)?;
        }
        Ok(object)
    }

    fn path(&self, path: &[Arc<str>]) -> Result<u32, Raised> {
        self.tell(path.iter().map(|key| Value::from(key.as_ref())).collect::<Value>().to_string())
    }
}

/// Whether two signals are one: what they are made of is shared, not just alike.
fn is_same(one: &Signal, other: &Signal) -> bool {
    let part = |one: &Option<Data>, other: &Option<Data>| match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => is_same_data(one, other),
        _ => false,
    };
    one.type_name() == other.type_name()
        && match (one.body(), other.body()) {
            (Body::Event(one), Body::Event(other)) => is_same_data(one, other),
            (Body::Init(one), Body::Init(other)) | (Body::Done(one), Body::Done(other)) => part(one, other),
            _ => false,
        }
}

fn is_same_data(one: &Data, other: &Data) -> bool {
    match (one, other) {
        (Data::Host(one), Data::Host(other)) => one == other,
        (Data::Value(one), Data::Value(other)) => Arc::ptr_eq(one, other),
        _ => false,
    }
}

impl SchemaHost for MachineHost<'_, '_> {
    fn validate(&self, schema: u32, data: &Data) -> Result<Option<Data>, Refused> {
        // What an expression made is the core's own: the face is told it first.
        let token = self.token(data).map_err(Refused::Raised)?;
        self.schemas.validate(schema, &Data::Host(Token(token)))
    }

    fn text(&self, token: Token) -> Result<Arc<str>, Raised> {
        self.schemas.text(token)
    }
}

impl ChartHost for MachineHost<'_, '_> {
    fn value(&self, function: &FnRef, args: Args<'_>) -> Result<Option<Data>, Raised> {
        Ok(match self.run(VALUE, function, &args)? {
            UNDEFINED => None,
            NULL => Some(Value::Null.into()),
            FALSE => Some(Value::Bool(false).into()),
            TRUE => Some(Value::Bool(true).into()),
            token => Some(Data::Host(Token(token.cast_unsigned()))),
        })
    }

    fn act(&self, function: &FnRef, args: Args<'_>) -> Result<(), Raised> {
        self.run(ACT, function, &args).map(drop)
    }

    fn collect(&self, function: &FnRef, args: Args<'_>, check: Check<'_>) -> Result<Vec<Value>, statechart::Error> {
        let list = CHECK.set(&check, || self.run(COLLECT, function, &args))?;
        match self.json(Token(list.cast_unsigned()))? {
            Value::Array(actions) => Ok(actions),
            other => Ok(vec![other]),
        }
    }

    fn json(&self, token: Token) -> Result<Value, Raised> {
        let text = self.text(token)?;
        arvo::json::parse(&text, &environment::limits())
            .map_err(|error| Raised::error(token, "Error", error.to_string()))
    }

    fn log(&self, label: Option<&str>, value: Option<&Data>) {
        let value = self.token_or_none(value).unwrap_or(NONE);
        let _ = self.call(LOG, [value, 0, 0, 0], label.map(|label| Value::from(label).to_string())); // a lost line harms nobody
    }

    fn holds_context(&self) -> bool {
        self.holds.get()
    }

    fn merge(&self, at: Revision, patch: Patch<'_>) -> Result<Revision, Raised> {
        let token = match patch {
            Patch::Host(token) => token.0,
            Patch::Value(value) => self.tell(arvo::json::write(value, 0))?,
            Patch::Fields(fields) => self.fields(fields)?,
            Patch::Append(path, item) => {
                let numbers = [at.0, self.path(path)?, self.token_or_none(item)?, 0];
                return self.number(APPEND, numbers, None).map(Revision);
            }
        };
        self.number(MERGE, [at.0, token, 0, 0], None).map(Revision)
    }

    fn drain(&self, at: Revision, path: &[Arc<str>]) -> Result<(Revision, Vec<Data>), Raised> {
        let after = self.number(DRAIN, [at.0, self.path(path)?, 0, 0], None)?;
        let first = self.number(DRAINED, [0; 4], None)?;
        let many = self.number(DRAINED, [1, 0, 0, 0], None)?;
        Ok((Revision(after), (first..first + many).map(|token| Data::Host(Token(token))).collect()))
    }

    fn context(&self, at: Revision) -> Result<Data, Raised> {
        self.schemas.ask(CONTEXT, 0, at.0).map(|text| Data::Text(plain(&text).into()))
    }
}

impl Host for MachineHost<'_, '_> {
    fn enter(&self, run: Run<'_>) -> Result<(), Raised> {
        self.holds.set(false);
        if !self.functions.get(run.machine as usize).copied().unwrap_or_default() {
            return Ok(());
        }
        let data = match run.data {
            Data::Host(Token::CONSUMED) => NONE,
            Data::Host(token) => token.0,
            _ if !run.changed => NONE,
            _ => self.tell(run.event.data_text().to_owned())?,
        };
        let context = run.context.map(|context| match context {
            Data::Text(text) => Ok(text.as_ref().to_owned()),
            Data::Value(value) => Ok(arvo::json::write(value, 0)),
            Data::Host(token) => self.text(*token).map(|text| text.as_ref().to_owned()),
        });
        self.hold(run.machine, data, context.transpose()?)
    }

    fn emitted(&self, token: Token) -> Result<Output, Unusable> {
        let answer = self.schemas.ask(EMITTED, 0, token.0)?;
        let (data, text) = held(&answer);
        let mut outputs = Output::read(text, &environment::limits()).map_err(Unusable::Fault)?;
        let mut output =
            outputs.pop().ok_or(Unusable::Fault(ContractFault::NoOutput { index: 0, found: "nothing" }))?;
        if let Some(data) = data {
            output.data = data;
        }
        Ok(output)
    }

    fn completed(&self, token: Token) -> Result<Option<Completion>, Unusable> {
        let answer = self.schemas.ask(COMPLETED, 0, token.0)?;
        let (data, text) = held(&answer);
        let found = match text.as_bytes().first() {
            Some(b'{' | b'n') => {
                let ended = Resumed::read(&format!(r#"{{"output":{text}}}"#), &environment::limits());
                let mut completion = ended.map_err(Unusable::Fault)?.output;
                if let (Some(completion), Some(data)) = (&mut completion, data) {
                    completion.data = data;
                }
                return Ok(completion);
            }
            Some(b'[') => "a list",
            Some(b'"') => "text",
            Some(b't' | b'f') => "a boolean",
            _ => "a number",
        };
        Err(Unusable::Fault(ContractFault::NoCompletion { found }))
    }
}

/// `=text`, or `=number:text` where the data stays with the face.
fn held(answer: &str) -> (Option<Data>, &str) {
    let text = plain(answer);
    match text.split_once(':') {
        Some((number, rest)) if text.starts_with(|first: char| first.is_ascii_digit()) => {
            (number.parse().ok().map(|token| Data::Host(Token(token))), rest)
        }
        _ => (None, text),
    }
}

fn plain(answer: &str) -> &str {
    answer.strip_prefix('=').unwrap_or(answer)
}

/// Judges a guard form for the `enqueueActions` function that runs now.
#[napi(catch_unwind)]
pub fn check_guard(guard: String) -> Text {
    if !CHECK.is_set() {
        return Failure::new("driver", "check was used after its enqueueActions function returned").into();
    }
    answer(
        arvo::json::parse(&guard, &environment::limits())
            .map_err(Failure::from)
            .and_then(|guard| CHECK.with(|check| check.passes(&guard).map_err(Failure::from)))
            .map(|passes| passes.to_string()),
    )
}
