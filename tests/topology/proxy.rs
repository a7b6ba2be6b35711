//! A company's forward proxy: it tells the servers that it asks from which address inside it was asked.

use std::convert::Infallible;
use std::net::{IpAddr, TcpListener};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use http_body_util::{Empty, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

use crate::world::network::{exchange, host};

/// The field in which it tells.
pub(super) const FIELD: &str = "x-internal-address";

/// What belongs to one connection, and is made anew for the next.
const OF_A_CONNECTION: [&str; 3] = ["connection", "content-length", "transfer-encoding"];

/// Serves whoever asks, and asks from where it runs.
pub(super) async fn serve(listener: TcpListener) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
    loop {
        let (stream, viewer) = listener.accept().await.expect("accepts");
        let answers = service_fn(move |request| forward(request, viewer.ip()));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answers));
    }
}

async fn forward(
    request: Request<Incoming>,
    viewer: IpAddr,
) -> Result<http::Response<Full<Bytes>>, Infallible> {
    let url = request.uri().clone();
    let mut onward = Request::new(Empty::new());
    *onward.uri_mut() = url.path_and_query().expect("a path").clone().into();
    *onward.headers_mut() = passed_on(request.headers());
    // It takes the place of what the viewer may have stated.
    let address = HeaderValue::from_str(&viewer.to_string()).expect("an address is ASCII");
    onward.headers_mut().insert(FIELD, address);

    let mut answer = http::Response::new(Full::default());
    match exchange(host(&url), onward).await {
        Ok(theirs) => {
            *answer.status_mut() = theirs.status;
            *answer.headers_mut() = passed_on(&theirs.headers);
            *answer.body_mut() = Full::new(theirs.body);
        }
        Err(_) => *answer.status_mut() = StatusCode::BAD_GATEWAY,
    }
    Ok(answer)
}

fn passed_on(fields: &HeaderMap) -> HeaderMap {
    let mut fields = fields.clone();
    for name in OF_A_CONNECTION {
        fields.remove(name);
    }
    fields
}
