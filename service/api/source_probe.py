"""Probes a source for people who set a camera up: in a process of its own, which can be ended.

Pictures are decoded there and not in the API's process; the address goes by its standard input,
for command lines can be read by everybody on the machine.
"""

import os
import signal
import subprocess
from collections.abc import Callable
from typing import TypeAlias

import msgspec

from service.api.problems import Problem
from service.api.shapes.probe import ProbedSource, ProbeReport
from tracker.child_process import isolated, signalled_with_parent
from tracker.sources.diagnosis.diagnosis import Transport
from tracker.sources.redaction import redact
from tracker.wording import sentence_of

WATCH_S = 3.0
WITHIN_S = 60.0
LARGEST_BYTES = 1_000_000
# A probe has no business with the service's own settings, nor with its metrics.
_OURS = ("POSEWARDEN_", "PROMETHEUS_")

ProbeSource: TypeAlias = Callable[[str, Transport], ProbeReport]


def probe_source(source: str, transport: Transport, within_s: float = WITHIN_S) -> ProbeReport:
    """Watch a source for a few seconds; return what it gives, or why it gives nothing.

    Raises:
        Problem: the source is malformed, or its file is not there.
    """
    command = [*isolated("service.cli"), "probe", "--json", "--seconds", str(WATCH_S)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    try:
        ended = subprocess.run(
            [*command, "--transport", transport, "-"],
            input=source.encode(),
            capture_output=True,
            env=environment,
            timeout=within_s,
            check=False,
            preexec_fn=signalled_with_parent(signal.SIGKILL),
        )
    except subprocess.TimeoutExpired:
        text = f"nothing was known after {within_s:g} s; look at the camera's network, try again"
        return ProbeReport(source=ProbedSource(redact(source), "stream", "timeout", text))
    try:
        return msgspec.json.decode(ended.stdout[:LARGEST_BYTES], type=ProbeReport)
    except (msgspec.MsgspecError, UnicodeDecodeError) as err:
        said = ended.stderr.decode(errors="replace").strip().splitlines() or ["it ended"]
        detail = redact(said[-1].removeprefix("posewarden: "))
        sentence = sentence_of(detail[:1000])
        raise Problem(422, "wrong-camera", sentence, pointer="/source") from err
