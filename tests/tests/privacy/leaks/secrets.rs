//! Secrets that must not appear in any output.

/// The domain of all secrets. The secrets are email addresses, so masking applies to them too.
pub(super) const SECRET_DOMAIN: &str = "@secret.example";

/// A source of unique secrets. It stores the place where each secret is used.
#[derive(Default)]
pub(super) struct Secrets(pub(super) Vec<(&'static str, String)>);

impl Secrets {
    pub(super) fn new_text(&mut self, place: &'static str) -> String {
        let secret = format!("n{}x{SECRET_DOMAIN}", 1000 + self.0.len());
        self.0.push((place, secret.clone()));
        format!("I am {secret}, you know")
    }

    /// Returns a secret for an event that is not sent. The secret does not appear in any output,
    /// whatever the policy is.
    pub(super) fn new_unsent_text(&mut self) -> String {
        let text = self.new_text("");
        self.0.pop();
        text.replace('n', "u")
    }
}
