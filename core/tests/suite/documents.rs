//! `docs/errors.md` is rendered from the errors themselves: one of each kind is made here, and its text is what the page
//! shows. A kind that the sources have and the page lacks fails the test.
//!
//!     ARVO_UPDATE_DOCS=1 cargo test -p arvo --features sqlite --test suite documents    writes the page anew

use std::any::type_name;
use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use arvo::expression::Template;
use arvo::suite::{
    Breach, CaseProblem, Conformity, Conforms, Effort, GenerateError, Outcome, SuiteError, Thrown, Trial,
};
use arvo::{
    AttributeFault as Attribute, BrokenAttribute, BrokenField, BrokerError, CodecError, ConfigFault, ContractError,
    ContractFault, DataschemaError, DeskError, DomainNameError, ErrorReport, EventError, ExecutionFault, FactoryError,
    Failure, FieldFault as Field, Foreign, HandlerError, Issue, JsonError, LenientVersionError, Limits, MachineProblem,
    MemoryError, Problem, RecordError, Role, SchemaError, ShiftSpec, StoreError, SubjectError, TransactionCause,
    UnknownVersion, UnreadableSubject, UserViolation, VersionError, Violation, WorkerError,
};
use serde_json::{Value, json};

use crate::support::{at_call, boom, contract, environment, plan, request, start, violation};

/// What heads a section, and its rows.
struct Section(&'static str, &'static str, Vec<Row>);

struct Row {
    /// Such as `EventError::Json`.
    error: String,
    says: String,
    at: &'static str,
    todo: &'static str,
}

/// The row of an error, by its own type, kind and text.
fn row<E: Error + 'static>(error: E, at: &'static str, todo: &'static str) -> Row {
    let type_ = type_name::<E>().rsplit("::").next().unwrap_or_default();
    let debug = format!("{error:?}");
    let variant = debug.split([' ', '(', '{']).next().unwrap_or_default();
    let name = if variant == type_ { type_.to_owned() } else { format!("{type_}::{variant}") };
    Row { error: name, says: error.to_string(), at, todo }
}

#[test]
fn every_error_is_explained_in_docs_errors_md() {
    let page = render(&sections());
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/errors.md"));
    if env::var_os("ARVO_UPDATE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/errors.md is out of date; run: ARVO_UPDATE_DOCS=1 cargo test -p arvo --features sqlite --test suite documents"
    );
}

#[test]
fn no_error_of_the_sources_is_left_out() {
    let mut declared = BTreeSet::new();
    declared_in(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut declared);
    let explained: BTreeSet<String> =
        sections().into_iter().flat_map(|Section(_, _, rows)| rows).map(|row| row.error).collect();
    assert_eq!(declared, explained);
}

/// The kinds of violations are fixed: a new one must be written here, and in every binding.
#[test]
fn the_kinds_of_violations_are_all_here() {
    for error in violations() {
        match error {
            Violation::Contract(_)
            | Violation::Config(_)
            | Violation::Execution(_)
            | Violation::Transaction { .. }
            | Violation::Host(_) => {}
        }
    }
}

/// Everything in the sources that has `#[error(…)]`: variants of enums and whole structs.
fn declared_in(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            declared_in(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            declared_by(&fs::read_to_string(&path).unwrap(), found);
        }
    }
}

fn declared_by(source: &str, found: &mut BTreeSet<String>) {
    let (mut type_, mut has_text, mut inside) = (String::new(), false, false);
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[error(") {
            (has_text, inside) = (true, true);
        }
        if inside {
            inside = !line.ends_with(")]");
            continue;
        }
        let name = |text: &str| text.chars().take_while(|letter| letter.is_alphanumeric()).collect::<String>();
        if let Some(rest) = line.strip_prefix("pub enum ").or(line.strip_prefix("pub struct ")) {
            type_ = name(rest);
            if has_text {
                found.insert(type_.clone());
                has_text = false;
            }
        } else if has_text && line.starts_with(char::is_uppercase) {
            found.insert(format!("{type_}::{}", name(line)));
            has_text = false;
        }
    }
}

fn render(sections: &[Section]) -> String {
    let mut page = String::from(
        "# Errors\n\n\
         Every error of the core: what was wrong, where it comes from, what to do. The texts are those of one example each. \
         A test renders this page from the code (`core/tests/suite/documents.rs`), so it is complete.\n\n\
         An error that lists several problems has them as data too (`issues()`, `broken()`): the place of each, in JSON \
         Pointer, and what is wrong there. Texts that begin with `ViolationError<…>` and many others are worded as in \
         Arvo's TypeScript reference, for services that look for them.\n",
    );
    for Section(heading, about, rows) in sections {
        page += &format!(
            "\n## {heading}\n{about}\n\n| error | what it says | where | what to do |\n| --- | --- | --- | --- |\n"
        );
        for Row { error, says, at, todo } in rows {
            let says = says.replace('|', "\\|").replace('<', "&lt;").replace('\n', "<br>");
            page += &format!("| `{error}` | {says} | {at} | {todo} |\n");
        }
    }
    page
}

