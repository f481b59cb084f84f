//! What an expression is shown behind a name: JSON, or an object whose members are at hand one by one.
//!
//! An event is an envelope and data; as JSON it is an object of seventeen members. An expression such as
//! `event.data.total` looks at one of them, so the others are made only for one that looks at the whole.

use std::fmt;

use serde_json::{Number, Value};

/// A value behind a name of an expression's scope.
#[derive(Clone, Copy, Debug)]
pub enum View<'a> {
    /// JSON.
    Json(&'a Value),
    /// An object that is not made as JSON yet.
    Object(&'a dyn Object),
}

/// An object that shows its members without being made as a whole.
///
/// ```
/// use arvo::expression::{Member, Object, Template, View};
/// use serde_json::{Value, json};
///
/// #[derive(Debug)]
/// struct Dear;
/// impl Object for Dear {
///     fn member(&self, key: &str) -> Option<Member<'_>> {
///         (key == "id").then_some(Member::Text("o1"))
///     }
///     fn json(&self) -> &Value {
///         unreachable!("the expression looks at one member")
///     }
/// }
/// let template = Template::compile(&json!({"id": {"$": "order.id"}}), &["order"]).unwrap();
/// let made = template.evaluate_views(&[View::Object(&Dear)], &arvo::Limits::default())?;
/// assert_eq!(made, Some(json!({"id": "o1"})));
/// # Ok::<(), arvo::expression::TemplateFault>(())
/// ```
pub trait Object: fmt::Debug {
    /// The member under a key; nothing where [`Object::json`] has no such key.
    fn member(&self, key: &str) -> Option<Member<'_>>;

    /// The whole, made at most once.
    fn json(&self) -> &Value;
}

/// A member of an [`Object`].
#[derive(Clone, Debug, PartialEq)]
pub enum Member<'a> {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(&'a str),
    /// Whatever JSON it is.
    Json(&'a Value),
}

impl<'a> View<'a> {
    /// All of it as JSON.
    pub fn json(self) -> &'a Value {
        match self {
            Self::Json(json) => json,
            Self::Object(object) => object.json(),
        }
    }
}

impl<'a> From<&'a Value> for View<'a> {
    fn from(json: &'a Value) -> Self {
        Self::Json(json)
    }
}
