//! Schemas of Rust types (feature `schemars`).

use schemars::JsonSchema;

use super::schema::{Schema, SchemaError};
use super::unknown_keys::UnknownKeys;

impl Schema {
    /// The schema of a Rust type, with unknown keys handled as serde does: dropped, or refused where the type says
    /// `deny_unknown_fields`.
    ///
    /// # Errors
    /// [`SchemaError`], for a type whose `JsonSchema` is written by hand or names a pattern that can't be used.
    ///
    /// ```
    /// use arvo::Schema;
    /// use serde_json::json;
    ///
    /// #[derive(schemars::JsonSchema, serde::Deserialize, serde::Serialize)]
    /// struct Order {
    ///     sku: String,
    ///     #[serde(default = "one")]
    ///     quantity: u32,
    /// }
    /// fn one() -> u32 { 1 }
    ///
    /// let order = Schema::of::<Order>()?;
    /// assert_eq!(order.apply(&json!({"sku": "A", "note": "x"})), Ok(Some(json!({"sku": "A", "quantity": 1}))));
    /// assert!(order.apply(&json!({"sku": "A", "quantity": -1})).is_err());
    /// # Ok::<(), arvo::SchemaError>(())
    /// ```
    pub fn of<T: JsonSchema>() -> Result<Self, SchemaError> {
        Self::from_json(schemars::schema_for!(T).as_value(), UnknownKeys::StripUnlessClosed)
    }
}
