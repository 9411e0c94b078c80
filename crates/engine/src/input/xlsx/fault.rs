//! Why a workbook cannot be read.

use crate::input::row::InputError;

/// Why a workbook cannot be read.
pub(super) enum Fault {
    Damaged(String),
    TooLarge,
    Refused(String),
    /// A fault in a line of the sheet.
    At(u64, String),
}

impl Fault {
    pub(super) fn damaged(error: impl std::fmt::Display) -> Self {
        Self::Damaged(error.to_string())
    }

    pub(super) fn of(self, file: &str) -> InputError {
        match self {
            Self::Damaged(error) => damaged(file, error),
            Self::TooLarge => InputError::list(
                file,
                "comes to too much when it is unpacked; save the sheet as CSV and give that",
            ),
            Self::Refused(reason) => InputError::list(file, &reason),
            Self::At(line, reason) => InputError::line(file, line, &reason),
        }
    }
}

pub(super) fn damaged(file: &str, error: impl std::fmt::Display) -> InputError {
    InputError::list(
        file,
        &format!(
            "is no Excel workbook that can be read, or damaged ({error}); open it in Excel, save it as .xlsx or CSV, and give that"
        ),
    )
}
