//! As much of HTTP/1.1 as the clients under comparison speak: bodies with a length, connections
//! that are kept.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use crate::counts::Counts;

#[derive(Clone, Copy)]
pub(crate) enum Answer {
    AtOnce,
    After(Duration),
    Never,
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{\"success\":true}";

pub(crate) fn serve(listener: &TcpListener, answer: Answer, counts: &Arc<Counts>) {
    for stream in listener.incoming().flatten() {
        let counts = Arc::clone(counts);
        std::thread::spawn(move || {
            // A client that hangs up, mostly because its process has ended.
            let _ = connection(stream, answer, &counts);
        });
    }
}

fn connection(mut stream: TcpStream, answer: Answer, counts: &Counts) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 1 << 20];
    let mut filled = 0;
    loop {
        let Some(request) = head(&buffer[..filled])? else {
            if filled == buffer.len() {
                buffer.resize(filled * 2, 0);
            }
            match stream.read(&mut buffer[filled..])? {
                0 => return Ok(()),
                read => filled += read,
            }
            continue;
        };
        let end = request.head + request.body;
        if buffer.len() < end {
            buffer.resize(end, 0);
        }
        if request.expects {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        while filled < end {
            match stream.read(&mut buffer[filled..])? {
                0 => return Ok(()),
                read => filled += read,
            }
        }
        match answer {
            Answer::AtOnce => {}
            Answer::After(delay) => std::thread::sleep(delay),
            Answer::Never => loop {
                // Until the client gives up.
                if stream.read(&mut buffer)? == 0 {
                    return Ok(());
                }
            },
        }
        counts.add(&buffer[request.head..end], request.gzip);
        stream.write_all(OK)?;
        buffer.copy_within(end..filled, 0);
        filled -= end;
    }
}

struct Request {
    head: usize,
    body: usize,
    gzip: bool,
    expects: bool,
}

fn head(bytes: &[u8]) -> io::Result<Option<Request>> {
    let invalid = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    let head = match request.parse(bytes) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return Err(invalid(&error.to_string())),
    };
    let header = |name: &str| {
        request
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name))
            .map(|header| String::from_utf8_lossy(header.value))
    };
    let body = match header("content-length") {
        Some(length) => length.parse().map_err(|_| invalid("content-length"))?,
        None if header("transfer-encoding").is_some() => {
            return Err(invalid("a chunked body: not spoken here"));
        }
        None => 0,
    };
    Ok(Some(Request {
        head,
        body,
        gzip: header("content-encoding").is_some_and(|encoding| encoding == "gzip"),
        expects: header("expect").is_some(),
    }))
}
