"""Debian's PostgreSQL, started by the tests that need it."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from export.bench.site.service import free_port
from support.waiting import eventually
from tracker.child_process import signalled_with_parent

USER = "posewarden"
PASSWORD = "alerts"


class PostgresqlServer:
    """A server of its own in a temporary folder; skips the test where PostgreSQL is absent.

    Attributes:
        port: of 127.0.0.1.
    """

    def __init__(self) -> None:
        self._programs = _programs()
        # Not below pytest's folder: the server runs as another user, who could not enter it.
        self._folder = Path(tempfile.mkdtemp(prefix="posewarden-postgresql-"))
        self._account = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
        if self._account is not None:
            account = pwd.getpwnam(self._account)
            os.chown(self._folder, account.pw_uid, account.pw_gid)
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self._data = self._folder / "data"
        words = ["--no-sync", "--auth=scram-sha-256", f"--username={USER}", "--encoding=UTF8"]
        words += [f"--pwfile={secret}", "--locale=C.UTF-8"]
        self._run("initdb", *words, str(self._data)).check_returncode()
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; return once it answers."""
        options = {
            "fsync": "off",
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "shared_buffers": "16MB",
            "max_connections": "40",
        }
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._programs / "postgres"), "-D", self._data, "-p", str(self.port), *words],
                stdout=log,
                stderr=log,
                user=self._account,
                cwd=self._folder,
                preexec_fn=signalled_with_parent(9),
            )
        eventually(self._answers, what="postgresql answers")

    def kill(self) -> None:
        """End it at once; what was committed is there after the next start."""
        if self._process is not None:
            self._process.send_signal(3)  # its immediate shutdown, which ends its children, too
            self._process.wait()

    def remove(self) -> None:
        """End it and delete its folder."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """Return the address of a database, as archive.url names it."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def _answers(self) -> bool:
        where = ["--host=127.0.0.1", f"--port={self.port}"]
        return self._run("pg_isready", *where).returncode == 0

    def _run(self, program: str, *words: str) -> "subprocess.CompletedProcess[bytes]":
        command = [str(self._programs / program), *words]
        return subprocess.run(
            command, capture_output=True, user=self._account, cwd=self._folder, check=False
        )


def _programs() -> Path:
    """Return the folder of the newest version's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    on_path = shutil.which("postgres")
    if not found and on_path is None:
        remedy = "PostgreSQL is not installed; apt-get install postgresql"
        (pytest.fail if "CI" in os.environ else pytest.skip)(remedy)
    return (found[-1] if found else Path(str(on_path))).parent
