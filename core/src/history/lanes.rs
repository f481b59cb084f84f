//! Which event led to which, drawn beside a timeline: a column for each branch of what happened.

use std::collections::HashMap;

/// Branches drawn beside each other; those that find no room name their cause by its number.
const MOST: usize = 16;

/// The drawing, event by event.
#[derive(Debug)]
pub(super) struct Lanes {
    /// How many later events each event leads to.
    following: HashMap<usize, Vec<usize>>,
    /// The columns that events have been promised.
    promised: HashMap<usize, usize>,
    /// Which columns are taken.
    taken: Vec<bool>,
}

/// An event's piece of it.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Piece {
    /// The lines beside the event.
    pub(super) drawn: String,
    /// Whether a line leads to it from its cause.
    pub(super) joined: bool,
}

impl Lanes {
    /// For events with these causes; `shown` are those that will be drawn, in order.
    pub(super) fn new(causes: &[Option<usize>], shown: impl Iterator<Item = usize>) -> Self {
        let mut following: HashMap<usize, Vec<usize>> = HashMap::new();
        for at in shown {
            if let Some(cause) = causes[at] {
                following.entry(cause).or_default().push(at);
            }
        }
        Self { following, promised: HashMap::new(), taken: vec![false; MOST] }
    }

    /// Draws the next event.
    pub(super) fn next(&mut self, at: usize, mark: char) -> Piece {
        let promised = self.promised.remove(&at);
        let Some(own) = promised.or_else(|| self.taken.iter().position(|taken| !taken)) else {
            let drawn = (0..MOST).map(|_| "│ ").collect::<String>() + &mark.to_string();
            return Piece { drawn, joined: false };
        };
        let before = self.taken.clone();
        let mut following = self.following.remove(&at).unwrap_or_default().into_iter();
        self.taken[own] = match following.next() {
            Some(first) => self.promised.insert(first, own).is_none(),
            None => false,
        };
        let mut last = own; // as far as the branches reach
        let mut opened = [false; MOST];
        for (column, next) in (own + 1..MOST).filter(|column| !before[*column]).zip(following) {
            self.taken[column] = true;
            self.promised.insert(next, column);
            (opened[column], last) = (true, column);
        }
        let mut drawn = String::new();
        for column in 0..MOST {
            drawn.push(match (before[column], opened[column]) {
                _ if column == own => mark,
                (_, true) if column == last => '╮',
                (_, true) => '┬',
                (true, _) if column > own && column < last => '┼',
                (true, _) => '│',
                _ if column > own && column < last => '─',
                _ => ' ',
            });
            drawn.push(if column >= own && column < last { '─' } else { ' ' });
        }
        drawn.truncate(drawn.trim_end().len());
        Piece { drawn, joined: promised.is_some() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Lanes, MOST};

    fn drawn(causes: &[Option<usize>]) -> Vec<String> {
        let mut lanes = Lanes::new(causes, 0..causes.len());
        (0..causes.len()).map(|at| lanes.next(at, '●').drawn).collect()
    }

    #[test]
    fn a_chain_is_one_line_and_branches_stand_beside_each_other() {
        assert_eq!(drawn(&[None, Some(0), Some(1)]), ["●", "●", "●"]);
        let fork = [None, Some(0), Some(0), Some(0), Some(2), Some(1), Some(3)];
        assert_eq!(drawn(&fork), ["●─┬─╮", "● │ │", "│ ● │", "│ │ ●", "│ ● │", "●   │", "    ●"]);
    }

    #[test]
    fn branches_cross_and_free_columns_are_used_again() {
        let causes = [None, Some(0), Some(0), Some(1), Some(1), Some(2), Some(3), None];
        assert_eq!(drawn(&causes), ["●─╮", "●─┼─╮", "│ ● │", "● │ │", "│ │ ●", "│ ●", "●", "●"]);
    }

    #[test]
    fn what_finds_no_room_is_not_joined() {
        let many: Vec<Option<usize>> = std::iter::once(None).chain((0..MOST + 1).map(|_| Some(0))).collect();
        let mut lanes = Lanes::new(&many, 0..many.len());
        let joined: Vec<bool> = (0..many.len()).map(|at| lanes.next(at, '●').joined).collect();
        assert_eq!(joined.iter().filter(|joined| **joined).count(), MOST);
        assert!(!joined[MOST + 1]);
    }
}
