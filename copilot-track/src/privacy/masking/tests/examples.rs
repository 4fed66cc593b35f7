//! Examples of text that customers, agents, and tools write, and the expected masked text.

use crate::privacy::masking::masker::Masker;

fn mask(text: &str) -> String {
    Masker::default().mask(text).into_owned()
}

/// Strings with personal data and their masked forms.
#[rustfmt::skip]
const PERSONAL: &[(&str, &str)] = &[
    // Email.
    ("Hi, I'm Ana, reach me at ana.lopez+shop@mail.example.co.uk please", "Hi, I'm Ana, reach me at [email] please"),
    ("contact: \"john doe\"@example.com", "contact: [email]"),
    ("mail <o'connor_7@sub.example.museum>; thanks", "mail <[email]>; thanks"),
    ("написать на иван@пример.рф", "написать на [email]"),
    ("用户@例子.公司 是我的邮箱", "[email] 是我的邮箱"),
    ("मेरा ईमेल राम@उदाहरण.भारत है", "मेरा ईमेल [email] है"),
    ("x@xn--bcher-kva.example", "[email]"),
    ("[me@example.com](mailto:me@example.com)", "[[email]](mailto:[email])"),
    ("https://shop.example/reset?email=me%40example.com&t=1", "https://shop.example/reset?email=[email]&t=1"),
    ("me@[192.168.1.10]", "me@[[ip]]"),
    ("me @ example.com is not how, me@example.com is", "me @ example.com is not how, [email] is"),
    ("write to jane(at)example.com or jane [at] example [dot] com", "write to [email] or [email]"),
    ("{\"email\":\"me@example.com\",\"n\":1}", "{\"email\":\"[email]\",\"n\":1}"),
    ("{\\\"to\\\":\\\"me@example.com\\\"}", "{\\\"to\\\":\\\"[email]\\\"}"),
    // Phone.
    ("Call me on +1 (415) 555-2671 after 5", "Call me on [phone] after 5"),
    ("+44 7911 123456", "[phone]"),
    ("ring +49-171-1234567 or 0171 1234567", "ring [phone] or [phone]"),
    ("Tel: 030/123 45 67", "Tel: [phone]"),
    ("my number is 07911 123456", "my number is [phone]"),
    ("+33 6 12 34 56 78 / 06 12 34 56 78", "[phone] / [phone]"),
    ("電話は090-1234-5678です", "電話は[phone]です"),
    ("手机 138-1234-5678", "手机 [phone]"),
    ("+91 98765 43210", "[phone]"),
    ("मोबाइल ९८७६५४३२१०", "मोबाइल [phone]"),
    ("اتصل بي على ٠٥٠١٢٣٤٥٦٧", "اتصل بي على [phone]"),
    ("+55 (11) 91234-5678", "[phone]"),
    ("ligue (11) 91234-5678", "ligue [phone]"),
    ("+7 (912) 345-67-89, 8 (912) 345-67-89", "[phone], [phone]"),
    ("8-800-555-35-35", "[phone]"),
    ("tel:+15551234567;ext=12", "tel:[phone];ext=12"),
    ("+61 2 9374 4000 and 0412 345 678", "[phone] and [phone]"),
    ("+34 612 345 678", "[phone]"),
    ("mi móvil es 612 345 678", "mi móvil es [phone]"),
    ("Il mio numero è 347 123 4567", "Il mio numero è [phone]"),
    ("+82 10-1234-5678, 010-1234-5678", "[phone], [phone]"),
    ("+972 50-123-4567", "[phone]"),
    ("wa.me/491711234567 is my whatsapp", "wa.me/[phone] is my whatsapp"),
    ("mon tel 0612345678.", "mon tel [phone]."),
    ("phone=5551234567&x=1", "phone=[phone]&x=1"),
    ("+1.415.555.2671", "[phone]"),
    ("(0)171 1234567 mobil", "[phone] mobil"),
    ("+380 44 123 4567", "[phone]"),
    ("+90 (532) 123 45 67", "[phone]"),
    ("00 44 20 7946 0958", "[phone]"),
    ("06-12345678 (NL), 079 123 45 67 (CH), 082 123 4567 (ZA)", "[phone] (NL), [phone] (CH), [phone] (ZA)"),
    ("+45 12 34 56 78, +65 9123 4567, +48 600 700 800", "[phone], [phone], [phone]"),
    ("+52 55 1234 5678, 0803 123 4567, 03-1234-5678", "[phone], [phone], [phone]"),
    ("+852 2123 4567; +353 1 234 5678; +64 21 123 4567", "[phone]; [phone]; [phone]"),
    ("my phone: (212) 555-0123 x45", "my phone: [phone] x45"),
    ("Bitte unter 0151 23456789 anrufen", "Bitte unter [phone] anrufen"),
    ("мой номер +7 912 345 67 89", "мой номер [phone]"),
    ("тел. 495 123-45-67", "тел. [phone]"),
    ("전화 010 1234 5678", "전화 [phone]"),
    ("{\"phone\":\"4155552671\"}", "{\"phone\":\"[phone]\"}"),
    // Cards.
    ("visa 4111111111111111 exp 12/27 cvc 123", "visa [card] exp 12/27 cvc 123"),
    ("4012-8888-8888-1881", "[card]"),
    ("mastercard 5105 1051 0510 5100", "mastercard [card]"),
    ("2223 0031 2200 3222 is a new mastercard", "[card] is a new mastercard"),
    ("amex 371449635398431", "amex [card]"),
    ("amex 3714 496353 98431", "amex [card]"),
    ("discover 6011 1111 1111 1117", "discover [card]"),
    ("diners 3056 930902 5904 or 38520000023237", "diners [card] or [card]"),
    ("jcb 3530 1113 3330 0000", "jcb [card]"),
    ("unionpay 6200 0000 0000 0005", "unionpay [card]"),
    ("maestro 6759 6498 2643 8453", "maestro [card]"),
    ("mir 2200 0000 0000 0004", "mir [card]"),
    ("My card:4111 1111 1111 1111.", "My card:[card]."),
    ("４１１１ １１１１ １１１１ １１１１", "[card]"),
    ("card_number=4111111111111111;", "card_number=[card];"),
    ("4111\u{202f}1111\u{202f}1111\u{202f}1111", "[card]"),
    // IBAN.
    ("iban: DE89 3704 0044 0532 0130 00", "iban: [iban]"),
    ("GB29NWBK60161331926819 (GBP)", "[iban] (GBP)"),
    ("FR14 2004 1010 0505 0001 3M02 606", "[iban]"),
    ("nl91abna0417164300", "[iban]"),
    ("CH93 0076 2011 6238 5295 7, ES91 2100 0418 4502 0005 1332", "[iban], [iban]"),
    // IP.
    ("blocked 203.0.113.7:443 twice", "blocked [ip]:443 twice"),
    ("from 2001:0db8:85a3:0000:0000:8a2e:0370:7334", "from [ip]"),
    ("ssh root@10.1.2.3", "ssh root@[ip]"),
    ("X-Forwarded-For: 198.51.100.23, 10.0.0.1", "X-Forwarded-For: [ip], [ip]"),
    ("http://[2001:db8::1]:8080/", "http://[[ip]]:8080/"),
    ("fe80::1ff:fe23:4567:890a%eth2", "[ip]%eth2"),
    ("my ip is 8.8.8.8!", "my ip is [ip]!"),
];

