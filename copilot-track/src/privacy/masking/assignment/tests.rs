use crate::privacy::masking::assignment::find;
use crate::privacy::masking::tests::table::table;

#[test]
fn names_and_separators() {
    let basic = format!("Authorization: Basic {}", "QWxh".repeat(4));
    table(
        find,
        &[
            ("api_key=abcd1234, next", "api_key=[key], next"),
            ("?access_token=abcdef&x=1", "?access_token=[key]&x=1"),
            ("PASSWORD=letmein", "PASSWORD=[key]"),
            (
                r#"{"password": "correct horse", "a": 1}"#,
                r#"{"password": "[key]", "a": 1}"#,
            ),
            (
                r#"{\"client_secret\":\"a b\"}"#,
                r#"{\"client_secret\":\"[key]\"}"#,
            ),
            ("password: hunter2", "password: [key]"),
            ("My password is hunter2!", "My password is [key]"),
            ("the API key is abc123def456", "the API key is [key]"),
            ("dbPassword = 'x'", "dbPassword = '[key]'"),
            ("password='it is open\n", "password='[key] is open\n"),
            (&basic, "Authorization: Basic [token]"),
            ("secret := s3cr3t-value", "secret := [key]"),
            ("ｐ password：hunter2", "ｐ password：[key]"),
        ],
        &[
            "Your password: it must be long",
            "The password is case-sensitive.",
            "Password: minimum 8 characters",
            "token = next_token()",
            "token=get_token(1)",
            "password: string",
            "fn f(token: &str, secret: [u8; 32])",
            "password=None",
            "password=password",
            "token=self.token",
            "token=os.environ['X']",
            "password={password}",
            "token=$TOKEN",
            "key: value",
            "max_tokens=100",
            "cost per token: 0.000003",
            "token: 1500",
            "token == abcd1234",
            "Token::Kind1234",
            "password=",
            "password: ********",
            "api_key=[key]",
            "secret: Option<String>",
            "authorization: required for all",
            "monkey=12345678",
        ],
    );
}

/// Names and verbs in the languages in which the phone finder knows words.
#[test]
fn languages() {
    table(
        find,
        &[
            ("mi contraseña es perro99", "mi contraseña es [key]"),
            ("contrasen\u{303}a: perro99", "contrasen\u{303}a: [key]"),
            ("clave de acceso: perro99", "clave de acceso: [key]"),
            (
                "contraseña de la wifi: perro99",
                "contraseña de la wifi: [key]",
            ),
            (
                "das Passwort lautet „hund99“",
                "das Passwort lautet „[key]“",
            ),
            (
                "Passwort für den Server: hund99",
                "Passwort für den Server: [key]",
            ),
            ("mot de passe : « chien99 »", "mot de passe : « [key] »"),
            ("mon mdp c'est chien99", "mon mdp c'est [key]"),
            ("la mia password è cane99", "la mia password è [key]"),
            ("minha senha é praia99", "minha senha é [key]"),
            ("wachtwoord: hond99", "wachtwoord: [key]"),
            ("salasanani on koira99", "salasanani on [key]"),
            ("lösenordet är hund99", "lösenordet är [key]"),
            ("hasło to pies99", "hasło to [key]"),
            ("мой пароль sobaka99", "мой пароль [key]"),
            ("пароль от почты — sobaka99", "пароль от почты — [key]"),
            ("كلمة السر هي kalb1234", "كلمة السر هي [key]"),
            ("मेरा पासवर्ड kutta99 है", "मेरा पासवर्ड [key] है"),
            ("我的密码是gou12345，谢谢", "我的密码是[key]，谢谢"),
            ("密码gou12345", "密码[key]"),
            ("パスワードは「inu12345」です", "パスワードは「[key]」です"),
            ("パスワードはinu12345です", "パスワードは[key]です"),
            ("비밀번호는 gae12345입니다", "비밀번호는 [key]입니다"),
            ("clé d'API : a1b2c3d4", "clé d'API : [key]"),
            ("секретный ключ: a1b2c3d4", "секретный ключ: [key]"),
            ("ｐａｓｓｗｏｒｄ：perro99", "ｐａｓｓｗｏｒｄ：[key]"),
        ],
        &[
            "contraseña: mínimo 8 caracteres",
            "la contraseña es incorrecta",
            "la clave es la paciencia",
            "das Passwort muss 8-20 Zeichen haben",
            "mot de passe : 12 caractères",
            "пароль: не менее 8 символов",
            "пароль изменён 22.11.2026",
            "密码长度8到20位",
            "密码是什么",
            "パスワードは10文字以上",
            "비밀번호는 10자 이상",
            "password on server12",
        ],
    );
}

