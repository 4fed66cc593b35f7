//! What the layer adds to responses.

use std::sync::Arc;

use copilot_track::{ConversationId, MessageId};
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, response};
use http_body::Body;

use crate::server::anonymous_id_cookie;
use crate::server::body::TrackedBody;
use crate::server::request_state::RequestState;
use crate::{CONVERSATION_ID_HEADER, REPLY_ID_HEADER};

/// Adds the ids, the cookie, and the first event.
pub(crate) fn complete<B: Body>(
    state: Arc<RequestState>,
    response: Response<B>,
) -> Response<TrackedBody<B>> {
    let (mut parts, body) = response.into_parts();
    let conversation = state.conversation();
    // A cache would give the ids to other visitors.
    let shown = conversation
        .as_ref()
        .filter(|_| !is_for_shared_caches(&parts.headers));
    let with_event = shown.is_some()
        && state.settings.options.with_sse_event
        && state.method != Method::HEAD
        && is_event_stream(&parts.headers);
    if let Some(conversation) = shown {
        let headers = &mut parts.headers;
        set_id(headers, CONVERSATION_ID_HEADER, conversation.id().as_str());
        if let Some(reply_id) = state.reply_id() {
            set_id(headers, REPLY_ID_HEADER, reply_id.as_str());
        }
    }
    set_cookie(&state, &mut parts, conversation.is_some());
    let body = TrackedBody::new(body, state, with_event);
    Response::from_parts(parts, body)
}

/// Sets a header, unless the handler has set it. An id that is not ASCII is left out.
fn set_id(headers: &mut HeaderMap, name: &'static str, id: &str) {
    if let Ok(value) = HeaderValue::from_str(id) {
        headers
            .entry(HeaderName::from_static(name))
            .or_insert(value);
    }
}

fn set_cookie(state: &RequestState, response: &mut response::Parts, is_opened: bool) {
    let cookie = state.settings.options.anonymous_id_cookie.as_ref();
    let (Some(cookie), Some(id)) = (cookie, &state.new_anonymous_id) else {
        return;
    };
    let is_read = ![Method::HEAD, Method::OPTIONS, Method::TRACE].contains(&state.method)
        && (response.status.is_success() || response.status.is_redirection());
    if !(is_read || is_opened)
        || !state.can_name_user()
        || is_for_shared_caches(&response.headers)
        || sets_anonymous_id(&response.headers)
    {
        return;
    }
    if let Some(header) = cookie.header(id, state.is_https) {
        response.headers.append(SET_COOKIE, header);
    }
}

fn is_for_shared_caches(headers: &HeaderMap) -> bool {
    headers
        .get_all(CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|directive| directive.split('=').next())
        .map(str::trim)
        .any(|name| name.eq_ignore_ascii_case("public") || name.eq_ignore_ascii_case("s-maxage"))
}

fn sets_anonymous_id(headers: &HeaderMap) -> bool {
    headers.get_all(SET_COOKIE).iter().any(|cookie| {
        let value = cookie.as_bytes().trim_ascii_start();
        value
            .strip_prefix(anonymous_id_cookie::NAME.as_bytes())
            .is_some_and(|rest| rest.trim_ascii_start().starts_with(b"="))
    })
}

/// Returns whether the body consists of uncompressed server-sent events.
fn is_event_stream(headers: &HeaderMap) -> bool {
    let is_identity = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"))
        && headers.get(CONTENT_ENCODING).is_none_or(is_identity)
        && !headers.contains_key(CONTENT_LENGTH)
}

/// Returns the first event of a stream: the ids as JSON.
pub(crate) fn ids_event(conversation: &ConversationId, reply: Option<&MessageId>) -> String {
    let mut ids = serde_json::Map::new();
    ids.insert("conversationId".to_owned(), conversation.as_str().into());
    if let Some(reply) = reply {
        ids.insert("replyId".to_owned(), reply.as_str().into());
    }
    // JSON contains no line breaks, so it is one line of data.
    format!(
        "event: copilot-track\ndata: {}\n\n",
        serde_json::Value::Object(ids)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        headers
    }

    #[test]
    fn responses_for_shared_caches_are_recognized() {
        let check = |value| is_for_shared_caches(&headers(CACHE_CONTROL, value));
        assert!(check("public"));
        assert!(check("max-age=60, Public"));
        assert!(check("s-maxage=60"));
        assert!(!check("private, max-age=60"));
        assert!(!check("no-store"));
        assert!(!check("x-public"));
    }

    #[test]
    fn event_streams_are_recognized() {
        let mut stream = headers(CONTENT_TYPE, "Text/Event-Stream; charset=utf-8");
        assert!(is_event_stream(&stream));
        stream.insert(CONTENT_ENCODING, "identity".parse().unwrap());
        assert!(is_event_stream(&stream));
        stream.insert(CONTENT_ENCODING, "gzip".parse().unwrap());
        assert!(!is_event_stream(&stream));
        assert!(!is_event_stream(&headers(CONTENT_TYPE, "text/plain")));
        assert!(!is_event_stream(&HeaderMap::new()));
    }

    #[test]
    fn an_id_cannot_end_the_event() {
        let id = ConversationId::new("a\n\ndata: b").unwrap();
        assert_eq!(
            ids_event(&id, None),
            "event: copilot-track\ndata: {\"conversationId\":\"a\\n\\ndata: b\"}\n\n"
        );
        let reply = MessageId::new("r").unwrap();
        assert_eq!(
            ids_event(&ConversationId::new("c").unwrap(), Some(&reply)),
            "event: copilot-track\ndata: {\"conversationId\":\"c\",\"replyId\":\"r\"}\n\n"
        );
    }

    #[test]
    fn ids_that_headers_cannot_contain_are_left_out() {
        let mut headers = HeaderMap::new();
        set_id(&mut headers, "a", "ü\n");
        assert!(headers.is_empty());
        set_id(&mut headers, "a", "1");
        set_id(&mut headers, "a", "2");
        assert_eq!(headers.get("a").unwrap(), "1");
    }
}
