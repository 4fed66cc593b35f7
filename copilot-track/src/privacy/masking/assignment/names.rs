//! The names of secrets in about 30 languages.
//!
//! Names are in lowercase. They contain no spaces, underscores, dashes, apostrophes, or combining
//! accents, because [`Folded`] removes such characters from the text.

use crate::privacy::masking::haystack::{is_invisible, is_letter, is_space};

/// What a name stands for. The kind determines which values are secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::privacy::masking) enum Kind {
    Password,
    Key,
    /// The identifier of a session.
    Session,
    /// A URL parameter. Its value is a secret only if it is long.
    Parameter,
    /// The `Authorization` header.
    Authorization,
}

/// A name that was found in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::privacy::masking) struct Name {
    pub(in crate::privacy::masking) kind: Kind,
    pub(in crate::privacy::masking) text: &'static str,
    /// Whether the name is English. In English, words such as "on" do not mean "is".
    pub(super) english: bool,
}

impl Name {
    pub(super) fn as_password(self) -> Self {
        Self {
            kind: Kind::Password,
            ..self
        }
    }
}

/// The maximum number of characters before a separator that can contain a name.
pub(super) const NAME_CHARS: usize = 48;
/// The maximum number of words between a name and its separator.
const TAIL_WORDS: usize = 4;

#[rustfmt::skip]
const SESSIONS: &[&str] = &[
    "sessionid", "sessiontoken", "sessionkey", "sessid", "sesionid", "sesiónid", "sitzungsid",
    "sessioncookie", "authcookie", "aspxauth", "rememberme",
];
#[rustfmt::skip]
const PASSWORDS: &[&str] = &[
    "password", "passwd", "passphrase", "passcode", "pwd", "identifiedby",
];
#[rustfmt::skip]
const KEYS: &[&str] = &[
    "token", "secret", "apikey", "accesskey", "accountkey", "secretkey", "secretkeybase",
    "privatekey", "authkey", "signingkey", "encryptionkey", "masterkey", "appkey", "sharedkey",
    "subscriptionkey", "functionskey", "consumerkey", "hmackey", "credential", "credentials",
];
/// Names that must start at the beginning of a word or of a part of an identifier.
#[rustfmt::skip]
const SHORT: &[(&str, Kind)] = &[
    ("pass", Kind::Password), ("pw", Kind::Password), ("pswd", Kind::Password),
    ("psw", Kind::Password), ("creds", Kind::Key), ("sid", Kind::Session), ("sess", Kind::Session),
    ("session", Kind::Session), ("cookie", Kind::Session), ("clearance", Kind::Session),
    ("sig", Kind::Parameter), ("signature", Kind::Parameter),
];
#[rustfmt::skip]
const FOREIGN_SHORT: &[&str] = &[
    "mdp", "clave", "clavedeacceso", "senha", "senhadeacesso", "heslo", "parola", "parolă",
    "parolam", "parolamea", "şifre", "sifre", "şifrem", "sifrem", "sandi", "geslo", "jelszo",
    "haslo", "losenord",
];
#[rustfmt::skip]
const FOREIGN_PASSWORDS: &[&str] = &[
    // German, Spanish, Portuguese, French, Italian, and Dutch.
    "passwort", "kennwort", "contraseña", "contrasena", "contrasenya", "palavrapasse",
    "palavradepasse", "motdepasse", "paroladordine", "parolachiave", "wachtwoord",
    // Finnish, Swedish, Danish, Norwegian, Polish, Czech, Croatian, and Hungarian.
    "salasana", "salasanani", "lösenord", "lösenordet", "adgangskode", "adgangskoden", "kodeord",
    "passord", "passordet", "hasło", "lozinka", "zaporka", "jelszó", "jelszavam",
    // Russian, Ukrainian, Bulgarian, Serbian, and Greek.
    "пароль", "парола", "лозинка", "шифра", "κωδικός", "κωδικόςπρόσβασης", "κωδικος",
    // Arabic, Persian, and Hebrew.
    "كلمةالسر", "كلمةالمرور", "كلمةسر", "كلمةمرور", "الرقمالسري", "كلمةالسرهي", "رمزعبور",
    "گذرواژه", "סיסמה", "סיסמא", "הסיסמהשלי",
    // Hindi, Bengali, Thai, Vietnamese, and Indonesian.
    "पासवर्ड", "कूटशब्द", "পাসওয়ার্ড", "รหัสผ่าน", "mậtkhẩu", "matkhau", "katasandi", "katalaluan",
    // Chinese, Japanese, and Korean.
    "密码", "密碼", "口令", "パスワード", "パスコード", "暗証番号", "비밀번호", "패스워드", "암호",
    "비번",
];
#[rustfmt::skip]
const FOREIGN_KEYS: &[&str] = &[
    "apischlüssel", "apischluessel", "geheimschlüssel", "zugangsschlüssel", "zugriffsschlüssel",
    "clavedeapi", "claveapi", "clavesecreta", "chavedeapi", "chaveapi", "chavesecreta", "cléapi",
    "clédapi", "cleapi", "cledapi", "clésecrète", "clesecrete", "chiaveapi", "chiavesegreta",
    "apisleutel", "apinyckel", "apinøgle", "apinøkkel", "apiavain", "kluczapi", "apiklíč",
    "klíčapi", "apiključ", "apikulcs", "apianahtarı", "ключapi", "apiключ", "секретныйключ",
    "ключдоступа", "مفتاحapi", "مفتاحالapi", "apiकुंजी", "密钥", "密鑰", "金鑰", "apiキー",
    "シークレットキー", "アクセスキー", "秘密鍵", "api키", "비밀키", "시크릿키", "jeton", "токен", "令牌",
    "トークン", "토큰", "टोकन",
];
/// Words that can follow a name, as in `password for the router: …` and `contraseña actual: …`.
#[rustfmt::skip]
const TAILS: &[&str] = &[
    "for", "of", "to", "on", "at", "again", "here", "below", "de", "del", "da", "do", "das", "dos",
    "du", "des", "d", "actual", "nova", "atual", "actuel", "provisoire", "temporal", "für",
    "von", "vom", "zum", "zur", "im", "beim", "van", "voor", "di", "per", "della", "til", "till",
    "för", "att", "pro", "za", "для", "от", "к", "на", "до", "mea", "meu", "moje", "moja", "mia",
    "provisional", "temporanea", "provvisoria", "temporária", "provisória", "temporaire",
    "tijdelijk", "nueva", "الخاصة", "الخاص",
];

