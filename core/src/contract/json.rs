//! The JSON form of contracts, import and export (SPEC §5, **wire**).

use serde_json::{Map, Value, json};

use super::builder::{ContractBuilder, SchemaSource};
use super::contract::{Contract, ContractKind};
use super::error::ContractError;
use super::schema::Schema;
use super::unknown_keys::UnknownKeys;

impl Contract {
    /// Reads a contract from its JSON form. `unknown_keys` says what object schemas do that do not say it
    /// themselves by `x-arvo-unknown-keys`: [`UnknownKeys::Strip`] for contracts that the reference exported.
    ///
    /// # Errors
    /// [`ContractError`]: the first thing found wrong.
    ///
    /// ```
    /// let contract = arvo::Contract::from_json(&serde_json::json!({
    ///     "uri": "#/services/greet", "domain": null, "description": null, "metadata": {},
    ///     "versions": [{
    ///         "version": "1.0.0",
    ///         "accepts": {"type": "com.greet.user", "schema": {"type": "object"}},
    ///         "emits": [{"type": "evt.greet.user.success", "schema": {"type": "object"}}],
    ///     }],
    /// }), arvo::UnknownKeys::Strip)?;
    /// assert_eq!(contract.type_(), "com.greet.user");
    /// assert_eq!(arvo::Contract::from_json(&contract.to_json(), arvo::UnknownKeys::AsWritten)?.uri(), contract.uri());
    /// # Ok::<(), arvo::ContractError>(())
    /// ```
    pub fn from_json(json: &Value, unknown_keys: UnknownKeys) -> Result<Self, ContractError> {
        let uri = text_at(json, "/uri")?;
        let versions =
            json.pointer("/versions").and_then(Value::as_array).ok_or_else(|| wrong("/versions", "a list"))?;
        let type_ = match versions.first() {
            Some(_) => text_at(json, "/versions/0/accepts/type")?,
            None => return Err(ContractError::NoVersions { uri: uri.into() }),
        };
        let mut builder = ContractBuilder::new(uri, type_);
        builder.domain = optional_text_at(json, "/domain")?.map(str::to_owned);
        builder.description = optional_text_at(json, "/description")?.map(Into::into);
        builder.metadata = match json.pointer("/metadata") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(metadata)) => metadata.clone(),
            Some(_) => return Err(wrong("/metadata", "an object")),
        };
        builder.kind = match builder.metadata.get("contractType").and_then(Value::as_str) {
            Some("SimpleArvoContract") => ContractKind::Simple,
            Some("ArvoOrchestratorContract") => ContractKind::Orchestrator,
            _ => ContractKind::Plain,
        };
        for at in 0..versions.len() {
            builder = read_version(builder, json, at, unknown_keys)?;
        }
        builder.build()
    }

    /// The contract's JSON form; every object schema says what it does with unknown keys.
    pub fn to_json(&self) -> Value {
        let versions: Vec<Value> = self
            .versions_as_given()
            .map(|version| {
                let schema = |type_: &str, schema: Value| json!({"type": type_, "schema": schema});
                let accepts = version.accepts();
                let emits: Vec<Value> =
                    version.emits().iter().map(|emit| schema(&emit.type_, emit.schema.to_json())).collect();
                json!({
                    "domain": self.domain(),
                    "version": version.version().as_str(),
                    "accepts": schema(&accepts.type_, accepts.schema.to_json()),
                    "systemError": schema(self.system_error_type(), system_error_schema()),
                    "emits": emits,
                    "metadata": self.metadata(),
                })
            })
            .collect();
        json!({
            "uri": self.uri(),
            "domain": self.domain(),
            "description": self.description(),
            "metadata": self.metadata(),
            "versions": versions,
        })
    }
}

/// The schema of every system error's data.
pub(super) fn system_error_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "errorName": {"type": "string", "description": "Class of the error."},
            "errorMessage": {"type": "string", "description": "What went wrong."},
            "errorStack": {"type": ["string", "null"], "description": "Where it happened, if that is told."},
        },
        "required": ["errorName", "errorMessage", "errorStack"],
        "additionalProperties": false,
        "x-arvo-unknown-keys": "strip",
        "$schema": "http://json-schema.org/draft-07/schema#",
    })
}

fn read_version(
    builder: ContractBuilder,
    json: &Value,
    at: usize,
    unknown_keys: UnknownKeys,
) -> Result<ContractBuilder, ContractError> {
    let path = format!("/versions/{at}");
    let version = text_at(json, &format!("{path}/version"))?.to_owned();
    let type_ = text_at(json, &format!("{path}/accepts/type"))?;
    if *type_ != *builder.type_ {
        return Err(wrong(&format!("{path}/accepts/type"), "the same type in every version"));
    }
    let emits_path = format!("{path}/emits");
    let emits = json.pointer(&emits_path).and_then(Value::as_array).ok_or_else(|| wrong(&emits_path, "a list"))?;
    let schema = |path: &str, type_: &str| {
        let json = json.pointer(path).ok_or_else(|| wrong(path, "a JSON Schema"))?;
        Schema::from_json(json, unknown_keys).map(SchemaSource::Built).map_err(|source| ContractError::Schema {
            uri: builder.uri.clone(),
            version: version.clone(),
            type_name: type_.into(),
            source,
        })
    };
    let accepts = schema(&format!("{path}/accepts/schema"), type_)?;
    let mut emitted = Vec::with_capacity(emits.len());
    for at in 0..emits.len() {
        let type_ = text_at(json, &format!("{emits_path}/{at}/type"))?;
        emitted.push((type_.to_owned(), schema(&format!("{emits_path}/{at}/schema"), type_)?));
    }
    Ok(builder.version(version, accepts, emitted))
}

fn text_at<'a>(json: &'a Value, path: &str) -> Result<&'a str, ContractError> {
    json.pointer(path).and_then(Value::as_str).ok_or_else(|| wrong(path, "text"))
}

fn optional_text_at<'a>(json: &'a Value, path: &str) -> Result<Option<&'a str>, ContractError> {
    match json.pointer(path) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(wrong(path, "text or null")),
    }
}

fn wrong(path: &str, wanted: &'static str) -> ContractError {
    ContractError::Json { path: path.to_owned(), wanted }
}
