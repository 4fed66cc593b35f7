//! The names of the properties that contain text from the conversation.

use crate::util::json::string;

/// The names of an event's properties that the content policy applies to, as a JSON array of
/// strings. An empty string is the same as an empty array.
///
/// The spool stores this JSON next to each event, so that a stricter policy can be applied later.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ContentNames {
    json: Vec<u8>,
}

impl ContentNames {
    /// Adds a name.
    pub(crate) fn add(&mut self, name: &str) {
        let separator = match self.json.pop() {
            None => b'[',
            Some(_) => b',',
        };
        self.json.push(separator);
        string(name, &mut self.json);
        self.json.push(b']');
    }

    /// Removes all names. Keeps the memory for the names of the next event.
    pub(crate) fn clear(&mut self) {
        self.json.clear();
    }

    /// Returns the JSON array, or an empty string if there are no names.
    pub(crate) fn as_json(&self) -> &str {
        // All JSON of this crate is UTF-8.
        str::from_utf8(&self.json).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_a_json_array() {
        let mut names = ContentNames::default();
        assert_eq!(names.as_json(), "");
        let all = ["message_body", "", "two\nlines\r\n", "\"]", "größe\u{0}"];
        for name in all {
            names.add(name);
        }
        let read: Vec<String> = serde_json::from_str(names.as_json()).unwrap();
        assert_eq!(read, all);
        names.clear();
        names.add("a");
        assert_eq!(names.as_json(), r#"["a"]"#);
    }
}