fn sections() -> Vec<Section> {
    vec![
        Section(
            "Violations",
            "What `Handler::execute` fails with. Nothing was emitted; whoever called decides to try again. Each kind is a class of its own in Python and Node and a status in C.",
            violations().into_iter().map(explained).chain(failures()).collect(),
        ),
        Section("Data that breaks a contract", "Inside `Violation::Contract`.", contract_faults()),
        Section("Wrong wiring", "Inside `Violation::Config`.", config_faults()),
        Section("Executions that can't go on", "Inside `Violation::Execution`.", execution_faults()),
        Section(
            "Events of other contracts",
            "Inside `ContractFault::Foreign`; a role says whose contract is meant.",
            foreign(),
        ),
        Section("State that could not be kept", "The cause inside `Violation::Transaction`.", causes()),
        Section("Errors of user code", "What a handler's function may fail with itself.", of_users()),
        Section("Handlers", "Building one, and answering its steps by hand.", handlers()),
        Section("Memory", "Where workflows keep their records.", memory()),
        Section(
            "Store",
            "Durable state, and the workers on it ([durable.md](durable.md)). Nothing was changed by a request that ends with one of these, but for `StoreError::Lost`.",
            store(),
        ),
        Section("Broker", "Delivering events in one process; `on_error` gets a `Problem`.", broker()),
        Section(
            "Test suites",
            "Of `arvo::suite` ([testing.md](testing.md)). `CaseProblem` is inside `SuiteError`, one for each problem.",
            suites(),
        ),
        Section("Statecharts", "Why a step did not happen (`statechart::Error`); nothing has changed then.", charts()),
        Section(
            "Expressions",
            "Of machines that are data (`arvo::expression`). `SyntaxFault` is inside `ExpressionError`, before anything runs; `Fault` inside `EvaluationError`.",
            expressions(),
        ),
        Section("Contracts", "Building and reading them.", contracts()),
        Section("Schemas", "Inside `ContractError::Schema`.", schemas()),
        Section("Factories", "Making events by a contract.", factories()),
        Section("Events", "Making and reading them.", events()),
        Section("Attributes", "Inside `EventError::Attributes`, one for each broken attribute.", attributes()),
        Section("Subjects", "The identity of a workflow.", subjects()),
        Section("Names and versions", "Texts that are parsed on their own.", names()),
        Section("JSON, base64 and zlib", "What comes from outside, read within limits (`Limits`).", texts()),
    ]
}

fn suites() -> Vec<Row> {
    let path = |path: &str| path.to_owned();
    let both = ["expectedEvents", "expectedError"];
    let errors = Template::compile(&json!({"$": "evnts[0]"}), &["events"]).unwrap_err();
    vec![
        row(
            SuiteError { problems: vec![CaseProblem::NoFunction { path: path("/cases/0/steps/0/input") }] },
            "`Suite::read`, `Case::read`",
            "Correct every problem that it names.",
        ),
        row(
            CaseProblem::Json(JsonError::TooDeep { limit: 128 }),
            "the whole file",
            "Write one JSON object, within the limits.",
        ),
        row(CaseProblem::Missing { path: path("/cases/0/name"), wanted: "text" }, "the named place", "Add the member."),
        row(
            CaseProblem::Wrong {
                path: path("/cases/0/repeat/times"),
                wanted: "a whole number from 1 to 1,000,000",
                found: path("0"),
            },
            "the named place",
            "Write what it asks for.",
        ),
        row(
            CaseProblem::Unknown { path: path("/cases/0/setps"), known: &["name", "steps", "repeat"] },
            "the named member",
            "Correct its spelling, or take it out.",
        ),
        row(CaseProblem::Both { path: path("/cases/0/steps/0"), both }, "the named step", "Take one of them out."),
        row(
            CaseProblem::NoFunction { path: path("/cases/0/steps/0/input") },
            "the named place",
            "Write a template, or the case in your program.",
        ),
        row(
            CaseProblem::Expression { path: path("/cases/0/steps/0/expectedEvents/$"), error: errors[0].clone() },
            "the named expression",
            "Correct it at the spot that it shows.",
        ),
        row(
            GenerateError::Nothing {
                path: path("/properties/n"),
                reason: "has bounds between which there is no number",
            },
            "`Conforms`, `Generator`: the named schema",
            "Correct the schema.",
        ),
        row(
            GenerateError::NotFound {
                path: path("/properties/code"),
                tries: 400,
                issue: Issue { path: path("/code"), message: path("wanted at least 9 characters") },
            },
            "`Conforms`, `Generator`: the named schema",
            "Say more in the schema, or test by events of your own.",
        ),
        row(
            GenerateError::Schema(SchemaError::Limit(JsonError::TooDeep { limit: 128 })),
            "a host schema",
            "Give the JSON Schema that describes it.",
        ),
        row(breach(), "`Conforms`", "Correct the handler or its contract; `ARVO_SEED` replays the check."),
        row(
            arvo::suite::Misfit { wanted: "Answer::Checked or Answer::Thrown" },
            "`Run::answer`",
            "Answer what `Run::next` asks for; the run is unharmed.",
        ),
    ]
}

/// Of a handler that emits no sum for one input.
fn breach() -> Breach {
    let contract = contract();
    let mut check = Conforms::new([contract.latest()], Effort::new(1), &environment());
    let says = "ViolationError<Contract> Emit Event data validation failed: /total: is missing";
    loop {
        match check.next() {
            Trial::Execute(_) => check.answer(Outcome::Violated(Thrown::violation("Contract", says)), 1).unwrap(),
            Trial::Done(Conformity::Broken(breach)) => return *breach,
            Trial::Done(other) => panic!("{other:?}"),
        }
    }
}

fn issues() -> Vec<Issue> {
    vec![Issue { path: "/items/0/quantity".into(), message: "is 0; it must be at least 1".into() }]
}

fn violations() -> Vec<Violation> {
    vec![
        Violation::Contract(ContractFault::Input { issues: issues() }),
        Violation::Config(ConfigFault::TypeMismatch { received: "com.a.b".into(), expected: "com.order.place".into() }),
        Violation::Execution(ExecutionFault::Cancelled),
        Violation::Transaction {
            cause: TransactionCause::Write,
            message: "Error writing state for event (subject=order/17): disk full".into(),
            raised: None,
        },
        Violation::Host(violation()),
    ]
}

fn explained(violation: Violation) -> Row {
    let (at, todo) = match &violation {
        Violation::Contract(_) => ("an event or an output", "Correct the data, or the contract; see below."),
        Violation::Config(_) => {
            ("routing, deployment", "Send the event to its handler, or deploy the version it names; see below.")
        }
        Violation::Execution(_) => ("one execution", "Try again where that is sensible; see below."),
        Violation::Transaction { .. } => ("commit, memory", "Try again; nothing was emitted."),
        Violation::Host(_) => ("the handler's function", "It is the function's own: handle it as what it is."),
    };
    row(violation, at, todo)
}

