//! contracts.json: schemas, contracts, and contracts that can't be made.

use std::collections::BTreeSet;

use arvo::{Contract, EventDraft, FactoryError, UnknownKeys};
use serde_json::{Map, Value, json};

use crate::Vectors;
use crate::case::{Problems, Run, group, text};
use crate::matcher::differences;
use crate::outcome::{error_of, without_class};
use crate::{contracts, input};

pub(crate) fn run(data: &Value, _: &Vectors, run: &mut Run<'_>) {
    for case in group(data, "schemas") {
        for (index, datum) in group(case, "data").enumerate() {
            let mut expecting = datum.clone();
            expecting["expect"] = match datum.get("output") {
                Some(output) => json!({"output": output}),
                None => json!({"invalid": datum["invalid"]}),
            };
            let name = format!("{}, {index}", text(case, "name"));
            run.case("schemas", &name, &expecting, |expect| validate(case, datum, expect));
        }
    }
    for case in group(data, "contracts") {
        run.case("contracts", text(case, "name"), case, |expect| whole(case, expect));
    }
    for case in group(data, "badContracts") {
        run.case("badContracts", text(case, "name"), case, |expect| differences(&without_class(expect), &bad(case)));
    }
}

/// Every failure that the cases of this name produce (for errors.json).
pub(crate) fn failures(data: &Value, name: &str) -> Vec<Value> {
    let named = |case: &&Value| case["name"] == name;
    let mut found: Vec<Value> = group(data, "badContracts").filter(named).map(bad).collect();
    for case in group(data, "contracts").filter(named) {
        let contract = made(case);
        let options = case["expect"]["lookups"].as_object().into_iter().flat_map(Map::keys);
        found.extend(options.map(|option| look_up(&contract, option)));
    }
    found
}

/// Data through a schema, by making an event of it.
fn validate(case: &Value, datum: &Value, expect: &Value) -> Problems {
    let none: [(&str, Value); 0] = [];
    let contract = Contract::builder("#/test/schema", "com.test.schema")
        .version("1.0.0", contracts::schema(case), none)
        .build()
        .unwrap_or_else(|error| panic!("{error}"));
    let given = json!({"source": "com.test.source", "subject": "s", "data": datum["input"]});
    let draft = EventDraft::from_json(&input::json(&given), &arvo::Limits::DEFAULT);
    let found = match contract.latest().factory().accepts(draft.unwrap_or_else(|error| panic!("{error}"))) {
        Ok(event) => json!({"output": event.data().unwrap_or_else(|error| panic!("{error}"))}),
        Err(FactoryError::Accepts { issues }) => {
            let paths = issues.into_iter().map(|issue| joined(&issue.path));
            json!({"invalid": paths.collect::<BTreeSet<String>>()})
        }
        Err(error) => json!({"error": error.to_string()}),
    };
    let mut wanted = input::value(expect).unwrap_or_else(|| panic!("a lone surrogate in {expect}"));
    if let Some(paths) = wanted.get("invalid").and_then(Value::as_array) {
        let paths: BTreeSet<String> = paths.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        wanted["invalid"] = json!(paths);
    }
    differences(&wanted, &found)
}

/// A JSON Pointer as the recorder writes paths: keys joined by `/` as they are, the whole as `/`.
fn joined(pointer: &str) -> String {
    if pointer.is_empty() { "/".to_owned() } else { pointer.replace("~1", "/").replace("~0", "~") }
}

/// A contract: what it says of itself, its versions, its export, and the export imported again.
fn whole(case: &Value, expect: &Value) -> Problems {
    let contract = made(case);
    let exported = contract.to_json();
    let mut problems = differences(&bare(expect), &bare(&described(&contract, &exported, expect)));
    let again = Contract::from_json(&exported, UnknownKeys::AsWritten).unwrap_or_else(|error| panic!("{error}"));
    problems.extend(differences(&exported, &again.to_json()));
    let of_reference = Contract::from_json(&expect["jsonSchema"], UnknownKeys::Strip);
    match of_reference {
        Ok(imported) => {
            problems.extend(differences(&expect["lookups"], &described(&imported, &exported, expect)["lookups"]))
        }
        Err(error) => problems.push(format!("the reference's export can't be imported: {error}")),
    }
    problems
}

