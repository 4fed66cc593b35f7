//! Property tests of masking on generated text.

use std::borrow::Cow;

use proptest::prelude::*;

use crate::privacy::masking::card::luhn;
use crate::privacy::masking::email::FILE_EXTENSIONS;
use crate::privacy::masking::haystack::steps;
use crate::privacy::masking::masker::Masker;
#[cfg(feature = "patterns")]
use crate::privacy::masking::pattern::Pattern;

fn mask(text: &str) -> Cow<'_, str> {
    Masker::default().mask(text)
}

#[test]
fn plain_text_is_borrowed() {
    let texts = [
        "",
        "How many WGT-1550 are left in Berlin, and when do 25 more arrive?",
        "Order 4711 of 2026-11-22, 10:30: 3 x $1,299.00 = $3,897.00 (-5%).",
        "It is 22.11.2026 10:30:45, or 2026-11-22T10:30:45.123456789+01:00, or 1795343445.",
        "Track 550e8400-e29b-41d4-a716-446655440000 with version 1.2.3-rc.1 or v10.0.0.1.",
        "let token = lexer.next_token()?; let x = a::b(&items[1..]); // std::fs::read",
        "SELECT id, total FROM orders WHERE total > 1000000 AND day = '2026-11-22';",
        "commit d580316f2b7c41a89e03 changed 1234567 lines; page 12-15; 16:9; 1/2; 3.14159265",
        "Your password is case-sensitive: use a token or a secret, and ask @support.",
        "<div class=\"sk-circle-fade\" id=\"row-1000\" width=1280>&nbsp;</div>",
        "[email] [phone] [card] [iban] [ip] [token] [key] [masked]",
        "Größe 42, 5 000 000 €, ١٢٣ items, 北京 2026 年 11 月 22 日",
    ];
    for text in texts {
        assert!(matches!(mask(text), Cow::Borrowed(_)), "{}", mask(text));
    }
}

#[test]
fn adjacent_kinds_are_all_masked() {
    let text = "I am me@example.com, +49 30 1234567 from 10.0.0.1; card 4111-1111-1111-1111, \
                IBAN DE89 3704 0044 0532 0130 00. My password is hunter2";
    assert_eq!(
        mask(text),
        "I am [email], [phone] from [ip]; card [card], IBAN [iban]. My password is [key]"
    );
}

#[test]
#[cfg(feature = "patterns")]
fn patterns_run_after_the_built_in_kinds() {
    let masker = Masker::new(vec![
        Pattern::new(r"\d+").unwrap().replaced_by("[number]"),
        Pattern::new(r"(?i)jane doe").unwrap(),
        Pattern::new(r"[a-z]+").unwrap().replaced_by("[word]"),
    ]);
    let once = masker.mask("Jane Doe 12 a1@example.com b").into_owned();
    assert_eq!(once, "[masked] [number] [email] [word]");
    assert!(matches!(masker.mask(&once), Cow::Borrowed(_)));
}

/// Writes digits in the script whose digit zero is `zero`.
fn written(digits: &str, zero: char) -> String {
    let zero = u32::from(zero);
    digits
        .chars()
        .map(|c| {
            c.to_digit(10)
                .and_then(|d| char::from_u32(zero + d))
                .unwrap_or(c)
        })
        .collect()
}

fn zero() -> impl Strategy<Value = char> {
    prop_oneof![4 => Just('0'), 1 => Just('０'), 1 => Just('٠'), 1 => Just('०')]
}

fn card() -> impl Strategy<Value = String> {
    let separator = prop_oneof![Just(""), Just(" "), Just("-"), Just("\u{a0}"), Just(".")];
    let digits = prop_oneof![
        "4[0-9]{14}",
        "5[1-5][0-9]{13}",
        "3[47][0-9]{12}",
        "35[3-8][0-9]{12}",
        "6[0-9]{14}",
        "6[0-9]{17}",
    ];
    (digits, separator, zero()).prop_map(|(digits, separator, zero)| {
        let mut values: Vec<u8> = digits.bytes().map(|b| b - b'0').collect();
        values.push(0);
        while !luhn(&values) {
            *values.last_mut().unwrap() += 1;
        }
        let groups: Vec<String> = values
            .chunks(4)
            .map(|four| four.iter().map(|d| char::from(b'0' + d)).collect())
            .collect();
        written(&groups.join(separator), zero)
    })
}

