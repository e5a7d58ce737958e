"""Certificates that vouch for themselves, made by openssl."""

import ssl
import subprocess
from pathlib import Path


def self_signed(folder: Path, name: str = "cameras.example.org") -> tuple[Path, Path]:
    """Make a certificate for a name, and 127.0.0.1; return its file and its key's."""
    pem, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(pem)),
        ],
        capture_output=True,
        check=True,
    )
    return pem, key


def trusting(pem: Path) -> ssl.SSLContext:
    """Return what trusts this certificate alone."""
    return ssl.create_default_context(cafile=str(pem))
