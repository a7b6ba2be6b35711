use std::task::Waker;

use super::*;

/// A socket at which these packets, each from one buffer with packets of this length, have come in.
#[derive(Debug)]
struct Script(Mutex<VecDeque<(Vec<u8>, usize)>>);

impl AsyncUdpSocket for Script {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        unreachable!("nothing is sent")
    }

    fn try_send(&self, _: &Transmit<'_>) -> io::Result<()> {
        unreachable!("nothing is sent")
    }

    fn poll_recv(
        &self,
        _: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        metas: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let Some((bytes, stride)) = self.0.lock().unwrap().pop_front() else { return Poll::Pending };
        buffers[0][..bytes.len()].copy_from_slice(&bytes);
        metas[0] = RecvMeta { len: bytes.len(), stride, ..RecvMeta::default() };
        Poll::Ready(Ok(1))
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        unreachable!("nobody asks")
    }
}

/// What an endpoint gets, packet by packet.
fn received(socket: &dyn AsyncUdpSocket) -> Vec<Vec<u8>> {
    let mut context = Context::from_waker(Waker::noop());
    let mut memory = vec![vec![0; 256]; 4];
    let mut packets = Vec::new();
    loop {
        let mut buffers: Vec<_> = memory.iter_mut().map(|buffer| IoSliceMut::new(buffer)).collect();
        let mut metas = [RecvMeta::default(); 4];
        let Poll::Ready(count) = socket.poll_recv(&mut context, &mut buffers, &mut metas) else {
            return packets;
        };
        for (buffer, meta) in buffers.iter().zip(metas).take(count.unwrap()) {
            packets.extend(buffer[..meta.len].chunks(meta.stride.max(1)).map(<[u8]>::to_vec));
        }
    }
}

fn sockets(group: &Arc<Group>, came: Vec<Vec<(Vec<u8>, usize)>>) -> Vec<Arc<dyn AsyncUdpSocket>> {
    let scripts = came.into_iter().map(|came| Arc::new(Script(Mutex::new(came.into()))));
    scripts.enumerate().map(|(endpoint, script)| group.steer(endpoint, script)).collect()
}

fn packet(group: &Arc<Group>, endpoint: usize, rest: u8) -> Vec<u8> {
    let name = group.names(endpoint).generate_cid();
    [&[0x40][..], &name, &[rest; 11]].concat()
}

#[test]
fn names_lead_to_their_endpoint_and_differ() {
    let group = Group::of(3);
    for endpoint in 0..3 {
        let mut names = group.names(endpoint);
        let drawn: std::collections::HashSet<ConnectionId> = (0..100).map(|_| names.generate_cid()).collect();
        assert_eq!(drawn.len(), 100);
        assert!(drawn.iter().all(|name| group.owner(name) == endpoint && name.len() == names.cid_len()));
    }
}

#[test]
fn every_packet_comes_to_the_endpoint_that_has_its_connection() {
    let group = Group::of(2);
    let [first, second] = [0, 1].map(|endpoint| packet(&group, endpoint, 7));
    let long = [&[0xc0][..], &second[1..]].concat();
    let both = [&first[..], &second, &first, &second[..15]].concat();
    let came = vec![
        vec![(first.clone(), 20), (second.clone(), 20), (long.clone(), 20), (vec![0x40; 5], 5)],
        vec![(both, 20)],
    ];
    let sockets = sockets(&group, came);
    assert_eq!(received(&*sockets[0]), [first.clone(), long, vec![0x40; 5]]);
    assert_eq!(received(&*sockets[1]), [second.clone(), second.clone(), second[..15].to_vec()]);
    assert_eq!(received(&*sockets[0]), [first.clone(), first]);
}

#[test]
fn what_waits_for_an_endpoint_is_bounded() {
    let group = Group::of(2);
    let other = packet(&group, 1, 7);
    let came = std::iter::repeat_n((other, 20), 2 * MOST_WAITING).collect();
    let sockets = sockets(&group, vec![came, Vec::new()]);
    assert!(received(&*sockets[0]).is_empty());
    assert_eq!(received(&*sockets[1]).len(), MOST_WAITING);
}

#[test]
fn one_socket_is_left_as_it_is() {
    let group = Group::of(1);
    let any = packet(&group, 0, 1);
    let socket: Arc<dyn AsyncUdpSocket> = Arc::new(Script(Mutex::new([(any.clone(), 20)].into())));
    let steered = group.steer(0, Arc::clone(&socket));
    assert!(Arc::ptr_eq(&socket, &steered));
    assert_eq!(received(&*steered), [any]);
}
