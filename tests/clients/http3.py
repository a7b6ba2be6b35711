"""An HTTP/3 client that shares nothing with the edge: aioquic.

Standard input holds a plan in JSON (`PLAN` below shows it with its defaults), standard output gets what came of it, in
JSON as well. `tests/clients/http3.rs` writes the plans and judges the outcomes.

What aioquic keeps to itself (names that begin with `_`) is read here, so its version is fixed: see `cargo xtask test`.
"""

import asyncio
import contextlib
import hashlib
import json
import socket
import ssl
import sys

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.buffer import encode_uint_var
from aioquic.h3.connection import H3_ALPN, H3Connection, encode_frame
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import ConnectionTerminated, StreamReset
from aioquic.quic.packet import QuicProtocolVersion

PLAN = {
    "port": 0,
    "ca": "",
    # `{"method", "path", "fields": {…}, "body": text}`; all but the path may be left out.
    "requests": [],
    # All requests at once, or each when the one before is answered.
    "together": True,
    # After so many bytes of bodies the client has another address and port.
    "move_after": None,
    "move_to": "127.0.0.1",
    # Requests that are made when all others are over.
    "afterwards": [],
    # So many other clients begin a handshake before, and leave it there.
    "crowd": 0,
    # Ask for a version first that nobody has.
    "unknown_version_first": False,
    # `[request, value]`: a PRIORITY_UPDATE (RFC 9218) behind all requests.
    "reprioritise": None,
    # Bytes that the client lets be under way, on the connection and on each stream.
    "window": 1 << 20,
    # Bytes of bodies after which the stream of the first request is cancelled.
    "cancel_first_after": None,
    # Ask for new keys after the first answer.
    "change_keys": False,
}

# What RFC 9000 section 15 reserves for this.
UNKNOWN_VERSION = 0x1A2A3A4A

# RFC 9114 section 8.1, RFC 9218 section 7.2.
H3_NO_ERROR = 0x100
H3_REQUEST_CANCELLED = 0x10C
PRIORITY_UPDATE = 0xF0700

PATIENCE_S = 30


class Http(H3Connection):
    """With answers to HEAD, whose bodies are not as long as they say; the library takes that for a fault."""

    def __init__(self, quic):
        super().__init__(quic)
        self.heads = set()

    def _check_content_length(self, stream):
        if stream.stream_id not in self.heads:
            super()._check_content_length(stream)


class Client(QuicConnectionProtocol):
    """One connection, and what came over it."""

    def __init__(self, quic):
        super().__init__(quic)
        self.http = None
        self.answers = {}
        self.order = []
        self.received = 0
        self.terminated = None
        self.news = asyncio.Event()

    def ask(self, method="GET", path="/", fields=None, body=""):
        stream = self._quic.get_next_available_stream_id()
        self.answers[stream] = {"status": 0, "fields": {}, "length": 0, "whole": False, "reset": None}
        self.answers[stream]["hash"] = hashlib.sha256()
        if method == "HEAD":
            self.http.heads.add(stream)
        head = {":method": method, ":scheme": "https", ":authority": "localhost", ":path": path, **(fields or {})}
        head = [(name.encode(), value.encode()) for name, value in head.items()]
        self.http.send_headers(stream, head, end_stream=not body)
        if body:
            self.http.send_data(stream, body.encode(), end_stream=True)
        self.transmit()
        return stream

    def quic_event_received(self, event):
        if isinstance(event, ConnectionTerminated):
            self.terminated = {"code": event.error_code, "reason": event.reason_phrase}
        elif isinstance(event, StreamReset) and event.stream_id in self.answers:
            self.answers[event.stream_id]["reset"] = event.error_code
            self.order.append(event.stream_id)
        if self.http is not None:
            for part in self.http.handle_event(event):
                self.http_event_received(part)
        self.news.set()

    def http_event_received(self, event):
        answer = self.answers.get(getattr(event, "stream_id", None))
        if answer is None or not isinstance(event, (HeadersReceived, DataReceived)):
            return
        if isinstance(event, HeadersReceived):
            fields = {name.decode(): value.decode() for name, value in event.headers}
            answer["status"] = int(fields.pop(":status", answer["status"]))
            answer["fields"].update(fields)
        else:
            answer["length"] += len(event.data)
            answer["hash"].update(event.data)
            self.received += len(event.data)
        if event.stream_ended:
            answer["whole"] = True
            self.order.append(event.stream_id)

    async def until(self, reached):
        """Waits for something, or for the end of the connection."""
        while not reached() and self.terminated is None:
            self.news.clear()
            await self.news.wait()

    def is_over(self, stream):
        return self.answers[stream]["whole"] or self.answers[stream]["reset"] is not None


