//! Text made for crossing into Node is ASCII: one-byte strings cross and are parsed several times faster.

use std::fmt::Write as _;
use std::ptr;

use napi::bindgen_prelude::{Result, ToNapiValue, TypeName, ValueType};
use napi::{check_status, sys};

/// JSON text on its way into Node.
pub struct Text(String);

impl From<String> for Text {
    /// Escapes what is not ASCII; the text must be JSON.
    fn from(text: String) -> Self {
        if text.is_ascii() { Self(text) } else { Self(escaped(&text)) }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<serde_json::Value> for Text {
    fn from(value: serde_json::Value) -> Self {
        Self::from(value.to_string())
    }
}

/// Outside ASCII JSON has nothing but the content of strings, so that every such character may be an escape.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut units = [0; 2];
    for character in text.chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            for unit in character.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}"); // writing to a `String` can't fail
            }
        }
    }
    out
}

impl TypeName for Text {
    fn type_name() -> &'static str {
        "string"
    }

    fn value_type() -> ValueType {
        ValueType::String
    }
}

impl ToNapiValue for Text {
    unsafe fn to_napi_value(env: sys::napi_env, text: Self) -> Result<sys::napi_value> {
        let mut value = ptr::null_mut();
        // SAFETY: `env` is the environment that napi calls us in, the pointer and length are those of a live string,
        // and Latin-1 is what an ASCII string is in.
        let status = unsafe {
            sys::napi_create_string_latin1(env, text.0.as_ptr().cast(), text.0.len().cast_signed(), &raw mut value)
        };
        check_status!(status, "text of {} bytes is too long for a string of Node", text.0.len())?;
        Ok(value)
    }
}
