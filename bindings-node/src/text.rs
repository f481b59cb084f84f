//! Text made for crossing into Node is ASCII: one-byte strings cross and are parsed several times faster. Text that comes
//! from there is mostly ASCII, and is read as if it were.

use std::fmt::Write as _;
use std::ptr;

use napi::bindgen_prelude::{FromNapiValue, Result, ToNapiValue, TypeName, ValidateNapiValue, ValueType};
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

/// Text that comes from Node. A `String` does as well, but has its bytes counted first, and again when they are written.
pub struct Given(pub String);

impl TypeName for Given {
    fn type_name() -> &'static str {
        "string"
    }

    fn value_type() -> ValueType {
        ValueType::String
    }
}

impl ValidateNapiValue for Given {}

impl FromNapiValue for Given {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        let mut units = 0;
        // SAFETY: `env` and `value` are what napi calls us with; without a buffer the length alone is told.
        let status = unsafe { sys::napi_get_value_string_latin1(env, value, ptr::null_mut(), 0, &raw mut units) };
        check_status!(status, "a text is wanted")?;
        let room = units + units / 8 + 8; // some of them may need two bytes or three
        let mut bytes: Vec<u8> = Vec::with_capacity(room);
        let mut written = 0;
        let buffer = bytes.as_mut_ptr().cast();
        // SAFETY: as above; no more than `room` bytes are written, and so many there are.
        let status = unsafe { sys::napi_get_value_string_utf8(env, value, buffer, room, &raw mut written) };
        check_status!(status, "a text can't be read")?;
        // A text that is cut off leaves less than a character's four bytes of the room, one of which is the closing zero's.
        if room - written <= 4 {
            // SAFETY: as above.
            return unsafe { String::from_napi_value(env, value) }.map(Self);
        }
        // SAFETY: napi has written so many bytes, all of them UTF-8: a lone surrogate becomes U+FFFD.
        Ok(Self(unsafe {
            bytes.set_len(written);
            String::from_utf8_unchecked(bytes)
        }))
    }
}
