//! Command-line options.

use std::path::PathBuf;

use crate::attributes::{ATTRIBUTES, Attribute};
use crate::source::Position;

const USAGE: &str = "\
usage: annotate [options] CRATE[@VERSION][:FEATURE,FEATURE…]…

  --attribute NAME  use only the attribute NAME; may be repeated (see src/attributes.rs for the names)
  --above           put the attribute above the function's other attributes instead of below them
  --lint NAME       compile with clippy, and turn the lint or lint group NAME on; may be repeated
  --suite           also run the crate's tests, without and with the attribute
  --work FOLDER     the folder for sources and builds (default: target/annotated in this package)

The feature `*` enables all features of the crate.
";

/// The options of a run.
pub(crate) struct Options {
    pub(crate) crates: Vec<CrateSpec>,
    pub(crate) position: Position,
    pub(crate) lints: Vec<String>,
    pub(crate) suite: bool,
    pub(crate) work: PathBuf,
    attributes: Vec<String>,
}

/// A crate, as named on the command line.
pub(crate) struct CrateSpec {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    pub(crate) features: Vec<String>,
}

impl Options {
    /// Parses the words after the program's name.
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            crates: Vec::new(),
            position: Position::Below,
            lints: Vec::new(),
            suite: false,
            work: PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/annotated"),
            attributes: Vec::new(),
        };
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .ok_or(format!("`{word}` needs a value\n\n{USAGE}"))
            };
            match word.as_str() {
                "--attribute" => options.attributes.push(value()?),
                "--above" => options.position = Position::Above,
                "--lint" => options.lints.push(value()?),
                "--suite" => options.suite = true,
                "--work" => {
                    options.work = std::path::absolute(value()?).map_err(|why| why.to_string())?;
                }
                option if option.starts_with('-') => {
                    return Err(format!("unknown option `{option}`\n\n{USAGE}"));
                }
                spec => options.crates.push(CrateSpec::parse(spec)),
            }
        }
        if options.crates.is_empty() {
            return Err(USAGE.to_owned());
        }
        let is_known = |name: &&String| ATTRIBUTES.iter().any(|attribute| attribute.name == **name);
        if options.suite && !options.lints.is_empty() {
            return Err(format!(
                "`--lint` cannot be combined with `--suite`, because clippy builds no tests\n\n{USAGE}"
            ));
        }
        match options.attributes.iter().find(|name| !is_known(name)) {
            Some(name) => Err(format!("unknown attribute `{name}`\n\n{USAGE}")),
            None => Ok(options),
        }
    }

    /// Returns the attributes to use.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = &'static Attribute> {
        ATTRIBUTES.iter().filter(|attribute| {
            self.attributes.is_empty() || self.attributes.iter().any(|name| name == attribute.name)
        })
    }
}

impl CrateSpec {
    fn parse(word: &str) -> Self {
        let (name, features) = word.split_once(':').unwrap_or((word, ""));
        let (name, version) = match name.split_once('@') {
            Some((name, version)) => (name, Some(version.to_owned())),
            None => (name, None),
        };
        Self {
            name: name.to_owned(),
            version,
            features: features
                .split(',')
                .filter(|feature| !feature.is_empty())
                .map(str::to_owned)
                .collect(),
        }
    }
}
