"""A small real time stamping authority (RFC 3161) on a port of its own: pyHanko's test authority behind HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from asn1crypto import keys, pem, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper

from archive.base import now


@dataclass
class TestAuthority:
    """Where it listens, its certificate as PEM, how often it was asked, and how it may be told to misbehave."""

    __test__ = False

    url: str
    certificate: bytes
    asked: list[int] = field(default_factory=list)
    away: bool = False
    lies: bool = False


@cache
def _identity() -> tuple[bytes, bytes]:
    """A certificate that may stamp, and its key, as DER; made once for a run."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test Authority 时间戳")])
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    begins, ends = now() - timedelta(days=1), now() + timedelta(days=3650)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), begins, ends)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.DER), private


def token_over(digest: bytes) -> bytes:
    """A token of this authority over a SHA-256, as it would answer."""
    given = _stamper().request_tsa_response(_stamper().request_cms(digest, "sha256")[1])
    return bytes(given["time_stamp_token"].dump())


def _stamper() -> DummyTimeStamper:
    certificate, private = _identity()
    return DummyTimeStamper(asn1_x509.Certificate.load(certificate), keys.PrivateKeyInfo.load(private))


@contextmanager
def time_stamping_authority() -> Iterator[TestAuthority]:
    """The authority, answering until the block is left."""
    certificate, stamper = _identity()[0], _stamper()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            running.asked.append(1)
            self.send_response(503 if running.away else 200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            if running.lies:
                request["message_imprint"]["hashed_message"] = bytes(32)
            self.wfile.write(b"" if running.away else stamper.request_tsa_response(request).dump())

        def log_message(self, *_: Any) -> None:  # noqa: ANN401 - the standard library's shape
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    running = TestAuthority(f"http://127.0.0.1:{server.server_port}/", pem.armor("CERTIFICATE", certificate))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
