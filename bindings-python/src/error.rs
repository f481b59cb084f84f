//! What fails in the core as exceptions: one place, no rule. The classes are written in Python (`arvo/errors.py`), so
//! that they subclass, pickle and are typed.

use arvo::{ConfigFault, ExecutionFault, Issue, JsonError, MachineProblem, Violation};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyType};

use crate::event::Event;

pyo3::import_exception!(arvo.errors, AlreadyAnsweredError);
pyo3::import_exception!(arvo.errors, BrokerError);
pyo3::import_exception!(arvo.errors, ChartError);
pyo3::import_exception!(arvo.errors, ConfigViolation);
pyo3::import_exception!(arvo.errors, ContractError);
pyo3::import_exception!(arvo.errors, ContractViolation);
pyo3::import_exception!(arvo.errors, DataError);
pyo3::import_exception!(arvo.errors, DeadLetterError);
pyo3::import_exception!(arvo.errors, EvaluationError);
pyo3::import_exception!(arvo.errors, EventError);
pyo3::import_exception!(arvo.errors, ExecutionViolation);
pyo3::import_exception!(arvo.errors, ExpressionError);
pyo3::import_exception!(arvo.errors, FactoryError);
pyo3::import_exception!(arvo.errors, LimitError);
pyo3::import_exception!(arvo.errors, MisfitError);
pyo3::import_exception!(arvo.errors, RecordError);
pyo3::import_exception!(arvo.errors, StoreError);
pyo3::import_exception!(arvo.errors, SubjectError);
pyo3::import_exception!(arvo.errors, SuiteError);
pyo3::import_exception!(arvo.errors, TransactionViolation);
pyo3::import_exception!(arvo.errors, VersionError);

/// A violation as its exception. One that user code raised is that very object, taken from the execution's table; one
/// of a transaction carries the event that it happened with.
pub(crate) fn violation(
    py: Python<'_>,
    violation: &Violation,
    table: &Bound<'_, PyList>,
    event: Option<&Bound<'_, Event>>,
) -> PyErr {
    let token = match violation {
        Violation::Execution(ExecutionFault::Unwritable { raised, .. }) => Some(raised.token),
        other => other.token(),
    };
    let thrown = token.and_then(|token| table.get_item(token.0 as usize).ok());
    let raised = match violation {
        Violation::Host(_) => match thrown {
            Some(thrown) => return PyErr::from_value(thrown),
            None => ExecutionViolation::new_err((violation.to_string(),)),
        },
        Violation::Contract(fault) => {
            let class = py.get_type::<ContractViolation>();
            with_list(py, &class, fault.to_string(), "issues", issues(violation.issues()))
        }
        Violation::Config(fault) => config(py, fault),
        Violation::Execution(fault) => ExecutionViolation::new_err((fault.to_string(),)),
        Violation::Transaction { cause, message, .. } => {
            let fields = PyDict::new(py);
            let metadata = PyDict::new(py);
            let made = metadata
                .set_item(intern!(py, "initiatingEvent"), event)
                .and_then(|()| fields.set_item(intern!(py, "metadata"), metadata))
                .and_then(|()| fields.set_item(intern!(py, "cause"), cause.to_string()))
                .and_then(|()| py.get_type::<TransactionViolation>().call((message,), Some(&fields)));
            made.map_or_else(|error| error, PyErr::from_value)
        }
    };
    if let Some(thrown) = thrown {
        raised.set_cause(py, Some(PyErr::from_value(thrown)));
    }
    raised
}

pub(crate) fn event(py: Python<'_>, error: arvo::EventError) -> PyErr {
    if let arvo::EventError::Json(
        limit @ (JsonError::TooLarge { .. } | JsonError::TooDeep { .. } | JsonError::TooManyKeys { .. }),
    ) = &error
    {
        return LimitError::new_err((limit.to_string(),));
    }
    let broken = error.broken().iter().map(|broken| (broken.attribute.clone(), broken.fault.to_string())).collect();
    with_list(py, &py.get_type::<EventError>(), error.to_string(), "broken", broken)
}

pub(crate) fn subject(py: Python<'_>, error: arvo::SubjectError) -> PyErr {
    let broken = error.broken().iter().map(|field| (field.name(), field.fault.to_string())).collect();
    with_list(py, &py.get_type::<SubjectError>(), error.to_string(), "broken", broken)
}

/// Why JSON is no suite, or a case can't be made.
pub(crate) fn suite(py: Python<'_>, error: &arvo::suite::SuiteError) -> PyErr {
    let problems = error.problems.iter().map(|problem| (problem.path().to_owned(), problem.to_string())).collect();
    with_list(py, &py.get_type::<SuiteError>(), error.to_string(), "problems", problems)
}

