"""One process of a role beside a bench, told apart by metrics of its own."""

import os
import subprocess
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from export.bench.site.readings import Reading, parsed
from export.bench.site.redis_nodes import HOST, free_ports
from export.bench.site.service import READY_WITHIN_S
from tracker.child_process import isolated


class RoleProcess:
    """A process of a role; a context manager, which ends it.

    Args:
        name: of the role, such as `decide`.
        site: its site's file.
        environment: added to ours.
    """

    def __init__(self, name: str, site: Path, environment: Mapping[str, str] | None = None) -> None:
        self._name = name
        (self._port,) = free_ports(1)
        command = [*isolated("service.cli"), name, "--config", str(site)]
        command += ["--metrics-port", str(self._port)]
        quiet, given = subprocess.DEVNULL, {**os.environ, **(environment or {})}
        self.process = subprocess.Popen(command, stdout=quiet, stderr=quiet, env=given)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def metric(self, name: str) -> float:
        """Return the sum of a metric; 0 while the process does not answer yet.

        Raises:
            RuntimeError: it ended by itself.
        """
        code = self.process.poll()
        if code is not None:
            raise RuntimeError(f"the role {self._name} ended by {code}; see its own output")
        with suppress(OSError):
            asked = urllib.request.urlopen(f"http://{HOST}:{self._port}/metrics", timeout=5)
            with asked as answer:
                return Reading(0.0, parsed(answer.read().decode())).total(name)
        return 0.0

    def end(self) -> None:
        """Tell it to end as Kubernetes does, and wait until it has."""
        self.process.terminate()
        self.process.wait(READY_WITHIN_S)
