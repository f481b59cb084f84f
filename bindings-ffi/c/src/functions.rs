//! The functions of the C program that one machine has, and how they are called.

use std::ffi::c_void;
use std::sync::Arc;

use arvo_core::statechart::FnRef;
use arvo_core::{Data, Raised};
use serde_json::{Map, Value};

use crate::actions::Actions;
use crate::args::Args;
use crate::boundary::{Failure, Status, Str};
use crate::error::raised;
use crate::handle::{Handle, Lent};
use crate::host::RaisedTable;
use crate::user::UserData;
use crate::value::Json;

/// `arvo_guard_fn`; the C program writes a byte, which may be no `bool` at all.
pub(crate) type GuardFn =
    unsafe extern "C" fn(*mut c_void, *const Handle<Args>, *mut u8, *mut *mut Handle<Failure>) -> Status;
/// `arvo_value_fn`
pub(crate) type ValueFn =
    unsafe extern "C" fn(*mut c_void, *const Handle<Args>, *mut Handle<Json>, *mut *mut Handle<Failure>) -> Status;
/// `arvo_action_fn`
pub(crate) type ActionFn = unsafe extern "C" fn(*mut c_void, *const Handle<Args>, *mut *mut Handle<Failure>) -> Status;
/// `arvo_enqueue_fn`
pub(crate) type EnqueueFn =
    unsafe extern "C" fn(*mut c_void, *const Handle<Args>, *mut Handle<Actions>, *mut *mut Handle<Failure>) -> Status;
/// `arvo_log_fn`
pub(crate) type LogFn = unsafe extern "C" fn(*mut c_void, Str, *const Handle<Json>);

#[derive(Clone, Copy)]
pub(crate) enum Code {
    Guard(GuardFn),
    Value(ValueFn),
    Action(ActionFn),
    Enqueue(EnqueueFn),
}

impl Code {
    fn noun(self) -> &'static str {
        match self {
            Self::Guard(_) => "a guard",
            Self::Value(_) => "a value",
            Self::Action(_) => "an action",
            Self::Enqueue(_) => "an enqueue function",
        }
    }
}

/// A function with what belongs to it.
#[derive(Clone)]
pub(crate) struct Function {
    name: String,
    code: Code,
    user_data: Arc<UserData>,
}

/// All of one machine's. Guards and actions are known by their places here, so that a guard may have an action's name;
/// what a definition names itself, by that name.
#[derive(Clone, Default)]
pub(crate) struct Functions {
    functions: Vec<Function>,
    pub(crate) log: Option<(LogFn, Arc<UserData>)>,
}

impl Functions {
    /// Adds a function; gives its place.
    pub(crate) fn add(&mut self, name: &str, code: Code, user_data: Arc<UserData>) -> usize {
        self.functions.push(Function { name: name.to_owned(), code, user_data });
        self.functions.len() - 1
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.functions.iter().map(|function| function.name.clone()).collect()
    }

    /// The function that is meant: of that name, the last one that does what is wanted.
    fn find(&self, wanted: &FnRef, fits: impl Fn(Code) -> bool, what: &str) -> Result<&Function, Failure> {
        let (fitting, other) = match wanted {
            FnRef::Number(place) => {
                let meant = self.functions.get(*place as usize);
                (meant.filter(|function| fits(function.code)), meant)
            }
            FnRef::Name(name) => {
                let mut meant = self.functions.iter().filter(|known| *known.name == **name);
                (meant.clone().rfind(|function| fits(function.code)), meant.next_back())
            }
        };
        match (fitting, other) {
            (Some(function), _) => Ok(function),
            (None, Some(other)) => {
                let (name, noun) = (&other.name, other.code.noun());
                Err(Failure::argument(format!(
                    "function '{name}' of the machine is {noun}, but stands where {what} does"
                )))
            }
            (None, None) => Err(Failure::argument(format!("the machine has no function {wanted}; give it one"))),
        }
    }

