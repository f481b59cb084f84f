//! Contracts: every way for one to be refused, looking versions up, import and export.

use std::collections::HashSet;

use arvo::{Contract, ContractBuilder, ContractError, ContractKind, UnknownKeys, UnknownVersion};
use serde_json::{Value, json};

use crate::support::contract;

fn object() -> Value {
    json!({"type": "object"})
}

fn plain(uri: &str, type_: &str) -> ContractBuilder {
    Contract::builder(uri, type_).version("1.0.0", object(), [("evt.a.b", object())])
}

fn none() -> [(&'static str, Value); 0] {
    []
}

#[test]
fn each_fault_of_a_contract_has_its_error() {
    let good = || plain("#/a", "com.a.b");
    let orchestrator =
        |name: &str, init: Value| Contract::orchestrator("#/o", name).version("1.0.0", init, object()).build();
    let import = |json: Value| Contract::from_json(&json, UnknownKeys::Strip);
    let faults: Vec<(Result<Contract, ContractError>, &str)> = vec![
        (plain("", "com.a.b").build(), "UriEmpty"),
        (plain("#/a b", "com.a.b").build(), "UriNotEncoded"),
        (plain("#/a", "").build(), "TypeEmpty"),
        (plain("#/a", "com.a").build(), "TypeGrammar"),
        (good().domain("").build(), "DomainEmpty"),
        (good().domain("Human").build(), "DomainGrammar"),
        (Contract::builder("#/a", "com.a.b").build(), "NoVersions"),
        (good().version("1.0", object(), none()).build(), "VersionGrammar"),
        (good().version("0.0.0", object(), none()).build(), "Wildcard"),
        (good().version("1.0.0", object(), none()).build(), "VersionTwice"),
        (plain("a b", "arvo.orc.a").version("x", object(), [("evt", object())]).build(), "AcceptsReserved"),
        (plain("#/a", "arvo.orc.a").build(), "AcceptsReserved"),
        (good().version("2.0.0", object(), [("arvo.orc.b", object())]).build(), "EmitsReserved"),
        (good().version("2.0.0", object(), [("evt", object())]).build(), "TypeGrammar"),
        (good().version("2.0.0", json!({"type": "nothing"}), none()).build(), "Schema"),
        (Contract::simple("#/s", "one").version("1.0.0", object(), object()).build(), "TypeGrammar"),
        (orchestrator("Flow", object()), "OrchestratorName"),
        (orchestrator("flow", json!({"type": "string"})), "InitNotObject"),
        (orchestrator("flow", json!(true)), "InitNotObject"),
        (import(json!({})), "Json"),
        (import(json!({"uri": "#/a", "versions": []})), "NoVersions"),
        (import(json!({"uri": "#/a", "versions": {}})), "Json"),
        (import(json!({"uri": "#/a", "versions": [{"version": 1, "accepts": {"type": "com.a.b"}}]})), "Json"),
    ];
    let mut seen = HashSet::new();
    for (made, wanted) in faults {
        let error = made.unwrap_err();
        let debug = format!("{error:?}");
        let variant = debug.split([' ', '(']).next().unwrap();
        assert_eq!(variant, wanted, "{error}");
        assert!(!error.to_string().is_empty());
        seen.insert(wanted);
    }
    assert_eq!(seen.len(), 16, "every variant of ContractError is here: {seen:?}");
}

#[test]
fn an_import_says_where_it_went_wrong() {
    let good = json!({"uri": "#/a", "domain": null, "description": null, "metadata": {}, "versions": [{
        "version": "1.0.0",
        "accepts": {"type": "com.a.b", "schema": object()},
        "emits": [{"type": "evt.a.b", "schema": object()}],
    }]});
    assert!(Contract::from_json(&good, UnknownKeys::Strip).is_ok());
    for (place, value) in [
        ("/uri", json!(1)),
        ("/domain", json!(1)),
        ("/description", json!([])),
        ("/metadata", json!("x")),
        ("/versions", json!(null)),
        ("/versions/0/version", json!(null)),
        ("/versions/0/accepts/type", json!(7)),
        ("/versions/0/emits", json!({})),
        ("/versions/0/emits/0/type", json!(null)),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(place).unwrap() = value;
        match Contract::from_json(&bad, UnknownKeys::Strip) {
            Err(ContractError::Json { path, .. }) => assert_eq!(path, place),
            other => panic!("{place}: {other:?}"),
        }
    }
    let mut two = good.clone();
    let mut second = two["versions"][0].clone();
    second["version"] = json!("2.0.0");
    second["accepts"]["type"] = json!("com.other.type");
    two["versions"].as_array_mut().unwrap().push(second);
    let error = Contract::from_json(&two, UnknownKeys::Strip).unwrap_err();
    assert!(error.to_string().contains("/versions/1/accepts/type"), "{error}");
}

#[test]
fn versions_sort_as_numbers_and_are_found_by_name() {
    let contract = ["1.10.0", "1.9.0", "10.0.0", "2.0.0"]
        .into_iter()
        .fold(Contract::builder("#/a", "com.a.b"), |builder, version| builder.version(version, object(), none()))
        .build()
        .unwrap();
    let versions: Vec<String> = contract.versions().map(|version| version.version().to_string()).collect();
    assert_eq!(versions, ["1.9.0", "1.10.0", "2.0.0", "10.0.0"]);
    for (which, found) in [("latest", "10.0.0"), ("any", "10.0.0"), ("oldest", "1.9.0"), ("1.10.0", "1.10.0")] {
        assert_eq!(contract.version(which).unwrap().version().as_str(), found);
    }
    for which in ["", "1", "0.0.0", "3.0.0", "newest", "01.9.0"] {
        let error = contract.version(which).unwrap_err();
        assert_eq!(error, UnknownVersion { uri: "#/a".into(), version: which.into() });
    }
    let exported = contract.to_json();
    let order: Vec<&str> =
        exported["versions"].as_array().unwrap().iter().map(|v| v["version"].as_str().unwrap()).collect();
    assert_eq!(order, ["1.10.0", "1.9.0", "10.0.0", "2.0.0"], "the export keeps the order in which they were given");
}

#[test]
fn a_contract_comes_back_from_its_json_form() {
    let contract = contract();
    let exported = contract.to_json();
    let again = Contract::from_json(&exported, UnknownKeys::AsWritten).unwrap();
    assert_eq!(again.to_json(), exported);
    assert_eq!((again.uri(), again.type_(), again.domain()), ("#/shop/order", "com.order.place", Some("shop.orders")));
    assert_eq!(again.description(), Some("Places orders."));
}

#[test]
fn simple_and_orchestrator_contracts_fix_their_types() {
    let simple = Contract::simple("#/s", "greet.user").version("1.0.0", object(), object()).build().unwrap();
    assert_eq!((simple.kind(), simple.type_()), (ContractKind::Simple, "com.greet.user"));
    assert_eq!(&*simple.latest().emits()[0].type_, "evt.greet.user.success");
    assert_eq!(simple.system_error_type(), "sys.com.greet.user.error");
    assert_eq!(simple.metadata()["rootType"], "greet.user");
    assert_eq!(simple.latest().complete_type(), None);

    let flow = Contract::orchestrator("#/o", "flow").version("1.0.0", object(), object()).build().unwrap();
    assert_eq!((flow.kind(), flow.type_()), (ContractKind::Orchestrator, "arvo.orc.flow"));
    assert_eq!(flow.latest().complete_type(), Some("arvo.orc.flow.done"));
    assert_eq!(flow.system_error_dataschema(), "#/o/0.0.0");
    let init = flow.latest().accepts().schema.to_json();
    assert_eq!(init["required"][0], "parentSubject$$");
    let again = Contract::from_json(&flow.to_json(), UnknownKeys::AsWritten).unwrap();
    assert_eq!(
        (again.kind(), again.latest().complete_type()),
        (ContractKind::Orchestrator, Some("arvo.orc.flow.done"))
    );
}
