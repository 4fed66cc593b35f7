//! The bodies of the fuzz targets for delivery.

#[cfg(feature = "spool")]
use std::borrow::Cow;
#[cfg(feature = "spool")]
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use segment::message::BatchMessage;
#[cfg(feature = "spool")]
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::delivery::dead_letters::reader::{DeadLetterReader, Line, Position};
use crate::delivery::encode::encoder::{Encoder, MAX_EVENT_BYTES};
use crate::delivery::encode::truncate;
use crate::delivery::endpoint::{Endpoint, PlainHttp};
use crate::delivery::envelope::{ApiCall, Envelope, EventContextRef};
use crate::delivery::segment::message;
use crate::delivery::segment::nesting::Nested as _;
use crate::delivery::transport::attempt_outcome::{self, AttemptOutcome};
use crate::delivery::transport::http::{HttpOptions, HttpTransport, header_delay};
use crate::delivery::transport::response_body::says_too_large;
use crate::delivery::write_key::WriteKey;
#[cfg(feature = "spool")]
use crate::event::properties::content_names::ContentNames;
use crate::privacy::content::Content;

/// Fuzzes the classification of responses. The input consists of two bytes for the status, a line
/// for the `Retry-After` header, and the body.
pub fn response_classification(data: &[u8]) {
    let [a, b, rest @ ..] = data else { return };
    let status = u16::from_be_bytes([*a, *b]) % 700;
    let mut parts = rest.splitn(2, |byte| *byte == b'\n');
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(parts.next().unwrap_or_default()) {
        headers.insert(RETRY_AFTER, value);
    }
    let delay = header_delay(&headers);
    assert!(delay.is_none_or(|delay| delay <= Duration::from_secs(300)));
    let too_large = says_too_large(parts.next().unwrap_or_default());
    check_outcome(status, &attempt_outcome::classify(status, delay, too_large));
}

fn check_outcome(status: u16, outcome: &AttemptOutcome) {
    let fits = match *outcome {
        AttemptOutcome::Delivered => (200..300).contains(&status),
        AttemptOutcome::Split { status: reported } => {
            reported == Some(status) && matches!(status, 400 | 413)
        }
        AttemptOutcome::Invalid => status == attempt_outcome::INVALID,
        AttemptOutcome::Rejected {
            status: reported, ..
        } => reported == Some(status) && !(200..300).contains(&status),
        AttemptOutcome::Retry { .. } => {
            matches!(status, 408 | 410 | 429 | 460 | 500..=599)
                && !matches!(status, 501 | 505 | 511)
        }
    };
    assert!(fits, "{status}: {outcome:?}");
}

