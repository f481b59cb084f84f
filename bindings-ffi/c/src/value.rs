//! `arvo_value`: JSON that a C program reads by JSON Pointer; `value_set.rs` builds it.
//!
//! A handle is a value of its own: reading a part of it shares the memory, changing it copies what others see.

use std::ptr::NonNull;
use std::sync::Arc;

use arvo_core::{Data, Event, JsonError, json};
use serde_json::{Map, Number, Value};

use crate::boundary::{Failure, Status, Str, guard, read, slot};
use crate::environment::{Surroundings, environment};
use crate::handle::{Handle, borrow, free, kind};
use crate::pointer::Pointer;
use crate::text::Text;

/// The content of an `arvo_value`: a node of a shared tree.
pub struct Json {
    tree: Arc<Value>,
    /// A node below the root. It stays where it is because a tree with two owners is never changed in place.
    node: Option<NonNull<Value>>,
}

kind!(Json, "arvo_value", b"value\0\0\0");

// SAFETY: `node` points into `tree`, which is `Send + Sync`, and is only read.
unsafe impl Send for Json {}
// SAFETY: as above.
unsafe impl Sync for Json {}

impl Json {
    pub(crate) fn new(value: Value) -> Self {
        Self::shared(Arc::new(value))
    }

    pub(crate) fn shared(tree: Arc<Value>) -> Self {
        Self { tree, node: None }
    }

    /// The data of an event, read when first asked for.
    pub(crate) fn of_event(event: &Event) -> Result<Self, JsonError> {
        let value = event.data()?;
        Ok(match event.data_at_hand() {
            Data::Value(shared) => Self::shared(shared),
            Data::Text(_) | Data::Host(_) => Self::new(value.clone()), // not reached: it was read just now
        })
    }

    pub(crate) fn value(&self) -> &Value {
        match self.node {
            None => &self.tree,
            // SAFETY: a node of `tree`, which lives as long as `self` and has not changed since.
            Some(node) => unsafe { node.as_ref() },
        }
    }

    /// The whole value, copied only if it is a part of a larger tree.
    pub(crate) fn to_shared(&self) -> Arc<Value> {
        match self.node {
            None => Arc::clone(&self.tree),
            Some(_) => Arc::new(self.value().clone()),
        }
    }

    /// A part of this value as a value of its own.
    fn part(&self, part: &Value) -> Self {
        Self { tree: Arc::clone(&self.tree), node: Some(NonNull::from(part)) }
    }

    /// The value to change: a copy if anybody else sees it.
    pub(crate) fn make_mut(&mut self) -> &mut Value {
        if self.node.is_some() {
            self.tree = self.to_shared();
            self.node = None;
        }
        Arc::make_mut(&mut self.tree)
    }
}

/// Reads one part of a value into a result; the body of every typed getter.
///
/// # Safety
/// As `arvo.h` says of handles, texts and results.
unsafe fn part<'a, T>(
    (value, pointer): (*const Handle<Json>, Str),
    out: *mut T,
    error: *mut *mut Handle<Failure>,
    pick: impl FnOnce(&'a Json, &'a Value, &Pointer<'a>) -> Result<T, Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: promised by the caller.
        let (json, pointer, out) =
            unsafe { (borrow::<Json>(value, "value")?, Pointer::new(pointer.read("pointer")?)?, slot(out, "out")?) };
        out.put(pick(json, pointer.find(json.value())?, &pointer)?);
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_new_object(
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Results".
        unsafe { slot(out, "out")? }.give(Json::new(Value::Object(Map::new())));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_new_array(out: *mut *mut Handle<Json>, error: *mut *mut Handle<Failure>) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Results".
        unsafe { slot(out, "out")? }.give(Json::new(Value::Array(Vec::new())));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_parse(
    within: *const Handle<Surroundings>,
    json: Str,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Texts", "Results".
        let (within, text, out) = unsafe { (environment(within)?, json.read("json")?, slot(out, "out")?) };
        out.give(Json::new(json::parse(text, within.limits())?));
        Ok(())
    })
}

/// # Safety
/// As `arvo.h` says of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_free(value: *mut Handle<Json>) {
    // SAFETY: arvo.h, "Handles": NULL or a handle that no call is using.
    unsafe { free(value) }
}

