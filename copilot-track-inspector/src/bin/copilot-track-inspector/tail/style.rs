//! ANSI codes for text styles.

pub(super) const BOLD: &str = "1";
pub(super) const FAINT: &str = "2";
pub(super) const RED: &str = "31";
pub(super) const GREEN: &str = "32";
pub(super) const YELLOW: &str = "33";
pub(super) const MAGENTA: &str = "35";
pub(super) const CYAN: &str = "36";
