"""`make soak`: fault after fault in random order, for SOAK_MINUTES, then the table."""

import os
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from support.chaos.archive import file_archive, server_archive
from support.chaos.campaign import FAULTS, Fault, Report, possible, run_faults
from support.chaos.faults_of_archive import kill_archive
from support.chaos.receivers import receivers
from support.chaos.staging import staged
from support.rtsp import RtspServer

MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))
SEED = int(os.environ.get("SOAK_SEED", str(random.randrange(2**32))))
SERVER = os.environ.get("SOAK_SERVER", "redis")
ARCHIVE = os.environ.get("SOAK_ARCHIVE", "sqlite")  # or postgresql
MAY_GROW_MB = 8.0


@pytest.mark.timeout(MINUTES * 60 + 600)
def test_nothing_is_lost_however_often_things_die(gate: RtspServer | None, tmp_path: Path) -> None:
    """All that the short form asks for, over many faults; memory of every role stays flat."""
    chosen = f"SOAK_SERVER={SERVER} SOAK_ARCHIVE={ARCHIVE}"
    print(f"\nSOAK_SEED={SEED} SOAK_MINUTES={MINUTES:g} {chosen}", flush=True)
    on_file = ARCHIVE == "sqlite"
    with (
        receivers() as told,
        file_archive(tmp_path / "data") if on_file else server_archive() as archive,
        staged(
            tmp_path, MINUTES * 60 + 300, gate, SERVER, archive=archive, receivers=told
        ) as scene,
    ):
        faults = possible((*FAULTS, kill_archive), gate, archive)
        until_s = time.monotonic() + MINUTES * 60
        report = run_faults(scene, _shuffled(faults, random.Random(SEED)), until_s)
        print("\n" + told.table())
    print("\n" + report.table())
    print("\n" + report.as_json())
    slopes = _growth_mb(report)
    print("\nMB more in the last third than in the first:", slopes)

    assert report.wrong() == []
    assert report.unexpected == []
    assert report.archive == []
    assert report.receivers == []
    assert (report.missed, report.doubled, report.gaps) == (0, 0, 0)
    assert [late for each in report.outcomes if (late := each.late(report.slowness))] == []
    assert {name: mb for name, mb in slopes.items() if mb > MAY_GROW_MB} == {}


def _shuffled(faults: Sequence[Fault], chance: random.Random) -> Iterator[Fault]:
    """Yield all faults in a random order, again and again."""
    while True:
        yield from chance.sample(faults, len(faults))


def _growth_mb(report: Report) -> dict[str, float]:
    """Return by role how much more its largest process holds in the last third than in the first.

    The largest, for camera processes with pictures hold more than others. Redis fills its bounded
    streams for the first minutes; its own bound is maxmemory.
    """
    largest: dict[str, list[float]] = {}
    for sample in report.memory_mb:
        held_mb = {name: mb for name, mb in sample.values() if name != "redis"}
        for role in ("camera", "worker", "api"):
            of_role = [mb for name, mb in held_mb.items() if name.startswith(role)]
            largest.setdefault(role, []).append(max(of_role))
    parts = {role: np.array_split(values, 3) for role, values in largest.items()}
    return {
        role: round(float(np.median(last) - np.median(first)), 1)
        for role, (first, _, last) in parts.items()
    }
