//! Sets of JSON types.

use std::fmt;

use serde_json::Value;

/// A set of the JSON Schema types that a value may have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Types(u8);

const NAMES: [&str; 7] = [
    "string", "integer", "number", "boolean", "object", "array", "null",
];

impl Types {
    /// Strings.
    pub const STRING: Self = Self(1);
    /// Numbers without a fractional part.
    pub const INTEGER: Self = Self(1 << 1);
    /// All numbers.
    pub const NUMBER: Self = Self(1 << 2);
    /// `true` and `false`.
    pub const BOOLEAN: Self = Self(1 << 3);
    /// Objects.
    pub const OBJECT: Self = Self(1 << 4);
    /// Lists.
    pub const ARRAY: Self = Self(1 << 5);
    /// `null`.
    pub const NULL: Self = Self(1 << 6);
    /// Every type.
    pub const ANY: Self = Self((1 << 7) - 1);

    pub(crate) const NONE: Self = Self(0);

    /// Returns the type with the given JSON Schema name, such as `integer`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let index = NAMES.iter().position(|other| *other == name)?;
        Some(Self(1 << index))
    }

    /// Returns whether every type of `other` is in this set.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns the types of both sets.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns the types of this set that are not in `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Returns the JSON Schema names of the types.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        NAMES
            .into_iter()
            .enumerate()
            .filter(move |(index, _)| self.0 & (1 << index) != 0)
            .map(|(_, name)| name)
    }

    /// Returns the type of a value. A number without a fractional part, such as `1.0`, is an
    /// integer, as in JSON Schema.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::NULL,
            Value::Bool(_) => Self::BOOLEAN,
            Value::String(_) => Self::STRING,
            Value::Array(_) => Self::ARRAY,
            Value::Object(_) => Self::OBJECT,
            Value::Number(number) => match number.as_f64() {
                Some(float) if number.is_f64() && float.fract() != 0.0 => Self::NUMBER,
                _ => Self::INTEGER,
            },
        }
    }

    /// Returns whether a value with the type `actual` is allowed. An integer is also a number.
    #[must_use]
    pub fn allows(self, actual: Self) -> bool {
        self.contains(actual) || (actual == Self::INTEGER && self.contains(Self::NUMBER))
    }
}

/// Prints the names, such as `string or null`.
impl fmt::Display for Types {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ANY {
            return f.write_str("any");
        }
        for (index, name) in self.names().enumerate() {
            let separator = if index == 0 { "" } else { " or " };
            write!(f, "{separator}{name}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Types {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Types({self})")
    }
}
