"""Every fault once, while people fall; the short form of `make soak`."""

import pytest
from support.chaos.archive import file_archive
from support.chaos.campaign import FAULTS, Report, grown_mb, possible, run_faults
from support.chaos.receivers import receivers
from support.chaos.staging import staged
from support.rtsp import RtspServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
SECONDS = 400.0
# A camera process may come to hold its first camera with pictures, and load decoder, networks,
# scipy's optimize and buffers: 120 MB become up to 284 (`bench video`), with buffers of a second
# camera more. Growth that goes on is for `make soak` to see.
# An API that takes over comes to deliver: it loads TLS and a broker's client.
MAY_GROW_MB = {"camera": 220.0, "worker": 15.0, "api": 25.0}


@pytest.fixture(scope="module")
def report(gate: RtspServer | None, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The report of every fault on one site, one after the other."""
    folder = tmp_path_factory.mktemp("site")
    with (
        receivers() as told,
        file_archive(folder / "data") as archive,
        staged(folder, SECONDS, gate, archive=archive, receivers=told) as scene,
    ):
        report = run_faults(scene, possible(FAULTS, gate, archive))
        print("\n" + report.table() + "\n\n" + told.table())
    return report


def test_every_event_that_was_seen_is_one_alert(report: Report) -> None:
    """Each fall that could be seen raises one alert, and nothing else raises one."""
    seen = [each for each in report.verdicts if each.seen]

    # A machine that is too busy skips frames, and what it then misses proves nothing.
    assert len(seen) >= len(report.outcomes) / 2 / report.slowness
    assert report.wrong() == []
    assert report.unexpected == []


def test_a_resuming_client_gets_every_change_once(report: Report) -> None:
    """A client that resumes with its last id misses no change, whichever API or Redis dies."""
    assert (report.missed, report.doubled, report.gaps) == (0, 0, 0)


def test_the_archive_has_every_alert_and_note_once(report: Report) -> None:
    """Whatever dies, and whatever keeps its database away; in the newest version."""
    assert report.archive == []


def test_every_receiver_gets_each_change_in_order_under_one_key(report: Report) -> None:
    """At least once, while each fault meets one that refuses, is slow, hangs or is away."""
    assert report.receivers == []


def test_every_fault_is_told_and_heals_in_time(report: Report) -> None:
    """Metrics report each fault, and the site works as before, within the limits."""
    assert [late for each in report.outcomes if (late := each.late(report.slowness))] == []


def test_memory_stays(report: Report) -> None:
    """No process that lived through all faults has grown by more than its caches."""
    grown = grown_mb(report)

    assert {
        name: mb for name, mb in grown.items() if mb > MAY_GROW_MB[name.partition("-")[0]]
    } == {}
