//! Content that the policy hides does not appear in any output: requests, the spool, dead letters,
//! hooks, clients, JSON lines, logs, errors, and `Debug`.

mod events;
mod hidden_content;
mod outputs;
mod secrets;
