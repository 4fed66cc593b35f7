//! Splits JSON into tokens, without recursion.
//!
//! `serde_json` converts numbers to 64-bit integers and floats, and it calls itself for nested
//! values. Code that must keep every digit, or that must not depend on the depth of a value, works
//! on the tokens instead.

/// A token and its position in the JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: TokenKind,
    /// The text of the token as written, including the quotes of a string.
    pub(crate) text: &'a str,
    /// The position of the token's first byte.
    pub(crate) start: usize,
}

/// The kinds of tokens. Commas and colons are not returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    BeginObject,
    BeginArray,
    /// The end of an object or array.
    End,
    /// A key of an object.
    Key,
    String,
    Number,
    /// `true`, `false`, or `null`.
    Literal,
}

impl Token<'_> {
    /// Returns the position after the last byte.
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Iterates over the tokens of valid JSON. For other input, the tokens are unspecified.
#[derive(Debug)]
pub(crate) struct Tokens<'a> {
    json: &'a str,
    at: usize,
    /// Whether each open container is an object.
    containers: Vec<bool>,
    expects_key: bool,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(json: &'a str) -> Self {
        Self {
            json,
            at: 0,
            containers: Vec::new(),
            expects_key: false,
        }
    }

    fn token(&mut self, kind: TokenKind, length: usize) -> Option<Token<'a>> {
        let start = self.at;
        self.at += length;
        Some(Token {
            kind,
            text: self.json.get(start..self.at)?,
            start,
        })
    }

    fn begin(&mut self, kind: TokenKind) -> Option<Token<'a>> {
        self.expects_key = kind == TokenKind::BeginObject;
        self.containers.push(self.expects_key);
        self.token(kind, 1)
    }

    fn string(&mut self) -> Option<Token<'a>> {
        let kind = if std::mem::take(&mut self.expects_key) {
            TokenKind::Key
        } else {
            TokenKind::String
        };
        let mut length = 1;
        let mut bytes = self.json.as_bytes().get(self.at + 1..)?.iter();
        loop {
            length += 1;
            match bytes.next()? {
                b'"' => return self.token(kind, length),
                b'\\' => {
                    length += 1;
                    bytes.next()?;
                }
                _ => {}
            }
        }
    }

    fn word(&mut self, kind: TokenKind) -> Option<Token<'a>> {
        let rest = self.json.as_bytes().get(self.at..)?;
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
        let length = rest.iter().take_while(is_part).count();
        self.token(kind, length)
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            match self.json.as_bytes().get(self.at)? {
                b'{' => return self.begin(TokenKind::BeginObject),
                b'[' => return self.begin(TokenKind::BeginArray),
                b'}' | b']' => {
                    self.containers.pop();
                    self.expects_key = false;
                    return self.token(TokenKind::End, 1);
                }
                b'"' => return self.string(),
                b'-' | b'0'..=b'9' => return self.word(TokenKind::Number),
                b'a'..=b'z' => return self.word(TokenKind::Literal),
                b',' => {
                    self.expects_key = self.containers.last() == Some(&true);
                    self.at += 1;
                }
                // A colon or whitespace.
                _ => self.at += 1,
            }
        }
    }
}
