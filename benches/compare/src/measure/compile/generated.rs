//! Generates functions under one attribute, and a program that calls them.

use std::fmt::Write as _;

pub(super) const HANDLERS: usize = 500;

/// Generates 500 small functions under one attribute. `edit` changes one of them.
pub(super) fn handlers(attribute: &str, edit: usize) -> String {
    let mut text = String::from("#[derive(Debug)]\npub struct Refused;\n");
    for n in 0..HANDLERS {
        // The functions differ, because the compiler would merge identical ones. An edit does not
        // move the code after it, because an incremental build also compares the spans of macro
        // output.
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

/// Generates a program that polls each function through a table, because the body of a future is
/// compiled only where the future is polled. The output shows that each function ran.
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
