//! The compiled form: nodes in one array, addressed by number; what has many parts lies in pools beside it.
//!
//! Operators of one rank, `&&`, `||`, `? :` and everything behind a value (`.a[0].f()`) are lists, not trees, so the
//! depth of a program is the depth of its brackets, and that is bounded: evaluation cannot exhaust the stack.

use std::sync::Arc;

use serde_json::Number;

use super::error::Span;
use super::pattern::Pattern;
use super::signature::Function;

/// Bytes of an expression's text.
pub const MAX_TEXT: usize = 4 * 1024;
/// Brackets, calls and signs inside each other.
pub const MAX_NESTING: usize = 64;
/// Macros such as `map` inside each other.
pub const MAX_COMPREHENSIONS: usize = 4;
/// Patterns of `matches` in one expression.
pub const MAX_PATTERNS: usize = 16;

/// A node's number.
pub(super) type Id = u16;

/// A part of a pool.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Range {
    pub(super) start: u16,
    pub(super) len: u16,
}

impl Range {
    pub(super) fn of<T>(self, pool: &[T]) -> &[T] {
        &pool[usize::from(self.start)..usize::from(self.start) + usize::from(self.len)]
    }

    pub(super) fn is_empty(self) -> bool {
        self.len == 0
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Number(f64),
    /// A number beyond ±2^53, in `numbers`.
    Large(u16),
    /// In `texts`.
    Text(u16),
    /// A name of the scope, by position.
    Scope(u8),
    /// The variable of the comprehension at this level.
    Local(u8),
    /// A value and what is behind it, in `steps`.
    Path {
        base: Id,
        steps: Range,
    },
    /// Binary operators of one rank, from left to right, in `links`.
    Chain {
        first: Id,
        links: Range,
    },
    And(Range),
    Or(Range),
    Not(Id),
    Minus(Id),
    /// Condition, value, condition, value, …, the last value; in `ids`.
    Choice(Range),
    /// In `items`.
    List(Range),
    /// In `entries`.
    Map(Range),
    Call {
        function: Function,
        arguments: Range,
    },
    /// `has(of.key)`; the key in `texts`.
    Has {
        of: Id,
        key: u16,
    },
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) access: Access,
    pub(super) span: Span,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Access {
    Key {
        key: u16,
        optional: bool,
    },
    Index {
        index: Id,
        optional: bool,
    },
    Method {
        function: Function,
        arguments: Range,
    },
    /// In `macros`.
    Macro(u16),
    /// In `patterns`.
    Matches(u16),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) operator: Operator,
    pub(super) operand: Id,
    pub(super) span: Span,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) value: Id,
    /// Written `?value`: an optional, left out if it is empty.
    pub(super) optional: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) key: Id,
    pub(super) value: Id,
    pub(super) optional: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Macro {
    pub(super) kind: MacroKind,
    pub(super) level: u8,
    /// The variable's name, in `texts`.
    pub(super) variable: u16,
    /// The second argument of a `map` with three.
    pub(super) test: Option<Id>,
    pub(super) body: Id,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum MacroKind {
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
}

impl MacroKind {
    pub(super) const NAMES: [(&str, Self); 5] = [
        ("all", Self::All),
        ("exists", Self::Exists),
        ("exists_one", Self::ExistsOne),
        ("filter", Self::Filter),
        ("map", Self::Map),
    ];
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Operator {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Operator {
    pub(super) const SIGNS: [(&str, Self); 12] = [
        ("==", Self::Equal),
        ("!=", Self::Unequal),
        ("<", Self::Less),
        ("<=", Self::LessOrEqual),
        (">", Self::Greater),
        (">=", Self::GreaterOrEqual),
        ("in", Self::In),
        ("+", Self::Add),
        ("-", Self::Subtract),
        ("*", Self::Multiply),
        ("/", Self::Divide),
        ("%", Self::Remainder),
    ];

    /// 0 for comparisons, 1 for sums, 2 for products: what binds closer.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::Add | Self::Subtract => 1,
            Self::Multiply | Self::Divide | Self::Remainder => 2,
            _ => 0,
        }
    }

    pub(super) fn sign(self) -> &'static str {
        Self::SIGNS.iter().find(|(_, operator)| *operator == self).map_or("", |(sign, _)| sign)
    }
}

/// A compiled expression; its parts are the parser's to fill.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) source: Box<str>,
    pub(super) names: Arc<[Box<str>]>,
    pub(super) nodes: Vec<Node>,
    /// The place of each node.
    pub(super) spans: Vec<Span>,
    pub(super) ids: Vec<Id>,
    pub(super) steps: Vec<Step>,
    pub(super) links: Vec<Link>,
    pub(super) items: Vec<Item>,
    pub(super) entries: Vec<Entry>,
    pub(super) macros: Vec<Macro>,
    pub(super) texts: Vec<Box<str>>,
    pub(super) numbers: Vec<Number>,
    pub(super) patterns: Vec<Pattern>,
    pub(super) root: Id,
}

impl Program {
    pub(super) fn node(&self, id: Id) -> Node {
        self.nodes[usize::from(id)]
    }

    pub(super) fn span(&self, id: Id) -> Span {
        self.spans[usize::from(id)]
    }

    pub(super) fn text(&self, at: u16) -> &str {
        &self.texts[usize::from(at)]
    }
}
