//! Output to the terminal. Untrusted text is sanitized before it is printed.

use std::{
    fs,
    io::{self, IsTerminal as _, Write},
    path::{Path, PathBuf},
};

use copilot_track::tracked_component;

use crate::{
    answers::Attachment,
    shop::{Order, Product, Sku},
};

/// Longer echoed messages are truncated to this many characters.
const MAX_ECHO_CHARS: usize = 300;

pub(crate) struct Screen<W> {
    out: W,
    is_terminal: bool,
    colored: bool,
    charts: PathBuf,
    /// The current column of the reply that is being written.
    column: usize,
}

/// Replies wrap at this column in a terminal.
const LINE_WIDTH: usize = 88;
/// The column at which the text of a reply starts.
const INDENT: usize = 11;

impl Screen<io::Stdout> {
    /// Creates a screen that writes to standard output. It writes price charts to the `charts`
    /// directory.
    pub(crate) fn stdout(charts: PathBuf) -> Self {
        let out = io::stdout();
        let is_terminal = out.is_terminal();
        Self {
            colored: is_terminal && std::env::var_os("NO_COLOR").is_none(),
            is_terminal,
            out,
            charts,
            column: 0,
        }
    }
}

impl<W: Write> Screen<W> {
    /// Returns whether the output is a terminal. If so, streamed words appear one by one.
    pub(crate) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    pub(crate) fn dimmed(&mut self, text: &str) -> io::Result<()> {
        let text = self.styled("2", text);
        writeln!(self.out, "{text}")
    }

    pub(crate) fn heading(&mut self, text: &str) -> io::Result<()> {
        let rule = "─".repeat(76_usize.saturating_sub(text.chars().count()));
        let text = self.styled("1", &format!("── {text} {rule}"));
        writeln!(self.out, "\n{text}\n")
    }

    pub(crate) fn prompt(&mut self) -> io::Result<()> {
        let you = self.styled("1", "you");
        write!(self.out, "\n{you}      › ")?;
        self.out.flush()
    }

    /// Prints a message from the customer that was not typed in this terminal.
    pub(crate) fn echo(&mut self, message: &str) -> io::Result<()> {
        let message = sanitize(message, MAX_ECHO_CHARS);
        self.line(&message)
    }

    /// Starts a reply. Continue with [`Screen::write_words`], and finish with [`Screen::end_line`].
    pub(crate) fn begin_reply(&mut self) -> io::Result<()> {
        let copilot = self.styled("1;36", "copilot");
        self.column = INDENT;
        write!(self.out, "{copilot}  › ")
    }

    pub(crate) fn write_words(&mut self, word: &str) -> io::Result<()> {
        for word in sanitize(word, usize::MAX).split_inclusive(' ') {
            let width = word.trim_end().chars().count();
            if self.is_terminal && self.column > INDENT && self.column + width > LINE_WIDTH {
                write!(self.out, "\n{:INDENT$}", "")?;
                self.column = INDENT;
            }
            self.column += word.chars().count();
            write!(self.out, "{word}")?;
        }
        self.out.flush()
    }

    pub(crate) fn end_line(&mut self) -> io::Result<()> {
        self.line("")
    }

    pub(crate) fn say(&mut self, text: &str) -> io::Result<()> {
        self.begin_reply()?;
        self.write_words(text)?;
        self.end_line()
    }

    pub(crate) fn show(&mut self, attachment: &Attachment) -> io::Result<()> {
        match attachment {
            Attachment::Products(products) => self.products(products),
            Attachment::Order(order) => self.order(order),
            Attachment::PriceChart { sku, png } => match self.write_chart(sku, png) {
                Ok(path) => self.line(&format!("           chart: {}", path.display())),
                // A chart that cannot be written does not end the conversation.
                Err(error) => self.line(&format!("           no chart: {error}")),
            },
        }
    }

    #[tracked_component(type = "Product Carousel")]
    fn products(&mut self, products: &[Product]) -> io::Result<()> {
        for (number, product) in (1..).zip(products) {
            let Product {
                sku, name, price, ..
            } = product;
            self.line(&format!(
                "           {number}. {name:<28} {price:>9}   {sku}"
            ))?;
        }
        Ok(())
    }

    fn order(&mut self, order: &Order) -> io::Result<()> {
        let title = format!("{}  {}  {}", order.id, order.placed_on, order.status);
        self.line(&format!("           ┌ {title}"))?;
        for line in &order.lines {
            let (quantity, name) = (line.quantity, &line.name);
            let price = line.unit_price.times(quantity);
            self.line(&format!(
                "           │ {quantity:>2} × {name:<28} {price:>9}"
            ))?;
        }
        self.line(&format!("           └ {:>43}", order.total()))
    }

    fn write_chart(&self, sku: &Sku, png: &[u8]) -> io::Result<PathBuf> {
        fs::create_dir_all(&self.charts)?;
        let path = Path::new(&self.charts).join(format!("{sku}-prices.png"));
        fs::write(&path, png)?;
        Ok(path)
    }

    fn styled(&self, style: &str, text: &str) -> String {
        if self.colored {
            format!("\x1b[{style}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Makes untrusted text safe to print in a terminal: replaces control characters with spaces, and
/// truncates the text to `max_chars` characters.
pub(crate) fn sanitize(text: &str, max_chars: usize) -> String {
    let mut chars = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let text: String = chars.by_ref().take(max_chars).collect();
    let rest = chars.count();
    if rest > 0 {
        return format!("{text}… ({rest} more characters)");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_replaced_and_long_text_is_cut() {
        assert_eq!(sanitize("a\x1b[2Jb\r\nc", 99), "a [2Jb  c");
        assert_eq!(sanitize("日本語です", 3), "日本語… (2 more characters)");
        assert_eq!(sanitize("", 3), "");
    }
}
