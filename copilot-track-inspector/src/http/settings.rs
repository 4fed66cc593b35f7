//! The settings that analytics.js and Segment's mobile SDKs request from Segment's CDN when they
//! start. They tell the SDK to send its events to the inspector, and to load nothing else.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, header::HOST},
    response::Response,
    routing::get,
};
use serde_json::{Value, json};

use super::response::ok_response;
use crate::{app::App, base_url::BaseUrl};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/v1/projects/{write_key}/settings", get(settings))
}

async fn settings(
    State(app): State<Arc<App>>,
    Path(write_key): Path<String>,
    headers: HeaderMap,
) -> Response {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    ok_response(&source_settings(
        &write_key,
        app.base_url.as_ref(),
        host.unwrap_or_default(),
    ))
}

fn source_settings(write_key: &str, base_url: Option<&BaseUrl>, host: &str) -> Value {
    let (protocol, api_host) = match base_url {
        Some(base) if base.is_secure() => ("https", below(base)),
        Some(base) => ("http", below(base)),
        None => ("http", format!("{host}/v1")),
    };
    json!({
        "integrations": {
            "Segment.io": {
                "apiKey": write_key,
                "apiHost": api_host,
                "protocol": protocol,
                "addBundledMetadata": true,
                "unbundledIntegrations": [],
                "maybeBundledConfigIds": {},
                "versionSettings": { "version": "4.4.7", "componentTypes": ["browser"] },
            },
        },
        "plan": {
            "track": { "__default": { "enabled": true, "integrations": {} } },
            "identify": { "__default": { "enabled": true } },
            "group": { "__default": { "enabled": true } },
        },
        "analyticsNextEnabled": true,
        "edgeFunction": {},
        "enabledMiddleware": {},
        "legacyVideoPluginsEnabled": false,
        "metrics": { "sampleRate": 0 },
        "middlewareSettings": {},
        "remotePlugins": [],
    })
}

/// Returns the host and path of the tracking API at the base URL.
fn below(base: &BaseUrl) -> String {
    format!("{}{}/v1", base.authority(), base.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_point_to_the_address_that_the_client_used() {
        let segment = |settings: &Value| {
            let segment = &settings["integrations"]["Segment.io"];
            ["apiKey", "protocol", "apiHost"].map(|name| segment[name].as_str().unwrap().to_owned())
        };
        let local = source_settings("key", None, "127.0.0.1:8077");
        assert_eq!(segment(&local), ["key", "http", "127.0.0.1:8077/v1"]);
        // A second integration would cause the SDK to load its code from Segment.
        assert_eq!(local["integrations"].as_object().unwrap().len(), 1);
        let base = BaseUrl::parse("https://tools.example/inspector");
        let behind_proxy = source_settings("key", base.as_ref(), "10.0.0.1");
        assert_eq!(
            segment(&behind_proxy),
            ["key", "https", "tools.example/inspector/v1"]
        );
    }
}
