//! Version and section numbers with four parts, which look like IPv4 addresses.

use crate::privacy::masking::digits::{digit, is_digit};
use crate::privacy::masking::haystack::{Haystack, is_space};
use crate::privacy::masking::preceding_words::{PrecedingWords, is_in};

/// Words before a version or a section number. Longer words that end with one of these words also
/// count, for example `fileversion`.
#[rustfmt::skip]
const NUMBERED: &[&str] = &[
    // Versions.
    "version", "versions", "release", "releases", "firmware", "build", "revision", "bios", "patch",
    "upgrade", "upgraded", "upgrading", "downgrade", "downgraded", "hotfix", "versión", "versiones",
    "versão", "versões", "versione", "versioni", "versie", "wersja", "wersji", "verze", "verzija",
    "verzió", "versio", "sürüm", "версия", "версии", "версию", "версія", "إصدار", "الإصدار",
    "संस्करण", "版本", "バージョン", "버전",
    // Sections.
    "section", "sections", "chapter", "chapters", "clause", "clauses", "paragraph", "paragraphs",
    "appendix", "annex", "figure", "subsection", "heading", "requirement", "requirements",
    "abschnitt", "abschnitte", "kapitel", "ziffer", "absatz", "anhang", "abbildung", "sección",
    "capítulo", "apartado", "cláusula", "anexo", "seção", "secção", "chapitre", "paragraphe",
    "alinéa", "annexe", "sezione", "capitolo", "paragrafo", "hoofdstuk", "paragraaf", "artikel",
    "luku", "avsnitt", "kapittel", "rozdział", "punkt", "kapitola", "poglavlje", "раздел", "глава",
    "пункт", "параграф", "статья", "القسم", "अनुभाग", "章节", "セクション", "섹션",
];
/// Words that count only as whole words, because many other words end with the same letters.
#[rustfmt::skip]
const SHORT: &[&str] = &[
    "ver", "v", "rev", "sec", "sect", "ch", "chap", "art", "article", "fig", "table", "step",
    "rule", "tab", "kap", "abs", "nr", "req", "sp", "fw",
];
/// Words before the version of a product. The addresses of private networks do not count as
/// versions after these words.
#[rustfmt::skip]
const PRODUCTS: &[&str] = &[
    "driver", "drivers", "sdk", "runtime", "plugin", "package", "library", "module", "app",
    "treiber", "chrome", "firefox", "edge", "ios", "android", "macos", "kernel", "nginx", "update",
];
/// Words that can occur between one of the words above and the number.
#[rustfmt::skip]
const FILLERS: &[&str] = &[
    "number", "no", "num", "is", "was", "to", "from", "and", "or", "see", "the", "of", "code",
    "name", "notes", "ist", "von", "auf", "es", "de", "del", "a", "est", "du", "и", "до", "с", "than",
];
/// Words and marks between two versions.
#[rustfmt::skip]
const BETWEEN: &[&str] = &[
    ",", "and", "or", "to", "und", "oder", "bis", "auf", "y", "o", "a", "et", "ou", "à", "e", "en",
    "и", "до", "-", "–", "/", "&", "->", "→", ";", "<", ",<", "through", "和", "到",
];
/// The extensions of files whose names contain versions.
#[rustfmt::skip]
const EXTENSIONS: &[&str] = &[
    ".zip", ".tar", ".tgz", ".gz", ".jar", ".deb", ".rpm", ".whl", ".exe", ".msi", ".dmg", ".apk",
    ".pkg", ".dll", ".nupkg", ".gem",
];
const STAGES: [&str; 8] = [
    "alpha", "beta", "rc", "pre", "dev", "snapshot", "canary", "nightly",
];
/// Addresses that often start a line.
const RESOLVERS: [&str; 6] = [
    "8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "4.2.2.2",
];

/// Returns whether four numbers are a version or a section number. `previous` is the end of the
/// previous version.
pub(super) fn is_version(
    text: Haystack<'_>,
    start: usize,
    end: usize,
    previous: Option<usize>,
) -> bool {
    follows_version(text, start, previous)
        || follows_mark(text, start, end)
        || before_release(text, end)
        || is_numbered(text, start)
        || is_heading(text, start, end)
}

/// Returns whether a word or a mark connects the number to the previous version.
fn follows_version(text: Haystack<'_>, start: usize, previous: Option<usize>) -> bool {
    previous.is_some_and(|previous| {
        start - previous < 12 && {
            let between = text.slice(previous, start).trim().to_lowercase();
            BETWEEN.contains(&between.as_str())
        }
    })
}

