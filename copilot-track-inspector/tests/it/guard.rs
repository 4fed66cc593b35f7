//! Tests of the access checks.

use copilot_track_inspector::{Inspector, StartError};
use reqwest::{Method, header};

use crate::{
    program::Program,
    support::{TestInspector, json_of, message, start, start_with},
};

async fn status(
    running: &TestInspector,
    method: Method,
    path: &str,
    headers: &[(&'static str, &str)],
) -> u16 {
    let mut request = running.request(method, path).body("{\"enabled\":false}");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn unknown_host_names_are_rejected() {
    let running = start().await;
    for path in [
        "/",
        "/all",
        "/api/state",
        "/api/live",
        "/v1/batch",
        "/assets/index.html",
        "/nothing",
    ] {
        for host in [
            "evil.example",
            "127.0.0.1.evil.example:80",
            "",
            "localhost:80@evil.example",
        ] {
            for method in [Method::GET, Method::POST, Method::OPTIONS] {
                assert_eq!(
                    status(&running, method, path, &[("host", host)]).await,
                    403,
                    "{path} {host}"
                );
            }
        }
    }
    let port = running.inspector.address().port();
    for host in [
        format!("localhost:{port}"),
        "127.0.0.1".into(),
        format!("[::1]:{port}"),
        "x.localhost".into(),
    ] {
        assert_eq!(
            status(&running, Method::GET, "/api/state", &[("host", &host)]).await,
            200,
            "{host}"
        );
    }
}

#[tokio::test]
async fn pages_of_other_origins_can_read_and_change_nothing() {
    let running = start().await;
    running.batch(&[message(1, "c")]).await;
    let own = running.inspector.url();
    let own = own.as_str();
    for (method, path) in [
        (Method::POST, "/reset"),
        (Method::POST, "/api/import"),
        (Method::PUT, "/api/chaos"),
        (Method::GET, "/all"),
        (Method::GET, "/api/export"),
        (Method::GET, "/api/live"),
        (Method::GET, "/api/numbers"),
        (Method::GET, "/api/share?id=c"),
        (Method::DELETE, "/api/conversation?id=c"),
    ] {
        for foreign in [
            &[("origin", "https://evil.example")][..],
            &[("origin", "null")],
            &[("origin", "http://localhost:1")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("origin", own), ("sec-fetch-site", "cross-site")],
            &[("origin", own), ("origin", "https://evil.example")],
        ] {
            assert_eq!(
                status(&running, method.clone(), path, foreign).await,
                403,
                "{path} {foreign:?}"
            );
        }
        let preflight = status(
            &running,
            Method::OPTIONS,
            path,
            &[("origin", "https://evil.example")],
        )
        .await;
        assert_eq!(preflight, 403);
    }
    assert_eq!(running.inspector.last_seq(), 1);
    assert_eq!(running.inspector.events().await.unwrap().len(), 1);
    for headers in [
        &[][..],
        &[("origin", own), ("sec-fetch-site", "same-origin")],
    ] {
        assert_eq!(
            status(&running, Method::PUT, "/api/chaos", headers).await,
            200
        );
    }
    assert_eq!(status(&running, Method::POST, "/reset", &[]).await, 200);
}

#[tokio::test]
async fn pages_on_this_machine_and_of_allowed_origins_may_send_events() {
    let running = start_with(Inspector::builder().allow_origin("https://shop.example/")).await;
    let own = running.inspector.url();
    for origin in ["https://shop.example", "http://localhost:3000", &own] {
        let response = running
            .request(Method::OPTIONS, "/v1/batch")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "authorization,content-type,x-retry-count",
            )
            .header("access-control-request-private-network", "true")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 204, "{origin}");
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap())
        };
        assert_eq!(header("access-control-allow-origin"), Some("*"));
        assert_eq!(
            header("access-control-allow-headers"),
            Some("authorization,content-type,x-retry-count")
        );
        assert_eq!(header("access-control-allow-methods"), Some("GET, POST"));
        assert_eq!(header("access-control-allow-private-network"), Some("true"));
        assert_eq!(header("access-control-allow-credentials"), None);
        let call = message(1, "c").to_string();
        let sent = running
            .request(Method::POST, "/v1/t")
            .header("origin", origin)
            .header("sec-fetch-site", "cross-site")
            .body(call)
            .send()
            .await
            .unwrap();
        assert_eq!(sent.status(), 200, "{origin}");
        // SDKs in browsers read `Retry-After`.
        assert_eq!(
            sent.headers()["access-control-expose-headers"],
            "retry-after"
        );
    }
    assert_eq!(running.inspector.last_seq(), 3);
    for path in ["/v1/batch", "/v1/t"] {
        assert_eq!(running.status_of(path).await, 405, "{path}");
    }
}