    /// What a function gives; a guard: whether it passes.
    pub(crate) fn value(&self, wanted: &FnRef, args: &Lent<Args>, table: &RaisedTable) -> Result<Data, Raised> {
        let fits = |code: Code| matches!(code, Code::Guard(_) | Code::Value(_));
        let function = self.find(wanted, fits, "a value or guard").map_err(|wrong| table.failed(wrong))?;
        match function.code {
            Code::Guard(code) => {
                let mut passes = 0;
                function.call(table, |user_data, error| {
                    // SAFETY: arvo.h, `arvo_guard_fn`: called with its user data; the rest outlives the call.
                    unsafe { code(user_data, args.pointer(), &mut passes, error) }
                })?;
                match passes {
                    0 | 1 => Ok(Value::Bool(passes == 1).into()),
                    other => Err(table.failed(Failure::argument(format!(
                        "guard '{}' wrote {other} to *passes, which is no bool; write true or false",
                        function.name
                    )))),
                }
            }
            Code::Value(code) => {
                let made = Lent::new(Json::new(Value::Object(Map::new())));
                function.call(table, |user_data, error| {
                    // SAFETY: arvo.h, `arvo_value_fn`: as above.
                    unsafe { code(user_data, args.pointer(), made.pointer(), error) }
                })?;
                made.content().map(|made| Data::Value(made.to_shared())).map_err(|wrong| table.failed(wrong))
            }
            Code::Action(_) | Code::Enqueue(_) => Ok(Value::Null.into()), // not reached: they don't fit
        }
    }

    /// Calls a function for its effect.
    pub(crate) fn act(&self, wanted: &FnRef, args: &Lent<Args>, table: &RaisedTable) -> Result<(), Raised> {
        let fits = |code: Code| matches!(code, Code::Action(_));
        let function = self.find(wanted, fits, "an action").map_err(|wrong| table.failed(wrong))?;
        let Code::Action(code) = function.code else { return Ok(()) }; // not reached: others don't fit
        function.call(table, |user_data, error| {
            // SAFETY: arvo.h, `arvo_action_fn`: called with its user data; the rest outlives the call.
            unsafe { code(user_data, args.pointer(), error) }
        })
    }

    /// Has a function choose actions.
    pub(crate) fn collect(
        &self,
        wanted: &FnRef,
        args: &Lent<Args>,
        actions: &Lent<Actions>,
        table: &RaisedTable,
    ) -> Result<(), Raised> {
        let fits = |code: Code| matches!(code, Code::Enqueue(_));
        let function = self.find(wanted, fits, "an enqueueActions function").map_err(|wrong| table.failed(wrong))?;
        let Code::Enqueue(code) = function.code else { return Ok(()) }; // not reached: others don't fit
        function.call(table, |user_data, error| {
            // SAFETY: arvo.h, `arvo_enqueue_fn`: called with its user data; the rest outlives the call.
            unsafe { code(user_data, args.pointer(), actions.pointer(), error) }
        })
    }

    pub(crate) fn log(&self, label: Option<&str>, value: Option<Json>) {
        let Some((code, user_data)) = &self.log else { return };
        let value = value.map(Lent::new);
        let pointer = value.as_ref().map_or(std::ptr::null(), |value| value.pointer().cast_const());
        // SAFETY: arvo.h, `arvo_log_fn`: called with its user data; the rest outlives the call.
        unsafe { code(user_data.pointer(), Str::of_optional(label), pointer) }
    }
}

impl Function {
    /// Calls it; what it raised is kept in the table.
    fn call(
        &self,
        table: &RaisedTable,
        code: impl FnOnce(*mut c_void, *mut *mut Handle<Failure>) -> Status,
    ) -> Result<(), Raised> {
        let mut error = std::ptr::null_mut();
        let status = code(self.user_data.pointer(), &raw mut error);
        if status == Status::OK && error.is_null() {
            return Ok(());
        }
        // SAFETY: arvo.h, "Callbacks": `*error` is NULL or an error that the library takes over.
        match unsafe { raised(status, error, &format!("function '{}' of the machine", self.name)) } {
            Some(raised) => Err(table.keep(raised)),
            None => Ok(()),
        }
    }
}