fn iban() -> impl Strategy<Value = String> {
    (
        prop_oneof![Just(("DE", 18)), Just(("FR", 23)), Just(("NO", 11))],
        "[0-9]{23}",
        any::<bool>(),
    )
        .prop_map(|((country, length), digits, spaced)| {
            let account = &digits[..length];
            let value = |c: char| c.to_digit(36).unwrap().to_string();
            let number: String = format!("{account}{country}00").chars().map(value).collect();
            let rest = number
                .bytes()
                .fold(0, |n, b| (n * 10 + u32::from(b - b'0')) % 97);
            let whole = format!("{country}{:02}{account}", 98 - rest);
            let four = |four: &[u8]| String::from_utf8(four.to_vec()).unwrap();
            let groups: Vec<String> = whole.as_bytes().chunks(4).map(four).collect();
            groups.join(if spaced { " " } else { "" })
        })
}

fn phone() -> impl Strategy<Value = String> {
    let national = prop_oneof![
        "[(][2-9][0-9]{2}[)] [2-9][0-9]{2}-[0-9]{4}",
        "[2-9][0-9]{2}[-. ][2-9][0-9]{2}[-. ][0-9]{4}",
        "0[1-9][0-9]{1,2}[ /-][0-9]{6,7}",
        "0[1-9]( [0-9]{2}){4}",
    ];
    let international = "[+][1-9][0-9]{0,2}[ -]?[0-9]{3}[ -]?[0-9]{3,9}";
    (prop_oneof![national, international], zero()).prop_map(|(digits, zero)| written(&digits, zero))
}

fn key() -> impl Strategy<Value = String> {
    let prefix = prop_oneof![
        Just("sk-"),
        Just("ghp_"),
        Just("xoxb-"),
        Just("AKIA"),
        Just("SG.")
    ];
    (prefix, "[A-Za-z]{8}[0-9][A-Za-z0-9]{12,40}")
        .prop_map(|(prefix, body)| format!("{prefix}{body}"))
}

fn jwt() -> impl Strategy<Value = String> {
    "[A-Za-z0-9_-]{12,30}[.][A-Za-z0-9_-]{12,60}[.][A-Za-z0-9_-]{20,43}"
        .prop_map(|rest| format!("{}{rest}", "eyJ"))
}

fn ip() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<u32>().prop_map(|n| std::net::Ipv4Addr::from(n).to_string()),
        any::<u128>().prop_map(|n| std::net::Ipv6Addr::from(n | 0x2001 << 112).to_string()),
        (0_u128..1 << 20)
            .prop_map(|n| std::net::Ipv6Addr::from((0xfe80 << 112) | (n << 4) | 1).to_string()),
    ]
}

/// Generates addresses that are neither the name of a file (`logo@2x.png`) nor that of a
/// repository (`git@example.com:a/b.git`).
fn email() -> impl Strategy<Value = String> {
    let name = "[a-zA-Z0-9][a-z0-9._+-]{0,12}[a-z0-9]"
        .prop_filter("the user of a repository", |name| name != "git");
    let top_level_domain = "[a-z]{2,8}".prop_filter("a file extension", |label| {
        !FILE_EXTENSIONS.contains(&label.as_str())
    });
    let domain = "([a-z][a-z0-9-]{0,8}[a-z0-9][.]){1,3}";
    (name, domain, top_level_domain)
        .prop_map(|(name, domain, top_level_domain)| format!("{name}@{domain}{top_level_domain}"))
}

fn personal() -> impl Strategy<Value = (String, &'static str)> {
    prop_oneof![
        email().prop_map(|v| (v, "[email]")),
        card().prop_map(|v| (v, "[card]")),
        iban().prop_map(|v| (v, "[iban]")),
        phone().prop_map(|v| (v, "[phone]")),
        ip().prop_map(|v| (v, "[ip]")),
        key().prop_map(|v| (v, "[key]")),
        jwt().prop_map(|v| (v, "[token]")),
    ]
}

