//! The sockets of one address, over UDP.
//!
//! Each endpoint does its I/O in one task; several of them, each with a socket of its own at the same address, let
//! handshakes and acknowledgements of many viewers use more than one processor. The sockets share the address by
//! `SO_REUSEPORT`, which the system allows among programs of one user. The listener over TCP at the same port, which the
//! edge has alone, keeps a second edge out that is started by mistake.

use std::io;
use std::net::{SocketAddr, UdpSocket};

use socket2::{Domain, Protocol, Socket, Type};

/// Endpoints of one address, at most: one per processor up to here.
const MOST_ENDPOINTS: usize = 8;

/// Bytes of packets that may wait in the system for an endpoint, and on their way out; the system may allow less
/// (`net.core.rmem_max`, `net.core.wmem_max`). When many viewers begin at once, all of them speak first.
const BUFFER: usize = 4 << 20;

/// Opens sockets at `address`, whose port is given. Where `is_shared`, sockets that are about to leave may have the port.
///
/// # Errors
/// The system refuses.
pub(super) fn open(address: SocketAddr, is_shared: bool) -> io::Result<Vec<UdpSocket>> {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let count = processors.min(MOST_ENDPOINTS);
    let mut sockets = Vec::with_capacity(count);
    for index in 0..count {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        // The first one finds out whether somebody else has the port.
        let shares = is_shared || index > 0;
        socket.set_reuse_port(shares)?;
        socket.bind(&address.into())?;
        socket.set_reuse_port(true)?;
        for set in [Socket::set_recv_buffer_size, Socket::set_send_buffer_size] {
            if let Err(error) = set(&socket, BUFFER) {
                tracing::debug!(%error, "a socket's buffer keeps its size");
            }
        }
        socket.set_nonblocking(true)?;
        sockets.push(socket.into());
    }
    Ok(sockets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_sockets_have_one_address_and_a_stranger_none() {
        let any = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = any.local_addr().unwrap();
        assert_eq!(open(address, false).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(any);
        let sockets = open(address, false).unwrap();
        assert!(sockets.iter().all(|socket| socket.local_addr().unwrap() == address));
        assert_eq!(open(address, false).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        assert_eq!(open(address, true).unwrap().len(), sockets.len());
    }
}