fn failures() -> Vec<Row> {
    let own = Violation::Execution(ExecutionFault::Cancelled);
    vec![
        row(Failure::Violation(own), "`Handler::execute`", "See the violation."),
        row(
            Failure::User(UserViolation::new("RateLimited", "slow down").into()),
            "`Handler::execute`",
            "The same value that the function returned; `failure.user::<E>()` gives it back.",
        ),
        row(
            Failure::Memory {
                violation: Violation::Transaction {
                    cause: TransactionCause::Read,
                    message: "Error reading state for event (subject=order/17)".into(),
                    raised: Some(boom().token),
                },
                cause: "connection refused".into(),
            },
            "`Resumable::execute`",
            "See to the memory, then try again; `failure.user::<E>()` gives its own error.",
        ),
    ]
}

fn contract_faults() -> Vec<Row> {
    vec![
        row(
            ContractFault::UriMismatch { expected: "#/shop/order".into(), dataschema: "#/other/1.0.0".into() },
            "`dataschema` of the event",
            "Make the event with the factory of the handler's contract.",
        ),
        row(
            ContractFault::Input { issues: issues() },
            "`data` of the event",
            "Correct the named places, or accept them in a new version of the contract.",
        ),
        row(ContractFault::Emit { issues: issues() }, "`data` of an output", "Correct what the function returns."),
        row(
            ContractFault::UnknownEmit { type_name: "evt.order.lost".into() },
            "`type` of an output",
            "Emit a type of the contract's version, or add it to the contract.",
        ),
        row(
            ContractFault::NoType { issues: vec![Issue { path: "/type".into(), message: "is missing".into() }] },
            "an output",
            "Say what it is: the type of an event that the version emits.",
        ),
        row(
            ContractFault::Output {
                issues: vec![Issue { path: "/time".into(), message: Attribute::NotDateTime.to_string() }],
            },
            "an attribute of an output",
            "Correct the named attributes of what the function returns.",
        ),
        row(
            ContractFault::NoOutput { index: 0, found: "text" },
            "what the function returned",
            "Return nothing, one output, or a list of outputs.",
        ),
        row(
            ContractFault::Schema { type_name: "evt.order.placed".into(), raised: Box::new(boom()) },
            "a host schema, on the way out",
            "Let the schema report problems instead of throwing.",
        ),
        row(
            ContractFault::NoResumption { found: "text" },
            "what a workflow's function returned",
            "Return nothing, or an object of context, output and services.",
        ),
        row(
            ContractFault::NoCompletion { found: "a list" },
            "the output that ends a workflow",
            "End it with an object.",
        ),
        row(
            ContractFault::Foreign(Box::new(Foreign::Opaque {
                dataschema: "null".into(),
                id: "1".into(),
                type_name: "evt.order.placed".into(),
            })),
            "an event to a workflow",
            "Make it with the factory of its contract; see below.",
        ),
        row(
            ContractFault::WorkflowInput { issues: issues() },
            "`data` of an event to a workflow",
            "Correct the data at the named places.",
        ),
        row(
            ContractFault::Emittable { type_name: "com.order.place".into(), issues: issues() },
            "`data` of an event that a workflow sends",
            "Correct what the workflow's function returns.",
        ),
    ]
}

fn charts() -> Vec<Row> {
    use arvo::statechart::{Error, ExpressionFailure};
    let failure = || ExpressionFailure { name: "ExpressionFailed", message: "1:9: no member `tier`".into() };
    let text = |list: &[&str]| list.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>();
    vec![
        row(Error::Host(boom()), "a function of the host", "See the error itself: it is the host's own."),
        row(
            Error::Guard {
                guard: Some("isGold".into()),
                event: "PAY".into(),
                node: "order.checking".into(),
                cause: Box::new(Error::Host(boom())),
            },
            "a guard",
            "Correct the guard; it must answer for every context and event.",
        ),
        row(
            Error::Failed { name: "Error".into(), message: "Shipment could not be prepared".into() },
            "a `fail` action",
            "The definition ends the step on purpose.",
        ),
        row(
            Error::Endless {
                what: "microsteps",
                limit: 10_000,
                transitions: text(&["m.a --always--> m.b"]),
                states: text(&["m", "m.b"]),
            },
            "a cycle of eventless transitions, or of raised events",
            "Guard the cycle, or raise the bound.",
        ),
        row(
            Error::Illegal {
                transitions: text(&["m.a --E--> m.b"]),
                states: text(&["m"]),
                node: "m".into(),
                problem: "has no active child",
            },
            "transitions of one microstep",
            "Report it: a chart that compiles should not get there.",
        ),
        row(
            Error::SnapshotMismatch {
                machine: "order".into(),
                path: "/value".into(),
                problem: "names no state".into(),
            },
            "a stored snapshot",
            "Keep the version of the machine that stored it until its workflows have ended.",
        ),
        row(
            Error::Expression { source_text: "context.tier".into(), failure: failure() },
            "an expression of the definition",
            "Correct it at the place named.",
        ),
        row(failure(), "an expression of the definition", "Correct it at the place named."),
        row(Error::NotAnEvent { found: "text" }, "what is sent, raised or emitted", "Give `{type, …}`."),
        row(Error::RaisedText { text: "PAID".into() }, "a `raise` action", "Raise `{type: …}`."),
        row(Error::NotAContext { found: "a list" }, "what an assign returns", "Return an object."),
        row(
            Error::UnknownGuard { name: "isGold".into() },
            "`check` inside `enqueueActions`",
            "Name a guard that has an implementation.",
        ),
        row(
            Error::UnknownState { message: "Child state 'x' does not exist on 'm'".into() },
            "`check` inside `enqueueActions`",
            "Name a state of the machine.",
        ),
        row(
            Error::Form { problems: Vec::new() },
            "what `enqueueActions` returns",
            "Return actions in their JSON form.",
        ),
        row(
            Error::Json(JsonError::TooDeep { limit: 128 }),
            "text that a host hands over",
            "Hand over one complete JSON text.",
        ),
        row(
            Error::Unhandled {
                event: "xstate.error.actor.x".into(),
                message: "unhandled error event 'xstate.error.actor.x'".into(),
            },
            "an error event that no transition takes",
            "Add a transition for it.",
        ),
    ]
}