#[test]
fn personal_data_is_masked() {
    let wrong: Vec<String> = PERSONAL
        .iter()
        .filter(|(text, expected)| mask(text) != *expected)
        .map(|(text, expected)| format!("{text}\n  {}\n  {expected}", mask(text)))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Secrets in the formats of their issuers. They are assembled at run time so that secret scanners
/// do not report this file.
#[allow(clippy::too_many_lines, reason = "a table")]
fn secrets() -> Vec<(&'static str, String)> {
    let abc = "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY";
    let long = format!("{abc}{abc}");
    let hex = "0123456789abcdef0123456789abcdef";
    let jwt = format!("eyJ{}.eyJ{}.{}", &abc[..20], &abc[..24], &long[..43]);
    let pem = |kind: &str| format!("-----BEGIN {kind}-----\n{long}\n{long}\n-----END {kind}-----");
    let of = |prefix: &str, body: &str| format!("{prefix}{body}");
    vec![
        (
            "OpenAI",
            of("sk-", &format!("{}T3BlbkFJ{}", &abc[..20], &abc[..20])),
        ),
        ("OpenAI project", of("sk-proj-", &format!("{abc}_-{abc}"))),
        ("OpenAI service", of("sk-svcacct-", &long)),
        ("Anthropic", of("sk-ant-api03-", &format!("{abc}-{abc}_AA"))),
        ("OpenRouter", of("sk-or-v1-", &format!("{hex}{hex}"))),
        ("AWS id", of("AKIA", "IOSFODNN7EXAMPLQ")),
        ("AWS temporary id", of("ASIA", "Y34FZKBOKMUTVV7A")),
        (
            "AWS secret",
            of(
                "aws_secret_access_key = ",
                "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            ),
        ),
        ("GitHub", of("ghp_", &long[..36])),
        ("GitHub app", of("ghs_", &long[..36])),
        (
            "GitHub fine-grained",
            of("github_pat_", &format!("{}_{}", &abc[..22], &long[..59])),
        ),
        ("GitLab", of("glpat-", &abc[..20])),
        (
            "Slack bot",
            format!("{}-123456789012-1234567890123-{}", "xoxb", &abc[..24]),
        ),
        (
            "Slack app",
            format!("{}-1-A012345-123456789012-{hex}", "xapp"),
        ),
        (
            "Slack webhook",
            format!(
                "https://hooks.slack.com/services/T00000000/B00000000/{}",
                &abc[..24]
            ),
        ),
        ("Stripe", of("sk_live_", &abc[..24])),
        ("Stripe restricted", of("rk_live_", &abc[..24])),
        ("Stripe webhook", of("whsec_", abc)),
        ("Google API", of("AIza", &format!("Sy{}", &long[..33]))),
        ("Google OAuth", of("ya29.", &format!("a0{long}"))),
        ("Google client", of("GOCSPX-", &abc[..28])),
        (
            "SendGrid",
            of("SG.", &format!("{}.{}", &abc[..22], &long[..43])),
        ),
        ("Twilio", of("SK", hex)),
        ("Mailgun", of("key-", hex)),
        ("npm", of("npm_", &long[..36])),
        ("PyPI", of("pypi-", &format!("AgEIcHlwaS5vcmc{long}"))),
        ("Hugging Face", of("hf_", &long[..34])),
        ("Groq", of("gsk_", &long[..52])),
        ("xAI", of("xai-", &long)),
        ("Perplexity", of("pplx-", &long[..48])),
        ("Replicate", of("r8_", &long[..37])),
        ("DigitalOcean", of("dop_v1_", &format!("{hex}{hex}"))),
        ("Shopify", of("shpat_", hex)),
        ("Square", of("sq0csp-", &long[..43])),
        ("Square access", of("EAAA", &long[..60])),
        ("Databricks", of("dapi", hex)),
        ("Linear", of("lin_api_", &long[..40])),
        ("Notion", of("ntn_", &long[..46])),
        ("Figma", of("figd_", &long[..40])),
        (
            "Postman",
            of(
                "PMAK-",
                &format!("{}-{}", &hex[..24], &format!("{hex}{hex}")[..34]),
            ),
        ),
        ("Telegram", format!("123456789:AA{}", &long[..33])),
        (
            "Discord webhook",
            format!(
                "https://discord.com/api/webhooks/123456789012345678/{}",
                &long[..60]
            ),
        ),
        (
            "Azure storage",
            format!("AccountKey={}==", &format!("{long}{long}")[..86]),
        ),
        ("Supabase", of("sbp_", &format!("{hex}12345678"))),
        ("HashiCorp Vault", of("hvs.", &long)),
        ("Doppler", of("dp.pt.", &long[..43])),
        ("PlanetScale", of("pscale_tkn_", &long[..43])),
        ("PostHog", of("phx_", &long[..43])),
        ("Sentry", of("sntrys_", &long)),
        ("Atlassian", of("ATATT3", &long)),
        (
            "Cohere header",
            format!("Authorization: Bearer {}", &long[..40]),
        ),
        (
            "Basic",
            "Authorization: Basic dXNlcm5hbWU6aHVudGVyMg==".to_owned(),
        ),
        (
            "curl",
            format!("curl -H 'x-api-key: {abc}' https://api.example"),
        ),
        (
            "curl -u",
            "curl -u admin:s3cr3tPassw0rd https://api.example".to_owned(),
        ),
        (
            "URL",
            "postgres://app:s3cr3tPassw0rd@db.example:5432/x".to_owned(),
        ),
        (
            "URL of this machine",
            "mysql://root:s3cr3tPassw0rd@localhost/x".to_owned(),
        ),
        (
            "redis URL",
            "redis://:s3cr3tPassw0rd@cache.example:6379".to_owned(),
        ),
        ("environment", format!("export OPENAI_API_KEY={abc}")),
        ("YAML", format!("  client_secret: {abc}")),
        ("JSON", format!("{{\"apiKey\": \"{abc}\"}}")),
        ("JWT", jwt.clone()),
        (
            "JWT in a cookie",
            format!("Cookie: session={jwt}; theme=dark"),
        ),
        (
            "JWT in a URL",
            format!("https://app.example/#access_token={jwt}"),
        ),
        ("RSA", pem("RSA PRIVATE KEY")),
        ("EC", pem("EC PRIVATE KEY")),
        ("PKCS 8", pem("PRIVATE KEY")),
        ("encrypted", pem("ENCRYPTED PRIVATE KEY")),
        ("OpenSSH", pem("OPENSSH PRIVATE KEY")),
        ("PGP", pem("PGP PRIVATE KEY BLOCK")),
        ("PEM in JSON", pem("PRIVATE KEY").replace('\n', "\\n")),
    ]
}

/// Returns a part of the secret that is still in the masked text.
fn kept_of(secret: &str, masked: &str) -> Option<String> {
    let body: Vec<char> = secret.chars().collect();
    body.windows(12)
        .map(|part| part.iter().collect::<String>())
        // The prefix that identifies the kind of secret may stay.
        .filter(|part| {
            let mixed = part.contains(|c: char| c.is_ascii_digit())
                && part.contains(|c: char| c.is_ascii_lowercase());
            let named = ["://", "example", "-----", "services", "webhooks"]
                .iter()
                .any(|s| part.contains(s));
            mixed
                && !named
                && part
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '+' || c == '/')
        })
        .find(|part| masked.contains(part.as_str()))
}

#[test]
fn secrets_of_known_issuers_are_masked() {
    let mut wrong = Vec::new();
    for (name, secret) in secrets() {
        for (before, after) in [
            ("", ""),
            ("I pasted ", " by mistake"),
            ("ключ:", "。"),
            ("`", "`"),
            ("(", ")."),
            ("\"", "\","),
            ("line\n", "\nline"),
            ("<b>", "</b>"),
            ("see=", "&x=1"),
        ] {
            let text = format!("{before}{secret}{after}");
            let masked = mask(&text);
            if let Some(part) = kept_of(&secret, &masked) {
                wrong.push(format!("{name}: {masked} still contains {part}"));
                break;
            }
            assert_eq!(mask(&masked), masked, "{name}, again");
            if masked == text {
                wrong.push(format!("{name}: {masked} was not masked"));
                break;
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Everyday text that masking must not change.
#[rustfmt::skip]
const PLAIN: &[&str] = &[
    "The Super Widget costs $1,299.00, or 12 x $108.25 a month.",
    "Total: 1.234.567,89 €; 10 000 000 Ft; ¥128,000; ₹1,23,456; CHF 12'345.60",
    "Order 100-2345678-9876543 shipped.",
    "order #4155552671 and invoice 2125550123",
    "Order number: 20261122001, tracking 1Z999AA10123456784",
    "USPS tracking 9400111899223197428490",
    "SKU WGT-1550-BLK, EAN 4006381333931, UPC 036000291452, ISBN 978-3-16-148410-0",
    "part no. 555-0199-A",
    "ticket 2345678901 is closed",
    "On 2026-11-22 at 10:30:45, on 22.11.2026, 11/22/2026 and 22/11/26.",
    "2026-11-22T10:30:45.123+01:00 to 20261122T103045Z",
    "version 1.2.3, v10.15.7, 2.0.0-rc.1+build.5, 1.2.3.4-beta",
    "node 20.11.1, python 3.12.4, openssl 3.0.13, macOS 14.5 (23F79)",
    "Chrome/126.0.6478.127 on Windows NT 10.0",
    "unix 1764028800, millis 1764028800123, nanos 1764028800123456789",
    "550e8400-e29b-41d4-a716-446655440000",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "commit 3f2a1b4c5d6e7f8091a2b3c4d5e6f708192a3b4c",
    "GPS 52.520008, 13.404954; -33.8688, 151.2093",
    "pi is 3.14159265358979, e is 2.718281828",
    "1920x1080, 3840 x 2160, 16:9, 1/2, 3-4 days",
    "between 1000 and 2000 units, 50-100, pages 12-15",
    "Hex #ff8800, rgb(255, 136, 0), 0xdeadbeef",
    "call 911 or 112 in an emergency",
    "room 4021, floor 12, table 7, seat 24B",
    "ZIP 94103-1234, PLZ 10115, SW1A 1AA, 100-0001",
    "1234567 visitors, 98765432 bytes, 65535",
    "react@18.2.0, @types/node@20.1.0, user@localhost",
    "git@host and @handle and a@b",
    "std::vec::Vec::<u8>::new() and ::std::env, Foo::Bar, a::b",
    "10:30:45, 12:00-13:30, aa:bb:cc:dd:ee:ff",
    "s/foo/bar/g, 1 + 2 = 3, a[1:2], f(x, y)",
    "The token limit is 128000; max_tokens=4096, temperature=0.7",
    "Your password must have 12 characters. Reset your password here.",
    "secret sauce; keyboard; keynote; monkey; turkey-123456789012345678",
    "I have an API key question: where do I find the key?",
    "task-1234567890, disk-123456789012345678901234, risk-free",
    "bearer of bad news; Bearer authentication is required",
    "--begin-- PUBLIC KEY -----BEGIN CERTIFICATE-----",
    "https://shop.example/p/super-widget-1550?ref=home&page=2#reviews",
    "postgres://db.example:5432/orders and redis://cache:6379/0",
    "https://user@example/path is a URL without a password",
    "mp3 320kbps, 4K60, H.264, IEEE 802.11ax, RFC 9110, ISO 8601",
    "Size 38 40 42 44 46 48, years 2019 2020 2021 2022",
    "3 000 kg, 1 500 000 rows, 12 345 678 rows",
    "it's 20 °C, 68 °F, 1013.25 hPa; 4.5/5 stars (1,234 ratings)",
    "AC power, SK hynix, EAAA rated, key-value store, keys: none",
    "meet at example.com (dot com boom), at noon [at] the door",
    "order by phone: we are open 10-18",
    "flight LH 1234, gate B12, train ICE 1001, bus 100",
    "VAT DE123456789, BIC COBADEFFXXX, NO 12 345",
    "dp.pt is a path; hvs.rs too; phx_ is a prefix",
];

#[test]
fn harmless_text_is_unchanged() {
    let wrong: Vec<String> = PLAIN
        .iter()
        .filter(|text| mask(text) != **text)
        .map(|text| format!("{text}\n  {}", mask(text)))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
