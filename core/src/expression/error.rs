//! What can go wrong with an expression, and where in its text.
//!
//! Two moments, two errors: [`ExpressionError`] while a text is compiled, [`EvaluationError`] while it runs. Neither
//! ever holds a value of the scope, only the author's own text (SPEC §18).

use std::fmt;

/// A piece of an expression's text, in bytes; texts are short enough for 16 bits.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Span {
    pub(super) start: u16,
    pub(super) end: u16,
}

impl Span {
    pub(super) fn new(start: usize, end: usize) -> Self {
        let narrow = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
        Self { start: narrow(start), end: narrow(end) }
    }

    /// From the start of one to the end of the other.
    pub(super) fn to(self, end: Self) -> Self {
        Self { start: self.start, end: end.end }
    }
}

/// Where in an expression something is wrong.
///
/// Its text is the line with a caret below the spot.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The characters it covers on that line, at least 1.
    pub width: usize,
    /// The line, shortened around the spot if it is long.
    pub excerpt: String,
    /// Where the spot begins in `excerpt`, from 0, in characters.
    pub offset: usize,
}

impl Place {
    const BEFORE: usize = 50;
    const AFTER: usize = 60;

    pub(super) fn of(text: &str, span: Span) -> Self {
        let start = boundary(text, usize::from(span.start));
        let end = boundary(text, usize::from(span.end)).max(start);
        let begin = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line = text[begin..].lines().next().unwrap_or_default();
        let column = text[begin..start].chars().count();
        let width = text[start..end].lines().next().unwrap_or_default().chars().count().max(1);

        let skip = column.saturating_sub(Self::BEFORE);
        let mut excerpt = String::from(if skip > 0 { "…" } else { "" });
        let shown = column - skip + Self::AFTER;
        // A control character would move the caret, or the terminal.
        excerpt.extend(line.chars().skip(skip).take(shown).map(|c| if c.is_control() { ' ' } else { c }));
        if line.chars().count() > skip + shown {
            excerpt.push('…');
        }
        Self {
            line: text[..start].matches('\n').count() + 1,
            column: column + 1,
            width: width.min(Self::AFTER),
            excerpt,
            offset: column - skip + usize::from(skip > 0),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {}\n  {}{}", self.excerpt, " ".repeat(self.offset), "^".repeat(self.width))
    }
}

/// A text that is no expression, or none in this place.
///
/// ```
/// let error = arvo::expression::Expression::compile("context.total >", &["context"]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "expression, line 1 column 16: a value is missing here; the text ends too early\n  context.total >\n                 ^",
/// );
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expression, line {} column {}: {fault}\n{place}", place.line, place.column)]
pub struct ExpressionError {
    /// What is wrong.
    pub fault: SyntaxFault,
    /// Where.
    pub place: Box<Place>,
}

/// Why a text is no expression.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SyntaxFault {
    /// The text breaks the grammar.
    #[error("{problem}; {help}")]
    Syntax {
        /// What was wrong.
        problem: String,
        /// What to do.
        help: String,
    },
    /// A name that is not in scope.
    #[error("{name:?} is not known here; known are {}{}", list(known), suggestion(nearest.as_deref()))]
    UnknownName {
        /// The name.
        name: String,
        /// The names in scope.
        known: Vec<String>,
        /// The one that was probably meant.
        nearest: Option<String>,
    },
    /// No function or method of this name, or not in this form.
    #[error("{name:?} cannot be called like this; {help}{}", suggestion(nearest.as_deref()))]
    UnknownFunction {
        /// The name.
        name: String,
        /// What can be called here.
        help: String,
        /// The one that was probably meant.
        nearest: Option<String>,
    },
    /// A function with too few or too many arguments.
    #[error("{name:?} got {found} arguments; write {usage}")]
    Arguments {
        /// The function.
        name: String,
        /// Arguments in the text.
        found: usize,
        /// How it is written.
        usage: &'static str,
    },
    /// A pattern of `matches` that does not compile.
    #[error("the pattern is not usable: {reason}; patterns are RE2's, without look-around and back-references")]
    Pattern {
        /// The reason, on one line.
        reason: String,
    },
    /// The text is too long.
    #[error("the text has {size} bytes, over the limit of {limit}; split it, or use a function of the host")]
    TooLong {
        /// Its bytes.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Brackets, calls or signs lie too deep inside each other.
    #[error("nested deeper than {limit} levels; split it into several values")]
    TooDeep {
        /// Levels allowed.
        limit: usize,
    },
    /// Too many macros such as `map` inside each other.
    #[error("more than {limit} of all, exists, exists_one, filter, map inside each other; filter first, then map")]
    TooManyComprehensions {
        /// Levels allowed.
        limit: usize,
    },
    /// Too many patterns of `matches`.
    #[error("more than {limit} patterns; join some of them with |")]
    TooManyPatterns {
        /// Patterns allowed.
        limit: usize,
    },
}

/// An expression that failed on the values it was given.
///
/// ```
/// let expression = arvo::expression::Expression::compile("context.total > 10", &["context"])?;
/// let error = expression.test(&[&serde_json::json!({})], &arvo::Limits::default()).unwrap_err();
/// assert_eq!(error.fault, arvo::expression::Fault::MissingKey);
/// assert!(error.to_string().starts_with("expression, line 1 column 9: there is no such key; "));
/// # Ok::<(), arvo::expression::ExpressionError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}expression, line {} column {}: {fault}\n{place}", prefix(fault), place.line, place.column)]
pub struct EvaluationError {
    /// What went wrong.
    pub fault: Fault,
    /// Where.
    pub place: Place,
}

impl EvaluationError {
    /// `ExpressionBudget` if a bound was exceeded, else `ExpressionFailed`.
    pub fn name(&self) -> &'static str {
        if self.is_budget() { "ExpressionBudget" } else { "ExpressionFailed" }
    }

