"""Has templates rendered in a process of their own, which may use little time and memory."""

import json
import signal
import subprocess
from collections.abc import Mapping
from typing import Any

from service.config.outputs import template as child
from service.outputs.ports import NotDelivered
from tracker.child_process import isolated

ENDS_WITHIN_S = 60.0  # only a machine that gives it no processor at all takes so long


def render(template: str, values: Mapping[str, Any]) -> str:
    """Return the text that a template makes of a message.

    Raises:
        NotDelivered: it makes none; permanent unless this machine is too busy.
    """
    told = json.dumps({"template": template, "values": values}).encode()
    command = isolated(child.__name__)
    try:
        done = subprocess.run(
            command, input=told, capture_output=True, timeout=ENDS_WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as err:
        raise NotDelivered("the template cannot be rendered now: this machine is busy") from err
    if done.returncode == 0:
        return done.stdout.decode()
    if done.returncode == child.FAILED:
        raise NotDelivered(f"the template fails: {done.stderr.decode()}", permanent=True)
    if done.returncode == -signal.SIGXCPU:
        raise NotDelivered(f"the template computes for over {child.CPU_S} s", permanent=True)
    raise NotDelivered(f"the template's process ended with {done.returncode}")
