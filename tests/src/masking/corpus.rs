//! The files in `tests/data/masking`.

/// A file of secrets and harmless text, grouped by kind of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Corpus {
    /// The file on which the finders were tuned.
    Tuning,
    /// The file that was written before the finders were tuned.
    HeldOut,
}

impl Corpus {
    /// Both files.
    pub const ALL: [Self; 2] = [Self::Tuning, Self::HeldOut];

    /// The name of the file without its extension.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tuning => "tuning",
            Self::HeldOut => "held-out",
        }
    }

    /// Reads the cases of the file.
    pub fn cases(self) -> Vec<Case> {
        let file = match self {
            Self::Tuning => include_str!("../../data/masking/tuning.txt"),
            Self::HeldOut => include_str!("../../data/masking/held-out.txt"),
        };
        let mut kind = "";
        let mut cases = Vec::new();
        for line in file.lines() {
            if let Some(heading) = line.strip_prefix("# ") {
                kind = heading;
            } else if !line.is_empty() && !line.starts_with("//") {
                cases.push(Case::parse(kind, line));
            }
        }
        cases
    }
}

/// A string and its secret parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The kind of data, such as `email`.
    pub kind: &'static str,
    /// The string, without the marks around its secrets.
    pub text: String,
    /// The secret parts. A harmless string has none.
    pub secrets: Vec<String>,
    /// The parts before, between, and after the secrets.
    pub context: Vec<String>,
}

impl Case {
    fn parse(kind: &'static str, line: &str) -> Self {
        let line = decode(line);
        let mut secrets = Vec::new();
        let mut context = Vec::new();
        let mut rest = line.as_str();
        while let Some((before, marked)) = rest.split_once('⟦') {
            let (secret, after) = marked.split_once('⟧').expect("a closing mark");
            context.push(before.to_owned());
            secrets.push(secret.to_owned());
            rest = after;
        }
        context.push(rest.to_owned());
        Self {
            kind,
            text: line.replace(['⟦', '⟧'], ""),
            secrets,
            context,
        }
    }
}

fn decode(line: &str) -> String {
    let line = line.replace('¦', "").replace('⏎', "\n").replace('⇥', "\t");
    let mut parts = line.split("{U+");
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').expect("a closing brace");
        let code = u32::from_str_radix(code, 16).expect("a hexadecimal number");
        decoded.push(char::from_u32(code).expect("a code point"));
        decoded.push_str(rest);
    }
    decoded
}