    /// Whether a bound was exceeded, rather than a value unfit.
    pub fn is_budget(&self) -> bool {
        matches!(self.fault, Fault::Budget { .. })
    }
}

/// Why an evaluation failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A map lacks a key.
    #[error("there is no such key; write .?key and .orValue(…), or ask has(…) first")]
    MissingKey,
    /// A list is shorter, or the index is no whole number from 0.
    #[error("there is no item at this index; write [?index] and .orValue(…), or ask size(…) first")]
    MissingIndex,
    /// A value of a kind that does not fit.
    #[error("{wanted} is needed here, and this is {found}")]
    Kind {
        /// What would fit.
        wanted: &'static str,
        /// What it was.
        found: ValueKind,
    },
    /// Two values of kinds that do not go together.
    #[error("{operator} takes {}, not {left} and {right}", operands(operator))]
    Operands {
        /// The operator, as written.
        operator: &'static str,
        /// Kind of the left one.
        left: ValueKind,
        /// Kind of the right one.
        right: ValueKind,
    },
    /// `/` or `%` by 0.
    #[error("division by 0; compare the divisor with 0 first")]
    DivisionByZero,
    /// A number beyond ±2^53 in arithmetic, or as its result.
    #[error("numbers beyond ±2^53 are not exact: they can be compared and passed on, not calculated with")]
    Inexact,
    /// Text that `number` or `bool` cannot read.
    #[error("this text is no {wanted}; {help}")]
    Unreadable {
        /// What was wanted.
        wanted: &'static str,
        /// What can be read.
        help: &'static str,
    },
    /// `min` or `max` of nothing.
    #[error("an empty list has neither min nor max; ask size(…) first")]
    EmptyList,
    /// One key twice in a map.
    #[error("this key is in the map already; keep one of the two")]
    DuplicateKey,
    /// An optional where a value is needed.
    #[error("this is optional: write .orValue(…) or .hasValue(), or put ? before the item of a list or map")]
    Optional,
    /// The caller gave no value for a name of the scope.
    #[error("no value was given for this name; the scope of the evaluation must hold it")]
    NoValue,
    /// A bound was exceeded.
    #[error("{what} exceeded the limit of {limit}; {}", help(*what))]
    Budget {
        /// Which bound.
        what: Spent,
        /// Its value.
        limit: usize,
    },
}

/// What a value is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ValueKind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// Text.
    Text,
    /// A list.
    List,
    /// A map.
    Map,
    /// What `.?key` or `[?index]` gives.
    Optional,
}

impl fmt::Display for ValueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::Text => "text",
            Self::List => "a list",
            Self::Map => "a map",
            Self::Optional => "an optional",
        })
    }
}

/// A bound of one evaluation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Spent {
    /// Evaluation steps, `Limits::expression_steps`.
    Steps,
    /// Bytes of made values, `Limits::expression_bytes`.
    Bytes,
    /// Lists and maps inside each other.
    Depth,
}

impl fmt::Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Steps => "the steps of this evaluation",
            Self::Bytes => "the bytes that this evaluation made",
            Self::Depth => "the depth of a value",
        })
    }
}

/// The last place at or before `at` where a character begins.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn help(what: Spent) -> &'static str {
    match what {
        Spent::Steps => "filter first, nest less, or raise `Limits::expression_steps`",
        Spent::Bytes => "make less, or raise `Limits::expression_bytes`",
        Spent::Depth => "flatten it",
    }
}

/// The pairs of values that an operator takes.
fn operands(operator: &str) -> &'static str {
    match operator {
        "+" => "two numbers, two texts or two lists",
        "in" => "a value and a list, or a key and a map",
        "<" | "<=" | ">" | ">=" => "two numbers or two texts",
        _ => "two numbers",
    }
}

fn prefix(fault: &Fault) -> &'static str {
    if matches!(fault, Fault::Budget { .. }) { "ExpressionBudget: " } else { "" }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "no names".to_owned() } else { names.join(", ") }
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean {name}?"))
}

/// The known name that differs from `name` by least, if that is little.
pub(super) fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<String> {
    known
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate.to_owned())
}

/// Characters to insert, remove or replace, capitals counting as small letters.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, c) in one.to_lowercase().chars().take(64).enumerate() {
        let mut corner = row[0];
        row[0] = line + 1;
        for (at, d) in other.iter().enumerate() {
            let replaced = corner + usize::from(c != *d);
            corner = row[at + 1];
            row[at + 1] = replaced.min(corner + 1).min(row[at] + 1);
        }
    }
    row[other.len()]
}