/// JSON that can't be read, or is over a limit.
pub(crate) fn json(error: JsonError) -> PyErr {
    match error {
        JsonError::Syntax { .. } => DataError::new_err((error.to_string(), "")),
        _ => LimitError::new_err((error.to_string(),)),
    }
}

/// Why a store did not do what it was asked.
pub(crate) fn store(error: &arvo::StoreError) -> PyErr {
    StoreError::new_err((error.to_string(),))
}

pub(crate) fn contract(error: &impl ToString) -> PyErr {
    ContractError::new_err((error.to_string(),))
}

/// Why a handler or workflow can't be made.
pub(crate) fn plan(py: Python<'_>, error: &arvo::HandlerError) -> PyErr {
    match error {
        arvo::HandlerError::Wiring(violation) => wiring(py, violation),
        other => contract(other),
    }
}

/// What is wrong with the parts of a workflow or machine; no code of the caller's has run.
pub(crate) fn wiring(py: Python<'_>, wrong: &Violation) -> PyErr {
    violation(py, wrong, &PyList::empty(py), None)
}

fn config(py: Python<'_>, fault: &ConfigFault) -> PyErr {
    let fields = PyDict::new(py);
    let found = match fault {
        ConfigFault::Machine { problems } => self::problems(problems),
        _ => Vec::new(),
    };
    let made = fields
        .set_item(intern!(py, "problems"), found)
        .and_then(|()| py.get_type::<ConfigViolation>().call((fault.to_string(),), Some(&fields)));
    made.map_or_else(|error| error, PyErr::from_value)
}

/// Code, severity, path and text of a machine's problem.
pub(crate) type Problem = (&'static str, &'static str, String, String);

pub(crate) fn problems(problems: &[MachineProblem]) -> Vec<Problem> {
    let severity = |problem: &MachineProblem| if problem.refuses { "error" } else { "warning" };
    problems
        .iter()
        .map(|problem| (problem.code, severity(problem), problem.path.clone(), problem.message.clone()))
        .collect()
}

/// Places and texts, as the exceptions' constructors take them.
pub(crate) fn issues(issues: &[Issue]) -> Vec<(String, String)> {
    issues.iter().map(|issue| (issue.path.clone(), issue.message.clone())).collect()
}

/// An exception with a list of what is wrong beside its text.
pub(crate) fn with_list(
    py: Python<'_>,
    class: &Bound<'_, PyType>,
    message: String,
    name: &str,
    list: Vec<(String, String)>,
) -> PyErr {
    let fields = PyDict::new(py);
    let made = fields.set_item(name, list).and_then(|()| class.call((message,), Some(&fields)));
    made.map_or_else(|error| error, PyErr::from_value)
}

/// Why a factory made no event.
pub(crate) fn factory(py: Python<'_>, error: arvo::FactoryError, table: &Bound<'_, PyList>) -> PyErr {
    match error {
        arvo::FactoryError::Event(broken) => event(py, broken),
        arvo::FactoryError::Subject(broken) => subject(py, broken),
        arvo::FactoryError::Schema { raised, .. } => thrown(raised.token, table),
        other => with_list(py, &py.get_type::<FactoryError>(), other.to_string(), "issues", issues(&other.issues())),
    }
}

/// Why a text or template is no expression; `place` is line and column.
pub(crate) fn expression(py: Python<'_>, message: String, path: &str, place: Option<(usize, usize)>) -> PyErr {
    let fields = PyDict::new(py);
    let made =
        placed(&fields, path, place).and_then(|()| py.get_type::<ExpressionError>().call((message,), Some(&fields)));
    made.map_or_else(|error| error, PyErr::from_value)
}

/// Why an expression failed on the values that it was given.
pub(crate) fn evaluation(py: Python<'_>, fault: &arvo::expression::TemplateFault) -> PyErr {
    let fields = PyDict::new(py);
    let place = &fault.error.place;
    let made = placed(&fields, &fault.path, Some((place.line, place.column)))
        .and_then(|()| fields.set_item(intern!(py, "over_budget"), fault.error.is_budget()))
        .and_then(|()| py.get_type::<EvaluationError>().call((fault.to_string(),), Some(&fields)));
    made.map_or_else(|error| error, PyErr::from_value)
}

fn placed(fields: &Bound<'_, PyDict>, path: &str, place: Option<(usize, usize)>) -> PyResult<()> {
    let py = fields.py();
    fields.set_item(intern!(py, "path"), path)?;
    fields.set_item(intern!(py, "line"), place.map(|(line, _)| line))?;
    fields.set_item(intern!(py, "column"), place.map(|(_, column)| column))
}

/// The very exception that a function of the caller's raised.
pub(crate) fn thrown(token: arvo::Token, table: &Bound<'_, PyList>) -> PyErr {
    table.get_item(token.0 as usize).map_or_else(|error| error, PyErr::from_value)
}
