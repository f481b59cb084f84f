//! Columns that stand under each other.

use super::views::plain;

/// A table of texts. What is written is made plain first: a value can't move the cursor or colour the screen.
#[derive(Debug)]
pub(super) struct Table {
    right: Vec<bool>,
    rows: Vec<Row>,
}

#[derive(Debug)]
enum Row {
    Cells(Vec<String>),
    /// Beneath the row before, indented.
    Note(String),
}

impl Table {
    /// With these headings; those that begin with `>` stand at the right of their column.
    pub(super) fn new(headings: &[&str]) -> Self {
        let right = headings.iter().map(|heading| heading.starts_with('>')).collect();
        let cells = headings.iter().map(|heading| plain(heading.trim_start_matches('>'))).collect();
        Self { right, rows: vec![Row::Cells(cells)] }
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(Row::Cells(cells.into_iter().map(|cell| plain(&cell)).collect()));
    }

    pub(super) fn note(&mut self, text: &str) {
        self.rows.push(Row::Note(plain(text)));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.len() == 1
    }

    /// The lines, none with blanks at its end. Columns that are empty in every row are left out.
    pub(super) fn lines(&self) -> Vec<String> {
        let width = |at: usize| {
            let cells = self.rows.iter().skip(1).filter_map(|row| row.cell(at)).map(str::chars).map(Iterator::count);
            match cells.max().unwrap_or(0) {
                0 => 0,
                widest => widest.max(self.rows[0].cell(at).map_or(0, |heading| heading.chars().count())),
            }
        };
        let widths: Vec<usize> = (0..self.right.len()).map(width).collect();
        self.rows.iter().map(|row| self.line(row, &widths)).collect()
    }

    fn line(&self, row: &Row, widths: &[usize]) -> String {
        let mut line = String::new();
        match row {
            Row::Note(text) => line = format!("      {text}"),
            Row::Cells(cells) => {
                for ((cell, &width), &right) in
                    cells.iter().zip(widths).zip(&self.right).filter(|((_, width), _)| **width > 0)
                {
                    let gap = if line.is_empty() { "" } else { "  " };
                    line += &if right { format!("{gap}{cell:>width$}") } else { format!("{gap}{cell:<width$}") };
                }
            }
        }
        line.truncate(line.trim_end().len());
        line
    }
}

impl Row {
    fn cell(&self, at: usize) -> Option<&str> {
        match self {
            Self::Cells(cells) => cells.get(at).map(String::as_str),
            Self::Note(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn columns_are_aligned_and_empty_ones_left_out() {
        let mut table = Table::new(&[">n", "nothing", "what"]);
        table.row(["1", "", "größer"].map(str::to_owned));
        table.note("why");
        table.row(["10", "", "\u{1b}[31mred"].map(str::to_owned));
        assert_eq!(table.lines(), [" n  what", " 1  größer", "      why", "10  \\u{1b}[31mred"]);
    }
}