fn expressions() -> Vec<Row> {
    use arvo::expression::{Expression, Fault, Spent, SyntaxFault, Template, TemplateProblem, ValueKind};
    let names = ["context", "event"];
    let refused = |text: &str| Expression::compile(text, &names).unwrap_err();
    let compile = |text: &str| Expression::compile(text, &names).unwrap();
    let failed = compile("context.totl + 1").evaluate(&[&json!({})], &Limits::DEFAULT).unwrap_err();
    let template = |json: Value| Template::compile(&json, &names);
    let syntax = [
        ("context.total >", "Complete or correct the text at the caret."),
        ("contxt.total > 1", "Use a name of the place where the expression stands."),
        ("context.tier.toUpper()", "Use a function of the list; write it as the list does."),
        ("min()", "Give as many arguments as are shown."),
        ("context.tier.matches('(')", "Correct the pattern."),
    ];
    let faults = [
        (Fault::MissingKey, "Ask first, or read it as an optional."),
        (Fault::MissingIndex, "Ask first, or read it as an optional."),
        (Fault::Kind { wanted: "text", found: ValueKind::Number }, "Convert it, or correct the value."),
        (
            Fault::Operands { operator: "+", left: ValueKind::Text, right: ValueKind::Number },
            "Convert one of them: nothing is converted silently.",
        ),
        (Fault::DivisionByZero, "Compare the divisor with 0 first."),
        (Fault::Inexact, "Keep such numbers as text, or calculate in a smaller unit."),
        (
            Fault::Unreadable { wanted: "number", help: "write it as JSON does, such as 12, -0.5 or 1e6" },
            "Correct the text.",
        ),
        (Fault::EmptyList, "Ask for the size first."),
        (Fault::DuplicateKey, "Keep one of the two."),
        (Fault::Optional, "End the optional with `.orValue(…)`."),
        (Fault::NoValue, "Give a value for each name."),
        (Fault::Budget { what: Spent::Steps, limit: 100_000 }, "Do less, or raise the limit."),
    ];
    let mut rows = vec![row(refused("context.total >"), "`Expression::compile`", "Correct the text at the caret.")];
    rows.extend(syntax.map(|(text, todo)| row(refused(text).fault, "the text of an expression", todo)));
    for (fault, todo) in [
        (SyntaxFault::TooLong { size: 5_000, limit: 4_096 }, "Split it."),
        (SyntaxFault::TooDeep { limit: 64 }, "Split it."),
        (SyntaxFault::TooManyComprehensions { limit: 4 }, "Filter first, then map."),
        (SyntaxFault::TooManyPatterns { limit: 16 }, "Join some of them into one."),
    ] {
        rows.push(row(fault, "the text of an expression", todo));
    }
    rows.push(row(failed, "`Expression::evaluate`", "Correct the expression, or the values it reads."));
    rows.extend(faults.map(|(fault, todo)| row(fault, "the values of an evaluation", todo)));
    let broken = template(json!({"data": {"$": "1 +"}})).unwrap_err().swap_remove(0);
    rows.push(row(broken.clone(), "`Template::compile`", "Correct it at the path named."));
    rows.push(row(broken.problem, "`Template::compile`", "Correct the text at the caret."));
    for problem in [TemplateProblem::NoText, TemplateProblem::TooDeep { limit: 128 }] {
        rows.push(row(problem, "`Template::compile`", "Correct it at the path named."));
    }
    let fault = template(json!({"data": {"$": "context.totl"}})).unwrap();
    let fault = fault.evaluate(&[&json!({})], &Limits::DEFAULT).unwrap_err();
    rows.push(row(fault, "`Template::evaluate`", "Correct the expression at the path named, or the values it reads."));
    rows
}

fn config_faults() -> Vec<Row> {
    vec![
        row(
            ConfigFault::TypeMismatch { received: "com.a.b".into(), expected: "com.order.place".into() },
            "`type` of the event",
            "Route events by their `to`, which is the handler's source.",
        ),
        row(
            ConfigFault::UnknownVersion { version: "3.0.0".into(), available: vec!["1.0.0".into(), "2.0.0".into()] },
            "`dataschema` of the event",
            "Deploy the handler with that version, or send one that it has.",
        ),
        row(
            ConfigFault::NoFunction { name: "arvo.orc.order".into(), version: "3.0.0".into() },
            "the event's subject",
            "Deploy the workflow with that version, or begin one of a version that it has.",
        ),
        row(
            ConfigFault::NoMachine { name: "arvo.orc.order".into(), version: "3.0.0".into() },
            "the event's subject",
            "Give the orchestrator a machine of that version, or begin a workflow of a version that it has.",
        ),
        row(
            ConfigFault::Machine {
                problems: vec![MachineProblem {
                    code: "E-TARGET",
                    refuses: true,
                    path: "states.paying.on.E.target".into(),
                    message: "Child state 'payed' does not exist on 'order'. Did you mean 'paid'?".into(),
                }],
            },
            "building a machine",
            "Its `problems` hold each problem's code, path and text: mend them all.",
        ),
        row(
            ConfigFault::DuplicateMachine { id: "order".into(), version: "1.0.0".into() },
            "building an orchestrator",
            "Give one machine for each version.",
        ),
        row(
            ConfigFault::ForeignMachine { type_name: "arvo.orc.order".into() },
            "building an orchestrator",
            "Give machines of one contract.",
        ),
        row(
            ConfigFault::UnknownType { workflow: "resumable" },
            "`type` of an event to a workflow",
            "Name the contract among the workflow's services.",
        ),
        row(
            ConfigFault::DuplicateService {
                workflow: "ArvoResumable",
                second: "pay".into(),
                first: "payment".into(),
                uri: "#/shop/pay".into(),
            },
            "building a workflow",
            "Name each service contract once.",
        ),
        row(
            ConfigFault::SelfService {
                workflow: "ArvoResumable",
                uri: "#/flows/order".into(),
                service: "order".into(),
            },
            "building a workflow",
            "Leave the workflow's own contract out of its services.",
        ),
    ]
}