#[tokio::test]
async fn pages_of_other_origins_may_not_send_events() {
    let running = start().await;
    for foreign in [
        &[("origin", "https://shop.example")][..],
        &[("origin", "null")],
        &[("origin", "http://localhost.evil.example")],
        &[("sec-fetch-site", "cross-site")],
        &[
            ("origin", "http://localhost:1"),
            ("origin", "https://evil.example"),
        ],
    ] {
        for method in [Method::OPTIONS, Method::POST] {
            let mut request = running
                .request(method, "/v1/batch")
                .body(serde_json::json!({"batch": [message(1, "c")]}).to_string());
            for (name, value) in foreign {
                request = request.header(*name, *value);
            }
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), 403, "{foreign:?}");
            assert!(
                !response
                    .headers()
                    .contains_key("access-control-allow-origin")
            );
            let error = json_of(response).await["error"].to_string();
            assert!(error.contains("--allow-origin"), "{error}");
        }
    }
    assert_eq!(running.inspector.last_seq(), 0);
    let anyone = start_with(Inspector::builder().allow_origin("*")).await;
    let headers = [("origin", "https://shop.example")];
    assert_eq!(status(&anyone, Method::POST, "/v1/t", &headers).await, 200);
}

#[tokio::test]
async fn a_token_protects_the_page_and_the_api_but_not_the_tracking_api() {
    let running = start_with(Inspector::builder().token("a-long-token")).await;
    for path in [
        "/",
        "/all",
        "/api/state",
        "/api/live",
        "/assets/main.js",
        "/api/export",
    ] {
        let response = running.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 401, "{path}");
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        assert!(
            json_of(response).await["error"]
                .as_str()
                .unwrap()
                .contains("token")
        );
    }
    let wrong = [("authorization", "Bearer a-long-tokem")];
    assert_eq!(status(&running, Method::POST, "/reset", &wrong).await, 401);
    assert_eq!(running.status_of("/?token=wrong-token").await, 401);
    running.batch(&[message(1, "c")]).await;
    assert_eq!(running.status_of("/healthz").await, 200);
    let right = [("authorization", "Bearer a-long-token")];
    assert_eq!(
        status(&running, Method::GET, "/api/state", &right).await,
        200
    );

    let no_redirect = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let url = format!("{}/?token=a-long-token", running.inspector.url());
    let login = no_redirect.get(url).send().await.unwrap();
    assert_eq!(
        (login.status().as_u16(), &login.headers()["location"]),
        (303, &"/".parse().unwrap())
    );
    let cookie = login.headers()["set-cookie"].to_str().unwrap();
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    let cookie = [("cookie", cookie.split(';').next().unwrap())];
    assert_eq!(status(&running, Method::GET, "/", &cookie).await, 200);
    // A token does not replace the check of the origin.
    let foreign = [cookie[0], ("origin", "https://evil.example")];
    assert_eq!(
        status(&running, Method::POST, "/reset", &foreign).await,
        403
    );

    for invalid in ["", "short", "with space"] {
        let error = Inspector::builder()
            .token(invalid)
            .start()
            .await
            .unwrap_err();
        assert!(matches!(error, StartError::Token), "{error}");
    }
}

