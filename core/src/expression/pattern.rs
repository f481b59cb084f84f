//! The patterns of `matches`: compiled with the expression, and charged by what they may cost.
//!
//! They run in linear time, but how steep the line is depends on the pattern: `(a|b){300}` keeps 300 ways open for each
//! byte of text. That number, the pattern's width, is known beforehand and multiplies the price, so that even the dearest
//! pattern uses its steps up within some ten milliseconds (`benches/expression.rs`).

use regex::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind};

use super::error::Fault;
use super::meter::Meter;

/// What a compiled pattern may take, in bytes.
const SIZE: usize = 256 * 1024;
/// Brackets inside each other.
const NESTING: u32 = 64;

/// Bytes of text that a pattern of one character looks at in one step.
const STRIDE: usize = 8;

#[derive(Debug)]
pub(super) struct Pattern {
    regex: Regex,
    width: usize,
}

impl Pattern {
    /// Compiles a pattern; fails with the reason on one line.
    pub(super) fn compile(text: &str) -> Result<Self, String> {
        let hir = ParserBuilder::new().nest_limit(NESTING).build().parse(text).map_err(|error| reason(&error))?;
        let regex = RegexBuilder::new(text)
            .size_limit(SIZE)
            .dfa_size_limit(SIZE)
            .nest_limit(NESTING)
            .build()
            .map_err(|error| reason(&error))?;
        Ok(Self { regex, width: width(&hir).max(1) })
    }

    pub(super) fn as_str(&self) -> &str {
        self.regex.as_str()
    }

    pub(super) fn is_match(&self, text: &str, meter: &mut Meter) -> Result<bool, Fault> {
        meter.step(text.len().saturating_mul(self.width) / STRIDE)?;
        Ok(self.regex.is_match(text))
    }
}

/// The characters and classes of a pattern, repetitions written out: as many ways may be open at once.
fn width(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 0,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(_) => 1,
        HirKind::Capture(capture) => width(&capture.sub),
        HirKind::Repetition(repeated) => {
            let times = repeated.max.unwrap_or(repeated.min.max(1));
            width(&repeated.sub).saturating_mul(times as usize)
        }
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().map(width).fold(0, usize::saturating_add),
    }
}

fn reason(error: &impl ToString) -> String {
    error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn the_width_counts_repetitions_out() {
        for (text, width) in [
            ("", 1),
            ("^abc$", 3),
            (r"\w+@\w+\.\w+", 5),
            ("(a|b)*a(a|b){300}c", 303),
            ("(ab|cd){0,10}", 40),
            ("((a{10}){10}){10}", 1_000),
            ("a{5,}", 5),
        ] {
            assert_eq!(Pattern::compile(text).map(|pattern| pattern.width), Ok(width), "{text}");
        }
    }
}
