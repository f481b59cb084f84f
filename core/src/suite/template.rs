//! The little language in which a suite's file makes events and asks about them: JSON with operators in it.
//!
//! An object with one key that begins with `$`, and at most `default` beside it, is an operator; everything else is
//! itself, its parts worked out. A member whose value is nothing is left out. Numbers are JSON's doubles, written as
//! JavaScript writes them, so that a file gives the same in every language. There are no loops and no functions: the
//! work is bounded by the text.

use serde_json::{Map, Value};

use super::error::CaseProblem;
use super::thrown::Thrown;
use crate::contract::escape;
use crate::environment::Limits;
use crate::expression;
use crate::json;

/// A template, compiled once.
#[derive(Clone, Debug)]
pub(super) struct Template(Part);

#[derive(Clone, Debug)]
enum Part {
    Plain(Value),
    List(Vec<Part>),
    Map(Vec<(String, Part)>),
    /// `{"$": "…"}`: an expression of Arvo's.
    Expression(expression::Template),
    Look {
        steps: Vec<String>,
        default: Option<Box<Part>>,
    },
    Pluck {
        list: Box<Part>,
        steps: Vec<String>,
    },
    If(Box<[Part; 3]>),
    Apply(Operator, Box<Part>),
    /// Fails when it is worked out, so that a suite can say what must fail.
    Unknown(String),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Operator {
    Sum,
    Mul,
    Sub,
    Concat,
    Len,
    Eq,
    Gt,
    Gte,
    Lt,
    Not,
    And,
    Or,
    Append,
    Merge,
}

impl Operator {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "$sum" => Self::Sum,
            "$mul" => Self::Mul,
            "$sub" => Self::Sub,
            "$concat" => Self::Concat,
            "$len" => Self::Len,
            "$eq" => Self::Eq,
            "$gt" => Self::Gt,
            "$gte" => Self::Gte,
            "$lt" => Self::Lt,
            "$not" => Self::Not,
            "$and" => Self::And,
            "$or" => Self::Or,
            "$append" => Self::Append,
            "$merge" => Self::Merge,
            _ => return None,
        })
    }
}

impl Template {
    /// Compiles `json`, which stands at `path`; its expressions may look at the value of this name. What lies too deep
    /// was refused with the text ([`Limits::depth`]).
    pub(super) fn compile(json: &Value, name: &str, path: &str, problems: &mut Vec<CaseProblem>) -> Self {
        let mut compiler = Compiler { name, problems };
        Self(compiler.part(json, path))
    }

    /// Its value, nothing where nothing is found.
    pub(super) fn evaluate(&self, scope: &Map<String, Value>, limits: &Limits) -> Result<Option<Value>, Thrown> {
        Evaluator { scope, limits }.part(&self.0)
    }
}

struct Compiler<'a> {
    name: &'a str,
    problems: &'a mut Vec<CaseProblem>,
}

impl Compiler<'_> {
    fn part(&mut self, json: &Value, path: &str) -> Part {
        match json {
            Value::Array(list) => Part::List(self.list(list, path)),
            Value::Object(map) => match operator(map) {
                Some((name, operand)) => {
                    let path = format!("{path}/{}", escape(name));
                    self.operator(name, operand, map.get("default"), &path)
                }
                None => Part::Map(self.map(map, path)),
            },
            plain => Part::Plain(plain.clone()),
        }
    }

    fn list(&mut self, list: &[Value], path: &str) -> Vec<Part> {
        list.iter().enumerate().map(|(at, item)| self.part(item, &format!("{path}/{at}"))).collect()
    }

    fn map(&mut self, map: &Map<String, Value>, path: &str) -> Vec<(String, Part)> {
        map.iter().map(|(key, item)| (key.clone(), self.part(item, &format!("{path}/{}", escape(key))))).collect()
    }

    fn operator(&mut self, name: &str, operand: &Value, default: Option<&Value>, path: &str) -> Part {
        match name {
            "$" => self.expression(operand, path),
            "$literal" => Part::Plain(operand.clone()),
            "$ref" => {
                let default = default.map(|default| Box::new(self.part(default, &format!("{path}/default"))));
                Part::Look { steps: self.steps(operand, path), default }
            }
            "$pluck" => match operand.as_array().map(Vec::as_slice) {
                Some([list, steps]) => Part::Pluck {
                    list: Box::new(self.part(list, &format!("{path}/0"))),
                    steps: self.steps(steps, &format!("{path}/1")),
                },
                _ => self.wrong(operand, path, "a list and a path"),
            },
            "$if" => match operand.as_array().map(Vec::as_slice) {
                Some([condition, yes, no]) => Part::If(Box::new([
                    self.part(condition, &format!("{path}/0")),
                    self.part(yes, &format!("{path}/1")),
                    self.part(no, &format!("{path}/2")),
                ])),
                _ => self.wrong(operand, path, "a condition and two values"),
            },
            _ => match Operator::of(name) {
                Some(operator) => Part::Apply(operator, Box::new(self.part(operand, path))),
                None => Part::Unknown(name.to_owned()),
            },
        }
    }

    fn expression(&mut self, text: &Value, path: &str) -> Part {
        let expression = Value::Object(Map::from_iter([("$".to_owned(), text.clone())]));
        match expression::Template::compile(&expression, &[self.name]) {
            Ok(compiled) => Part::Expression(compiled),
            Err(errors) => {
                let problem = |error| CaseProblem::Expression { path: path.to_owned(), error };
                self.problems.extend(errors.into_iter().map(problem));
                Part::Plain(Value::Null)
            }
        }
    }

    /// `"a.b.0"`, or a list of keys.
    fn steps(&mut self, path: &Value, at: &str) -> Vec<String> {
        let steps = match path {
            Value::String(path) => Some(path.split('.').map(str::to_owned).collect()),
            Value::Array(keys) => keys.iter().map(|key| key.as_str().map(str::to_owned)).collect(),
            _ => None,
        };
        steps.unwrap_or_else(|| {
            self.wrong(path, at, "a path such as \"events.0.data\", or a list of keys");
            Vec::new()
        })
    }

    fn wrong(&mut self, found: &Value, path: &str, wanted: &'static str) -> Part {
        self.problems.push(CaseProblem::Wrong { path: path.to_owned(), wanted, found: json::kind(found).to_owned() });
        Part::Plain(Value::Null)
    }
}

