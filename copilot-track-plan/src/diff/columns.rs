//! The types and names of columns that a warehouse derives from properties.

use crate::model::{Schema, Types};

/// The type of a column in a warehouse. The values of nested objects have their own columns, and
/// lists are stored as text.
///
/// Source: Segment's documentation of warehouse schemas and of *Redshift*, *`BigQuery`*, and
/// *Snowflake* as destinations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Text,
    Integer,
    Float,
    Boolean,
    Timestamp,
    /// One column for each nested property.
    Nested,
    /// The first value determines the type.
    FromFirstValue,
}

impl Column {
    pub(super) fn of(schema: Schema<'_>) -> Self {
        match schema.types().without(Types::NULL) {
            Types::STRING if schema.format() == Some("date-time") => Self::Timestamp,
            Types::STRING | Types::ARRAY => Self::Text,
            Types::INTEGER => Self::Integer,
            types
                if Types::NUMBER.union(Types::INTEGER).contains(types) && types != Types::NONE =>
            {
                Self::Float
            }
            Types::BOOLEAN => Self::Boolean,
            Types::OBJECT => Self::Nested,
            _ => Self::FromFirstValue,
        }
    }

    /// Returns the words for messages.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Text => "a text column",
            Self::Integer => "an integer column",
            Self::Float => "a floating-point column",
            Self::Boolean => "a boolean column",
            Self::Timestamp => "a timestamp column",
            Self::Nested => "one column for each nested property",
            Self::FromFirstValue => "a column whose type is that of the first value",
        }
    }
}

/// Returns the name of a column or table: in snake case, as Segment writes it.
pub(super) fn column_name(name: &str) -> String {
    let mut column = String::with_capacity(name.len() + 4);
    let mut previous = None;
    for character in name.chars() {
        if character.is_alphanumeric() {
            let starts_word = character.is_uppercase()
                && previous.is_some_and(|c: char| c.is_lowercase() || c.is_numeric());
            if starts_word && !column.ends_with('_') {
                column.push('_');
            }
            column.extend(character.to_lowercase());
        } else if !column.is_empty() && !column.ends_with('_') {
            column.push('_');
        }
        previous = Some(character);
    }
    column.trim_end_matches('_').to_owned()
}