fn execution_faults() -> Vec<Row> {
    vec![
        row(ExecutionFault::Cancelled, "`Execution::cancel`", "Nothing: the caller asked for it."),
        row(
            ExecutionFault::Unwritable { type_name: "evt.order.placed".into(), raised: Box::new(boom()) },
            "the host's objects",
            "Emit data that JSON can hold.",
        ),
        row(
            ExecutionFault::Subject { id: "1".into(), subject: "order/17".into() },
            "`subject` of an event to a workflow",
            "Begin a workflow with its contract's factory, which makes the subject.",
        ),
        row(
            ExecutionFault::ParentSubject {
                type_name: "arvo.orc.shipment".into(),
                dataschema: "#/flows/shipment/1.0.0".into(),
            },
            "`parentSubject$$` of a call to another workflow",
            "Give the own subject, or null.",
        ),
        row(ExecutionFault::NoError { kind: "string".into() }, "a workflow's function", "Throw errors."),
        row(
            ExecutionFault::Machine {
                message:
                    "the snapshot does not fit machine 'order': value names 'paying', which is no state of 'order'; \
                          it was stored by another version of the machine"
                        .into(),
            },
            "a machine's step",
            "Nothing is written. Keep the states that stored workflows stand in, or give the changed machine a version of its own.",
        ),
    ]
}

fn foreign() -> Vec<Row> {
    let (uri, accepts) = (|| "#/shop/order".to_owned(), || "com.order.place".to_owned());
    let (dataschema, type_name) = (|| "#/other/1.0.0".to_owned(), || "evt.order.placed".to_owned());
    let schema = "`dataschema` of an event to a workflow";
    vec![
        row(
            Foreign::Opaque { dataschema: "null".into(), id: "1".into(), type_name: type_name() },
            schema,
            "Make the event with the factory of its contract, which names it.",
        ),
        row(
            Foreign::Uri {
                role: Role::Service,
                uri: uri(),
                accepts: accepts(),
                dataschema: dataschema(),
                type_name: type_name(),
            },
            schema,
            "Let the service answer by the contract that the workflow knows.",
        ),
        row(
            Foreign::Version {
                role: Role::Service,
                version: "1.0.0".into(),
                uri: uri(),
                accepts: accepts(),
                dataschema: dataschema(),
                type_name: type_name(),
            },
            schema,
            "Let service and workflow name one version.",
        ),
        row(Role::Own, "the two above", "It is the workflow's own contract."),
        row(Role::Service, "the two above", "It is the contract of one of its services."),
    ]
}

fn memory() -> Vec<Row> {
    let event = EventError::Attributes { broken: vec![broken("id", Attribute::Empty)] };
    vec![
        row(MemoryError::EmptyId { operation: "read" }, "`InMemory`", "Use the subject as the key."),
        row(MemoryError::NoRecord, "`InMemory::write`", "Give a record."),
        row(RecordError::Json(JsonError::TooDeep { limit: 128 }), "`Record`", "Give back what was written, unchanged."),
        row(
            RecordError::Event { path: "/events/consumed", source: event },
            "`Record`",
            "Give back what was written, unchanged.",
        ),
        row(
            RecordError::Kind { found: "machine", wanted: "resumable" },
            "reading a record",
            "Give a workflow of the other kind a version of its own.",
        ),
        row(
            RecordError::Subject { found: "order/18".into() },
            "`Record`",
            "Give back what was written for the key that is read.",
        ),
    ]
}

fn store() -> Vec<Row> {
    let opening = "opening a store";
    let path = || "shop.db".to_owned();
    let subject = || "order/17".to_owned();
    let idle = ShiftSpec { capacity: 0, ..ShiftSpec::new("till-1", []) };
    vec![
        row(
            StoreError::Url { url: "shop.db".into(), why: "no scheme that is known here".into() },
            opening,
            "Write the scheme before the path.",
        ),
        row(
            StoreError::Open { path: path(), why: "unable to open database file".into() },
            opening,
            "Make the folder, or let this user write in it.",
        ),
        row(StoreError::Foreign { path: path() }, opening, "Name another file; a store makes its own."),
        row(
            StoreError::Corrupt { why: "database disk image is malformed".into() },
            "any request",
            "Restore the last backup, made by `arvo backup` or `Store::backup`.",
        ),
        row(StoreError::Newer { found: 2, known: 1 }, opening, "Use the newer Arvo in every process of the store."),
        row(StoreError::ReadOnly, opening, "Let this user write in the file and its folder."),
        row(StoreError::Full, "requests that write", "Free some room; workers go on by themselves."),
        row(
            StoreError::Io { why: "disk I/O error".into() },
            "any request",
            "See to the disk, its file system and the limits of the process; workers go on by themselves.",
        ),
        row(StoreError::Busy { seconds: 20 }, "requests that write", "End the process that holds the file."),
        row(StoreError::Forked, "any request", "Open the store in the child."),
        row(StoreError::Closed, "`Worker::run`", "Run a worker once; build another for the next run."),
        row(StoreError::Lost, "any request", "Open the store again and look; publish again: that is safe."),
        row(StoreError::NoAddress { id: "1".into() }, "`Store::publish`", "Set `to`."),
        row(
            StoreError::TooLarge { what: "event 1 (com.order.place)".into(), size: 1_100_644, limit: 1_048_576 },
            "`Store::publish`; the cause of a dead letter",
            "Keep the large parts elsewhere and send a reference.",
        ),
        row(StoreError::Domain(DomainNameError::Empty), "`Store::add_domain`", "Name a domain."),
        row(
            StoreError::UnknownSubject { subject: subject() },
            "`Store::cancel`",
            "List the workflows for their subjects.",
        ),
        row(StoreError::UnknownDelivery { seq: 17 }, "requests by number", "Take the number from a receipt or a list."),
        row(
            StoreError::State { seq: 17, found: "done", wanted: "dead", action: "retried" },
            "`retry`, `drop_dead`, `answer`, `admit`",
            "Somebody was first; look again.",
        ),
        row(StoreError::Ended { subject: subject(), status: "done" }, "`Store::cancel`", "Nothing; it is over."),
        row(
            StoreError::NotReading { sql: "DELETE FROM delivery".into() },
            "`Store::query`",
            "Read with it; what changes a store has its own calls.",
        ),
        row(StoreError::Sql { why: "no such column: name".into() }, "`Store::query`", "Correct the statement."),
        row(WorkerError::Nothing, "building a worker", "Give it what it shall serve."),
        row(
            WorkerError::Twice { type_name: "com.order.place".into() },
            "building a worker",
            "Put versions of one contract into one handler, or run two workers.",
        ),
        row(idle.check().unwrap_err(), "`ShiftSpec::check`", "Set it within these bounds."),
        row(
            WorkerError::Setting(idle.check().unwrap_err()),
            "building a worker",
            "Leave it out for the default, or set it within these bounds.",
        ),
        row(
            WorkerError::Signals { why: "invalid argument".into() },
            "building a worker",
            "Handle the signal yourself, and stop the worker.",
        ),
    ]
}

