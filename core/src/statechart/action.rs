//! Guards judged, actions run, values made: every call of the host happens here.

use std::sync::Arc;

use serde_json::Value;

use super::configuration::NodeSet;
use super::context::{Context, parse_context, read};
use super::error::Error;
use super::form::{Action, FormReader, Guard, Make};
use super::host::{Args, Check, Expression, ExpressionFailure, FnRef, Names};
use super::macrostep::Step;
use super::problem::{Path, Problems};
use super::signal::Signal;
use crate::event::Data;
use crate::json::{self, kind};

/// A custom action or log that waits for the end of the start.
pub(crate) struct Effect {
    what: Deed,
    context: Context,
    event: Signal,
}

enum Deed {
    Act { function: FnRef, params: Option<Data> },
    Log { label: Option<Arc<str>>, value: Option<Data> },
}

impl Step<'_> {
    /// Whether a guard passes, by ECMAScript's truthiness.
    pub(crate) fn passes(&self, guard: &Guard, params: Option<&Data>) -> Result<bool, Error> {
        match guard {
            Guard::Function(function) => truthy(self.host.value(function, self.args(params))?),
            Guard::Expression(expression) => match self.evaluate(&**expression, params, &self.event)? {
                Some(Value::Bool(passes)) => Ok(passes),
                other => Err(no_boolean(&**expression, other.as_ref())),
            },
            Guard::Named { params: made, at, .. } => match &self.chart.guards[*at] {
                alone @ (Guard::Function(_) | Guard::Expression(_)) => {
                    let params = self.params(made.as_ref(), params)?;
                    self.passes(alone, params.as_ref())
                }
                alias @ Guard::Named { .. } => self.passes(alias, None),
                form => {
                    self.params(made.as_ref(), params)?; // made all the same: what it raises ends the step
                    self.passes(form, None)
                }
            },
            Guard::And(parts) => parts.iter().try_fold(true, |all, part| Ok(all && self.passes(part, params)?)),
            Guard::Or(parts) => parts.iter().try_fold(false, |any, part| Ok(any || self.passes(part, params)?)),
            Guard::Not(inner) => Ok(!self.passes(inner, params)?),
            Guard::Fails(error) => Err(Error::clone(error)),
            Guard::Node(node) => Ok(self.seen.contains(*node)),
            Guard::Value(pattern) => {
                let seen: &NodeSet = self.seen_value.as_ref().unwrap_or(&self.seen);
                Ok(self.chart.matches(0, pattern, seen))
            }
        }
    }

    /// Runs actions in order; `params` are those of the named action they implement.
    pub(crate) fn run(&mut self, actions: &[Action], params: Option<&Data>, depth: usize) -> Result<(), Error> {
        actions.iter().try_for_each(|action| self.run_one(action, params, depth))
    }

    /// What is made of other actions; the rest has a frame of its own, for these may be nested deep.
    fn run_one(&mut self, action: &Action, params: Option<&Data>, depth: usize) -> Result<(), Error> {
        match action {
            Action::Named { params: made, at, .. } => {
                let chart = self.chart;
                let params = self.params(made.as_ref(), params)?;
                self.run_one(&chart.actions[*at], params.as_ref(), depth + 1)
            }
            Action::Collect(function) => self.collect(function, params, depth),
            Action::Choose(branches) => {
                for (guard, actions) in branches {
                    if guard.as_ref().map_or(Ok(true), |guard| self.passes(guard, params))? {
                        return self.run(actions, params, depth + 1);
                    }
                }
                Ok(())
            }
            leaf => self.run_leaf(leaf, params),
        }
    }

    fn run_leaf(&mut self, action: &Action, params: Option<&Data>) -> Result<(), Error> {
        match action {
            Action::Custom(function) => self.act(function, params),
            Action::Assign(fields) => {
                let made = fields.iter().map(|(key, make)| Ok((Arc::clone(key), self.make(make, params)?)));
                let made = made.collect::<Result<Vec<_>, Error>>()?;
                self.assign(made)
            }
            Action::AssignAll(make) => {
                let made = self.make(make, params)?;
                self.assign_all(made)
            }
            Action::Emit(make) => {
                let event = self.make(make, params)?.ok_or(Error::NotAnEvent { found: "nothing" })?;
                if matches!(&event, Data::Value(event) if event.is_null()) {
                    return Err(Error::NotAnEvent { found: "null" });
                }
                self.emitted.push(event);
                Ok(())
            }
            Action::Raise(Make::Json(json)) if json.is_string() => {
                Err(Error::RaisedText { text: json.as_str().unwrap_or_default().to_owned() })
            }
            Action::Raise(make) => {
                let event = self.make(make, params)?.ok_or(Error::NotAnEvent { found: "nothing" })?;
                let event = Signal::raised(event, self.host)?;
                self.enqueue(event)
            }
            Action::Log { value, label } => {
                let value = self.make(value, params)?;
                self.log(label.as_ref(), value);
                Ok(())
            }
            Action::Fail(make) => {
                let error = self.make(make, params)?.map(|error| read(&error, self.host)).transpose()?;
                Err(failed(error.as_deref()))
            }
            Action::Append(path) => self.append(path, params),
            Action::Named { .. } | Action::Collect(_) | Action::Choose(_) => Ok(()), // not leaves
        }
    }

    fn act(&mut self, function: &FnRef, params: Option<&Data>) -> Result<(), Error> {
        if self.waiting.is_some() {
            self.wait(Deed::Act { function: function.clone(), params: params.cloned() });
            return Ok(());
        }
        Ok(self.host.act(function, self.args(params))?)
    }

    fn log(&mut self, label: Option<&Arc<str>>, value: Option<Data>) {
        if self.waiting.is_some() {
            self.wait(Deed::Log { label: label.cloned(), value });
        } else {
            self.host.log(label.map(|label| &**label), value.as_ref());
        }
    }

    fn wait(&mut self, what: Deed) {
        let (context, event) = (self.context.clone(), self.event.clone());
        self.waiting.get_or_insert_default().push(Effect { what, context, event });
    }

    /// Runs what waited for the end of the start.
    pub(crate) fn run_waiting(&mut self) -> Result<(), Error> {
        for effect in self.waiting.take().unwrap_or_default() {
            match &effect.what {
                Deed::Act { function, params } => {
                    let (event, params) = (Some(&effect.event), params.as_ref());
                    self.host.act(function, Args { context: effect.context.view(), event, params, input: None })?;
                }
                Deed::Log { label, value } => self.host.log(label.as_deref(), value.as_ref()),
            }
        }
        Ok(())
    }

    fn collect(&mut self, function: &FnRef, params: Option<&Data>, depth: usize) -> Result<(), Error> {
        if depth >= DEEPEST_ACTIONS {
            return Err(self.endless("levels of actions", DEEPEST_ACTIONS));
        }
        let check = |json: &Value| -> Result<bool, Error> {
            let guard = self.form(|forms| forms.guard(json, Path::ROOT.key("check")))?;
            guard.map_or(Ok(false), |guard| self.passes(&guard, None))
        };
        let forms = self.host.collect(function, self.args(params), Check(&check))?;
        let read = |reader: &mut FormReader<'_>| {
            let path = Path::ROOT.key("enqueueActions");
            forms.iter().enumerate().filter_map(|(at, form)| reader.action(form, path.index(at))).collect::<Vec<_>>()
        };
        let actions = self.form(read)?;
        self.run(&actions, None, depth + COLLECTING)
    }

    fn form<T>(&self, read: impl FnOnce(&mut FormReader<'_>) -> T) -> Result<T, Error> {
        let mut problems = Problems::default();
        let chart = self.chart;
        let by_id = |target: &str| chart.resolve_id(target);
        let (names, language) = (&chart.names, &*chart.language);
        let made = read(&mut FormReader {
            names,
            by_id: &by_id,
            language,
            problems: &mut problems,
            depth: 0,
            has_params: false,
            at_run_time: true,
        });
        if problems.0.is_empty() { Ok(made) } else { Err(Error::Form { problems: problems.0 }) }
    }

    fn args<'s>(&'s self, params: Option<&'s Data>) -> Args<'s> {
        Args { context: self.context.view(), event: Some(&self.event), params, input: None }
    }

    /// The value of a form with the context and event at hand; `None` is JavaScript's `undefined`.
    pub(crate) fn make(&self, make: &Make, params: Option<&Data>) -> Result<Option<Data>, Error> {
        self.make_for(make, params, &self.event)
    }

    pub(crate) fn make_for(&self, make: &Make, params: Option<&Data>, event: &Signal) -> Result<Option<Data>, Error> {
        match make {
            Make::Json(json) => Ok(Some(Data::Value(Arc::clone(json)))),
            Make::Function(function) => {
                let args = Args { context: self.context.view(), event: Some(event), params, input: None };
                Ok(self.host.value(function, args)?)
            }
            Make::Expression(expression) => Ok(self.evaluate(&**expression, params, event)?.map(Data::from)),
        }
    }

    /// Params as written for a named guard or action; a function gets none, an expression those around it.
    fn params(&self, make: Option<&Make>, around: Option<&Data>) -> Result<Option<Data>, Error> {
        match make {
            None => Ok(None),
            Some(function @ Make::Function(_)) => self.make(function, None),
            Some(make) => self.make(make, around),
        }
    }

    fn evaluate(
        &self,
        expression: &dyn Expression,
        params: Option<&Data>,
        event: &Signal,
    ) -> Result<Option<Value>, Error> {
        let context = expression.reads("context").then(|| self.context.json(self.host)).transpose()?;
        let event = expression.reads("event").then(|| event.view(self.host)).transpose()?;
        let params = params.filter(|_| expression.reads("params"));
        let params = params.map(|params| read(params, self.host)).transpose()?;
        evaluate(expression, Names { context: context.as_deref(), event, params: params.as_deref(), input: None })
    }
}