#[tokio::test]
async fn a_proxy_can_serve_the_inspector_over_tls_and_below_a_path() {
    let builder = Inspector::builder().base_url("https://tools.example/inspector/");
    let running = start_with(builder).await;
    let proxied = [
        ("host", "tools.example"),
        ("origin", "https://tools.example"),
    ];
    // A proxy can remove the path or leave it in place.
    for path in ["/api/chaos", "/inspector/api/chaos"] {
        assert_eq!(
            status(&running, Method::PUT, path, &proxied).await,
            200,
            "{path}"
        );
    }
    let foreign = [
        ("host", "tools.example"),
        ("origin", "https://evil.example"),
    ];
    assert_eq!(
        status(&running, Method::PUT, "/api/chaos", &foreign).await,
        403
    );
    let page = running
        .request(Method::GET, "/inspector/")
        .send()
        .await
        .unwrap();
    let page = page.text().await.unwrap();
    assert!(page.contains("src=\"assets/main.js\""), "{page}");
    assert_eq!(running.status_of("/inspector/assets/main.js").await, 200);
    // Without the slash, the links on the page would be wrong.
    let no_redirect = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    // The query can contain the token.
    for query in ["", "?token=a-long-token"] {
        let url = format!("{}/inspector{query}", running.inspector.url());
        let redirect = no_redirect.get(url).send().await.unwrap();
        assert_eq!(redirect.status(), 308);
        let location = redirect.headers()["location"].to_str().unwrap();
        assert_eq!(location, format!("/inspector/{query}"));
    }
    let settings = running.get("/inspector/v1/projects/key/settings").await;
    let segment = &settings["integrations"]["Segment.io"];
    assert_eq!(segment["apiHost"], "tools.example/inspector/v1");
    assert_eq!(segment["protocol"], "https");
    assert_eq!(
        running.inspector.urls()[0],
        "https://tools.example/inspector"
    );
    let error = Inspector::builder()
        .base_url("tools")
        .start()
        .await
        .unwrap_err();
    assert!(matches!(error, StartError::BaseUrl(_)), "{error}");
}

#[tokio::test]
async fn the_health_check_accepts_any_host_and_reveals_nothing() {
    let running = start().await;
    let probe = [("host", "10.1.2.3:8077")];
    assert_eq!(status(&running, Method::GET, "/healthz", &probe).await, 200);
    assert_eq!(
        running.get("/healthz").await,
        serde_json::json!({"status": "ok"})
    );
}

#[tokio::test]
async fn analytics_js_receives_settings_that_point_to_the_inspector() {
    let running = start().await;
    let response = running
        .request(Method::GET, "/v1/projects/a-key/settings")
        .header("origin", "http://localhost:3000")
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    let settings = json_of(response).await;
    let segment = &settings["integrations"]["Segment.io"];
    assert_eq!(segment["apiKey"], "a-key");
    assert_eq!(segment["protocol"], "http");
    assert_eq!(
        segment["apiHost"],
        format!("{}/v1", running.inspector.address())
    );
    assert_eq!(running.inspector.last_seq(), 0);
}

#[tokio::test]
async fn every_response_has_security_headers() {
    let running = start().await;
    for path in ["/", "/all", "/nothing", "/api/state", "/assets/nothing"] {
        let response = running.request(Method::GET, path).send().await.unwrap();
        let headers = response.headers();
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers["cross-origin-resource-policy"], "same-origin");
        assert!(!headers.contains_key("access-control-allow-origin"));
    }
}

#[tokio::test]
async fn unchanged_files_of_the_page_are_not_sent_again() {
    let running = start().await;
    let page = running.request(Method::GET, "/").send().await.unwrap();
    assert_eq!(
        page.headers()[header::CONTENT_TYPE],
        "text/html; charset=utf-8"
    );
    let tag = page.headers()[header::ETAG].clone();
    let again = running
        .request(Method::GET, "/")
        .header(header::IF_NONE_MATCH, tag)
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), 304);
    assert_eq!(again.text().await.unwrap(), "");
}

#[tokio::test]
async fn an_origin_that_no_page_has_is_refused() {
    for origin in ["shop.example", "https://shop.example/path", ""] {
        let builder = Inspector::builder().allow_origin(origin);
        let error = builder.start().await.unwrap_err();
        assert!(matches!(error, StartError::Origin(_)), "{error}");
        assert!(
            error.to_string().contains("https://shop.example"),
            "{error}"
        );
    }
}

#[test]
fn the_program_prints_how_to_use_its_token() {
    let mut program = Program::start(&["--listen", "127.0.0.1:0", "--token", "a-long-token"]);
    let url = program.url();
    let token = program.line();
    assert!(token.ends_with(&format!("{url}/?token=TOKEN")), "{token}");
    let tail = program.line();
    assert!(
        tail.ends_with(&format!("--url {url} --token TOKEN")),
        "{tail}"
    );
}