fn broker() -> Vec<Row> {
    let unheard = || BrokerError::NoSubscriber { topic: "com.order.place".into() };
    vec![
        row(BrokerError::NoAddress, "`Broker::publish`", "Set `to`."),
        row(BrokerError::Full { limit: 1000 }, "`Broker::publish`", "Publish later, or allow more."),
        row(unheard(), "delivering", "Add the handler to the broker."),
        row(
            BrokerError::Taken { topic: "com.order.place".into() },
            "subscribing",
            "One of them must let go of the topic.",
        ),
        row(
            BrokerError::SourceTaken { given: "com.order.place".into() },
            "`Broker::resolve`",
            "Give the event a source of its own, such as `com.shop.web`.",
        ),
        row(
            BrokerError::NobodyForDomain { domain: "human.review".into() },
            "delivering",
            "Give the broker a callback for domained events.",
        ),
        row(Problem::Broker(unheard()), "`on_error`", "See above."),
        row(
            Problem::Execution(Failure::Violation(Violation::Execution(ExecutionFault::Cancelled))),
            "`on_error`",
            "See violations.",
        ),
        row(Problem::Callback("mail is down".into()), "`on_error`", "It is the callback's own error."),
    ]
}

fn causes() -> Vec<Row> {
    let explain = |cause: TransactionCause| {
        let (at, todo) = match cause {
            TransactionCause::Read => ("reading the record", "See to the memory, then try again."),
            TransactionCause::Lock => ("locking the subject", "See to the memory, then try again."),
            TransactionCause::Write => {
                ("writing record and events", "Somebody else wrote first, or the memory failed: try again.")
            }
            TransactionCause::LockUnacquired => {
                ("locking the subject", "Somebody else is at work on it: try again later.")
            }
            TransactionCause::InvalidSubject => {
                ("the event's subject", "Send the subject that the workflow's events carry.")
            }
        };
        row(cause, at, todo)
    };
    TransactionCause::ALL.map(explain).into()
}

fn of_users() -> Vec<Row> {
    vec![
        row(
            UserViolation::new("RateLimited", "slow down"),
            "a handler's function",
            "Return it to fail the execution itself: the caller gets it back as this value.",
        ),
        row(
            ErrorReport::new("Timeout", "nobody answered"),
            "a handler's function",
            "Return it, or any other error, to answer with a system error event.",
        ),
    ]
}

fn handlers() -> Vec<Row> {
    let (execution, _) = at_call(start(&plan(), request(serde_json::json!({"id": "1"}))));
    let answer = arvo::Answer::Committed(Ok(arvo::Committed::Done));
    let misfit = execution.answer(answer, &arvo::NoHost).unwrap_err();
    vec![
        row(
            HandlerError::MissingFunction { uri: "#/shop/order".into(), version: "2.0.0".into() },
            "`HandlerBuilder::build`, `Plan::handler`",
            "Give a function for every version of the contract.",
        ),
        row(
            HandlerError::ExecutionUnits { uri: "#/shop/order".into() },
            "`HandlerBuilder::build`, `Plan::handler`",
            "Give a finite number.",
        ),
        row(misfit, "`Execution::answer`", "Answer the step that was given; the execution comes back in the error."),
        row(DeskError::Unknown(16_777_217), "`Desk::take`", "Answer each step once, before it is cancelled."),
        row(DeskError::Busy(16_777_217), "`Desk::take`", "Let a callback return before its execution is answered."),
        row(HandlerError::NoMachine, "`Plan::orchestrator`", "Give at least one machine."),
        row(
            HandlerError::NotOrchestrator { uri: "#/shop/order".into() },
            "`Plan::resumable`",
            "Use the contract of a workflow.",
        ),
        row(
            HandlerError::Wiring(Violation::Config(ConfigFault::SelfService {
                workflow: "ArvoResumable",
                uri: "#/flows/order".into(),
                service: "order".into(),
            })),
            "`Plan::resumable`",
            "Correct the services; see wrong wiring above.",
        ),
    ]
}

