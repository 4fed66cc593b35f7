//! Private keys in PEM format, from the BEGIN line to the END line or to the end of the text.

use crate::privacy::masking::api_key::PLACEHOLDER;
use crate::privacy::masking::haystack::{Haystack, Match};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
/// The maximum length of a label such as `PGP PRIVATE KEY BLOCK`.
const LABEL_BYTES: usize = 40;

pub(super) fn find(text: Haystack<'_>) -> Vec<Match> {
    let mut matches = Vec::new();
    let mut at = 0;
    while let Some(start) = text.find(at, BEGIN) {
        at = start + BEGIN.len();
        let label = at..text.skip_while(at, |c| c.is_ascii_uppercase() || c == ' ');
        if label.len() > LABEL_BYTES || !text.slice(label.start, label.end).contains("PRIVATE KEY")
        {
            at = label.end;
            continue;
        }
        let end = text.find(label.end, END).map_or(text.len(), |end| {
            let label_end =
                text.skip_while(end + END.len(), |c| c.is_ascii_uppercase() || c == ' ');
            let closed = text.starts_with(label_end, DASHES);
            label_end + if closed { DASHES.len() } else { 0 }
        });
        matches.push(Match {
            start,
            end,
            placeholder: PLACEHOLDER,
        });
        at = end;
    }
    matches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::masking::tests::table::table;

    #[test]
    fn private_keys() {
        let key = |kind: &str| format!("{BEGIN}{kind}{DASHES}\nMIIB\n{END}{kind}{DASHES}");
        let rsa = format!("a {} b", key("RSA PRIVATE KEY"));
        let open = format!("{BEGIN}PRIVATE KEY{DASHES}\nMIIB");
        table(
            find,
            &[(&rsa, "a [key] b"), (&open, "[key]")],
            &[&key("PUBLIC KEY"), "-----BEGIN of a long story"],
        );
    }
}
