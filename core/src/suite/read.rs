//! Suites and cases from JSON: every problem is told, with its place.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::case::{Case, Check, Expects, Input, Repeat, Step};
use super::error::{CaseProblem, SuiteError};
use super::question::Question;
use super::suite::{Config, Suite, Target};
use super::template::Template;
use crate::contract::escape;
use crate::environment::Limits;
use crate::json;

impl Suite {
    /// Reads a suite from a file's text: `{"config": …, "cases": […]}`.
    ///
    /// A config is `{"name"?, "handler": source}` or `{"name"?, "function": name}`, or a list of them. A case is
    /// `{"name", "steps": […], "repeat"?: {"times", "successThreshold"}}`; a step `{"input": template over `previous`}`
    /// with at most one of `"expectedEvents"` (over `events`) and `"expectedError"` (over `error`). A check may be
    /// `{"fails": text}`: it throws that. `docs/testing.md` has the language of templates.
    ///
    /// # Errors
    /// [`SuiteError`] with every problem.
    pub fn read(text: &str) -> Result<Self, SuiteError> {
        let json = json::parse(text, &Limits::DEFAULT).map_err(CaseProblem::Json)?;
        Self::from_json(&json)
    }

    /// The same from a JSON value.
    ///
    /// # Errors
    /// As [`Suite::read`].
    pub fn from_json(json: &Value) -> Result<Self, SuiteError> {
        json::check(json, &Limits::DEFAULT).map_err(CaseProblem::Json)?;
        let mut reader = Reader { functions: Functions::None, problems: Vec::new() };
        let suite = reader.suite(json);
        reader.end(suite)
    }
}

impl Case {
    /// Reads one case, in which `{"$host": true}` in place of a template stands for a function of the program: the way
    /// in which other languages describe the cases that their programs write.
    ///
    /// ```
    /// let case = arvo::suite::Case::read(r#"{"name": "adds", "steps": [{"input": {"$host": true}, "expectedError": true}]}"#)?;
    /// assert_eq!(case.name(), "adds");
    /// # Ok::<(), arvo::suite::SuiteError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Suite::read`].
    pub fn read(text: &str) -> Result<Self, SuiteError> {
        let json = json::parse(text, &Limits::DEFAULT).map_err(CaseProblem::Json)?;
        let mut reader = Reader { functions: Functions::OfHost, problems: Vec::new() };
        let case = reader.case(&json, "");
        reader.end(case)
    }
}

/// Whether a place may hold a function of the program.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Functions {
    None,
    OfHost,
}

/// The pieces that could be read are read, so that all problems are found.
struct Reader {
    functions: Functions,
    problems: Vec<CaseProblem>,
}

const SUITE: &[&str] = &["name", "config", "cases"];
const CONFIG: &[&str] = &["name", "handler", "function"];
const CASE: &[&str] = &["name", "steps", "repeat"];
const REPEAT: &[&str] = &["times", "successThreshold"];
const STEP: &[&str] = &["input", "expectedEvents", "expectedError"];

impl Reader {
    fn end<T>(self, made: Option<T>) -> Result<T, SuiteError> {
        match made {
            Some(made) if self.problems.is_empty() => Ok(made),
            _ => Err(SuiteError { problems: self.problems }),
        }
    }

    fn suite(&mut self, json: &Value) -> Option<Suite> {
        let map = self.object(json, "", SUITE, "a suite, {\"config\": …, \"cases\": […]}")?;
        self.optional_text(map, "name", "");
        let configs = match map.get("config") {
            None => self.missing("/config", "a config {\"handler\": source}, or a list of them"),
            Some(Value::Array(list)) => {
                self.not_empty(list, "/config", "a config");
                let configs = list.iter().enumerate().map(|(at, one)| self.config(one, &format!("/config/{at}")));
                Some(configs.collect::<Vec<_>>())
            }
            Some(one) => Some(vec![self.config(one, "/config")]),
        };
        let cases = self.list(map, "cases", "", "a list of cases")?;
        self.not_empty(cases, "/cases", "a case");
        let cases = cases.iter().enumerate().map(|(at, case)| self.case(case, &format!("/cases/{at}")).map(Arc::new));
        let cases = cases.collect::<Vec<_>>().into_iter().collect::<Option<_>>()?;
        Some(Suite { configs: configs?.into_iter().collect::<Option<_>>()?, cases })
    }

    fn config(&mut self, json: &Value, path: &str) -> Option<Config> {
        let map = self.object(json, path, CONFIG, "a config, {\"handler\": source} or {\"function\": name}")?;
        let name = self.optional_text(map, "name", path);
        let target = match (given(map, "handler"), given(map, "function")) {
            (Some(_), Some(_)) => {
                self.problems.push(CaseProblem::Both { path: path.to_owned(), both: ["handler", "function"] });
                None
            }
            (None, Some(_)) => self.text(map, "function", path, "the name of a function").map(Target::Function),
            _ => {
                let wanted = "the source of a handler: the type that its contract accepts";
                self.text(map, "handler", path, wanted).map(Target::Handler)
            }
        };
        Some(Config { name, target: target? })
    }

    fn case(&mut self, json: &Value, path: &str) -> Option<Case> {
        let map = self.object(json, path, CASE, "a case, {\"name\": …, \"steps\": […]}")?;
        let name = self.text(map, "name", path, "text");
        let repeat = given(map, "repeat").map(|repeat| self.repeat(repeat, &format!("{path}/repeat")));
        let steps = self.list(map, "steps", path, "a list of steps")?;
        self.not_empty(steps, &format!("{path}/steps"), "a step");
        let steps: Vec<Option<Step>> =
            steps.iter().enumerate().map(|(at, step)| self.step(step, &format!("{path}/steps/{at}"))).collect();
        let steps = steps.into_iter().collect::<Option<_>>()?;
        let repeat = match repeat {
            Some(repeat) => Some(repeat?),
            None => None,
        };
        Some(Case { name: name?, steps, repeat })
    }

