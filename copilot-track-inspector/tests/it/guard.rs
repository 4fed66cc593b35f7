//! Tests of the access checks.

use reqwest::{Method, header};

use crate::support::{TestInspector, message, start};

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
async fn any_page_may_send_events_without_credentials() {
    let running = start().await;
    let response = running
        .request(Method::OPTIONS, "/v1/batch")
        .header("origin", "https://shop.example")
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,content-type,x-retry-count",
        )
        .header("access-control-request-private-network", "true")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 204);
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
    assert_eq!(header("access-control-allow-methods"), Some("POST"));
    assert_eq!(header("access-control-allow-private-network"), Some("true"));
    assert_eq!(header("access-control-allow-credentials"), None);
    for path in ["/v1/batch", "/v1/t"] {
        assert_eq!(running.status_of(path).await, 405, "{path}");
    }
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