/// Text between a value and the words around it.
fn separator() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ \n\t,;|!?\"<>{}]{1,3}",
        "[。、，！？「」]",
        Just(": ".to_owned()),
        Just(" → ".to_owned()),
        Just("😀".to_owned()),
    ]
}

/// Fragments that finders look for, in random order.
fn noise() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[0-9]{1,6}",
        "[ .:/()+@=_-]{1,3}",
        "[a-zA-Z]{1,4}",
        "[0-9a-f:.]{1,8}",
        "[\"'`\\\\\n%$#,;\\[\\]{}]",
        "\\PC",
        Just("password=".to_owned()),
        Just("token: ".to_owned()),
        Just("Bearer ".to_owned()),
        Just("call ".to_owned()),
        Just("[email]".to_owned()),
        Just("%40".to_owned()),
        Just("DE89".to_owned()),
        Just("contraseña es ".to_owned()),
        Just("密码是".to_owned()),
        Just("Cookie: a=".to_owned()),
        Just("session_id=".to_owned()),
        Just(" --password ".to_owned()),
        Just("<password>".to_owned()),
        Just("</".to_owned()),
        Just("“".to_owned()),
        Just("card ".to_owned()),
        Just("version ".to_owned()),
        Just("[.]".to_owned()),
        Just("٣".to_owned()),
        personal().prop_map(|(value, _)| value),
    ];
    proptest::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn masking_is_idempotent(text in prop_oneof![noise(), any::<String>()]) {
        let once = mask(&text).into_owned();
        prop_assert_eq!(mask(&once), once.as_str());
        prop_assert!(matches!(mask(&once), Cow::Borrowed(_)));
    }

    #[test]
    fn values_are_masked(
        (value, placeholder) in personal(),
        before in separator(),
        after in separator(),
    ) {
        let text = format!("It{before}{value}{after}is");
        // Only the value is masked, and the separators are unchanged.
        prop_assert_eq!(mask(&text), format!("It{before}{placeholder}{after}is"), "{}", text);
    }

    #[test]
    fn values_are_masked_among_noise((value, _) in personal(), before in noise(), after in noise()) {
        let text = format!("{before} \n{value}\n {after}");
        prop_assert!(!mask(&text).contains(&value), "{} in {}", value, text);
    }

    #[test]
    fn secrets_are_masked(
        name in prop_oneof![
            Just("api_key"), Just("API-KEY"), Just("token"), Just("clientSecret"),
            Just("password"), Just("x-access-token"),
        ],
        value in "[a-z]{4}[0-9][A-Za-z0-9!#%^*+/=_-]{6,20}",
        form in 0..6,
    ) {
        let text = match form {
            0 => format!("{name}={value}"),
            1 => format!("{name}: {value}"),
            2 => format!("{name} = {value}"),
            3 => format!("\"{name}\":\"{value}\""),
            4 => format!("{{\\\"{name}\\\": \\\"{value}\\\"}}"),
            _ => format!("?a=b&{name}={value}&c=d"),
        };
        prop_assert!(!mask(&text).contains(&value), "{}", text);
    }
}

/// Counts the steps that `how` takes on a text of `times` copies of `piece` followed by `end`.
fn steps_of(how: fn(&str), piece: &str, times: usize, end: &str) -> usize {
    let text = piece.repeat(times) + end;
    steps::take();
    how(&text);
    steps::take()
}

fn one_pass(text: &str) {
    let _ = crate::privacy::masking::masker::mask_once(text.into());
}

fn all_passes(text: &str) {
    let _ = mask(text);
}

#[track_caller]
fn assert_linear(piece: &str, end: &str) {
    let times = 1000_usize.div_ceil(piece.len().max(1));
    // Only one pass is compared, because the longer string may need more passes than the shorter
    // one.
    let once = steps_of(one_pass, piece, times, end);
    let twice = steps_of(one_pass, piece, times * 2, end);
    assert!(
        twice <= once * 5 / 2 + 4096,
        "{piece:?} {end:?}: {once}, then {twice}"
    );
    let bytes = 2 * times * piece.len() + end.len();
    let all = steps_of(all_passes, piece, times * 2, end);
    assert!(all <= bytes * 800, "{piece:?} {end:?}: {all} for {bytes}");
}