fn contracts() -> Vec<Row> {
    let uri = || "#/shop/order".into();
    let build = "`build` of a contract";
    vec![
        row(ContractError::UriEmpty, build, "Give the contract a URI, such as `#/shop/order`."),
        row(ContractError::UriNotEncoded { uri: "#/shop order".into() }, build, "Apply `encodeURI` to it."),
        row(ContractError::TypeEmpty, build, "Give the type that it accepts, such as `com.order.place`."),
        row(
            ContractError::TypeGrammar { type_name: "order".into() },
            build,
            "Use three or more parts of a-z and 0-9 with dots between.",
        ),
        row(ContractError::DomainEmpty, build, "Leave the domain out, or name one."),
        row(
            ContractError::DomainGrammar { domain: "Human".into() },
            build,
            "Use a-z, 0-9 and dots, such as `human.review`.",
        ),
        row(ContractError::NoVersions { uri: uri() }, build, "Add a version."),
        row(ContractError::VersionGrammar { version: "1.0".into() }, build, "Use three numbers, such as `1.0.0`."),
        row(ContractError::Wildcard { uri: uri() }, build, "Begin with `0.0.1` or `1.0.0`."),
        row(ContractError::VersionTwice { uri: uri(), version: "1.0.0".into() }, build, "Give each version once."),
        row(
            ContractError::AcceptsReserved { uri: uri(), type_name: "arvo.orc.order".into() },
            build,
            "Use another type, or `Contract::orchestrator`.",
        ),
        row(
            ContractError::EmitsReserved {
                uri: uri(),
                version: "1.0.0".into(),
                type_name: "arvo.orc.order.done".into(),
            },
            build,
            "Use another type, or `Contract::orchestrator`.",
        ),
        row(ContractError::OrchestratorName { name: "Order".into() }, build, "Use a-z, 0-9 and dots."),
        row(
            ContractError::Schema {
                uri: uri(),
                version: "1.0.0".into(),
                type_name: "com.order.place".into(),
                source: SchemaError::DanglingReference { reference: "#/$defs/Order".into() },
            },
            build,
            "Correct the schema; see below.",
        ),
        row(
            ContractError::InitNotObject { uri: uri(), version: "1.0.0".into() },
            build,
            "Write the schema of an object; a host schema must know `parentSubject$$` itself.",
        ),
        row(
            ContractError::Json { path: "/versions/0/accepts/type".into(), wanted: "text" },
            "`Contract::from_json`",
            "Give the JSON form as it was exported.",
        ),
        row(
            UnknownVersion { uri: uri(), version: "3.0.0".into() },
            "`Contract::version`",
            "Ask for `latest`, `oldest`, or a version that it has.",
        ),
    ]
}

fn schemas() -> Vec<Row> {
    let build = "`Schema::from_json`, `build` of a contract";
    vec![
        row(
            SchemaError::NotASchema { at: "/type".into(), reason: "\"text\" is not one of the types".into() },
            build,
            "Write what that draft of JSON Schema allows there.",
        ),
        row(
            SchemaError::UnknownDraft { uri: "https://example.com/mine".into() },
            build,
            "Leave `$schema` out, or name a known draft.",
        ),
        row(
            SchemaError::RemoteReference { uri: "https://example.com/order.json".into() },
            build,
            "Copy the target into `$defs`: nothing is fetched.",
        ),
        row(
            SchemaError::DanglingReference { reference: "#/$defs/Order".into() },
            build,
            "Refer to a part of the same schema.",
        ),
        row(
            SchemaError::Pattern { at: "/properties/sku/pattern".into(), pattern: "(?=SKU)".into() },
            build,
            "Write the pattern for an engine of linear time.",
        ),
        row(
            SchemaError::UnknownKeysValue { at: String::new(), found: "\"drop\"".into() },
            build,
            "Say one of the three, or nothing.",
        ),
        row(
            SchemaError::EndlessReference { at: "/$defs/A".into() },
            build,
            "Refer to it from a member or an item of the value.",
        ),
        row(SchemaError::TooDeep { at: "/$defs/A".into(), limit: 64 }, build, "Refer to the last target directly."),
        row(
            SchemaError::Limit(JsonError::TooDeep { limit: 128 }),
            build,
            "Split the schema by `$ref`; the source says which limit it breaks.",
        ),
        row(
            SchemaError::EndlessDefault { at: "/properties/a".into(), limit: 1000 },
            build,
            "Write the whole default out.",
        ),
    ]
}

fn factories() -> Vec<Row> {
    let make = "`Factory`";
    let content = SubjectError::Content {
        broken: vec![BrokenField { path: vec!["execution".into(), "initiator".into()], fault: Field::NotType }],
    };
    vec![
        row(FactoryError::Accepts { issues: issues() }, "`Factory::accepts`", "Correct the data at the named places."),
        row(
            FactoryError::Emits { issues: issues() },
            "`Factory::emits`, `complete`",
            "Correct the data at the named places.",
        ),
        row(
            FactoryError::Init { issues: issues() },
            "`Factory::init`",
            "Correct the data; `parentSubject$$` must be there, null for a workflow of its own.",
        ),
        row(
            FactoryError::UnknownEmit { type_name: "evt.order.lost".into() },
            "`Factory::emits`",
            "Use a type that this version emits.",
        ),
        row(FactoryError::NotOrchestrator, "`Factory::init`, `complete`", "Use `accepts` and `emits`."),
        row(FactoryError::Subject(content), make, "Give a source that is an event type, or a subject."),
        row(
            FactoryError::Event(EventError::Attributes { broken: vec![broken("domain", Attribute::NotDomain)] }),
            make,
            "Correct the named attributes.",
        ),
        row(
            FactoryError::Schema { type_name: "com.order.place".into(), raised: boom() },
            make,
            "Let the host schema report problems instead of throwing.",
        ),
        row(FactoryError::HostData, make, "Call `Factory::make` with the host that has the object."),
    ]
}

fn broken(attribute: &str, fault: Attribute) -> BrokenAttribute {
    BrokenAttribute { attribute: attribute.to_owned(), fault }
}

