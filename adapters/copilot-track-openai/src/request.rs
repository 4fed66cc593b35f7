//! Asks for the usage of a streamed response.

use async_openai::middleware::HttpRequestFactory;
use http::header::CONTENT_LENGTH;
use serde_json::{Map, Value, json};

/// Returns a factory whose requests for streamed chat completions ask for the usage.
pub(crate) fn with_usage(factory: HttpRequestFactory) -> HttpRequestFactory {
    HttpRequestFactory::new(move || {
        let factory = factory.clone();
        async move {
            let mut request = factory.build().await?;
            if request.url().path().ends_with("/completions")
                && let Some(body) = request.body().and_then(reqwest::Body::as_bytes)
                && let Some(body) = body_with_usage(body)
            {
                request.headers_mut().remove(CONTENT_LENGTH);
                *request.body_mut() = Some(body.into());
            }
            Ok(request)
        }
    })
}

/// Returns the body with the option, or `None` if the body needs no change.
fn body_with_usage(body: &[u8]) -> Option<Vec<u8>> {
    let mut body: Map<String, Value> = serde_json::from_slice(body).ok()?;
    if body.get("stream") != Some(&Value::Bool(true)) {
        return None;
    }
    let options = body.entry("stream_options").or_insert(Value::Null);
    if options.is_null() {
        *options = json!({});
    }
    let options = options.as_object_mut()?;
    if options.contains_key("include_usage") {
        return None;
    }
    options.insert("include_usage".to_owned(), Value::Bool(true));
    serde_json::to_vec(&body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_streams_without_the_option_are_changed() {
        for body in [
            "[]",
            r#"{"stream":false}"#,
            r#"{"stream":true,"stream_options":{"include_usage":false}}"#,
        ] {
            assert_eq!(body_with_usage(body.as_bytes()), None);
        }
        for body in [
            r#"{"stream":true}"#,
            r#"{"stream":true,"stream_options":null}"#,
            r#"{"stream":true,"stream_options":{"other":1}}"#,
        ] {
            let changed = body_with_usage(body.as_bytes()).unwrap();
            let changed: Value = serde_json::from_slice(&changed).unwrap();
            assert_eq!(changed["stream_options"]["include_usage"], true);
        }
    }
}