/// Fragments at which finders start, continue, or stop.
#[rustfmt::skip]
const ADVERSARIAL: &[&str] = &[
    "a", "1", "1 ", "1-", "1.", "0.", ":", "1:", "a:", "@", "a@", "a.", ".", "%40", "%", "a%40a",
    "a@b.", "a@b.co", "a-", "(", "+", "+1 ", "(1) ", "00", "0 1 ", "4111 ", "4111-1111-1111-111",
    "DE89 ", "DE89", "DE 8", "eyJ", "eyJ.", "eyJaaaaaaaaaa.", "sk-", "sk-1-", "SG.", "SG.1.",
    "bearer ", "bearer/", "bearer:", "Bearer bearer/", "password=", "password: ", "token=\"",
    "token='a", "token=\\\"", "token=a\\", "token:token:a", "token=a:", "token is ", "is ",
    "token:a(", "-----BEGIN ", "-----BEGIN PRIVATE KEY", "-----BEGIN A", "-----END ", "[",
    "[email]", "phone ", "number is ", "password=[", "authorization: a ", "authorization:a",
    "\u{a0}", "😀", "٣", "1.2.3.", "1.2.3.4 ", "::1 ", "a::", "555-123-4567-", "555-123-4567/",
    "1/1/2026 ", "a1@b.co ", "+1(", "....%40", " : ", "=", "'", "\"", "\\", "\\\"",
    "secret=a.b.c.", "://", "://a", "://a:", "://:", "a://b:c", "a://b:c@", "hooks.slack.com/services/",
    "://api.telegram.org/bot", "-u ", " -u a:", "--user ", " at ", "a at ", "a at b dot ", "(at)",
    "a(at)", "a(at)b.", "(dot)", "a(at)bb(dot)", "\"@", "\"a\"@", "\"a\"@b.co", "wa.me/", "AA:AA",
    "Cookie: ", "cookie=a=b;", "a=b;", "password ", "password 1", "mi clave es ", "“", "password “a",
    "<password>", "<password>a", "value=", "name: a, value: ", "Private-Lines: 1\n", "---- BEGIN ",
    "---- BEGIN PRIVATE KEY", "</", "<D>", " -p", "mysql -p1", " --password a", " --a", "1.2.3.4[.]",
    "version 1.2.3.4, ", "§1.2.3.4 ", "1.2.3.4 A", "4 1 1 1 ", "card 1 ", "D E 8 9 ", "IBANDE8",
    "a_at_b_dot_", "_at_", "是", "密码是", "密码1", "password of ", "for ", "a,b&", "password: a,",
    "password:\n", "password|", "->", "password(\"", "Authorization: Digest ", "M1.a.", "~", "8Q~a",
    "password \"", "password \\\"", "password \"\\\"", "password is \"", "password: str = ", ": a=", "?key=", "creds: a /", "sl.", "order 1 ", "name_", "\u{200b}", "\u{94d}",
];

#[test]
fn adversarial_text_takes_linear_time() {
    for piece in ADVERSARIAL {
        for end in ["", "(", "\"", "@x.com", "1"] {
            assert_linear(piece, end);
        }
    }
    for (left, right) in [
        ("....", "%40"),
        ("token=\"", "\\\""),
        ("(", ")"),
        ("1 ", "@"),
        ("bearer ", "/"),
    ] {
        let text = |n: usize| left.repeat(n) + &right.repeat(n);
        let steps = |n: usize| {
            steps::take();
            let _ = mask(&text(n));
            steps::take()
        };
        let (once, twice) = (steps(1000), steps(2000));
        assert!(
            twice <= once * 5 / 2,
            "{left:?} {right:?}: {once}, then {twice}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn repeated_noise_takes_linear_time(piece in noise(), end in noise()) {
        prop_assume!(!piece.is_empty());
        assert_linear(&piece, &end);
    }
}
