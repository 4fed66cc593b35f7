//! The attributes and the derive of copilot-track.