/// # Safety
/// As `arvo.h` says of handles and texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_kind(value: *const Handle<Json>, pointer: Str) -> i32 {
    read(0, || {
        // SAFETY: arvo.h, "Handles", "Texts".
        let (json, pointer) = unsafe { (borrow::<Json>(value, "value")?, Pointer::new(pointer.read("pointer")?)?) };
        Ok(match pointer.find(json.value())? {
            Value::Null => 1,
            Value::Bool(_) => 2,
            Value::Number(_) => 3,
            Value::String(_) => 4,
            Value::Array(_) => 5,
            Value::Object(_) => 6,
        })
    })
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_get(
    value: *const Handle<Json>,
    pointer: Str,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts", "Results".
    unsafe { part((value, pointer), out, error, |json, part, _| Ok(Handle::give(json.part(part)))) }
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_count(
    value: *const Handle<Json>,
    pointer: Str,
    out: *mut usize,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts", "Results".
    unsafe {
        part((value, pointer), out, error, |_, part, pointer| match part {
            Value::Array(list) => Ok(list.len()),
            Value::Object(map) => Ok(map.len()),
            other => Err(pointer.wrong_kind(other, "an array or object")),
        })
    }
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_key(
    value: *const Handle<Json>,
    pointer: Str,
    index: usize,
    out: *mut Str,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts", "Results".
    unsafe {
        part((value, pointer), out, error, |_, part, pointer| match part {
            Value::Object(map) => {
                map.keys().nth(index).map(|key| Str::of(key)).ok_or_else(|| pointer.no_item(index, map.len()))
            }
            other => Err(pointer.wrong_kind(other, "an object")),
        })
    }
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_item(
    value: *const Handle<Json>,
    pointer: Str,
    index: usize,
    out: *mut *mut Handle<Json>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts", "Results".
    unsafe {
        part((value, pointer), out, error, |json, part, pointer| {
            let (item, count) = match part {
                Value::Array(list) => (list.get(index), list.len()),
                Value::Object(map) => (map.values().nth(index), map.len()),
                other => return Err(pointer.wrong_kind(other, "an array or object")),
            };
            Ok(Handle::give(json.part(item.ok_or_else(|| pointer.no_item(index, count))?)))
        })
    }
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_text(
    value: *const Handle<Json>,
    pointer: Str,
    out: *mut Str,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts", "Results".
    unsafe {
        part((value, pointer), out, error, |_, part, pointer| match part {
            Value::String(text) => Ok(Str::of(text)),
            other => Err(pointer.wrong_kind(other, "text")),
        })
    }
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_i64(
    value: *const Handle<Json>,
    pointer: Str,
    out: *mut i64,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts", "Results".
    unsafe {
        part((value, pointer), out, error, |_, part, pointer| {
            pointer.integer(part, Number::as_i64, |float| Some(float as i64), "a signed 64-bit integer")
        })
    }
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_u64(
    value: *const Handle<Json>,
    pointer: Str,
    out: *mut u64,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts", "Results".
    unsafe {
        part((value, pointer), out, error, |_, part, pointer| {
            let unsigned = |float: f64| (float >= 0.0).then_some(float as u64);
            pointer.integer(part, Number::as_u64, unsigned, "an unsigned 64-bit integer")
        })
    }
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_f64(
    value: *const Handle<Json>,
    pointer: Str,
    out: *mut f64,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts", "Results".
    unsafe {
        part((value, pointer), out, error, |_, part, pointer| {
            part.as_f64().ok_or_else(|| pointer.wrong_kind(part, "a number"))
        })
    }
}

/// # Safety
/// As `arvo.h` says of handles, texts and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_bool(
    value: *const Handle<Json>,
    pointer: Str,
    out: *mut bool,
    error: *mut *mut Handle<Failure>,
) -> Status {
    // SAFETY: arvo.h, "Handles", "Texts", "Results".
    unsafe {
        part((value, pointer), out, error, |_, part, pointer| {
            part.as_bool().ok_or_else(|| pointer.wrong_kind(part, "true or false"))
        })
    }
}

/// # Safety
/// As `arvo.h` says of handles and results.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arvo_value_write(
    value: *const Handle<Json>,
    indent: usize,
    out: *mut *mut Handle<Text>,
    error: *mut *mut Handle<Failure>,
) -> Status {
    guard(error, || {
        // SAFETY: arvo.h, "Handles", "Results".
        let (json, out) = unsafe { (borrow::<Json>(value, "value")?, slot(out, "out")?) };
        out.give(Text(json::write(json.value(), indent)));
        Ok(())
    })
}
