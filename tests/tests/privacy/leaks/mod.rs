//! Content that the policy hides appears in no output: requests, spool, dead letters, hooks,
//! clients, JSON lines, logs, errors and `Debug`.

mod events;
mod hidden_content;
mod outputs;
mod secrets;
