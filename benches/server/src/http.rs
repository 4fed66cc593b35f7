//! The part of HTTP/1.1 that the clients under comparison use: persistent connections and bodies
//! with a `Content-Length`.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use crate::counts::Counts;

/// When the server responds.
#[derive(Clone, Copy)]
pub(crate) enum Response {
    Immediate,
    Delayed(Duration),
    Never,
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{\"success\":true}";

pub(crate) fn serve(listener: &TcpListener, response: Response, counts: &Arc<Counts>) {
    for stream in listener.incoming().flatten() {
        let counts = Arc::clone(counts);
        std::thread::spawn(move || {
            // An error means that the client closed the connection, usually because its process
            // ended.
            let _ = connection(stream, response, &counts);
        });
    }
}

fn connection(mut stream: TcpStream, response: Response, counts: &Counts) -> io::Result<()> {
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
        match response {
            Response::Immediate => {}
            Response::Delayed(delay) => std::thread::sleep(delay),
            Response::Never => loop {
                // Reads until the client closes the connection.
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
            return Err(invalid("chunked bodies are not supported"));
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
