//! What the content policy hides leaves by no output: neither request, spool, dead letter, hook,
//! client, JSON line, log line, error nor `Debug`.

mod events;
mod hidden_content;
mod outputs;
mod secrets;
