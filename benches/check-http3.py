"""Asks a server over HTTP/3 by aioquic, once for each path; prints the status and the bytes of each answer.

The second opinion on the benchmark's own client: `cargo xtask bench --check-http3` runs it.
"""

import asyncio
import ssl
import sys

from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration

PATIENCE_SECONDS = 20


class Client(QuicConnectionProtocol):
    """One request at a time."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.http = H3Connection(self._quic)
        self.status = None
        self.bytes = 0
        self.ended = None

    async def ask(self, authority, path):
        self.status, self.bytes, self.ended = None, 0, self._loop.create_future()
        stream = self._quic.get_next_available_stream_id()
        fields = [
            (b":method", b"GET"),
            (b":scheme", b"https"),
            (b":authority", authority.encode()),
            (b":path", path.encode()),
        ]
        self.http.send_headers(stream, fields, end_stream=True)
        self.transmit()
        await asyncio.wait_for(self.ended, PATIENCE_SECONDS)
        return self.status, self.bytes

    def quic_event_received(self, event):
        for told in self.http.handle_event(event):
            if isinstance(told, HeadersReceived) and self.status is None:
                self.status = dict(told.headers)[b":status"].decode()
            if isinstance(told, DataReceived):
                self.bytes += len(told.data)
            if isinstance(told, (HeadersReceived, DataReceived)) and told.stream_ended:
                self.ended.set_result(None)


async def main(host, port, name, certificate, paths):
    configuration = QuicConfiguration(is_client=True, alpn_protocols=H3_ALPN, server_name=name)
    configuration.verify_mode = ssl.CERT_REQUIRED
    configuration.load_verify_locations(certificate)
    async with connect(host, int(port), configuration=configuration, create_protocol=Client) as client:
        for path in paths:
            print(*await client.ask(name, path))


if __name__ == "__main__":
    _, host, port, name, certificate, *paths = sys.argv
    asyncio.run(main(host, port, name, certificate, paths))