pub(crate) fn evaluate(expression: &dyn Expression, names: Names<'_>) -> Result<Option<Value>, Error> {
    expression
        .evaluate(names)
        .map_err(|failure| Error::Expression { source_text: expression.source().to_owned(), failure })
}

fn no_boolean(expression: &dyn Expression, found: Option<&Value>) -> Error {
    let found = found.map_or("nothing", kind);
    let message = format!("expression {:?}: a guard must give true or false, found {found}", expression.source());
    let failure = ExpressionFailure { name: "ExpressionType", message };
    Error::Expression { source_text: expression.source().to_owned(), failure }
}

fn truthy(data: Option<Data>) -> Result<bool, Error> {
    let value = match data {
        None => return Ok(false),
        Some(Data::Host(_)) => return Ok(true),
        Some(Data::Value(value)) => value,
        Some(Data::Text(text)) => Arc::new(parse_context(&text).map_err(Error::Json)?),
    };
    Ok(match &*value {
        Value::Null => false,
        Value::Bool(passes) => *passes,
        Value::Number(number) => number.as_f64().is_none_or(|number| number != 0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    })
}

fn failed(error: Option<&Value>) -> Error {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let (name, message) = match error {
        Some(Value::String(message)) => (None, Some(message.clone())),
        Some(other) => (text(other.get("name")), text(other.get("message"))),
        None => (None, None),
    };
    let message = message.unwrap_or_else(|| error.map_or_else(String::new, |error| json::write(error, 0)));
    Error::Failed { name: name.unwrap_or_else(|| "Error".to_owned()), message }
}

/// How deep actions may lie in what functions enqueue; each function, with the host's own frames, counts for several.
const DEEPEST_ACTIONS: usize = 1_000;
const COLLECTING: usize = 10;