/// Fuzzes the HTTP client. The input consists of all bytes that the server sends before it closes
/// the connection.
pub fn http_connection(data: &[u8]) {
    use std::io::{Read as _, Write as _};
    use std::net::{Shutdown, TcpListener};

    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let response = data.to_vec();
    let server = std::thread::spawn(move || {
        let Ok((mut stream, _)) = listener.accept() else {
            return;
        };
        // The request is short enough to arrive in one piece.
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(&response);
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.read(&mut [0; 4096]);
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let outcome = runtime.block_on(async {
        let endpoint =
            Endpoint::parse(&format!("http://{address}"), &PlainHttp::LoopbackOnly).expect("a URL");
        let options = HttpOptions {
            timeout: Duration::from_secs(20),
            ..HttpOptions::default()
        };
        let http = HttpTransport::to(endpoint, options).expect("a client");
        let body = http.encode(&Bytes::from_static(b"{}"));
        http.post(&WriteKey::unchecked("k".to_owned()), &body, 0)
            .await
    });
    // The status must be one that the server sent.
    let status = match outcome {
        AttemptOutcome::Delivered => Some(b"2".to_vec()),
        AttemptOutcome::Split { status } | AttemptOutcome::Rejected { status, .. } => {
            status.map(|status| status.to_string().into_bytes())
        }
        AttemptOutcome::Invalid => Some(attempt_outcome::INVALID.to_string().into_bytes()),
        AttemptOutcome::Retry { retry_after, .. } => {
            assert!(retry_after.is_none_or(|after| after <= Duration::from_secs(300)));
            None
        }
    };
    if let Some(status) = status {
        assert!(data.windows(status.len()).any(|part| part == status));
    }
    drop(runtime);
    server.join().expect("the server panicked");
}

/// Fuzzes the parser and the encoder of `segment` messages. The input consists of a byte for the
/// content policy and the message as JSON.
pub fn segment_message(data: &[u8]) {
    let Some((&level, json)) = data.split_first() else {
        return;
    };
    let content = [Content::Full, Content::Masked, Content::Hidden][usize::from(level % 3)];
    if let Ok(stored) = message::parse_stored(json) {
        assert!(stored.message.check_depth().is_ok());
    }
    let parsed = message::parse_exact(json);
    if let Some(message) = &parsed {
        // It must be possible to parse the JSON that the `segment` crate writes.
        let again = serde_json::to_vec(message).expect("JSON");
        assert!(message::parse(&again).is_some());
    }
    let foreign = serde_json::from_slice(json).ok();
    for message in [parsed, foreign].into_iter().flatten() {
        let Ok(message) = BatchMessage::check_depth(message) else {
            continue;
        };
        let mut encoder = Encoder::with_content(content);
        let envelope = Envelope {
            id: None,
            timestamp: SystemTime::UNIX_EPOCH,
            call: ApiCall::SegmentMessage(Box::new(message)),
        };
        let mut out = b"before".to_vec();
        if encoder
            .encode(EventContextRef::NONE, &envelope, &mut out)
            .is_err()
        {
            assert_eq!(out, b"before");
            continue;
        }
        let event = &out[6..];
        assert!(event.len() <= MAX_EVENT_BYTES);
        let sent: Map<String, Value> = serde_json::from_slice(event).expect("an object");
        let id = sent["messageId"].as_str().expect("an id");
        assert!((1..=100).contains(&id.chars().count()));
        assert!(sent.contains_key("userId") || sent.contains_key("anonymousId"));
        let message = message::parse_exact(event).expect("a message");
        let mut written: Map<String, Value> =
            serde_json::from_slice(&serde_json::to_vec(&message).expect("JSON")).expect("JSON");
        // In the `segment` crate, a page always has a name. An empty name is not sent.
        if !sent.contains_key("name") {
            written.retain(|name, value| name != "name" || value != "");
        }
        assert_eq!(written, sent);
        if content == Content::Hidden
            && let Some(body) = sent
                .get("properties")
                .and_then(|all| all.get("message_body"))
        {
            let hidden = body
                .as_str()
                .is_some_and(|body| body.starts_with("[hidden"));
            assert!(hidden || body.is_null(), "{body}");
        }
    }
}

/// Fuzzes truncation. The input consists of two bytes for the limit and then JSON or plain text.
pub fn truncation(data: &[u8]) {
    let [a, b, rest @ ..] = data else { return };
    let text = String::from_utf8_lossy(rest);
    let mut json = match serde_json::from_str::<Map<String, Value>>(&text) {
        Ok(_) => text.into_owned().into_bytes(),
        Err(_) => serde_json::to_vec(&serde_json::json!({
            "type": "track",
            "properties": { "message_body": text, "other": text.repeat(2), "messageId": text },
        }))
        .expect("JSON"),
    };
    let limit = usize::from(u16::from_be_bytes([*a, *b]));
    let fit = |json: &mut Vec<u8>| {
        let mut texts = Vec::new();
        truncate::find_texts(json, 0, &mut texts);
        let before = json.len();
        truncate::fit(json, limit, &mut texts);
        assert!(json.len() <= before.max(limit));
    };
    fit(&mut json);
    let once: Value = serde_json::from_slice(&json).expect("JSON in UTF-8");
    let cut = json.clone();
    fit(&mut json);
    let again: Value = serde_json::from_slice(&json).expect("JSON");
    if cut.len() <= limit {
        assert_eq!(once, again, "JSON that fits is unchanged");
    }
}

/// Fuzzes the reader of dead-letter files. The input consists of a byte for the content policy and
/// the file.
pub fn dead_letters(data: &[u8]) {
    let Some((&level, file)) = data.split_first() else {
        return;
    };
    let content = [Content::Full, Content::Masked, Content::Hidden][usize::from(level % 3)];
    let mut encoder = Encoder::with_content(content);
    let mut letters = DeadLetterReader::at(file, Position::of_line(0));
    while let Some(line) = letters
        .next_line()
        .expect("reading from memory cannot fail")
    {
        let letter = match line {
            Line::Damaged { bytes, .. } => {
                assert!(!bytes.is_empty());
                continue;
            }
            Line::Blank => continue,
            Line::DeadLetter(letter) => letter,
        };
        let (id, stored) = (letter.id.clone(), letter.content);
        let envelope = Envelope {
            id: None,
            timestamp: SystemTime::UNIX_EPOCH,
            call: ApiCall::DeadLetter(letter),
        };
        let mut out = Vec::new();
        if encoder
            .encode(EventContextRef::NONE, &envelope, &mut out)
            .is_err()
        {
            continue;
        }
        let sent: Map<String, Value> = serde_json::from_slice(&out).expect("an object");
        assert!(out.len() <= MAX_EVENT_BYTES);
        assert_eq!(sent["messageId"], Value::String(id), "the id is kept");
        assert!(sent["timestamp"].is_string());
        let properties = sent.get("properties").and_then(Value::as_object);
        if stored < content && content == Content::Hidden {
            for (name, value) in properties.into_iter().flatten() {
                let hidden = value
                    .as_str()
                    .is_some_and(|text| text.starts_with("[hidden"));
                let is_id = ["conversationId", "messageId", "role"].contains(&name.as_str());
                assert!(hidden || is_id || value.is_null(), "{name}: {value}");
            }
        }
    }
}

/// The members of a JSON object.
#[cfg(feature = "spool")]
type RawObject<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// Fuzzes records of the spool. The input consists of a byte for the stored content policy, a byte
/// for the current policy, the names of the properties with content, a zero byte, and the event.
/// The names are separated by the byte 1. They are stored in the current format and in format 1.
#[cfg(feature = "spool")]
pub fn spool_record(data: &[u8]) {
    let [stored, current, rest @ ..] = data else {
        return;
    };
    let stored = Content::of_level(*stored);
    let current = Content::of_level(current % 3);
    let mut parts = rest.splitn(2, |byte| *byte == 0);
    let names = String::from_utf8_lossy(parts.next().unwrap_or_default());
    let names: Vec<_> = names.split('\u{1}').collect();
    let json = Bytes::copy_from_slice(parts.next().unwrap_or_default());
    if stored >= current {
        return;
    }
    let masker = crate::privacy::masking::masker::Masker::default();
    let policy = crate::privacy::content::Policy {
        content: current,
        masker: &masker,
    };
    let mut current_format = ContentNames::default();
    let mut format_1 = String::new();
    for name in &names {
        current_format.add(name);
        format_1.extend([name, "\n"]);
    }
    for stored_names in [current_format.as_json(), &format_1] {
        let sent =
            crate::delivery::spool::content_policy::apply_stricter(policy, stored_names, &json);
        // A `Value` cannot hold the number 1e999.
        let sent: RawObject<'_> = serde_json::from_slice(&sent).expect("JSON");
        let properties = sent.get("properties").map(|properties| properties.get());
        let properties = properties.and_then(|json| serde_json::from_str(json).ok());
        let properties: RawObject<'_> = properties.unwrap_or_default();
        for name in &names {
            let Some(value) = properties.get(*name) else {
                continue;
            };
            let is_hidden = value.get() == "null" || value.get().starts_with("\"[hidden");
            assert!(current != Content::Hidden || is_hidden, "{name:?}: {value}");
        }
    }
}

/// Fuzzes the spool's file. The input consists of three-byte changes to a valid file. The first two
/// bytes of a change are a position. The byte at that position is replaced by its XOR with the
/// third byte. If the third byte is `0xff`, the file is truncated there instead.
#[cfg(feature = "spool")]
pub fn spool_file(data: &[u8]) {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::{Arc, OnceLock};

    use crate::delivery::spool::config::Spool as Config;
    use crate::delivery::spool::disk_queue::DiskQueue;
    use crate::delivery::spool::open::{OpenError, SpoolContents};
    use crate::delivery::spool::record::SpoolRecord;

    static VALID: OnceLock<Vec<u8>> = OnceLock::new();
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let directory = || {
        let run = RUNS.fetch_add(1, Ordering::Relaxed);
        std::env::temp_dir().join(format!("copilot-track-fuzz-{}-{run}", std::process::id()))
    };
    let open = |directory: &std::path::Path| {
        DiskQueue::open(Config::new(directory), None, Content::Full, Arc::default())
    };
    let record = |n: usize| SpoolRecord {
        content: Content::Full,
        content_properties: r#"["message_body"]"#.to_owned(),
        json: Bytes::from(format!(r#"{{"n":{n}}}"#)),
    };
    let valid = VALID.get_or_init(|| {
        let directory = directory();
        let (mut spool, ..) = open(&directory).expect("a spool");
        (0..50).for_each(|n| spool.add(record(n)));
        spool.commit();
        drop(spool);
        let file = std::fs::read(directory.join("events.redb")).expect("a file");
        let _ = std::fs::remove_dir_all(directory);
        file
    });
    let mut file = valid.clone();
    for change in data.chunks_exact(3) {
        let place = usize::from(u16::from_be_bytes([change[0], change[1]]));
        if change[2] == 0xff {
            file.truncate(place * 64);
        } else if let Some(byte) = file.get_mut(place) {
            *byte ^= change[2];
        }
    }
    let directory = directory();
    std::fs::create_dir_all(&directory).expect("a directory");
    std::fs::write(directory.join("events.redb"), &file).expect("a file");
    // A damaged file is renamed and never prevents the tracker from starting.
    match open(&directory) {
        Ok((mut spool, found, quarantined)) => {
            assert!(quarantined.is_none() || found == SpoolContents::default());
            let taken = std::iter::from_fn(|| spool.take()).count() as u64;
            assert!(taken <= found.events.max(50));
            spool.add(record(0));
            spool.commit();
        }
        // A change can affect the format version.
        Err(OpenError::Newer) => {}
        Err(OpenError::InUse) => panic!("the file should not be in use"),
        Err(OpenError::Io(error)) => panic!("{error}"),
    }
    let _ = std::fs::remove_dir_all(directory);
}
