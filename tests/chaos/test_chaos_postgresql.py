"""A site whose archive is PostgreSQL, which is killed while people fall."""

import pytest
from support.chaos.archive import server_archive
from support.chaos.campaign import Report, run_faults
from support.chaos.faults_of_archive import kill_archive
from support.chaos.staging import staged

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
SECONDS = 200.0
WHOLE = ("camera-1", "worker-1", "api-1", "api-2")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The report of a server that is killed and started again."""
    folder = tmp_path_factory.mktemp("site")
    with (
        server_archive() as archive,
        staged(folder, SECONDS, archive=archive, whole=WHOLE) as scene,
    ):
        report = run_faults(scene, [kill_archive])
    print("\n" + report.table())
    return report


def test_nothing_is_lost_or_doubled(report: Report) -> None:
    """Neither an alert on its way to people, nor an alert or a note in the archive."""
    assert report.archive == []
    assert (report.wrong(), report.unexpected) == ([], [])
    assert (report.missed, report.doubled, report.gaps) == (0, 0, 0)


def test_it_is_told_and_heals(report: Report) -> None:
    """Metrics report it, and the archive catches up within the limits."""
    assert [late for each in report.outcomes if (late := each.late(report.slowness))] == []
