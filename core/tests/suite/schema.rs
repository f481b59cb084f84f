//! `arvo::Schema`: what it takes, what it makes of it, what it says of the rest (SPEC §5, §18).

use std::sync::Arc;

use arvo::{Data, Limits, NoHost, Raised, Refused, Schema, SchemaError, SchemaHost, Token, UnknownKeys};
use serde_json::{Value, json};

fn strip(schema: Value) -> Schema {
    Schema::from_json(&schema, UnknownKeys::Strip).unwrap()
}

fn as_written(schema: Value) -> Schema {
    Schema::from_json(&schema, UnknownKeys::AsWritten).unwrap()
}

/// What comes out: the data to use, or the paths of the problems.
fn outcome(schema: &Schema, data: &Value) -> Result<Value, Vec<String>> {
    match schema.apply(data) {
        Ok(changed) => {
            assert_ne!(changed.as_ref(), Some(data), "an unchanged copy");
            Ok(changed.unwrap_or_else(|| data.clone()))
        }
        Err(issues) => Err(issues.into_iter().map(|issue| issue.path).collect()),
    }
}

fn refused(paths: &[&str]) -> Result<Value, Vec<String>> {
    Err(paths.iter().map(|path| (*path).to_owned()).collect())
}

fn nested(depth: usize, leaf: Value) -> Value {
    (0..depth).fold(leaf, |inner, _| json!({ "n": inner }))
}

#[test]
fn recorded_cases() {
    let file: Value = serde_json::from_str(include_str!("../../../tests/vectors/contracts.json")).unwrap();
    let cases = file["schemas"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let mut schema = case["schema"].clone();
        for (pointer, mode) in case["unknownKeys"].as_object().unwrap() {
            if mode != "catchall" {
                schema.pointer_mut(&pointer[1..]).unwrap()["x-arvo-unknown-keys"] = mode.clone();
            }
        }
        let schema = strip(schema);
        let exported = Schema::from_json(&schema.to_json(), UnknownKeys::Passthrough).unwrap();
        for datum in case["data"].as_array().unwrap() {
            let name = format!("{}: {}", case["name"], datum["input"]);
            let found = outcome(&schema, &datum["input"]);
            assert_eq!(outcome(&exported, &datum["input"]), found, "{name}");
            let wanted = match (datum.get("ours"), datum.get("oursExpect")) {
                (None, _) => datum,
                (Some(_), Some(ours)) => ours,
                (Some(_), None) => continue, // its outcome is open
            };
            match (found, wanted.get("output"), wanted.get("invalid")) {
                (Ok(found), Some(output), _) => assert_eq!(&found, output, "{name}"),
                (Err(_), _, Some(open)) if open["$open"] == true => {}
                (Err(mut paths), _, Some(invalid)) => {
                    // Recorded paths are joined by "/" as they are; that of the whole is "/".
                    for path in &mut paths {
                        *path =
                            if path.is_empty() { "/".to_owned() } else { path.replace("~1", "/").replace("~0", "~") };
                    }
                    paths.sort_unstable();
                    paths.dedup();
                    assert_eq!(&json!(paths), invalid, "{name}");
                }
                (found, _, _) => panic!("{name}: found {found:?}, wanted {wanted}"),
            }
        }
    }
}

#[test]
fn each_draft_is_read_by_its_own_rules() {
    let bounds = |uri: Value, minimum: Value| {
        as_written(json!({"$schema": uri, "properties": {"n": minimum}})).apply(&json!({"n": 1})).is_ok()
    };
    assert!(!bounds(json!("http://json-schema.org/draft-04/schema#"), json!({"minimum": 1, "exclusiveMinimum": true})));
    for uri in [
        "http://json-schema.org/draft-06/schema#",
        "http://json-schema.org/draft-07/schema#",
        "https://json-schema.org/draft/2019-09/schema",
        "https://json-schema.org/draft/2020-12/schema",
    ] {
        assert!(!bounds(json!(uri), json!({"exclusiveMinimum": 1})), "{uri}");
    }
    let tuple = json!({"prefixItems": [{"type": "string"}]});
    assert!(as_written(tuple).apply(&json!([1])).is_err(), "2020-12 where nothing is said");
}

#[test]
fn formats_are_asserted_in_every_draft() {
    for uri in ["http://json-schema.org/draft-04/schema#", "https://json-schema.org/draft/2020-12/schema"] {
        for (format, wrong) in [
            ("uuid", "1"),
            ("duration", "1 day"),
            ("date-time", "2025-01-02"),
            ("email", "x"),
            ("uri", "x"),
            ("ipv4", "x"),
        ] {
            let schema = as_written(json!({"$schema": uri, "format": format}));
            assert_eq!(outcome(&schema, &json!(wrong)), refused(&[""]), "{format} in {uri}");
        }
    }
}

