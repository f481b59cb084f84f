//! What is wrong with a definition: a code, a place, a text (STATECHARTS §2, §10).

use std::fmt;

/// One problem of a definition.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// Which rule it breaks.
    pub code: Code,
    /// JSON path, such as `states.a.on.E[0].target`; empty for the whole.
    pub path: String,
    /// What is wrong and what to do; XState's or the reference's words where they have some.
    pub message: String,
    /// The nearest known name, where one is close.
    pub nearest: Option<String>,
}

impl Problem {
    /// Whether it refuses the definition.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Severity {
    /// The definition is refused.
    Error,
    /// It runs, but likely not as meant.
    Warning,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// The rules a definition can break; those that begin with `E-` refuse it.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// The code as written in reports.
            pub fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

codes! {
    /// Something XState has and this interpreter refuses: actors, delays, `cond`, null events.
    Unsupported = "E-UNSUPPORTED",
    /// A target that does not exist, or targets that can't be active together.
    Target = "E-TARGET",
    /// A missing or unknown initial state, or a history that defaults to itself.
    Initial = "E-INITIAL",
    /// Two states with one id.
    Id = "E-ID",
    /// A `type` that contradicts the rest of the state.
    Type = "E-TYPE",
    /// A guard nobody implements, or that is made of itself.
    UnknownGuard = "E-UNKNOWN-GUARD",
    /// An action nobody implements, or that is made of itself.
    UnknownAction = "E-UNKNOWN-ACTION",
    /// An expression that does not compile.
    Expression = "E-EXPR",
    /// JSON of the wrong shape.
    Form = "E-FORM",
    /// Too many states, or too deep.
    Limit = "E-LIMIT",
    /// A state or transition that nothing can reach.
    Unreachable = "W-UNREACHABLE",
    /// A reachable state that nothing leads out of, or no way to the end.
    DeadEnd = "W-DEAD-END",
    /// Output in a place where it is ignored, or none where one is expected.
    Output = "W-OUTPUT",
    /// A cycle of eventless transitions that may not end.
    Loop = "W-LOOP",
    /// A history of a parallel state without default.
    History = "W-HISTORY",
    /// Names that collide with the interpreter's own, or that the reference mistakes.
    Reserved = "W-RESERVED",
    /// A key that is unknown or ignored.
    Key = "W-KEY",
}

impl Code {
    /// Whether it refuses the definition.
    pub fn severity(self) -> Severity {
        if self.text().starts_with("E-") { Severity::Error } else { Severity::Warning }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// A place in the definition; its text is made only for a problem.
#[derive(Clone, Copy)]
pub(crate) struct Path<'a> {
    outer: Option<&'a Path<'a>>,
    part: Part<'a>,
}

#[derive(Clone, Copy)]
enum Part<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> Path<'a> {
    pub(crate) const ROOT: Self = Self { outer: None, part: Part::Key("") };

    pub(crate) fn key(&'a self, key: &'a str) -> Path<'a> {
        Path { outer: Some(self), part: Part::Key(key) }
    }

    pub(crate) fn index(&'a self, at: usize) -> Path<'a> {
        Path { outer: Some(self), part: Part::Index(at) }
    }

    /// The keys from the root, list places as numbers.
    pub(crate) fn parts(&self) -> Vec<String> {
        let mut parts = Vec::new();
        let mut here = Some(self);
        while let Some(path) = here {
            match path.part {
                Part::Key("") if path.outer.is_none() => {}
                Part::Key(key) => parts.push(key.to_owned()),
                Part::Index(at) => parts.push(at.to_string()),
            }
            here = path.outer;
        }
        parts.reverse();
        parts
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(outer) = self.outer else {
            return match self.part {
                Part::Key(key) => f.write_str(key),
                Part::Index(at) => write!(f, "[{at}]"),
            };
        };
        let before = outer.to_string();
        match self.part {
            Part::Key(key) if before.is_empty() => f.write_str(key),
            Part::Key(key) => write!(f, "{before}.{key}"),
            Part::Index(at) => write!(f, "{before}[{at}]"),
        }
    }
}

/// Problems as they are found.
#[derive(Debug, Default)]
pub(crate) struct Problems(pub(crate) Vec<Problem>);

impl Problems {
    pub(crate) fn add(&mut self, code: Code, path: impl fmt::Display, message: impl Into<String>) {
        self.0.push(Problem { code, path: path.to_string(), message: message.into(), nearest: None });
    }

    /// The same with the nearest of the known names, said in the message too.
    pub(crate) fn add_near<'n>(
        &mut self,
        code: Code,
        path: impl fmt::Display,
        message: impl Into<String>,
        name: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) {
        let mut message = message.into();
        let nearest = nearest(name, known).map(str::to_owned);
        if let Some(nearest) = &nearest {
            message.push_str(&format!(" Did you mean '{nearest}'?"));
        }
        self.0.push(Problem { code, path: path.to_string(), message, nearest });
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.0.iter().any(|problem| problem.severity() == Severity::Error)
    }
}

/// The known name that takes the fewest edits, if they are few for its length.
pub(crate) fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let name: Vec<char> = name.chars().take(LONGEST_NAME).collect();
    let allowed = name.len() / 4 + 1;
    let far_in_length = |other: &str| other.len() > name.len() * 4 + allowed;
    known
        .into_iter()
        .take(MOST_NAMES)
        .filter(|other| !far_in_length(other))
        .map(|other| (edits(&name, other), other))
        .filter(|(edits, _)| *edits > 0 && *edits <= allowed)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, other)| other)
}

fn edits(name: &[char], other: &str) -> usize {
    let mut row: Vec<usize> = (0..=name.len()).collect();
    for (line, found) in other.chars().take(LONGEST_NAME).enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for at in 0..name.len() {
            let replaced = diagonal + usize::from(name[at] != found);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(row[at] + 1).min(diagonal + 1);
        }
    }
    row[name.len()]
}

const LONGEST_NAME: usize = 64;
const MOST_NAMES: usize = 1_000;
