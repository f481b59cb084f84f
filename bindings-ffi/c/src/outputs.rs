//! `arvo_outputs`: what a handler's function wants emitted.

use std::sync::Arc;

use arvo_core::{Answer, ContractFault, Data, Limits, Output};
use serde_json::{Map, Value};

use crate::boundary::{Failure, Status, Str, guard, read, slot};
use crate::event::object;
use crate::handle::{Handle, Lent, borrow, borrow_mut, borrow_optional, free, kind};
use crate::value::Json;

/// The content of an `arvo_outputs`, in the order in which it was added.
#[derive(Default)]
pub struct Outputs(Vec<Entry>);

kind!(Outputs, "arvo_outputs", b"outputs\0");

enum Entry {
    /// Data lent to the function, which fills it in.
    Emit(String, Lent<Json>),
    Output(Box<Output>),
    /// Whatever the function gives: the core says whether that is outputs.
    Text(String),
    Value(Arc<Value>),
}

impl Outputs {
    /// The answer of a function that gave these outputs, or something that is none.
    pub(crate) fn answer(&self, limits: &Limits) -> Answer {
        self.outputs(limits).map_or_else(Answer::Malformed, Answer::Returned)
    }

    /// The outputs in order.
    pub(crate) fn outputs(&self, limits: &Limits) -> Result<Vec<Output>, ContractFault> {
        let mut outputs = Vec::with_capacity(self.0.len());
        for entry in &self.0 {
            let more = match entry {
                Entry::Emit(type_, data) => {
                    let data = data.content().map(Json::to_shared).unwrap_or_default();
                    outputs.push(Output::new(type_.as_str(), Data::Value(data)));
                    continue;
                }
                Entry::Output(output) => {
                    outputs.push(output.as_ref().clone());
                    continue;
                }
                Entry::Text(text) => Output::read(text, limits),
                Entry::Value(value) => Output::take(value.as_ref().clone()),
            };
            outputs.extend(more?);
        }
        Ok(outputs)
    }
}

/// # Safety
/// As `arvo.h` says of results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_outputs_new(out: *mut *mut Handle<Outputs>, error: *mut *mut Handle<Failure>) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Results".
        unsafe { slot(out, "out")? }.give(Outputs::default());
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_outputs_free(outputs: *mut Handle<Outputs>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(outputs) }
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_outputs_emit(outputs: *mut Handle<Outputs>, type_: Str) -> *mut Handle<Json> {
    read(std::ptr::null_mut(), || {
        // SAFETY: arvo.h, "Handles", "Texts": outputs of the caller's own, used by nobody else now.
        let (outputs, type_) = unsafe { (borrow_mut(outputs, "outputs")?, type_.read("type")?) };
        let data = Lent::new(Json::new(Value::Object(Map::new())));
        let pointer = data.pointer();
        outputs.0.push(Entry::Emit(type_.to_owned(), data));
        Ok(pointer)
    })
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_outputs_add(
    outputs: *mut Handle<Outputs>,
    type_: Str,
    data: *const Handle<Json>,
    attributes: *const Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts": outputs of the caller's own, used by nobody else now.
        let (outputs, type_, data, attributes) = unsafe {
            (
                borrow_mut(outputs, "outputs")?,
                type_.read("type")?,
                borrow::<Json>(data, "data")?,
                borrow_optional::<Json>(attributes, "attributes")?,
            )
        };
        let data = Data::Value(data.to_shared());
        let output = match attributes {
            None => Output::new(type_, data),
            Some(attributes) => {
                let mut members = object(attributes, "attributes")?.clone();
                members.insert("type".to_owned(), type_.into());
                let mut output = Output::from_map(members);
                output.data = data;
                output
            }
        };
        outputs.0.push(Entry::Output(Box::new(output)));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_outputs_json(
    outputs: *mut Handle<Outputs>,
    json: Str,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts": outputs of the caller's own, used by nobody else now.
        let (outputs, json) = unsafe { (borrow_mut(outputs, "outputs")?, json.read("json")?) };
        outputs.0.push(Entry::Text(json.to_owned()));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_outputs_value(
    outputs: *mut Handle<Outputs>,
    value: *const Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles": outputs of the caller's own, used by nobody else now.
        let (outputs, value) = unsafe { (borrow_mut(outputs, "outputs")?, borrow::<Json>(value, "value")?) };
        outputs.0.push(Entry::Value(value.to_shared()));
        Ok(())
    })
}
