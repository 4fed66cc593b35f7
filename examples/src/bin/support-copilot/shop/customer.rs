use std::fmt;

use serde::Deserialize;

#[derive(Clone, Debug, Eq, PartialEq, Hash, Deserialize)]
pub(crate) struct CustomerId(String);

impl CustomerId {
    /// Parses a customer number as customers write it, such as `C-1340` or `c1340`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(['c', 'C'])?;
        let digits = rest.strip_prefix('-').unwrap_or(rest);
        let number = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
        number.then(|| Self(format!("C-{digits}")))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Customer {
    pub(crate) id: CustomerId,
    pub(crate) name: String,
    pub(crate) email: String,
}

impl Customer {
    pub(crate) fn first_name(&self) -> &str {
        self.name.split(' ').next().unwrap_or(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customer_numbers_are_parsed_as_customers_write_them() {
        assert_eq!(CustomerId::parse("c1340").unwrap().as_str(), "C-1340");
        assert!(CustomerId::parse("cosy").is_none());
    }
}