/// Returns whether the number is preceded by a mark such as `>=` or `§`, or by the name of a
/// product and a slash, as in `Chrome/1.2.3.4`.
fn follows_mark(text: Haystack<'_>, start: usize, end: usize) -> bool {
    let mark_end = text.skip_back(start, 2, is_space);
    let mark = text.before(mark_end);
    let at = |back: usize| mark_end.checked_sub(back);
    match mark {
        Some('§' | '^' | '~' | '第') => true,
        Some('=') => {
            let second = at(1).and_then(|at| text.before(at));
            let equal = second == Some('=')
                && mark_end == start
                && at(2).is_some_and(|end| is_package(text, end));
            equal || matches!(second, Some('>' | '<' | '~' | '!'))
        }
        Some('>') => at(1).and_then(|at| text.before(at)) == Some('~'),
        Some('/') if mark_end == start && text.char(end) != Some(':') => {
            let name = text.slice(
                text.skip_back(start - 1, 16, |c| c.is_ascii_alphabetic()),
                start - 1,
            );
            name.starts_with(|c: char| c.is_ascii_uppercase())
                || PRODUCTS.contains(&name)
                || matches!(name, "curl" | "wget" | "okhttp" | "python" | "node" | "git")
        }
        _ => false,
    }
}

/// Returns whether the word that ends at `end` can be the name of a package. `ip == 10.0.0.1` is a
/// comparison.
fn is_package(text: Haystack<'_>, end: usize) -> bool {
    let start = text.skip_back(end, 16, |c| c.is_ascii_alphabetic());
    let name = text.slice(start, end).to_ascii_lowercase();
    let address = ["ip", "host", "addr", "address", "server", "src", "dst"]
        .iter()
        .any(|word| name.ends_with(word));
    !name.is_empty() && !address
}

/// Returns whether the number is followed by a pre-release suffix (as in `1.2.3.4-beta`), build
/// metadata, a file extension, or a word such as 节.
fn before_release(text: Haystack<'_>, end: usize) -> bool {
    match text.char(end) {
        Some('-') => STAGES.iter().any(|stage| {
            let name = text.slice(end + 1, end + 1 + stage.len());
            name.eq_ignore_ascii_case(stage)
        }),
        Some('+') => text
            .char(end + 1)
            .is_some_and(|c| c.is_ascii_alphanumeric()),
        Some('.') => EXTENSIONS
            .iter()
            .any(|extension| text.starts_with(end, extension)),
        Some('节' | '節' | '章' | '版' | '条' | '項') => true,
        _ => false,
    }
}

/// Returns whether a word such as "version" precedes the number.
fn is_numbered(text: Haystack<'_>, start: usize) -> bool {
    for (index, word) in PrecedingWords::new(text, start).enumerate() {
        let word = word.as_str();
        if NUMBERED.iter().any(|numbered| word.ends_with(numbered))
            || is_in(NUMBERED, word)
            || SHORT.contains(&word)
            || PRODUCTS.contains(&word) && index == 0 && !is_private(text, start)
        {
            return true;
        }
        if !FILLERS.contains(&word) {
            return false;
        }
    }
    false
}

fn is_private(text: Haystack<'_>, start: usize) -> bool {
    ["10.", "127.", "169.254.", "172.", "192.168."]
        .iter()
        .any(|prefix| text.starts_with(start, prefix))
}

/// Returns whether the number starts a heading, as in `1.2.3.4 Configuring the printer`.
fn is_heading(text: Haystack<'_>, start: usize, end: usize) -> bool {
    let line = text.skip_back(start, 8, |c| is_space(c) || c == '#' || c == '*');
    let word = text.skip_up_to(end, 2, is_space);
    let small = || {
        let number = text.slice(start, end);
        let parts = number.split('.').filter_map(|part| part.parse::<u8>().ok());
        !RESOLVERS.contains(&number) && parts.filter(|part| (1..=9).contains(part)).count() == 4
    };
    text.before(line).is_none_or(|c| c == '\n')
        && word > end
        && text.char(word).is_some_and(char::is_uppercase)
        && (text.char(word + text.char(word).map_or(1, char::len_utf8)))
            .is_some_and(char::is_lowercase)
        && text.char(start).and_then(digit).is_some()
        && !text.char(end).is_some_and(is_digit)
        && small()
}
