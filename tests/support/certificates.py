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


class Authority:
    """An authority of a test's own, which vouches for servers.

    Attributes:
        pem: its certificate, to be trusted.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[tuple[str, bool], ssl.SSLContext] = {}
        self.pem, self._key = self_signed(folder, "authority.example")

    def server(self, name: str, *, expired: bool = False) -> ssl.SSLContext:
        """Return what a server needs to be one of this name, today or until 2021."""
        if (name, expired) not in self._made:
            self._made[name, expired] = self._server(name, expired=expired)
        return self._made[name, expired]

    def files(self, name: str, *, expired: bool = False) -> tuple[Path, Path]:
        """Make a certificate for a name; return its file and its key's. An address is one, too."""
        folder = self._folder / f"{name}-{expired}"
        folder.mkdir()
        request, pem, key = (folder / each for each in ("request", "pem", "key"))
        _openssl(
            *("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-subj", f"/CN={name}"),
            *("-keyout", str(key), "-out", str(request)),
        )
        (folder / "index").touch()
        (folder / "serial").write_text("01")
        kind = "IP" if name.replace(".", "").isdigit() else "DNS"
        (folder / "names").write_text(f"subjectAltName={kind}:{name}")
        (folder / "conf").write_text(
            f"[ca]\ndefault_ca=d\n[d]\ndatabase={folder}/index\nserial={folder}/serial\n"
            f"new_certs_dir={folder}\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n"
        )
        until = ("-startdate", "20200101000000Z", "-enddate", "20210101000000Z")
        _openssl(
            *("ca", "-batch", "-notext", "-config", str(folder / "conf")),
            *("-cert", str(self.pem), "-keyfile", str(self._key)),
            *("-in", str(request), "-out", str(pem), "-extfile", str(folder / "names")),
            *(until if expired else ("-days", "2")),
        )
        return pem, key

    def _server(self, name: str, *, expired: bool) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*self.files(name, expired=expired))
        return context


def _openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], capture_output=True, check=True)