/// The one key that begins with `$`, if the object is an operator.
fn operator(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut members = map.iter().filter(|(key, _)| *key != "default");
    let (name, operand) = members.next()?;
    let alone = members.next().is_none() && name.starts_with('$') && !name.ends_with("$$");
    alone.then_some((name.as_str(), operand))
}

struct Evaluator<'a> {
    scope: &'a Map<String, Value>,
    limits: &'a Limits,
}

impl Evaluator<'_> {
    fn part(&self, part: &Part) -> Result<Option<Value>, Thrown> {
        Ok(Some(match part {
            Part::Plain(value) => value.clone(),
            Part::List(parts) => Value::Array(self.list(parts)?),
            Part::Map(parts) => {
                let mut map = Map::new();
                for (key, part) in parts {
                    if let Some(value) = self.part(part)? {
                        map.insert(key.clone(), value);
                    }
                }
                Value::Object(map)
            }
            Part::Expression(expression) => {
                let evaluated = expression.evaluate_named(self.scope, self.limits);
                return evaluated.map_err(|fault| Thrown::error("Error", fault.to_string()));
            }
            Part::Look { steps, default } => match (self.look(steps), default) {
                (Some(found), _) => found.clone(),
                (None, Some(default)) => return self.part(default),
                (None, None) => return Ok(None),
            },
            Part::Pluck { list, steps } => {
                let list = self.part(list)?;
                let items = list.as_ref().and_then(Value::as_array).into_iter().flatten();
                items.map(|item| below(item, steps).cloned().unwrap_or_default()).collect()
            }
            Part::If(parts) => {
                let [condition, yes, no] = &**parts;
                let holds = self.part(condition)?.is_some_and(|value| is_true(&value));
                return self.part(if holds { yes } else { no });
            }
            Part::Apply(operator, operand) => self.apply(*operator, operand)?,
            Part::Unknown(name) => return Err(Thrown::error("Error", format!("unknown operator {name}"))),
        }))
    }

    /// Nothing is null in a list.
    fn list(&self, parts: &[Part]) -> Result<Vec<Value>, Thrown> {
        parts.iter().map(|part| Ok(self.part(part)?.unwrap_or_default())).collect()
    }

    fn apply(&self, operator: Operator, operand: &Part) -> Result<Value, Thrown> {
        let value = self.part(operand)?;
        match operator {
            Operator::Len => return Ok(length(value.as_ref()).into()),
            Operator::Not => return Ok((!value.is_some_and(|value| is_true(&value))).into()),
            _ => {}
        }
        let parts = match value {
            Some(Value::Array(parts)) => parts,
            _ => Vec::new(),
        };
        let pair = || (parts.first().unwrap_or(&Value::Null), parts.get(1).unwrap_or(&Value::Null));
        let numbers = || parts.iter().map(|part| part.as_f64().unwrap_or(f64::NAN));
        Ok(match operator {
            Operator::Sum => json::number(numbers().sum()),
            Operator::Mul => json::number(numbers().product()),
            Operator::Sub => json::number(numbers().reduce(|left, right| left - right).unwrap_or(f64::NAN)),
            Operator::Concat => parts.iter().map(text).collect::<String>().into(),
            Operator::Eq => json::equal(pair().0, pair().1).into(),
            Operator::Gt => compare(pair(), |left, right| left > right).into(),
            Operator::Gte => compare(pair(), |left, right| left >= right).into(),
            Operator::Lt => compare(pair(), |left, right| left < right).into(),
            Operator::And => parts.iter().all(is_true).into(),
            Operator::Or => parts.iter().any(is_true).into(),
            Operator::Append => {
                let mut parts = parts.into_iter();
                let mut list = match parts.next() {
                    Some(Value::Array(list)) => list,
                    _ => Vec::new(),
                };
                list.extend(parts);
                Value::Array(list)
            }
            Operator::Merge => parts.into_iter().filter_map(members).flatten().collect::<Map<_, _>>().into(),
            Operator::Len | Operator::Not => Value::Null, // told above
        })
    }

    fn look(&self, steps: &[String]) -> Option<&Value> {
        let (name, rest) = steps.split_first()?;
        below(self.scope.get(name)?, rest)
    }
}

/// What lies at these steps below a value.
fn below<'a>(value: &'a Value, steps: &[String]) -> Option<&'a Value> {
    steps.iter().try_fold(value, |value, step| match value {
        Value::Object(map) => map.get(step),
        Value::Array(list) => list.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Null, false, 0 and "" are false.
pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        _ => true,
    }
}

/// Of a text in UTF-16 units, as JavaScript counts.
fn length(value: Option<&Value>) -> usize {
    match value {
        Some(Value::String(text)) => text.encode_utf16().count(),
        Some(Value::Array(list)) => list.len(),
        _ => 0,
    }
}

/// A comparison with anything but a number is false.
fn compare((left, right): (&Value, &Value), test: fn(f64, f64) -> bool) -> bool {
    left.as_f64().zip(right.as_f64()).is_some_and(|(left, right)| test(left, right))
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => json::write(other, 0),
    }
}

fn members(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        _ => None,
    }
}