/// Phrases and formats between a name and its value.
#[test]
fn forms() {
    table(
        find,
        &[
            ("my password is now hunter2.", "my password is now [key]."),
            (
                "I changed my password to hunter2",
                "I changed my password to [key]",
            ),
            ("password hunter2x fails", "password [key] fails"),
            ("password → hunter2", "password → [key]"),
            ("password - hunter2", "password - [key]"),
            ("| password | hunter2 |", "| password | [key] |"),
            ("**Password:** hunter2", "**Password:** [key]"),
            (
                "password (temporary): hunter2",
                "password (temporary): [key]",
            ),
            ("password:\nhunter2", "password:\n[key]"),
            ("password: P@ss,w0rd!", "password: [key]"),
            ("password:hunter2,user:bob", "password:[key],user:bob"),
            (
                "let password: &str = \"a\";",
                "let password: &str = \"[key]\";",
            ),
            ("x['password'] = 'a'", "x['password'] = '[key]'"),
            ("password = b\"a\"", "password = b\"[key]\""),
            ("setPassword(\"hunter2\")", "setPassword(\"[key]\")"),
            ("<password>letmein</password>", "<password>[key]</password>"),
            (
                "<string name=\"api_key\">abcd</string>",
                "<string name=\"api_key\">[key]</string>",
            ),
            (
                "{\"name\":\"DB_PASSWORD\",\"value\":\"a\"}",
                "{\"name\":\"DB_PASSWORD\",\"value\":\"[key]\"}",
            ),
            (
                "- name: TOKEN\n  value: a1b2c3d4",
                "- name: TOKEN\n  value: [key]",
            ),
            ("IDENTIFIED BY 'letmein'", "IDENTIFIED BY '[key]'"),
            (
                "ALTER USER a PASSWORD 'letmein'",
                "ALTER USER a PASSWORD '[key]'",
            ),
            ("DB_PASS_1=letmein", "DB_PASS_1=[key]"),
            ("creds: admin / hunter2", "creds: admin / [key]"),
            ("https://x/?key=a1b2c3d4e5f6a7b8", "https://x/?key=[key]"),
            ("&sig=a1b2c3d4e5f6a7b8&x=1", "&sig=[key]&x=1"),
            ("PHPSESSID=a1b2c3d4e5f6", "PHPSESSID=[token]"),
            ("sid=a1b2c3d4e5f6a7b8", "sid=[token]"),
            (
                "\"session_id\": \"a1b2c3d4\"",
                "\"session_id\": \"[token]\"",
            ),
            (
                "Authorization: AWS4-HMAC-SHA256 Signature=a1b2c3d4e5f6a7b8",
                "Authorization: AWS4-HMAC-SHA256 Signature=[key]",
            ),
            (
                "Authorization: Digest username=\"a\", response=\"0a1b\"",
                "Authorization: Digest username=\"a\", response=\"[token]\"",
            ),
            (
                "{'Authorization': 'Token abcd1234'}",
                "{'Authorization': 'Token [token]'}",
            ),
        ],
        &[
            "password: 8-20 characters",
            "password: 12-character minimum",
            "password: 2026-11-22",
            "password: 1234 characters",
            "password is SHA-256 hashed",
            "password is base64-encoded",
            "password: user.password_v2",
            "password=%(pw)s",
            "password=:password",
            "password=xxxxxxxx",
            "password=DB_PASSWORD",
            "api_key=your-api-key",
            "secret: /run/secrets/db2",
            "\"forgot_password\": \"Forgot your password?\"",
            "\"password\": \"required|min:8\"",
            "unexpected token \"else1\"",
            "token: 128000000",
            "pass: 1024, fail: 3",
            "bypass: 12345678",
            "session=closed",
            "session: 10:30-12:00",
            "sid=12345",
            "?key=color",
            "Authorization: Basic authentication is required",
            "<label for=\"password\">Password</label>",
            "password value",
        ],
    );
}