fn events() -> Vec<Row> {
    let both = vec![broken("source", Attribute::Missing), broken("domain", Attribute::NotDomain)];
    vec![
        row(
            EventError::Json(JsonError::TooLarge { of: "event", size: 2_000_000, limit: 1_048_576 }),
            "`Event::parse`",
            "Send one JSON object, within the limits.",
        ),
        row(
            EventError::Attributes { broken: both },
            "`Event::parse`, `EventDraft::build`",
            "Correct every attribute that it names; a CloudEvent of another origin is read by `parse_lenient`.",
        ),
        row(broken("domain", Attribute::NotDomain), "`EventError::broken`", "Correct this attribute."),
    ]
}

fn attributes() -> Vec<Row> {
    vec![
        row(Attribute::Missing, "any", "Give it, or null."),
        row(Attribute::Kind { found: "a number", wanted: "text" }, "any", "Give what is wanted."),
        row(Attribute::Empty, "texts", "Give a text, or leave it out."),
        row(
            Attribute::NotEncoded,
            "`source`, `subject`, `to`, `redirectto`, `dataschema`",
            "Encode it before sending; making an event does so.",
        ),
        row(Attribute::NotType, "`type`", "Use a type such as `com.order.placed`."),
        row(Attribute::NotDomain, "`domain`", "Use a domain such as `human.review`."),
        row(Attribute::NotDateTime, "`time`", "Give date, time and offset, or leave it out for now."),
        row(Attribute::NotSpecversion, "`specversion`", "Say `1.0`."),
        row(Attribute::NotJsonContent, "`datacontenttype`", "Send JSON, and say so."),
        row(Attribute::NoAddress, "`to`", "Say where it goes: the type that the receiver accepts."),
        row(
            Attribute::NotId("an id is null, text, or {deduplication, value}".into()),
            "`id` of a draft",
            "Give one of these.",
        ),
        row(Attribute::Reserved, "extensions", "Give the extension another name."),
        row(Attribute::NotExtensionName, "extensions", "Use a-z and 0-9, as CloudEvents asks."),
    ]
}

fn subjects() -> Vec<Row> {
    let field = || vec![BrokenField { path: vec!["execution".into(), "id".into()], fault: Field::NotExecutionId }];
    let unreadable = |reason: UnreadableSubject| SubjectError::Unreadable { subject: "order-1".into(), reason };
    let parse = "`Subject::parse`";
    vec![
        row(
            SubjectError::Content { broken: field() },
            "`SubjectDraft::build`, `Subject::from_value`",
            "Correct the named fields.",
        ),
        row(
            unreadable(CodecError::Base64.into()),
            parse,
            "Send the subject as it came; not every subject is a workflow's.",
        ),
        row(UnreadableSubject::Codec(CodecError::Truncated), parse, "See below."),
        row(UnreadableSubject::Json(JsonError::TooDeep { limit: 128 }), parse, "See below."),
        row(
            UnreadableSubject::Content { broken: field() },
            parse,
            "Correct the named fields where the subject is made.",
        ),
        row(Field::Missing, "a field", "Give it; `domain` may be null, but not left out."),
        row(Field::Kind { found: "a number", wanted: "text" }, "a field", "Give what is wanted."),
        row(Field::NotType, "`orchestrator.name`, `execution.initiator`", "Use an event type."),
        row(Field::NotVersion, "`orchestrator.version`", "Use three numbers."),
        row(Field::NotExecutionId, "`execution.id`", "Leave it to `build`, which makes a UUID."),
        row(Field::NotDomain, "`execution.domain`", "Use a domain, or null."),
        row(Field::Limit(JsonError::TooManyKeys { keys: 10_001, limit: 10_000 }), "the content", "Carry less along."),
    ]
}

fn names() -> Vec<Row> {
    vec![
        row(
            DomainNameError::Character { text: "Human".into(), at: 0, found: 'H' },
            "`DomainName`",
            "Use a-z, 0-9 and dots.",
        ),
        row(DomainNameError::Empty, "`DomainName`", "Leave it out to stay local."),
        row(VersionError { text: "1.0".into() }, "`Version`", "Use three numbers."),
        row(DataschemaError { text: "#/orders".into() }, "`Dataschema`", "End it with a version."),
        row(LenientVersionError::Parts { text: "1.0".into() }, "`lenient_version`", "Give three parts."),
        row(
            LenientVersionError::Number { text: "v1.0.0".into() },
            "`lenient_version`",
            "Begin each part with a number.",
        ),
    ]
}

fn texts() -> Vec<Row> {
    vec![
        row(
            JsonError::Syntax { reason: "expected value".into(), line: 1, column: 7 },
            "any JSON",
            "Send one complete JSON text.",
        ),
        row(JsonError::TooDeep { limit: 128 }, "any JSON", "Flatten it, or raise `Limits::depth`."),
        row(JsonError::TooManyKeys { keys: 10_001, limit: 10_000 }, "any JSON", "Use a list, or raise `Limits::keys`."),
        row(
            JsonError::TooLarge { of: "event", size: 2_000_000, limit: 1_048_576 },
            "events, drafts, outputs",
            "Send less, or raise `Limits::event`.",
        ),
        row(
            CodecError::TooLong { size: 70_000, limit: 65_536 },
            "subjects, managed ids",
            "Send less, or raise `Limits::encoded`.",
        ),
        row(
            CodecError::TooLarge { size: 1_000, limit: 65_536 },
            "subjects, managed ids",
            "Carry less along, or raise `Limits::inflated`.",
        ),
        row(CodecError::Base64, "subjects, managed ids", "Send the text unchanged."),
        row(
            CodecError::Stream { reason: "incorrect header check".into() },
            "subjects, managed ids",
            "Send the text unchanged.",
        ),
        row(CodecError::Truncated, "subjects, managed ids", "Send all of the text."),
        row(CodecError::Trailing { bytes: 2 }, "subjects, managed ids", "Send nothing after it."),
    ]
}
