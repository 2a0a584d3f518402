"""nginx as docs/examples/nginx.conf sets it up, in a directory and on ports of its own; only these are changed.

Without nginx the tests that need it are skipped, and say so; with `CI` set they fail instead.
"""

import os
import shutil
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.assurance.waiting import wait_until
from tests.postgres import free_port

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "nginx.conf"
HOW_TO_GET = "nginx is not installed: apt-get install nginx-light"
NAME = "localhost"
START_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Proxy:
    """A running nginx: its TLS port, whom a client has to believe, and where it logs."""

    port: int
    trust: ssl.SSLContext
    home: Path

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.port}"

    def logged(self) -> str:
        """Everything it wrote about requests and errors."""
        return "".join(path.read_text() for path in sorted((self.home / "log").iterdir()))


def find_nginx() -> str:
    """Its path; skips the test without it, or fails where everything has to run."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(HOW_TO_GET)
        pytest.skip(f"THE PROXY WAS NOT TESTED: {HOW_TO_GET}")
    return found


@contextmanager
def running_proxy(service_port: int, home: Path, patience_seconds: int) -> Iterator[Proxy]:
    """The example's proxy in front of a service; ended with the block."""
    binary, port = find_nginx(), free_port()
    for folder in ("log", "kept"):
        (home / folder).mkdir(parents=True)
    trust = _certificate(home)
    configuration = home / "nginx.conf"
    configuration.write_text(_moved(EXAMPLE.read_text(), home, port, service_port, patience_seconds))
    command = [binary, "-p", str(home), "-e", str(home / "log" / "start"), "-c", str(configuration)]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    process = subprocess.Popen([*command, "-g", "daemon off;"], start_new_session=True)
    try:
        proxy = Proxy(port, trust, home)
        wait_until(lambda: _listens(port), START_SECONDS, proxy.logged)
        yield proxy
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(START_SECONDS)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _moved(example: str, home: Path, port: int, service_port: int, patience_seconds: int) -> str:
    changes = {
        "/run/nginx.pid": str(home / "nginx.pid"),
        "/var/log/nginx/": f"{home}/log/",
        "/var/lib/nginx/": f"{home}/kept/",
        "/etc/ssl/beatcheck/": f"{home}/",
        "127.0.0.1:8000": f"127.0.0.1:{service_port}",
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "beatcheck.example.police.uk": NAME,
        "client_header_timeout 20s;": f"client_header_timeout {patience_seconds}s;",
        "client_body_timeout 20s;": f"client_body_timeout {patience_seconds}s;",
        "worker_processes auto;": "worker_processes 1;",
    }
    for old, new in changes.items():
        assert old in example, f"docs/examples/nginx.conf no longer says {old!r}"
        example = example.replace(old, new)
    return example


def _certificate(home: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=12))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    (home / "fullchain.pem").write_bytes(pem)
    (home / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return ssl.create_default_context(cadata=pem.decode())
