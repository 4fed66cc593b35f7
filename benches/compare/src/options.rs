//! Command-line options.

pub(crate) const USAGE: &str = "\
usage: compare [options]

  --quick         run one round of the short measurements; do not write the page
  --rounds N      number of rounds of the call-site measurements (default 5)
  --only WORD     run only measurements whose names contain WORD; may be repeated
  --subject WORD  run only libraries whose names contain WORD (copilot-track, segment, …); may be repeated
  --page          print the page instead of the figures
  --no-build      use the existing programs without building them
";

#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) quick: bool,
    pub(crate) rounds: usize,
    pub(crate) only: Vec<String>,
    pub(crate) subjects: Vec<String>,
    pub(crate) build: bool,
    pub(crate) page: bool,
}

impl Options {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            quick: false,
            rounds: 0,
            only: Vec::new(),
            subjects: Vec::new(),
            build: true,
            page: false,
        };
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .ok_or(format!("`{word}` needs a value\n\n{USAGE}"))
            };
            match word.as_str() {
                "--quick" => options.quick = true,
                "--rounds" => {
                    options.rounds = value()?
                        .parse()
                        .map_err(|_| format!("--rounds must be a number\n\n{USAGE}"))?;
                }
                "--only" => options.only.push(value()?),
                "--subject" => options.subjects.push(value()?),
                "--page" => options.page = true,
                "--no-build" => options.build = false,
                _ => return Err(format!("unknown option `{word}`\n\n{USAGE}")),
            }
        }
        if options.rounds == 0 {
            options.rounds = if options.quick { 1 } else { 5 };
        }
        Ok(options)
    }

    pub(crate) fn includes(&self, measurement: &str) -> bool {
        self.only.is_empty()
            || self
                .only
                .iter()
                .any(|word| measurement.contains(word.as_str()))
    }

    pub(crate) fn includes_subject(&self, name: &str) -> bool {
        self.subjects.is_empty()
            || self
                .subjects
                .iter()
                .any(|word| name.contains(word.as_str()))
    }

    /// Returns whether to write the page. A run that skips some measurements does not write it.
    pub(crate) fn writes_page(&self) -> bool {
        !self.quick && self.only.is_empty() && self.subjects.is_empty()
    }
}
