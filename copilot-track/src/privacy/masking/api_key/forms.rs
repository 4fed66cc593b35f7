//! API keys that are recognized by the form of their parts instead of a prefix.

use crate::privacy::masking::digits::is_digit;
use crate::privacy::masking::haystack::Haystack;

const MAX_PART_CHARS: usize = 128;

/// Returns the end of the key whose first part is the word from `start` to `word_end`.
pub(super) fn form(text: Haystack<'_>, start: usize, word_end: usize) -> Option<usize> {
    if is_telegram_bot_token(text, start, word_end) || is_mailchimp_key(text, start, word_end) {
        return Some(word_end);
    }
    match text.char(word_end) {
        Some('.') => discord_bot_token(text, start, word_end)
            .or_else(|| terraform_token(text, start, word_end))
            .or_else(|| dropbox_token(text, start, word_end)),
        Some('~') => azure_secret(text, start, word_end),
        _ => None,
    }
}

fn part_end(text: Haystack<'_>, start: usize) -> usize {
    text.skip_up_to(start, MAX_PART_CHARS, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
    })
}

/// Returns whether the word is the second part of a Telegram bot token, as in `123456789:AAE…`.
fn is_telegram_bot_token(text: Haystack<'_>, start: usize, word_end: usize) -> bool {
    if word_end - start != 35 || text.before(start) != Some(':') || !text.starts_with(start, "AA") {
        return false;
    }
    let colon = start - 1;
    (8..=10).contains(&(colon - text.skip_back(colon, 11, |c| c.is_ascii_digit())))
}

/// Returns whether the word consists of 32 hexadecimal digits and a data center, as in `…-us12`.
fn is_mailchimp_key(text: Haystack<'_>, start: usize, word_end: usize) -> bool {
    (36..=37).contains(&(word_end - start))
        && text.starts_with(start + 32, "-us")
        && (text.slice(start, start + 32).chars()).all(|c| c.is_ascii_hexdigit())
        && (text.slice(start + 35, word_end).chars()).all(|c| c.is_ascii_digit())
}

/// Returns the end of a Discord bot token: a user id in Base64, a timestamp, and a signature.
fn discord_bot_token(text: Haystack<'_>, start: usize, word_end: usize) -> Option<usize> {
    let first = text.slice(start, word_end);
    let timestamp_end = part_end(text, word_end + 1);
    let end = part_end(text, timestamp_end + 1);
    let fits = (23..=28).contains(&first.len())
        && first.starts_with(['M', 'N', 'O'])
        && first.contains(is_digit)
        && (6..=7).contains(&(timestamp_end - word_end - 1))
        && text.char(timestamp_end) == Some('.')
        && end - timestamp_end > 27;
    fits.then_some(end)
}

/// Returns the end of a Terraform token, as in `….atlasv1.…`.
fn terraform_token(text: Haystack<'_>, start: usize, word_end: usize) -> Option<usize> {
    const MIDDLE: &str = ".atlasv1.";
    let from = word_end + MIDDLE.len();
    let end = (word_end - start == 14 && text.starts_with(word_end, MIDDLE))
        .then(|| part_end(text, from))?;
    (end > from + 40).then_some(end)
}

/// Returns the end of a short-lived Dropbox token, as in `sl.B…`.
fn dropbox_token(text: Haystack<'_>, start: usize, word_end: usize) -> Option<usize> {
    let from = word_end + 1;
    let end = (word_end - start == 2 && text.starts_with(start, "sl.")).then(|| {
        text.skip_while(from, |c| {
            c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
        })
    })?;
    (end >= from + 100 && text.slice(from, end).contains(is_digit)).then_some(end)
}

/// Returns the end of an Azure client secret: three characters, `8Q~` or a similar mark, and 31 to
/// 34 characters.
fn azure_secret(text: Haystack<'_>, start: usize, word_end: usize) -> Option<usize> {
    let first = text.slice(start, word_end);
    let end = text.skip_up_to(word_end + 1, 36, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~')
    });
    let fits = first.len() == 5
        && first.ends_with('Q')
        && first
            .get(3..4)
            .is_some_and(|digit| digit.contains(is_digit))
        && (31..=35).contains(&(end - word_end - 1));
    fits.then_some(end)
}

#[cfg(test)]
mod tests {
    use crate::privacy::masking::api_key::find;
    use crate::privacy::masking::tests::table::table;

    #[test]
    fn keys_without_a_prefix() {
        let part = |n: usize| "aB3".repeat(n / 3 + 1)[..n].to_owned();
        let hex = "0a1b".repeat(8);
        for (key, masked) in [
            (format!("{hex}-us12"), true),
            (format!("{hex}-us123"), false),
            (format!("{hex}-eu12"), false),
            (format!("M{}.{}.{}", part(23), part(6), part(27)), true),
            (format!("X{}.{}.{}", part(23), part(6), part(27)), false),
            (format!("M{}.{}.{}", part(23), part(5), part(27)), false),
            (format!("M{}.{}.{}", part(23), part(6), part(26)), false),
            (format!("{}.atlasv1.{}", part(14), part(60)), true),
            (format!("{}.atlasv2.{}", part(14), part(60)), false),
            (format!("sl.{}", part(130)), true),
            (format!("sl.{}", part(60)), false),
            (format!("{}8Q~{}", part(3), part(31)), true),
            (format!("{}8Q~{}", part(3), part(35)), true),
            (format!("{}8Q~{}", part(3), part(30)), false),
            (format!("{}8Q~{}", part(3), part(36)), false),
            (format!("12345678:AA{}", part(33)), true),
            (format!("1234567:AA{}", part(33)), false),
        ] {
            let text = format!("use {key}, please");
            if masked {
                let rest = if key.contains(':') { "12345678:" } else { "" };
                table(find, &[(&text, &format!("use {rest}[key], please"))], &[]);
            } else {
                table(find, &[], &[&text]);
            }
        }
    }
}
