//! Generated data, by properties: what is said to fit fits, what is said not to does not, and smaller data ends.

use arvo::suite::{GenerateError, Generator};
use arvo::{Schema, UnknownKeys};
use proptest::prelude::*;
use serde_json::{Value, json};

fn schema(json: &Value) -> Schema {
    Schema::from_json(json, UnknownKeys::AsWritten).unwrap_or_else(|error| panic!("{error}: {json}"))
}

fn object(properties: Value) -> Value {
    let required: Vec<&String> = properties.as_object().unwrap().keys().collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// One schema for each thing that contracts say.
fn schemas() -> Vec<Value> {
    let one = |property: Value| object(json!({"x": property}));
    let mut schemas: Vec<Value> = [
        json!({"type": "string"}),
        json!({"type": "string", "minLength": 3, "maxLength": 5}),
        json!({"type": "string", "minLength": 300}),
        json!({"type": "string", "maxLength": 0}),
        json!({"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"}),
        json!({"type": "string", "pattern": "^(?:red|green|blue)(?:-(?:dark|light))?$"}),
        json!({"type": "string", "pattern": "\\d+"}),
        json!({"type": "string", "pattern": "^\\w+@\\w+\\.com$", "minLength": 8}),
        json!({"type": "string", "pattern": "^[^\\s]{1,10}$", "maxLength": 4}),
        json!({"type": "integer"}),
        json!({"type": "integer", "minimum": 1, "maximum": 3}),
        json!({"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 2}),
        json!({"type": "integer", "minimum": 7}),
        json!({"type": "integer", "maximum": -7}),
        json!({"type": "integer", "multipleOf": 7, "minimum": 15, "maximum": 30}),
        json!({"type": "integer", "minimum": 9_007_199_254_740_991_i64}),
        json!({"type": "number"}),
        json!({"type": "number", "exclusiveMinimum": 0, "maximum": 1}),
        json!({"type": "number", "minimum": 0.1, "exclusiveMaximum": 0.2}),
        json!({"type": "number", "multipleOf": 0.01, "minimum": 0, "maximum": 100}),
        json!({"type": "number", "minimum": 1e300}),
        json!({"type": "boolean"}),
        json!({"type": "null"}),
        json!({"type": ["string", "null"]}),
        json!({"const": {"a": [1]}}),
        json!({"enum": ["a", 1, null]}),
        json!({"anyOf": [{"type": "string", "maxLength": 2}, {"type": "integer", "minimum": 5}]}),
        json!({"oneOf": [{"type": "number", "multipleOf": 3}, {"type": "number", "multipleOf": 5}]}),
        json!({"allOf": [{"type": "integer", "minimum": 3}, {"maximum": 9}, {"multipleOf": 2}]}),
        json!({"allOf": [{"type": ["string", "integer"]}, {"type": ["number", "null"]}, {"minimum": 5}]}),
        json!({"not": {"type": "string"}}),
        json!({"if": {"type": "string"}, "then": {"minLength": 4}, "else": {"type": "integer"}}),
        json!({"type": "array"}),
        json!({"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 4}),
        json!({"type": "array", "items": {"enum": [1, 2, 3]}, "uniqueItems": true, "minItems": 2}),
        json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": false, "minItems": 2}),
        json!({"type": "array", "items": {"type": "string"}, "contains": {"const": "needle"}}),
        json!({"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 2}),
        json!({"type": "object", "patternProperties": {"^n_": {"type": "number"}}, "additionalProperties": false, "minProperties": 1}),
        json!({"type": "object", "properties": {"a": true, "b": {"type": "string"}}, "dependentRequired": {"a": ["b"]}}),
        json!({"type": "object", "required": ["unsaid"]}),
    ]
    .into_iter()
    .map(one)
    .collect();
    let formats =
        ["date-time", "date", "time", "duration", "email", "hostname", "ipv4", "ipv6", "uri", "uri-reference"];
    for format in formats.into_iter().chain(["uuid", "json-pointer", "regex", "iri", "uri-template"]) {
        schemas.push(one(json!({"type": "string", "format": format})));
    }
    schemas.extend([
        json!({
            "type": "object", "required": ["tree"], "properties": {"tree": {"$ref": "#/$defs/node"}},
            "$defs": {"node": {
                "type": "object", "required": ["value", "children"],
                "properties": {"value": {"type": "integer"}, "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
            }},
        }),
        json!({
            "type": "object", "required": ["list"], "properties": {"list": {"$ref": "#/definitions/list"}},
            "$schema": "http://json-schema.org/draft-07/schema#",
            "definitions": {"list": {"anyOf": [{"type": "null"}, {
                "type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/definitions/list"}},
            }]}},
        }),
        json!({
            "type": "object", "$schema": "http://json-schema.org/draft-07/schema#", "required": ["x"],
            "properties": {"x": {"type": "array", "items": [{"type": "string"}, {"type": "boolean"}], "additionalItems": {"type": "integer"}}},
        }),
        json!({
            "type": "object", "required": ["kind"], "x-arvo-unknown-keys": "strip",
            "properties": {"kind": {"enum": ["card", "cash"]}, "note": {"type": "string", "default": "none"}},
            "oneOf": [
                {"properties": {"kind": {"const": "card"}, "number": {"type": "string", "pattern": "^[0-9]{16}$"}}, "required": ["number"]},
                {"properties": {"kind": {"const": "cash"}}},
            ],
        }),
    ]);
    schemas
}

#[test]
fn every_kind_of_schema_gets_data_that_fits_and_data_that_does_not() {
    for json in schemas() {
        let schema = schema(&json);
        let generator = Generator::new(&schema).unwrap();
        let mut refused = 0;
        for seed in 0..40 {
            let valid = generator.valid(seed).unwrap_or_else(|error| panic!("{json}: {error}"));
            assert!(valid.is_object());
            assert_eq!(schema.apply(&valid).map(drop), Ok(()), "{json}: {valid}");
            assert_eq!(generator.valid(seed).unwrap(), valid, "the same seed, the same data");
            if let Some(invalid) = generator.invalid(seed).unwrap() {
                refused += 1;
                assert!(invalid.is_object());
                assert!(schema.apply(&invalid).is_err(), "{json}: {invalid}");
                assert_eq!(generator.invalid(seed).unwrap(), Some(invalid));
            }
        }
        assert_eq!(refused, 40, "{json}");
    }
}

#[test]
fn the_schemas_of_all_recorded_contracts_get_data() {
    fn collect(json: &Value, found: &mut Vec<Value>) {
        match json {
            Value::Object(map) if map.contains_key("unknownKeys") && map.contains_key("schema") => {
                found.push(map["schema"].clone());
            }
            Value::Object(map) => map.values().for_each(|inner| collect(inner, found)),
            Value::Array(list) => list.iter().for_each(|inner| collect(inner, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for file in ["contracts", "handler", "orchestrator", "resumable", "broker", "testsuites"] {
        let path = format!("{}/../tests/vectors/{file}.json", env!("CARGO_MANIFEST_DIR"));
        collect(&serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap(), &mut found);
    }
    found.sort_by_key(Value::to_string);
    found.dedup();
    found.retain(|json| json["type"] == "object");
    assert!(found.len() > 20, "only {} schemas", found.len());
    for json in found {
        let schema = schema(&json);
        let generator = Generator::new(&schema).unwrap();
        for seed in 0..10 {
            let valid = generator.valid(seed).unwrap_or_else(|error| panic!("{error}: {json}"));
            assert!(schema.apply(&valid).is_ok());
        }
    }
}

#[test]
fn seeds_give_different_data() {
    let schema = schema(&object(json!({"x": {"type": "integer"}, "y": {"type": "string"}})));
    let generator = Generator::new(&schema).unwrap();
    let found: std::collections::HashSet<String> =
        (0..200).map(|seed| generator.valid(seed).unwrap().to_string()).collect();
    assert!(found.len() > 150, "only {} of 200", found.len());
}

#[test]
fn edges_come_often() {
    let schema = schema(&object(
        json!({"n": {"type": "integer", "minimum": 10, "maximum": 1_000_000}, "s": {"type": "string"}}),
    ));
    let generator = Generator::new(&schema).unwrap();
    let all: Vec<Value> = (0..200).map(|seed| generator.valid(seed).unwrap()).collect();
    let count = |test: &dyn Fn(&Value) -> bool| all.iter().filter(|value| test(value)).count();
    assert!(count(&|value| value["n"] == 10) >= 5);
    assert!(count(&|value| value["n"] == 1_000_000) >= 5);
    assert!(count(&|value| value["s"] == "") >= 5);
    assert!(count(&|value| !value["s"].as_str().unwrap().is_ascii()) >= 5);
    assert!(count(&|value| value["s"].as_str().unwrap().len() > 30) >= 1);
}

#[test]
fn what_nothing_fits_is_told_with_its_place() {
    for (json, path) in [
        (object(json!({"x": {"type": "integer", "minimum": 5, "maximum": 4}})), "/properties/x"),
        (object(json!({"x": {"type": "integer", "exclusiveMinimum": 4, "exclusiveMaximum": 5}})), "/properties/x"),
        (object(json!({"x": false})), "/properties/x"),
        (object(json!({"x": {"allOf": [{"type": "string"}, {"type": "integer"}]}})), "/properties/x"),
        (object(json!({"x": {"type": "string", "format": "ipv4", "minLength": 100}})), "/properties/x"),
        (object(json!({"x": {"type": "array", "items": {"$ref": "#/properties/x"}, "minItems": 1}})), "/properties/x"),
        (json!({"type": "string"}), "#"),
    ] {
        match Generator::new(&schema(&json)).unwrap().valid(1).unwrap_err() {
            GenerateError::Nothing { path: found, .. } | GenerateError::NotFound { path: found, .. } => {
                assert!(found.starts_with(path), "{json}: {found}");
            }
            other => panic!("{json}: {other}"),
        }
    }
}

#[test]
fn a_schema_that_takes_every_object_has_no_data_that_does_not_fit() {
    let generator = Generator::new(&schema(&json!({"type": "object"}))).unwrap();
    assert_eq!(generator.invalid(1), Ok(None));
}

#[test]
fn a_host_s_schema_is_described_by_what_came_with_it() {
    let described = Schema::host(0, object(json!({"x": {"type": "integer"}})));
    assert!(Generator::new(&described).unwrap().valid(1).unwrap()["x"].is_number());
    let undescribed = Schema::host(0, json!({"type": "nonsense"}));
    assert!(matches!(Generator::new(&undescribed), Err(GenerateError::Schema(_))));
}

#[test]
fn smaller_data_goes_on_failing_and_comes_to_an_end() {
    let schema = schema(&object(json!({
        "n": {"type": "integer"}, "s": {"type": "string"}, "list": {"type": "array", "items": {"type": "integer"}},
    })));
    let generator = Generator::new(&schema).unwrap();
    let fails = |value: &Value| value["n"].as_f64().unwrap() > 500.0;
    let mut seen = 0;
    for seed in 0..200 {
        let mut value = generator.valid(seed).unwrap();
        if !fails(&value) {
            continue;
        }
        seen += 1;
        let mut steps = 0;
        while let Some(smaller) = generator.smaller(&value).into_iter().find(&fails) {
            assert!(schema.apply(&smaller).is_ok());
            value = smaller;
            steps += 1;
            assert!(steps < 1_000, "no end: {value}");
        }
        assert_eq!(value, json!({"n": 501, "s": "", "list": []}));
    }
    assert!(seen > 10);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn data_made_smaller_stays_what_it_is(seed: u64, at in 0..60_usize) {
        let schemas = schemas();
        let schema = schema(&schemas[at % schemas.len()]);
        let generator = Generator::new(&schema).unwrap();
        let valid = generator.valid(seed).unwrap();
        for smaller in generator.smaller(&valid) {
            prop_assert!(schema.apply(&smaller).is_ok());
            prop_assert_ne!(&smaller, &valid);
        }
        if let Some(invalid) = generator.invalid(seed).unwrap() {
            for smaller in generator.smaller(&invalid) {
                prop_assert!(schema.apply(&smaller).is_err());
            }
        }
    }
}
