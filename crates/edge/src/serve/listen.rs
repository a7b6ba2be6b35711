//! Sockets: listening, and the options of a connection.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{SockRef, Socket};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Connections that wait to be accepted; the kernel may allow fewer.
const BACKLOG: u32 = 4096;

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("{key} {address}: {error}")]
pub struct ListenError {
    /// The key of the configuration.
    pub key: &'static str,
    /// The address.
    pub address: SocketAddr,
    /// What the system says.
    pub error: io::Error,
}

/// A listening socket, seen from whoever opens and closes it; somebody else accepts from it.
#[derive(Debug)]
pub(crate) struct Door {
    /// The address of the configuration.
    pub(crate) wanted: SocketAddr,
    /// The address itself, with the port that the system chose if it was to choose one.
    pub(crate) local: SocketAddr,
    socket: Socket,
}

/// Listens on `address`, which the configuration names under `key`. Those `leaving`, which are to be closed when
/// all goes well, are not in the way: from one address of a machine to all of them and back there is no moment
/// without a listener.
///
/// # Errors
/// The system refuses: the port is taken, or the address is not ours.
pub(crate) fn listen(
    key: &'static str,
    address: SocketAddr,
    leaving: &[&Door],
) -> Result<(TcpListener, Door), ListenError> {
    let same_port = |door: &&&Door| address.port() != 0 && door.local.port() == address.port();
    let leaving: Vec<_> = leaving.iter().filter(same_port).map(|door| &door.socket).collect();
    let bound = share(&leaving, true).and_then(|()| bind(address, !leaving.is_empty()));
    let unshared = share(&leaving, false);
    let open = || {
        let listener = bound?;
        unshared?;
        let socket = SockRef::from(&listener).try_clone()?;
        let door = Door { wanted: address, local: listener.local_addr()?, socket };
        Ok((listener, door))
    };
    open().map_err(|error| ListenError { key, address, error })
}

impl Door {
    /// Connections that the system has made and nobody has accepted yet. Needs a tokio runtime.
    pub(super) fn waiting(&self) -> impl Iterator<Item = (TcpStream, SocketAddr)> {
        std::iter::from_fn(|| {
            let (socket, peer) = self.socket.accept().ok()?;
            socket.set_nonblocking(true).ok()?;
            TcpStream::from_std(socket.into()).ok().zip(peer.as_socket())
        })
    }
}

fn share(sockets: &[&Socket], shared: bool) -> io::Result<()> {
    sockets.iter().try_for_each(|socket| socket.set_reuse_port(shared))
}

fn bind(address: SocketAddr, shared: bool) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    if shared {
        socket.set_reuseport(true)?;
    }
    socket.bind(address)?;
    let listener = socket.listen(BACKLOG)?;
    if shared {
        // A second edge that is started by mistake is to find the port taken.
        SockRef::from(&listener).set_reuse_port(false)?;
    }
    Ok(listener)
}

/// Sends small answers at once, and lets the kernel give up on a peer that takes nothing: later than the
/// watchdog, which counts it.
pub(super) fn tune(stream: &TcpStream, write_timeout: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    SockRef::from(stream).set_tcp_user_timeout(Some(write_timeout.saturating_mul(2)))
}