/// A string without the characters in which spellings of the same name differ.
pub(super) struct Folded {
    letters: String,
    /// The positions in `letters` at which a word or a part of an identifier starts.
    starts: Vec<usize>,
}

impl Folded {
    pub(super) fn new(words: &str) -> Self {
        let mut folded = Self {
            letters: String::with_capacity(words.len()),
            starts: Vec::new(),
        };
        let mut before = ' ';
        for c in words.chars() {
            let joins = matches!(c, '\'' | '’' | '\u{300}'..='\u{36f}') || is_invisible(c);
            if !joins && is_letter(c) {
                let part = !is_letter(before) || before.is_lowercase() && c.is_uppercase();
                if part {
                    folded.starts.push(folded.letters.len());
                }
                folded.letters.extend(narrow(c).to_lowercase());
            }
            if !joins {
                before = c;
            }
        }
        folded
    }

    pub(super) fn letters(&self) -> &str {
        &self.letters
    }

    /// Returns the name at the end of the string.
    pub(super) fn name(&self) -> Option<Name> {
        let ends = |name: &&&str| self.letters.ends_with(**name);
        let starts = |name: &str| {
            let start = self.letters.len() - name.len();
            self.starts.contains(&start)
        };
        let long = |names: &'static [&'static str], kind, english| {
            let text = names.iter().find(ends)?;
            Some(Name {
                kind,
                text,
                english,
            })
        };
        long(SESSIONS, Kind::Session, true)
            .or_else(|| long(PASSWORDS, Kind::Password, true))
            .or_else(|| long(KEYS, Kind::Key, true))
            .or_else(|| long(FOREIGN_PASSWORDS, Kind::Password, false))
            .or_else(|| long(FOREIGN_KEYS, Kind::Key, false))
            .or_else(|| long(&["authorization"], Kind::Authorization, true))
            .or_else(|| {
                let mut short = SHORT.iter();
                let &(text, kind) = short.find(|(name, _)| ends(&name) && starts(name))?;
                Some(Name {
                    kind,
                    text,
                    english: true,
                })
            })
            .or_else(|| {
                let mut short = FOREIGN_SHORT.iter();
                let text = short.find(|name| ends(name) && starts(name))?;
                Some(Name {
                    kind: Kind::Password,
                    text,
                    english: false,
                })
            })
    }
}

