//! Generates functions with an attribute, and a program that calls them.

use std::fmt::Write as _;

pub(super) const HANDLERS: usize = 500;

/// Generates 500 small functions with the same attribute. The value of `edit` affects only the
/// first function.
pub(super) fn handlers(attribute: &str, edit: usize) -> String {
    let mut text = String::from("#[derive(Debug)]\npub struct Refused;\n");
    for n in 0..HANDLERS {
        // Each function has its own number, because the compiler would merge identical functions.
        // The number has a fixed width, so an edit does not move the code after it. Otherwise, an
        // incremental build would also see changed spans in the macro output.
        let number = if n == 0 { edit * HANDLERS } else { n };
        let _ = write!(
            text,
            "{attribute}\npub async fn handler_{n}(id: u64, name: &str) -> Result<String, Refused> {{\n    \
             let number = std::future::ready(id + {number:06}).await;\n    \
             let text = String::from(name);\n    \
             if number == 0 {{ Err(Refused) }} else {{ Ok(text) }}\n}}\n"
        );
    }
    text
}

/// Generates a program that calls each function through a table and polls its future. The body of a
/// future is compiled only where the future is polled. The output shows that each function ran.
pub(super) fn program_with(handlers: &str) -> String {
    let mut text = format!(
        "{handlers}fn drive<F: Future<Output = Result<String, Refused>>>(future: F) -> usize {{\n    \
         let mut context = std::task::Context::from_waker(std::task::Waker::noop());\n    \
         match std::pin::pin!(future).poll(&mut context) {{\n        \
         std::task::Poll::Ready(Ok(text)) => text.len(),\n        _ => 0,\n    }}\n}}\n\
         static TABLE: [fn(u64) -> usize; {HANDLERS}] = [\n"
    );
    for n in 0..HANDLERS {
        let _ = writeln!(text, "    |id| drive(handler_{n}(id, \"seven\")),");
    }
    text.push_str(
        "];\nfn main() {\n    \
         println!(\"{}\", TABLE.iter().map(|handler| handler(1)).sum::<usize>());\n}\n",
    );
    text
}
