//! The beginning and the end of the file.

use super::{
    escape::{escaped, isolated},
    parts::{findings_html, time_html},
};
use crate::{conversation::summary::Conversation, timestamp::Timestamp};

const STYLE: &str = include_str!("style.css");

/// Returns the beginning of the file: the head, and a summary of the conversation.
pub(crate) fn page_start(conversation: &Conversation, now: Timestamp) -> String {
    let title = if conversation.id.is_empty() {
        "Events outside conversations".to_owned()
    } else {
        format!("Conversation {}", conversation.id)
    };
    let mut facts = String::new();
    let mut fact = |name: &str, value: &str| {
        for part in ["<div><dt>", name, "</dt><dd>", value, "</dd></div>"] {
            facts.push_str(part);
        }
    };
    let user = &conversation.user;
    for (name, id) in [
        ("User", &user.user_id),
        ("Anonymous id", &user.anonymous_id),
    ] {
        if let Some(id) = id {
            fact(name, &isolated(id));
        }
    }
    fact("Started", &time_html(conversation.started_at));
    fact("Last event", &time_html(conversation.last_at));
    fact("Messages", &conversation.messages.to_string());
    fact("Tool calls", &conversation.tools.to_string());
    if let Some(rating) = conversation.rating {
        fact("Rating", &rating.to_string());
    }
    fact("Ended", if conversation.ended { "yes" } else { "no" });
    format!(
        "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"color-scheme\" content=\"light dark\">
<meta name=\"referrer\" content=\"no-referrer\">
<meta name=\"robots\" content=\"noindex\">
<title>{title}</title>
<style>
{STYLE}</style>
</head>
<body>
<header>
<h1><bdi dir=\"auto\">{title}</bdi></h1>
<dl class=\"facts\">{facts}</dl>
{findings}<p class=\"note\">Saved by copilot-track-inspector {version} on {now}. Times are in UTC. \
This file contains the full text of the conversation and the ids of its users.</p>
</header>
<main>
<ol class=\"events\">
",
        title = escaped(&title),
        findings = findings_html(&conversation.verdict),
        version = env!("CARGO_PKG_VERSION"),
        now = time_html(now),
    )
}

/// Returns the end of the file.
pub(crate) fn page_end() -> String {
    "</ol>\n</main>\n</body>\n</html>\n".to_owned()
}
