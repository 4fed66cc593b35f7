//! Texts that must not be seen.

/// What all secrets end in. They are e-mail addresses, so that masking is about them too.
pub(super) const SECRET_DOMAIN: &str = "@secret.example";

/// Hands out secrets, each of its own, and remembers where each was said.
#[derive(Default)]
pub(super) struct Secrets(pub(super) Vec<(&'static str, String)>);

impl Secrets {
    pub(super) fn new_text(&mut self, place: &'static str) -> String {
        let secret = format!("n{}x{SECRET_DOMAIN}", 1000 + self.0.len());
        self.0.push((place, secret.clone()));
        format!("I am {secret}, you know")
    }

    /// A secret that is seen nowhere even if nothing is hidden: it stands in an event that is not
    /// sent.
    pub(super) fn new_unsent_text(&mut self) -> String {
        let text = self.new_text("");
        self.0.pop();
        text.replace('n', "u")
    }
}
