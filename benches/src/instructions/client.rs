//! Who asks: one connection of any protocol, which waits for each answer. It runs outside of valgrind.

use anyhow::{Result, ensure};

use super::callgrind::Server;
use crate::http::{self, request};
use crate::identity::{Identity, Spoken};
use crate::{http2, http3};

/// What requests go over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// HTTP/1.1 in the clear.
    Clear,
    /// HTTP/1.1 inside of TLS.
    Https,
    /// HTTP/2 in the clear, by prior knowledge.
    ClearHttp2,
    /// HTTP/2 inside of TLS.
    Http2,
    Http3,
}

impl Over {
    /// Whether the server needs a certificate.
    pub(super) fn is_secure(self) -> bool {
        matches!(self, Over::Https | Over::Http2 | Over::Http3)
    }
}

pub(super) enum Client {
    Http1(http::Connection),
    Http2(http2::Connection),
    Http3(http3::Alone),
}

impl Client {
    pub(super) fn open(server: &Server, over: Over, identity: &Identity) -> Result<Self> {
        Ok(match over {
            Over::Clear => Client::Http1(http::Connection::open(server.address)?),
            Over::Https => {
                let tls = identity.client(Spoken::Http1)?;
                Client::Http1(http::Connection::secure(server.secure, &tls)?)
            }
            Over::ClearHttp2 => Client::Http2(http2::Connection::open(server.address, None)?),
            Over::Http2 => {
                let tls = identity.client(Spoken::Http2)?;
                Client::Http2(http2::Connection::open(server.secure, Some(&tls))?)
            }
            Over::Http3 => Client::Http3(http3::Alone::open(server.secure, &identity.certificate)?),
        })
    }

    /// Asks once, and fails unless the answer has this status. `fields` are lines of HTTP/1.1, each with its CRLF; the
    /// newer protocols are asked without any, for whole objects.
    pub(super) fn ask(&mut self, path: &str, fields: &str, status: u16) -> Result<()> {
        let is_ok = match self {
            Client::Http1(connection) => {
                let found = connection.ask(&request(path, fields))?.status;
                ensure!(found == status, "{found} instead of {status}");
                return Ok(());
            }
            Client::Http2(connection) => connection.ask(path)?.is_ok,
            Client::Http3(connection) => connection.ask(path)?.is_ok,
        };
        ensure!(fields.is_empty() && status == 200, "HTTP/2 and HTTP/3 ask for whole objects alone");
        ensure!(is_ok, "another status than 200");
        Ok(())
    }
}
