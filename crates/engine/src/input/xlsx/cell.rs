//! Cells, as Excel has them.

/// The longest text of a cell, in characters: Excel's own limit.
pub(super) const LONGEST_CELL: usize = 32_767;

/// The cells of one row that are not empty, by their column from 0.
pub(super) type Cells = Vec<(u32, Cell)>;

/// What a cell holds.
pub(super) enum Cell {
    Text(String),
    /// A text of more characters than a cell of Excel has.
    TooLong,
    Number(f64),
    Switch(bool),
    Date,
    Fault(String),
    /// A formula that nobody has worked out.
    Formula,
}

/// A column's name in Excel.
pub(super) fn letters(mut column: u32) -> String {
    let mut name = String::new();
    loop {
        name.insert(0, char::from(b'A' + u8::try_from(column % 26).unwrap_or(0)));
        if column < 26 {
            return name;
        }
        column = column / 26 - 1;
    }
}