#[test]
fn every_problem_is_told_and_no_value_of_the_data() {
    let schema = as_written(json!({
        "properties": {
            "a/b": {"type": "object", "required": ["c~d"]},
            "list": {"items": {"type": "integer", "maximum": 3}},
            "one": {"enum": ["x", "y"]},
            "text": {"pattern": "^[a-z]+$", "maxLength": 3},
            "either": {"anyOf": [{"type": "null"}, {"properties": {"k": {"const": 1}}, "required": ["k"]}]},
            "closed": {"properties": {"k": {}}, "additionalProperties": false},
            "names": {"propertyNames": {"maxLength": 2}},
        },
        "required": ["gone"],
    }));
    let issues = schema
        .apply(&json!({
            "a/b": {}, "list": [1, "secret", 9], "one": "secret", "text": "SECRET secret",
            "either": {"k": "secret"}, "closed": {"surplus": "secret"}, "names": {"long": "secret"},
        }))
        .unwrap_err();
    let mut told: Vec<String> = issues.iter().map(|issue| format!("{}: {}", issue.path, issue.message)).collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "/a~1b/c~0d: is missing",
            "/closed: has unknown keys: \"surplus\"",
            "/either/k: wanted 1",
            "/gone: is missing",
            "/list/1: wanted integer, found string",
            "/list/2: wanted 3 or less",
            "/names: has a key that is not allowed: wanted at most 2 characters",
            "/one: wanted one of [\"x\",\"y\"]",
            "/text: wanted a text that matches \"^[a-z]+$\"",
            "/text: wanted at most 3 characters",
        ]
    );
    assert!(told.iter().all(|line| !line.to_lowercase().contains("secret")));
}

#[test]
fn unknown_keys_are_named_a_few_and_cut_short() {
    let many: serde_json::Map<_, _> = (0..20).map(|at| (format!("{at}{}", "x".repeat(500)), json!(1))).collect();
    let issues =
        as_written(json!({"properties": {"a": {}}, "additionalProperties": false})).apply(&many.into()).unwrap_err();
    assert_eq!((issues.len(), issues[0].path.as_str()), (1, ""));
    assert!(issues[0].message.starts_with("has unknown keys: \"0xxx") && issues[0].message.len() < 400);
}

#[test]
fn keys_keep_their_order_and_defaults_come_last() {
    let schema = strip(json!({"properties": {"a": {"default": 1}, "b": {}, "c": {"default": {}}}}));
    let out = schema.apply(&json!({"z": 0, "b": 2})).unwrap().unwrap();
    assert_eq!(out.to_string(), r#"{"b":2,"a":1,"c":{}}"#);
}

#[test]
fn defaults_are_filled_wherever_their_object_is() {
    let item = json!({"type": "object", "properties": {"n": {"default": 1}}});
    let schema = as_written(json!({
        "$defs": {"item": item, "five": {"type": "integer", "default": 5}},
        "properties": {
            "optional": {"$ref": "#/$defs/item"},
            "filled": {"$ref": "#/$defs/item", "default": {}},
            "list": {"items": {"$ref": "#/$defs/item"}},
            "pair": {"prefixItems": [{"type": "string"}, {"$ref": "#/$defs/item"}]},
            "record": {"additionalProperties": {"$ref": "#/$defs/item"}},
            "matched": {"patternProperties": {"^x": {"$ref": "#/$defs/item"}}},
            "five": {"$ref": "#/$defs/five"},
            "nullable": {"anyOf": [{"$ref": "#/$defs/item"}, {"type": "null"}]},
        },
        "required": ["five"],
    }));
    assert_eq!(
        outcome(
            &schema,
            &json!({
                "list": [{}, {"n": 2}, 3], "pair": ["x", {}, {}], "record": {"a": {}}, "matched": {"x1": {}, "y": {}}, "nullable": {}
            })
        ),
        refused(&["/list/2"])
    );
    assert_eq!(
        outcome(
            &schema,
            &json!({"list": [{}, {"n": 2}], "pair": ["x", {}, {}], "record": {"a": {}}, "matched": {"x1": {}, "y": {}}, "nullable": {}})
        ),
        Ok(json!({
            "list": [{"n": 1}, {"n": 2}], "pair": ["x", {"n": 1}, {}], "record": {"a": {"n": 1}}, "matched": {"x1": {"n": 1}, "y": {}},
            "nullable": {"n": 1}, "filled": {"n": 1}, "five": 5,
        }))
    );
    assert_eq!(
        outcome(&schema, &json!({"nullable": null})),
        Ok(json!({"nullable": null, "filled": {"n": 1}, "five": 5}))
    );
}

#[test]
fn a_default_beside_a_reference_counts_in_old_drafts_too() {
    let schema = as_written(json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "properties": {"a": {"type": "integer"}, "b": {"$ref": "#/properties/a", "default": 2}},
    }));
    assert_eq!(outcome(&schema, &json!({})), Ok(json!({"b": 2})));
}

#[test]
fn a_default_that_does_not_fit_is_refused() {
    let schema = as_written(json!({"properties": {"a": {"type": "integer", "default": "x"}}}));
    assert_eq!(outcome(&schema, &json!({})), refused(&["/a"]));
}

