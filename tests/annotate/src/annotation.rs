//! One attribute on all functions of a crate.

use std::collections::BTreeSet;

use crate::attributes::Attribute;
use crate::build::{Build, Compiled, CompilerMessage, Line, TestProgram};
use crate::package::Package;
use crate::source::{FunctionId, Position};
use crate::suite::Comparison;

/// The number of builds after which an annotation gives up. Each build removes the attribute from
/// the functions with errors, because the compiler reports some errors only after others are gone.
const MAX_BUILDS: usize = 12;

/// What an attribute on all functions of a crate changes.
pub(crate) struct Annotation {
    pub(crate) refusals: Vec<Refusal>,
    pub(crate) new_warnings: Vec<CompilerMessage>,
    /// Warnings that the compiler reports only without the attribute.
    pub(crate) lost_warnings: Vec<CompilerMessage>,
    /// Errors that do not belong to an annotated function.
    pub(crate) unattributed: Vec<CompilerMessage>,
    /// The tests of the last build, in which only the functions without errors are annotated.
    pub(crate) programs: Vec<TestProgram>,
    /// The results of the tests without and with the attribute, if the tests ran.
    pub(crate) suite: Option<Comparison>,
}

/// An error in an annotated function, from which the attribute was then removed.
pub(crate) struct Refusal {
    pub(crate) function: FunctionId,
    pub(crate) error: CompilerMessage,
}

impl Annotation {
    /// Returns whether each refusal names a way out, and nothing else changed.
    pub(crate) fn is_clean(&self) -> bool {
        self.refusals.iter().all(Refusal::names_way_out)
            && self.new_warnings.is_empty()
            && self.unattributed.is_empty()
            && self
                .suite
                .as_ref()
                .is_none_or(|suite| suite.changed.is_empty())
    }

    /// Returns the number of functions that the attribute refuses.
    pub(crate) fn refused(&self) -> usize {
        let functions = self.refusals.iter().map(|refusal| refusal.function);
        functions.collect::<BTreeSet<_>>().len()
    }
}

impl Refusal {
    /// Returns whether the error says what to write instead. The words are those that the library's
    /// errors use, so this is only an estimate: read the messages.
    pub(crate) fn names_way_out(&self) -> bool {
        const WORDS: &[&str] = &[
            "add `", "adding ", "annotate", "call ", "derive ", "keep ", "make ", "move ",
            "put it", "remove ", "return ", "use ", "write ",
        ];
        let CompilerMessage {
            code,
            message,
            notes,
            ..
        } = &self.error;
        // The compiler names the bound that a boxed future needs: here in a label, with E0310 in
        // a help.
        if message == "lifetime may not live long enough" {
            return true;
        }
        // The library's own errors have no code. E0277 is about a trait, which may be one of the
        // library's.
        let is_known = |code: &String| matches!(code.as_str(), "E0277" | "E0310");
        code.as_ref().is_none_or(is_known)
            && std::iter::once(message)
                .chain(notes)
                .any(|text| WORDS.iter().any(|word| text.contains(word)))
    }
}

/// Annotates all functions, and removes the attribute from the functions that it refuses.
pub(crate) fn annotate(
    package: &Package,
    build: &Build,
    before: &Compiled,
    attribute: &Attribute,
    position: Position,
) -> Result<Annotation, String> {
    let mut refused = BTreeSet::new();
    let mut refusals = Vec::new();
    for _ in 1..MAX_BUILDS {
        package.write(attribute.text, position, &refused)?;
        let after = build.compile()?;
        let (found, unattributed) = find_functions(package, after.errors(), &refused);
        if found.is_empty() {
            return Ok(Annotation {
                refusals,
                new_warnings: after.warnings_without(before),
                lost_warnings: before.warnings_without(&after),
                unattributed,
                programs: after.programs,
                suite: None,
            });
        }
        refused.extend(found.iter().map(|refusal| refusal.function));
        refusals.extend(found);
    }
    Err(format!("{MAX_BUILDS} builds found new errors"))
}

/// Finds the annotated function of each error. Also returns the errors without such a function.
fn find_functions<'a>(
    package: &Package,
    errors: impl Iterator<Item = &'a CompilerMessage>,
    refused: &BTreeSet<FunctionId>,
) -> (Vec<Refusal>, Vec<CompilerMessage>) {
    let (mut found, mut unattributed) = (Vec::new(), Vec::new());
    for error in errors {
        let annotated_at = |lines: &[Line]| {
            lines
                .iter()
                .filter_map(|line| package.function_at(line))
                .find(|function| !refused.contains(function))
        };
        match annotated_at(&error.primary).or_else(|| annotated_at(&error.lines)) {
            Some(function) => found.push(Refusal {
                function,
                error: error.clone(),
            }),
            None => unattributed.push(error.clone()),
        }
    }
    (found, unattributed)
}