fn described(contract: &Contract, exported: &Value, expect: &Value) -> Value {
    let ascending: Vec<String> = contract.versions().map(|version| version.version().to_string()).collect();
    let options = expect["lookups"].as_object().into_iter().flat_map(Map::keys);
    let lookups: Map<String, Value> = options.map(|option| (option.clone(), look_up(contract, option))).collect();
    json!({
        "uri": contract.uri(),
        "type": contract.type_(),
        "domain": contract.domain(),
        "description": contract.description(),
        "metadata": contract.metadata(),
        "systemErrorType": contract.system_error_type(),
        "versionsAscending": ascending,
        "versionsDescending": ascending.iter().rev().collect::<Vec<_>>(),
        "lookups": lookups,
        "jsonSchema": exported,
        "unknownKeys": group(exported, "versions").map(modes).collect::<Vec<_>>(),
    })
}

/// One version as the recorded case tells of it.
fn look_up(contract: &Contract, option: &str) -> Value {
    match contract.version(option) {
        Ok(version) => json!({
            "uri": contract.uri(),
            "version": version.version().as_str(),
            "domain": contract.domain(),
            "description": contract.description(),
            "metadata": contract.metadata(),
            "dataschema": version.dataschema(),
            "acceptsType": &*version.accepts().type_,
            "emitTypes": version.emits().iter().map(|emit| &*emit.type_).collect::<Vec<_>>(),
            "systemErrorType": contract.system_error_type(),
            "systemErrorDataschema": contract.system_error_dataschema(),
        }),
        Err(error) => json!({"error": {"name": "Error", "message": error.to_string()}}),
    }
}

/// The modes of one exported version, by the pointer of each object schema.
fn modes(version: &Value) -> Value {
    let of = |schema: &Value| {
        let mut found = Map::new();
        collect_modes(schema, "#", &mut found);
        Value::Object(found)
    };
    let emits = group(version, "emits").map(|emit| (text(emit, "type").to_owned(), of(&emit["schema"])));
    json!({
        "version": version["version"],
        "accepts": of(&version["accepts"]["schema"]),
        "emits": emits.collect::<Map<_, _>>(),
    })
}

fn collect_modes(schema: &Value, at: &str, found: &mut Map<String, Value>) {
    match schema {
        Value::Object(map) => {
            if let Some(mode) = map.get(MODE) {
                found.insert(at.to_owned(), mode.clone());
            }
            for (key, part) in map {
                collect_modes(part, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(list) => {
            for (index, part) in list.iter().enumerate() {
                collect_modes(part, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

const MODE: &str = "x-arvo-unknown-keys";

/// An export without descriptions of schemas, whose wording is free, and without what ours adds: the modes.
fn bare(description: &Value) -> Value {
    fn strip(schema: &mut Value) {
        match schema {
            Value::Object(map) => {
                map.remove(MODE);
                if map.get("description").is_some_and(Value::is_string) {
                    map.remove("description");
                }
                map.values_mut().for_each(strip);
            }
            Value::Array(list) => list.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut bare = description.clone();
    for version in bare["jsonSchema"]["versions"].as_array_mut().into_iter().flatten() {
        strip(&mut version["accepts"]["schema"]);
        strip(&mut version["systemError"]["schema"]);
        version["emits"].as_array_mut().into_iter().flatten().for_each(|emit| strip(&mut emit["schema"]));
    }
    bare
}

fn made(case: &Value) -> Contract {
    contracts::contract(&case["contract"]).unwrap_or_else(|error| panic!("{error}"))
}

fn bad(case: &Value) -> Value {
    match contracts::contract(&case["input"]) {
        Ok(_) => json!({"made": true}),
        Err(error) => error_of(&error.to_string(), []),
    }
}