/// Returns the name at the end of `words`, even if words such as `for the router` follow it.
pub(in crate::privacy::masking) fn name_at_end(words: &str) -> Option<Name> {
    let whole = Folded::new(words).name();
    if whole.is_some() {
        return whole;
    }
    let mut end = words.len();
    for _ in 0..TAIL_WORDS {
        let rest = words.get(..end)?.trim_end_matches(is_space);
        let start = rest
            .char_indices()
            .rfind(|&(_, c)| is_space(c))
            .map(|(index, c)| index + c.len_utf8())?;
        let word = rest.get(start..)?.to_lowercase();
        let word = word.split(['\'', '’']).next().unwrap_or_default();
        if TAILS.contains(&word)
            && let Some(name) = Folded::new(rest.get(..start)?).name()
        {
            return Some(name);
        }
        end = start;
    }
    None
}

/// Returns whether a value contains one of the names, as in `Forgot your password?`.
pub(super) fn contains_name(value: &str) -> bool {
    let folded = Folded::new(value).letters;
    [PASSWORDS, FOREIGN_PASSWORDS, FOREIGN_SHORT]
        .iter()
        .any(|names| names.iter().any(|name| folded.contains(name)))
        || ["token", "secret", "apikey"]
            .iter()
            .any(|name| folded.ends_with(name))
}

/// Returns the ASCII form of a full-width letter.
fn narrow(c: char) -> char {
    match c {
        'Ａ'..='Ｚ' | 'ａ'..='ｚ' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(words: &str) -> Option<&'static str> {
        name_at_end(words).map(|name| name.text)
    }

    #[test]
    fn names_are_recognized_in_every_spelling() {
        for (words, name) in [
            ("DB_PASSWORD", "password"),
            ("dbPass", "pass"),
            ("x-api-key", "apikey"),
            ("my API key", "apikey"),
            ("mot de passe", "motdepasse"),
            ("parola d’ordine", "paroladordine"),
            ("ｐａｓｓｗｏｒｄ", "password"),
            ("contrasen\u{303}a", "contrasena"),
            ("pass\u{200b}word", "password"),
            ("пароль от моей почты", "пароль"),
            ("password for the old router", "password"),
            ("jeton d'accès", "jeton"),
            ("PHPSESSID", "sessid"),
            ("我的密码", "密码"),
        ] {
            assert_eq!(text(words), Some(name), "{words}");
        }
    }

    #[test]
    fn other_words_are_not_names() {
        for words in [
            "bypass",
            "compass",
            "inside",
            "key",
            "monkey",
            "design",
            "passport",
            "",
            "for the",
            "password that somebody chose for the router",
            "esclave",
        ] {
            assert_eq!(text(words), None, "{words}");
        }
    }

    #[test]
    fn names_are_folded() {
        let tables = [
            SESSIONS,
            PASSWORDS,
            KEYS,
            FOREIGN_SHORT,
            FOREIGN_PASSWORDS,
            FOREIGN_KEYS,
        ];
        for name in tables.into_iter().flatten() {
            assert_eq!(Folded::new(name).letters, *name);
            assert!(name.chars().count() <= NAME_CHARS / 2);
        }
    }
}