def prepared(plan):
    configuration = QuicConfiguration(
        alpn_protocols=H3_ALPN, server_name="localhost", max_data=plan["window"], max_stream_data=plan["window"]
    )
    configuration.load_verify_locations(cafile=plan["ca"])
    configuration.verify_mode = ssl.CERT_REQUIRED
    configuration.supported_versions = [QuicProtocolVersion.VERSION_1]
    if plan["unknown_version_first"]:
        configuration.supported_versions.insert(0, UNKNOWN_VERSION)
        configuration.original_version = UNKNOWN_VERSION
    return configuration


async def bind(client, address):
    """Has the client send from a new socket; gives the socket's address."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: client, local_addr=(address, 0))
    return transport, list(transport.get_extra_info("sockname"))


def begin_handshakes(plan):
    """First packets of many connections, from one socket that nobody reads."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        for _ in range(plan["crowd"]):
            connection = QuicConnection(configuration=prepared(plan))
            connection.connect(("127.0.0.1", plan["port"]), now=0)
            for packet, address in connection.datagrams_to_send(now=0):
                nobody.sendto(packet, address)


async def carry_out(plan):
    begin_handshakes(plan)
    client = Client(QuicConnection(configuration=prepared(plan)))
    transports, addresses = zip(*[await bind(client, "127.0.0.1")])
    client.connect(("127.0.0.1", plan["port"]))
    await client.wait_connected()
    client.http = Http(client._quic)

    streams = []
    if plan["together"]:
        streams = [client.ask(**request) for request in plan["requests"]]
    if plan["reprioritise"] is not None:
        request, value = plan["reprioritise"]
        payload = encode_uint_var(streams[request]) + value.encode()
        control = client.http._local_control_stream_id
        client._quic.send_stream_data(control, encode_frame(PRIORITY_UPDATE, payload))
        client.transmit()
    if plan["move_after"] is not None:
        await client.until(lambda: client.received >= plan["move_after"])
        transport, address = await bind(client, plan["move_to"])
        transports, addresses = [*transports, transport], [*addresses, address]
        # A new path has a new name (RFC 9000 section 9.5). The old socket stays open and is not used any more.
        client.change_connection_id()
    if plan["cancel_first_after"] is not None:
        await client.until(lambda: client.received >= plan["cancel_first_after"])
        client._quic.stop_stream(streams[0], H3_REQUEST_CANCELLED)
        client.transmit()
    for stream in streams:
        await client.until(lambda: client.is_over(stream))
    for request in [*([] if plan["together"] else plan["requests"]), *plan["afterwards"]]:
        stream = client.ask(**request)
        streams.append(stream)
        await client.until(lambda: client.is_over(stream))
        if plan["change_keys"]:
            client.request_key_update()
    # All that was said before is heard; unless the edge leaves just now.
    with contextlib.suppress(ConnectionError):
        await client.ping()

    ended = client.terminated
    client.close(error_code=H3_NO_ERROR)
    await client.wait_closed()
    for transport in transports:
        transport.close()
    for answer in client.answers.values():
        answer["sha256"] = answer.pop("hash").hexdigest()
    return {
        "answers": [client.answers[stream] for stream in streams],
        "order": [streams.index(stream) for stream in client.order],
        "addresses": addresses,
        "version": client._quic._version,
        "negotiated": client._quic._version_negotiated_incompatible,
        "retries": client._quic._retry_count,
        "settings": {str(name): value for name, value in (client.http.received_settings or {}).items()},
        # Why the edge ended the connection, if it did.
        "ended": ended,
    }


if __name__ == "__main__":
    told = asyncio.run(asyncio.wait_for(carry_out({**PLAN, **json.load(sys.stdin)}), PATIENCE_S))
    json.dump(told, sys.stdout)