    fn repeat(&mut self, json: &Value, path: &str) -> Option<Repeat> {
        let map = self.object(json, path, REPEAT, "{\"times\": …, \"successThreshold\": …}")?;
        let times = map.get("times").and_then(Value::as_f64).filter(|times| times.fract() == 0.0);
        let times = times.filter(|times| (1.0..=f64::from(Repeat::MOST)).contains(times));
        if times.is_none() {
            self.no_number(map, "times", path, "a whole number from 1 to 1,000,000");
        }
        let threshold = map.get("successThreshold").and_then(Value::as_f64).filter(|it| (0.0..=100.0).contains(it));
        if threshold.is_none() {
            self.no_number(map, "successThreshold", path, "percent, from 0 to 100");
        }
        Repeat::new(times? as u32, threshold?)
    }

    fn no_number(&mut self, map: &Map<String, Value>, key: &str, path: &str, wanted: &'static str) {
        let path = format!("{path}/{key}");
        self.problems.push(match map.get(key) {
            None => CaseProblem::Missing { path, wanted },
            Some(found @ Value::Number(_)) => CaseProblem::Wrong { path, wanted, found: json::write(found, 0) },
            Some(found) => CaseProblem::Wrong { path, wanted, found: json::kind(found).to_owned() },
        });
    }

    fn step(&mut self, json: &Value, path: &str) -> Option<Step> {
        let map = self.object(json, path, STEP, "a step, {\"input\": …}")?;
        let input_path = format!("{path}/input");
        let input = match map.get("input") {
            None => self.missing(&input_path, "an event, or a template that makes one of `previous`"),
            Some(json) if is_host(json) => self.host(&input_path).then_some(Input::Host),
            Some(json) => Some(Input::Template(Template::compile(json, "previous", &input_path, &mut self.problems))),
        };
        let expects = match (given(map, "expectedEvents"), given(map, "expectedError")) {
            (Some(_), Some(_)) => {
                let both = ["expectedEvents", "expectedError"];
                self.problems.push(CaseProblem::Both { path: path.to_owned(), both });
                Expects::Nothing
            }
            (Some(check), None) => Expects::Events(self.check(check, "events", &format!("{path}/expectedEvents"))),
            (None, Some(check)) => Expects::Error(self.check(check, "error", &format!("{path}/expectedError"))),
            (None, None) => Expects::Nothing,
        };
        Some(Step { input: input?, expects })
    }

    fn check(&mut self, json: &Value, name: &str, path: &str) -> Check {
        if is_host(json) {
            self.host(path);
            return Check::Host;
        }
        let fails = json.as_object().filter(|map| map.len() == 1).and_then(|map| map.get("fails"));
        Check::Question(match fails.and_then(Value::as_str) {
            Some(message) => Question::Fails(message.to_owned()),
            None => Question::Template(Template::compile(json, name, path, &mut self.problems)),
        })
    }

    fn host(&mut self, path: &str) -> bool {
        let may = self.functions == Functions::OfHost;
        if !may {
            self.problems.push(CaseProblem::NoFunction { path: path.to_owned() });
        }
        may
    }

    fn object<'a>(
        &mut self,
        json: &'a Value,
        path: &str,
        known: &'static [&'static str],
        wanted: &'static str,
    ) -> Option<&'a Map<String, Value>> {
        let Value::Object(map) = json else { return self.wrong(path, wanted, json) };
        for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
            self.problems.push(CaseProblem::Unknown { path: format!("{path}/{}", escape(key)), known });
        }
        Some(map)
    }

    fn list<'a>(
        &mut self,
        map: &'a Map<String, Value>,
        key: &str,
        path: &str,
        wanted: &'static str,
    ) -> Option<&'a Vec<Value>> {
        let path = format!("{path}/{key}");
        match map.get(key) {
            None => self.missing(&path, wanted),
            Some(Value::Array(list)) => Some(list),
            Some(other) => self.wrong(&path, wanted, other),
        }
    }

    fn not_empty(&mut self, list: &[Value], path: &str, wanted: &'static str) {
        if list.is_empty() {
            self.problems.push(CaseProblem::Missing { path: format!("{path}/0"), wanted });
        }
    }

    fn text(&mut self, map: &Map<String, Value>, key: &str, path: &str, wanted: &'static str) -> Option<String> {
        let path = format!("{path}/{key}");
        match map.get(key) {
            None => self.missing(&path, wanted),
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => self.wrong(&path, wanted, other),
        }
    }

    fn optional_text(&mut self, map: &Map<String, Value>, key: &str, path: &str) -> Option<String> {
        given(map, key).and_then(|_| self.text(map, key, path, "text"))
    }

    fn missing<T>(&mut self, path: &str, wanted: &'static str) -> Option<T> {
        self.problems.push(CaseProblem::Missing { path: path.to_owned(), wanted });
        None
    }

    fn wrong<T>(&mut self, path: &str, wanted: &'static str, found: &Value) -> Option<T> {
        self.problems.push(CaseProblem::Wrong { path: path.to_owned(), wanted, found: json::kind(found).to_owned() });
        None
    }
}

/// A member that may be left out; null counts as left out.
fn given<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    map.get(key).filter(|value| !value.is_null())
}

/// Whether a function of the program is meant.
fn is_host(json: &Value) -> bool {
    json.as_object().is_some_and(|map| map.len() == 1 && map.get("$host") == Some(&Value::Bool(true)))
}