#[test]
fn stripping_comes_before_judging() {
    let schema = strip(json!({
        "properties": {"a": {}}, "patternProperties": {"^x-": {}}, "additionalProperties": false,
        "maxProperties": 2, "propertyNames": {"maxLength": 3},
    }));
    assert_eq!(outcome(&schema, &json!({"a": 1, "x-1": 2, "surplus": 3})), Ok(json!({"a": 1, "x-1": 2})));
}

#[test]
fn a_schema_for_further_keys_keeps_them_in_any_mode() {
    let schema =
        json!({"properties": {"a": {}}, "additionalProperties": {"type": "number"}, "x-arvo-unknown-keys": "strip"});
    for mode in MODES {
        let schema = Schema::from_json(&schema, mode).unwrap();
        assert_eq!(outcome(&schema, &json!({"b": 1})), Ok(json!({"b": 1})));
        assert_eq!(outcome(&schema, &json!({"b": "x"})), refused(&["/b"]));
    }
}

#[test]
fn an_import_mode_speaks_where_the_schema_does_not() {
    let open = json!({"properties": {"a": {}}});
    let closed = json!({"properties": {"a": {}}, "additionalProperties": false});
    let said = json!({"properties": {"a": {}}, "x-arvo-unknown-keys": "passthrough"});
    let data = json!({"a": 1, "b": 2});
    let (kept, dropped) = (|| Ok(data.clone()), || Ok(json!({"a": 1})));
    for (mode, of_open, of_closed) in [
        (UnknownKeys::AsWritten, kept(), refused(&[""])),
        (UnknownKeys::Strip, dropped(), dropped()),
        (UnknownKeys::Strict, refused(&[""]), refused(&[""])),
        (UnknownKeys::Passthrough, kept(), kept()),
        (UnknownKeys::StripUnlessClosed, dropped(), refused(&[""])),
    ] {
        let found = |schema: &Value| outcome(&Schema::from_json(schema, mode).unwrap(), &data);
        assert_eq!((found(&open), found(&closed), found(&said)), (of_open, of_closed, kept()), "{mode:?}");
    }
}

#[test]
fn an_intersection_keeps_what_any_part_knows() {
    let part = |key: &str, mode: &str| json!({"properties": {key: {}}, "x-arvo-unknown-keys": mode});
    let both = |first, second| as_written(json!({"allOf": [part("a", first), part("b", second)]}));
    let data = json!({"a": 1, "b": 2, "z": 3});
    assert_eq!(outcome(&both("strip", "strip"), &data), Ok(json!({"a": 1, "b": 2})));
    assert_eq!(outcome(&both("strip", "passthrough"), &data), Ok(data.clone()));
    assert!(outcome(&both("strip", "strict"), &data).is_err());
}

#[test]
fn parts_that_say_nothing_take_strip_from_the_schema_around_them() {
    let schema = as_written(json!({
        "x-arvo-unknown-keys": "strip",
        "properties": {"kind": {}},
        "allOf": [{"if": {"properties": {"kind": {"const": "card"}}}, "then": {"properties": {"number": {"default": 0}}}}],
        "dependentSchemas": {"kind": {"properties": {"since": {}}}},
    }));
    assert_eq!(
        outcome(&schema, &json!({"kind": "card", "since": 1, "z": 1})),
        Ok(json!({"kind": "card", "since": 1, "number": 0}))
    );
    assert_eq!(outcome(&schema, &json!({"kind": "cash", "number": 1, "z": 1})), Ok(json!({"kind": "cash"})));
}

#[test]
fn the_first_alternative_that_fits_after_its_own_shaping_decides() {
    let schema = strip(json!({"anyOf": [
        {"properties": {"a": {"type": "number"}, "n": {"default": 1}}, "required": ["a", "n"], "maxProperties": 2},
        {"properties": {"a": {}, "b": {}}},
    ]}));
    assert_eq!(outcome(&schema, &json!({"a": 1, "b": 2, "c": 3})), Ok(json!({"a": 1, "n": 1})));
    assert_eq!(outcome(&schema, &json!({"a": "x", "b": 2, "c": 3})), Ok(json!({"a": "x", "b": 2})));
}

#[test]
fn what_one_alternative_drops_does_not_make_a_value_fit_another() {
    let one = json!({"type": "object", "properties": {"a": {"type": "number"}}});
    let other = json!({"type": "object", "properties": {"b": {"type": "string"}}, "required": ["b"]});
    for alternatives in [json!([one, other]), json!([other, one])] {
        let schema = strip(json!({"properties": {"u": {"anyOf": alternatives}}}));
        assert_eq!(outcome(&schema, &json!({"u": {"a": "x"}})), refused(&["/u"]));
        assert_eq!(outcome(&schema, &json!({"u": {"a": "x", "b": "x"}})), Ok(json!({"u": {"b": "x"}})));
    }
}

