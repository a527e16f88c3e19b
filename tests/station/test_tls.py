"""TLS on the station's line: a certificate that nobody vouches for is no server of ours."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from scanner_station.clock import SystemClock
from scanner_station.refusals import NotTheServer
from scanner_station.server import Server


class _Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        content = b'{"now":"2026-03-02T08:00:00+07:00"}'
        self.send_response(200)
        self.send_header("X-Giaonhan-Protocol", "1")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


def certificate(folder: Path) -> Path:
    """Key and self-signed certificate of 127.0.0.1 in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "trung tam")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@contextmanager
def served(pem: Path) -> Iterator[str]:
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Answering)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    http.socket = context.wrap_socket(http.socket, server_side=True)
    http.handle_error = lambda *_: None  # type: ignore[method-assign] # a refused handshake
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{http.server_address[1]}"
    finally:
        http.shutdown()
        http.server_close()
        thread.join(5)


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """One request to a server with a certificate of its own making, as `Server` makes it."""
    with served(certificate(tmp_path)) as url:

        def asked() -> Any:
            with closing(Server(url, clock=SystemClock())) as server:
                return server.ask("GET", "/api/v1/directory").body

        yield asked


def test_a_certificate_that_nobody_vouches_for_is_told_as_such(ask: Callable[[], Any]) -> None:
    with pytest.raises(NotTheServer, match="certificate"):
        ask()


def test_only_who_speaks_tls_reads_whom_to_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(**_: Any) -> ssl.SSLContext:
        raise AssertionError("the authorities of the world are read")

    monkeypatch.setattr(ssl, "create_default_context", read)
    Server("http://127.0.0.1:1", clock=SystemClock()).close()
    with pytest.raises(AssertionError):
        Server("https://127.0.0.1:1", clock=SystemClock())
