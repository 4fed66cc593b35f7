//! copilot-track