#[test]
fn a_problem_within_what_may_be_null_has_its_own_place() {
    let item = json!({"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]});
    let nothing = json!({"type": "null"});
    for alternatives in [json!([item, nothing]), json!([nothing, item])] {
        let schema = as_written(json!({"properties": {"u": {"anyOf": alternatives}}}));
        assert_eq!(outcome(&schema, &json!({"u": {"n": "x"}})), refused(&["/u/n"]));
        assert_eq!(outcome(&schema, &json!({"u": {}})), refused(&["/u/n"]));
        assert_eq!(outcome(&schema, &json!({"u": 7})), refused(&["/u"]));
        let told = schema.apply(&json!({"u": 7})).unwrap_err().remove(0).message;
        assert!(told.starts_with("fits none of the 2 alternatives"), "{told}");
    }
    let text = json!({"type": "string"});
    let schema = as_written(json!({"properties": {"u": {"anyOf": [item, text]}}}));
    assert_eq!(outcome(&schema, &json!({"u": {"n": "x"}})), refused(&["/u"]), "either might be meant");
}

#[test]
fn a_tag_may_be_a_default_of_the_schema_around() {
    let schema = strip(json!({
        "type": "object",
        "properties": {"kind": {"default": "b"}},
        "oneOf": [
            {"type": "object", "properties": {"kind": {"const": "a"}, "x": {"default": 1}}, "required": ["kind"]},
            {"type": "object", "properties": {"kind": {"const": "b"}, "y": {"default": 2}}, "required": ["kind"]},
        ],
    }));
    assert_eq!(outcome(&schema, &json!({"z": 1})), Ok(json!({"kind": "b", "y": 2})));
    assert_eq!(outcome(&schema, &json!({"kind": "a"})), Ok(json!({"kind": "a", "x": 1})));
}

#[test]
fn what_a_schema_refuses_is_judged_as_it_is_written() {
    let schema = strip(
        json!({"properties": {"a": {}, "b": {}}, "not": {"properties": {"a": {}}, "additionalProperties": false}}),
    );
    assert_eq!(outcome(&schema, &json!({"a": 1, "z": 1})), refused(&[""]));
    assert_eq!(outcome(&schema, &json!({"a": 1, "b": 1, "z": 1})), Ok(json!({"a": 1, "b": 1})));
}

#[test]
fn a_reference_does_as_its_target_says_wherever_that_stands() {
    let schema = Schema::from_json(
        &json!({
            "properties": {"tree": {"$ref": "#/components/schemas/Tree"}},
            "components": {"schemas": {"Tree": {
                "properties": {"leaf": {}, "branches": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}},
                "additionalProperties": false,
            }}},
        }),
        UnknownKeys::Strip,
    )
    .unwrap();
    assert_eq!(
        outcome(&schema, &json!({"tree": {"branches": [{"leaf": 1, "z": 1}], "z": 1}})),
        Ok(json!({"tree": {"branches": [{"leaf": 1}]}}))
    );
    assert_eq!(schema.to_json()["components"]["schemas"]["Tree"]["x-arvo-unknown-keys"], "strip");
}

#[test]
fn a_reference_may_name_keys_as_they_are_and_is_exported_as_a_uri() {
    for (key, reference) in [
        ("first name", "#/properties/first%20name"),
        ("grüße", "#/properties/gr%C3%BC%C3%9Fe"),
        ("50%", "#/properties/50%25"),
        ("50%2B", "#/properties/50%252B"),
        ("a/b", "#/properties/a~1b"),
        ("a/b c/~1", "#/properties/a~1b%20c~1~01"),
        ("a/%41", "#/properties/a~1%2541"),
        ("a[0]^", "#/properties/a%5B0%5D%5E"),
        ("no. #1", "#/properties/no.%20%231"),
    ] {
        let named = format!("#/properties/{key}");
        let schema = strip(json!({"properties": {key: {"type": "string"}, "other": {"$ref": named}}}));
        assert_eq!(outcome(&schema, &json!({"other": 1})), refused(&["/other"]), "{key}");
        let path = format!("/{}", key.replace('~', "~0").replace('/', "~1"));
        assert_eq!(outcome(&schema, &json!({key: 1, "other": "x"})), refused(&[&path]), "{key}");
        assert_eq!(schema.to_json()["properties"]["other"]["$ref"], reference);
    }
    let nobody = Schema::from_json(&json!({"$ref": "#/properties/no body"}), UnknownKeys::Strip).unwrap_err();
    assert!(
        matches!(nobody, SchemaError::DanglingReference { ref reference } if reference == "#/properties/no%20body"),
        "{nobody:?}"
    );
}

#[test]
fn a_reference_that_finds_something_as_a_pointer_is_not_read_as_keys() {
    let schema = strip(json!({
        "properties": {"a/b": {"type": "number"}, "a~1b": {"type": "string"}, "c": {"$ref": "#/properties/a~1b"}},
    }));
    assert_eq!(outcome(&schema, &json!({"c": "text"})), refused(&["/c"]));
    assert_eq!(schema.to_json()["properties"]["c"]["$ref"], "#/properties/a~1b");
}

#[test]
fn a_type_said_twice_is_said_once() {
    let schema = strip(json!({"properties": {"a": {"type": ["null", "null"]}}}));
    assert_eq!(outcome(&schema, &json!({"a": 0})), refused(&["/a"]));
    assert_eq!(outcome(&schema, &json!({"a": null})), Ok(json!({"a": null})));
    assert_eq!(schema.to_json()["properties"]["a"]["type"], json!(["null"]));
}

#[test]
fn references_by_anchor_and_embedded_id_are_followed() {
    let schema = strip(json!({
        "$id": "https://example.com/order",
        "properties": {"line": {"$ref": "#line"}, "buyer": {"$ref": "buyer"}},
        "$defs": {
            "line": {"$anchor": "line", "properties": {"n": {"default": 1}}},
            "buyer": {"$id": "buyer", "properties": {"name": {"$ref": "#/$defs/name"}}, "$defs": {"name": {"default": "x"}}},
        },
    }));
    assert_eq!(
        outcome(&schema, &json!({"line": {"z": 1}, "buyer": {"z": 1}})),
        Ok(json!({"line": {"n": 1}, "buyer": {"name": "x"}}))
    );
}

#[test]
fn keys_that_are_special_elsewhere_are_plain_here() {
    let schema = strip(
        json!({"properties": {"__proto__": {"properties": {"x": {}}}, "properties": {"default": 1}, "$ref": {}}}),
    );
    assert_eq!(
        outcome(&schema, &json!({"__proto__": {"x": 1, "y": 2}, "$ref": "a", "constructor": {}})),
        Ok(json!({"__proto__": {"x": 1}, "$ref": "a", "properties": 1}))
    );
}

/// A host whose schema 1 takes all but `"bad"`, and doubles a `"double"`.
struct World;

impl SchemaHost for World {
    fn validate(&self, schema: u32, data: &Data) -> Result<Option<Data>, Refused> {
        assert_eq!(schema, 1);
        match data {
            Data::Text(text) if &**text == "\"double\"" => Ok(Some(Data::Host(Token(9)))),
            Data::Text(text) if &**text == "\"bad\"" => Err(Refused::Issues(Vec::new())),
            _ => Ok(None),
        }
    }

    fn text(&self, token: Token) -> Result<Arc<str>, Raised> {
        if token == Token(1) { Ok("{\"a\": 1, \"z\": 1}".into()) } else { Err(Raised::error(token, "Error", "gone")) }
    }
}

#[test]
fn a_host_schema_is_judged_by_the_host() {
    let schema = Schema::host(1, json!({"type": "string"}));
    let judge = |text: &str| schema.validate(&Data::Text(text.into()), &Limits::default(), &World);
    assert!(matches!(judge("\"double\""), Ok(Some(Data::Host(Token(9))))));
    assert!(matches!(judge("\"bad\""), Err(Refused::Issues(_))));
    assert!(matches!(judge("1"), Ok(None)));
    assert_eq!(schema.to_json(), json!({"type": "string"}));
    assert_eq!(outcome(&schema, &json!("x")), refused(&[""]), "only its host can judge");
}

#[test]
fn a_host_object_meets_a_json_schema_as_its_text() {
    let schema = strip(json!({"properties": {"a": {}}}));
    let judge = |token, host: &dyn SchemaHost| schema.validate(&Data::Host(token), &Limits::default(), host);
    assert!(matches!(judge(Token(1), &World), Ok(Some(Data::Value(value))) if *value == json!({"a": 1})));
    assert!(matches!(judge(Token(2), &World), Err(Refused::Raised(raised)) if raised.message == "gone"));
    let Err(Refused::Raised(raised)) = judge(Token(2), &NoHost) else { panic!() };
    assert_eq!((raised.name.as_str(), raised.violation), ("NoHost", Some(arvo::ViolationKind::Config)));
}

#[test]
fn broken_text_and_limits_are_issues_of_the_whole() {
    let schema = as_written(json!({}));
    let limits = Limits { depth: 2, keys: 2, ..Limits::default() };
    for text in ["", "{", "{\"a\": [[]]}", "{\"a\":1,\"b\":2,\"c\":3}", "\"\\ud800\"", "{} {}"] {
        let Err(Refused::Issues(issues)) = schema.validate(&Data::Text(text.into()), &limits, &NoHost) else {
            panic!("{text}")
        };
        assert_eq!((issues.len(), issues[0].path.as_str()), (1, ""), "{text}");
    }
    let deep = Data::Value(Arc::new(json!([[[]]])));
    assert!(matches!(schema.validate(&deep, &limits, &NoHost), Err(Refused::Issues(_))));
}

#[test]
fn what_can_be_no_schema_is_refused_by_name() {
    let build = |schema: Value| Schema::from_json(&schema, UnknownKeys::Strip).unwrap_err();
    assert!(matches!(build(json!(1)), SchemaError::NotASchema { .. }));
    assert!(
        matches!(build(json!({"properties": {"a": {"type": "text"}}})), SchemaError::NotASchema { at, .. } if at == "/properties/a/type")
    );
    assert!(
        matches!(build(json!({"$schema": "https://example.com/mine"})), SchemaError::UnknownDraft { uri } if uri == "https://example.com/mine")
    );
    for uri in ["https://example.com/a.json", "file:///etc/passwd", "a.json"] {
        assert!(
            matches!(build(json!({"properties": {"a": {"$ref": uri}}})), SchemaError::RemoteReference { .. }),
            "{uri}"
        );
    }
    for reference in ["#/$defs/a", "#a"] {
        assert_eq!(build(json!({"$ref": reference})), SchemaError::DanglingReference { reference: reference.into() });
    }
    for pattern in ["(", "(?=a)", "(a)\\1", "((a{1000}){1000}){1000}"] {
        let wanted = |keyword: &str| SchemaError::Pattern { at: format!("/{keyword}"), pattern: pattern.into() };
        assert_eq!(build(json!({"pattern": pattern})), wanted("pattern"));
        assert_eq!(build(json!({"patternProperties": {pattern: {}}})), wanted(&format!("patternProperties/{pattern}")));
    }
    assert_eq!(
        build(json!({"items": {"x-arvo-unknown-keys": "drop"}})),
        SchemaError::UnknownKeysValue { at: "/items".into(), found: "\"drop\"".into() }
    );
    for endless in [
        json!({"$ref": "#"}),
        json!({"anyOf": [{"type": "null"}, {"$ref": "#"}]}),
        json!({"not": {"$ref": "#"}}),
        json!({"$ref": "#/$defs/a", "$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"$ref": "#/$defs/a"}}}),
    ] {
        assert!(matches!(build(endless.clone()), SchemaError::EndlessReference { .. }), "{endless}");
    }
    let chain = |length: usize| {
        let link = |at| (format!("d{at}"), json!({ "$ref": format!("#/$defs/d{}", at + 1) }));
        let mut defs: serde_json::Map<_, _> = (0..length).map(link).collect();
        defs.insert(format!("d{length}"), json!({}));
        json!({"$ref": "#/$defs/d0", "$defs": defs})
    };
    assert!(Schema::from_json(&chain(60), UnknownKeys::Strip).is_ok());
    assert!(matches!(build(chain(3000)), SchemaError::TooDeep { limit: 64, .. }));
    let deep = (0..100).fold(json!({}), |inner, _| json!({ "properties": { "a": inner } }));
    assert!(matches!(build(deep), SchemaError::Limit(_)));
}

#[test]
fn defaults_without_end_are_refused() {
    let build = |schema: Value| Schema::from_json(&schema, UnknownKeys::Strip);
    let endless = json!({"properties": {"c": {"$ref": "#", "default": {}}}});
    assert!(matches!(build(endless), Err(SchemaError::EndlessDefault { at, .. }) if at == "/properties/c"));
    let level = |at: usize| {
        let next = json!({ "$ref": format!("#/$defs/d{}", at + 1) });
        (format!("d{at}"), json!({"default": {}, "properties": {"a": next, "b": next}}))
    };
    let defs: serde_json::Map<_, _> = (0..40).map(level).chain([("d40".to_owned(), json!({}))]).collect();
    let doubling = json!({"properties": {"x": {"$ref": "#/$defs/d0"}}, "$defs": defs});
    assert!(matches!(build(doubling), Err(SchemaError::EndlessDefault { .. })));
    // Each half ends; together they do not, which only data can show.
    let schema = strip(json!({"allOf": [{"$ref": "#/$defs/a1"}, {"$ref": "#/$defs/b1"}], "$defs": {
        "a1": {"properties": {"p": {"$ref": "#/$defs/a2", "default": {}}}}, "a2": {"properties": {"p": {"$ref": "#/$defs/a1"}}},
        "b1": {"properties": {"p": {"$ref": "#/$defs/b2"}}}, "b2": {"properties": {"p": {"$ref": "#/$defs/b1", "default": {}}}},
    }}));
    assert_eq!(outcome(&schema, &json!({})), refused(&[""]));
}

#[test]
fn deep_data_costs_no_power_of_its_depth() {
    let branch = |key: &str| json!({"type": "object", "properties": {"n": {"$ref": "#"}, key: {"type": "string"}}});
    for union in ["anyOf", "oneOf"] {
        let mut second = branch("b");
        second["required"] = json!(["b"]);
        let schema = strip(json!({ union: [branch("a"), second] }));
        assert_eq!(outcome(&schema, &nested(100, json!({"z": 1}))), Ok(nested(100, json!({}))));
        assert_eq!(outcome(&schema, &nested(100, json!({"n": 1}))), refused(&[""]));
    }
}

#[test]
fn large_data_costs_no_multiple_of_its_size() {
    let list = json!({"type": "array", "items": {"type": "string"}});
    let large: Value = (0..100_000).collect::<Vec<_>>().into();
    assert_eq!(outcome(&as_written(list.clone()), &large), refused(&["/0", ""]));
    let alternatives: Vec<Value> = vec![list; 50];
    let schema = as_written(json!({"properties": {"u": {"anyOf": alternatives}, "n": {"type": "number"}}}));
    assert_eq!(outcome(&schema, &json!({"u": large, "n": "x"})).unwrap_err().len(), 2);
    let middling: Value = (0..5_000).collect::<Vec<_>>().into();
    assert_eq!(outcome(&schema, &json!({"u": middling, "n": "x"})), refused(&["/u", "/n"]));
}

#[test]
fn problems_within_alternatives_have_their_place_in_large_data_too() {
    // Above some size a union is told as one problem; references into its alternatives still lead there.
    let schema = as_written(json!({
        "properties": {
            "first": {"anyOf": [{"type": "object", "properties": {"n": {"type": "integer"}}}, {"type": "null"}]},
            "again": {"$ref": "#/properties/first/anyOf/0"},
            "size": {"type": "array"},
        },
    }));
    let filler: Vec<u32> = (0..15_000).collect();
    assert_eq!(
        outcome(&schema, &json!({"first": {"n": "x"}, "again": {"n": "x"}, "size": filler})),
        refused(&["/first", "/again/n"])
    );
}

#[cfg(feature = "schemars")]
#[test]
fn a_rust_type_does_with_unknown_keys_what_serde_does() {
    #[derive(schemars::JsonSchema)]
    #[serde(tag = "by", rename_all = "lowercase")]
    #[allow(dead_code)]
    enum Payment {
        Card {
            number: String,
        },
        Cash {
            #[serde(default)]
            coins: bool,
        },
    }
    #[derive(schemars::JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Closed {
        payment: Option<Payment>,
    }
    let schema = Schema::of::<Closed>().unwrap();
    let paid = |payment: Value| outcome(&schema, &json!({ "payment": payment }));
    assert_eq!(
        paid(json!({"by": "card", "number": "1", "z": 1})),
        Ok(json!({"payment": {"by": "card", "number": "1"}}))
    );
    assert_eq!(paid(json!({"by": "cash"})), Ok(json!({"payment": {"by": "cash", "coins": false}})));
    assert_eq!(paid(json!(null)), Ok(json!({"payment": null})));
    assert_eq!(outcome(&schema, &json!({"z": 1})), refused(&[""]));
}

const MODES: [UnknownKeys; 5] = [
    UnknownKeys::AsWritten,
    UnknownKeys::Strip,
    UnknownKeys::Strict,
    UnknownKeys::Passthrough,
    UnknownKeys::StripUnlessClosed,
];

mod any_schema {
    use proptest::prelude::*;

    use super::*;

    fn object(keywords: Vec<(&str, Value)>) -> Value {
        keywords.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<serde_json::Map<_, _>>().into()
    }

    fn data() -> impl Strategy<Value = Value> {
        let leaf = prop::sample::select(vec![
            json!(null),
            json!(true),
            json!(1),
            json!("x"),
            json!("a"),
            json!({}),
            json!([]),
        ]);
        leaf.prop_recursive(4, 24, 4, |inner| {
            let key = prop::sample::select(vec!["a", "b", "k", "z"]);
            prop_oneof![
                3 => prop::collection::vec((key, inner.clone()), 0..4).prop_map(object),
                1 => prop::collection::vec(inner, 0..3).prop_map(Value::from),
            ]
        })
    }

    fn schema() -> impl Strategy<Value = Value> {
        let leaf = prop::sample::select(vec![
            json!({}),
            json!(true),
            json!(false),
            json!({"type": "string"}),
            json!({"type": "integer", "default": 7}),
            json!({"const": "a"}),
            json!({"const": "x"}),
            json!({"enum": ["a", null]}),
            json!({"default": {}}),
            json!({"$ref": "#"}),
            json!({"$ref": "#/$defs/d"}),
            json!({"$ref": "#/properties/a"}),
            json!({"$ref": "#/$defs/d", "default": {"a": 1}}),
            json!({"type": "object"}),
            json!({"type": ["object", "null"]}),
            json!({"type": "array"}),
            json!({"required": ["a"]}),
            json!({"maxProperties": 1}),
        ]);
        leaf.prop_recursive(4, 32, 4, |inner| {
            let (lists, ones) = (prop::collection::vec(inner.clone(), 1..4), inner.clone());
            let list = move |keyword: &'static str| lists.clone().prop_map(move |list| (keyword, json!(list)));
            let one = move |keyword: &'static str| ones.clone().prop_map(move |schema| (keyword, schema));
            let keyword = prop_oneof![
                6 => prop::collection::vec((prop::sample::select(vec!["a", "b", "k"]), inner.clone()), 0..4)
                    .prop_map(|list| ("properties", object(list))),
                3 => prop::sample::select(vec!["strip", "strip", "strict", "passthrough"])
                    .prop_map(|mode| ("x-arvo-unknown-keys", json!(mode))),
                2 => Just(("additionalProperties", json!(false))),
                1 => one("additionalProperties"),
                1 => one("unevaluatedProperties"),
                1 => inner.clone().prop_map(|schema| ("patternProperties", json!({ "^[a-k]$": schema }))),
                1 => one("items"),
                1 => one("not"),
                1 => one("contains"),
                3 => prop::sample::select(vec!["if", "then", "else"]).prop_flat_map(one.clone()),
                2 => inner.clone().prop_map(|schema| ("$defs", json!({ "d": schema }))),
                1 => inner.clone().prop_map(|schema| ("dependentSchemas", json!({ "a": schema }))),
                6 => prop::sample::select(vec!["allOf", "anyOf", "oneOf"]).prop_flat_map(list.clone()),
                1 => list("prefixItems"),
                2 => Just(("required", json!(["a"]))),
                2 => Just(("type", json!("object"))),
                1 => Just(("default", json!({}))),
            ];
            prop::collection::vec(keyword, 1..6).prop_map(object)
        })
    }

    fn mode() -> impl Strategy<Value = UnknownKeys> {
        prop::sample::select(MODES.to_vec())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn an_export_does_the_same_imported_in_any_mode(
            schema in schema(), first in mode(), second in mode(), data in prop::collection::vec(data(), 8),
        ) {
            let Ok(schema) = Schema::from_json(&schema, first) else { return Ok(()) };
            let again = Schema::from_json(&schema.to_json(), second).unwrap();
            for data in data {
                prop_assert_eq!(schema.apply(&data), again.apply(&data));
            }
        }

        /// Data that needs no shaping is judged in one look, if a schema allows it; a `not` does not.
        #[test]
        fn one_look_decides_as_the_long_way_does(schema in schema(), mode in mode(), data in prop::collection::vec(data(), 8)) {
            let Ok(quick) = Schema::from_json(&schema, mode) else { return Ok(()) };
            let mut slow = schema;
            let Some(object) = slow.as_object_mut() else { return Ok(()) };
            if object.contains_key("not") || object.contains_key("$ref") {
                return Ok(());
            }
            object.insert("not".to_owned(), json!({"const": "nothing that is asked"}));
            let slow = Schema::from_json(&slow, mode).unwrap();
            for data in data {
                prop_assert_eq!(quick.apply(&data), slow.apply(&data));
            }
        }
    }

    #[test]
    fn data_to_use_stays_as_it_is_when_judged_again() {
        let tagged = |kind: &str, key: &str| {
            json!({
                "type": "object", "properties": {"k": {"const": kind}, key: {"default": 1}}, "required": ["k"],
            })
        };
        let schemas = [
            json!({"properties": {"a": {"type": "integer", "default": 1}, "b": {"$ref": "#"}}, "additionalProperties": false}),
            json!({"anyOf": [tagged("a", "b"), tagged("x", "z"), {"type": "array", "items": {"$ref": "#"}}]}),
            json!({"allOf": [{"properties": {"a": {"$ref": "#/$defs/d"}}}, {"properties": {"b": {}, "k": {"default": {}}}}], "$defs": {"d": {"default": "x"}}}),
            json!({"properties": {"k": {"default": "a"}}, "if": {"properties": {"k": {"const": "a"}}}, "then": {"properties": {"a": {"default": 1}}}}),
            json!({"additionalProperties": {"properties": {"a": {}, "b": {"default": []}}}}),
        ]
        .map(strip);
        proptest!(ProptestConfig::with_cases(500), |(data in data(), at in 0..schemas.len())| {
            if let Ok(Some(out)) = schemas[at].apply(&data) {
                prop_assert_eq!(schemas[at].apply(&out), Ok(None));
            }
        });
    }

    #[test]
    fn no_json_makes_a_panic_as_a_schema_or_as_data() {
        let keyword = prop::sample::select(vec![
            "type",
            "properties",
            "items",
            "prefixItems",
            "allOf",
            "anyOf",
            "if",
            "then",
            "$ref",
            "$id",
            "$anchor",
            "$schema",
            "$dynamicRef",
            "$dynamicAnchor",
            "$defs",
            "required",
            "default",
            "pattern",
            "patternProperties",
            "additionalProperties",
            "format",
            "x-arvo-unknown-keys",
            "dependencies",
            "dependentSchemas",
            "minimum",
            "multipleOf",
            "enum",
            "const",
            "not",
            "a",
        ]);
        let text = prop_oneof![
            prop::sample::select(vec![
                "string",
                "object",
                "#",
                "#/",
                "#/properties/a",
                "#a",
                "a",
                "#/%zz",
                "../x",
                "http://json-schema.org/draft-04/schema#",
                "http://json-schema.org/draft-07/schema#",
                "(",
                "[",
                "^.*$",
                "date",
                "regex",
                "strip",
                "",
            ])
            .prop_map(str::to_owned),
            any::<String>(),
        ];
        let leaf = prop_oneof![
            4 => text.prop_map(Value::from),
            1 => any::<bool>().prop_map(Value::from),
            1 => any::<i64>().prop_map(Value::from),
            1 => any::<f64>().prop_map(Value::from),
            1 => Just(Value::Null),
        ];
        let json = leaf.prop_recursive(5, 40, 5, move |inner| {
            prop_oneof![
                4 => prop::collection::vec((keyword.clone(), inner.clone()), 0..5).prop_map(object),
                1 => prop::collection::vec(inner, 0..4).prop_map(Value::from),
            ]
        });
        proptest!(ProptestConfig::with_cases(1000), |(schema in json.clone(), data in json, mode in mode())| {
            if let Ok(schema) = Schema::from_json(&schema, mode) {
                let _ = schema.apply(&data);
            }
        });
    }
}
