"""What is said of replicas that lack what is written."""

from support.watched_site import Site

from service.monitoring.system_alerts import SystemAlerts
from service.ports.status import ReplicaState

BEHIND = [("replicas-behind", None, "raised"), ("replicas-behind", None, "cleared")]


def test_replicas_that_stay_behind_are_reported_though_nothing_is_written() -> None:
    """A moment is nobody's business; they have to follow for a while before it is over."""
    site = Site()
    site.replicas = ReplicaState(wanted=1, confirmed=0, late=0)
    site.go_on(4)
    before = site.told()
    site.go_on(4)
    raised = site.last()
    site.replicas = ReplicaState(wanted=1, confirmed=1, late=0)
    site.go_on(28)
    during = site.told()
    site.go_on(6)

    assert (before, during, site.told()) == ([], BEHIND[:1], BEHIND)
    assert raised.reason.startswith("0 of 1 replicas have")
    assert "INFO replication" in raised.remedy


def test_a_write_that_was_late_is_reported_at_once() -> None:
    """Also where replicas follow again when it is looked, and once however many there are."""
    site = Site()
    site.replicas = ReplicaState(wanted=1, confirmed=1, late=0)
    site.go_on(40)
    site.replicas = ReplicaState(wanted=1, confirmed=1, late=1)
    site.go_on(2)
    raised = site.told()
    site.replicas = ReplicaState(wanted=1, confirmed=1, late=3)
    site.go_on(30)
    during = site.told()
    site.go_on(6)

    assert (raised, during, site.told()) == (BEHIND[:1], BEHIND[:1], BEHIND)


def test_another_process_whose_writes_are_kept_does_not_end_it_at_once() -> None:
    """Its own look says that replicas follow; only after a while that holds for all."""
    site = Site()
    site.replicas = ReplicaState(wanted=1, confirmed=1, late=1)
    site.go_on(2)
    other = site.process()
    site.replicas = ReplicaState(wanted=1, confirmed=1, late=0)
    other.step()
    site.clock.now += 20
    site.uptime.now += 20
    other.step()
    during = site.told()
    site.clock.now += 20
    site.uptime.now += 20
    other.step()

    assert (during, site.told()) == (BEHIND[:1], BEHIND)


def test_who_waits_for_no_replica_ends_what_was_raised() -> None:
    """The setting was taken back: after the same while, as if replicas followed."""
    site = Site()
    site.replicas = ReplicaState(wanted=1, confirmed=1, late=1)
    site.go_on(2)
    site.replicas = None
    site.go_on(28)
    during = site.told()
    site.go_on(6)

    assert (during, site.told()) == (BEHIND[:1], BEHIND)


def look_in_turn(site: Site, other: SystemAlerts, first: object, second: object) -> None:
    """Let two processes look within two seconds, each at its own state of the replicas."""
    site.clock.now += 2
    site.uptime.now += 2
    for process, state in ((site.watch, first), (other, second)):
        assert state is None or isinstance(state, ReplicaState)
        site.replicas = state
        process.step()


def test_it_is_raised_once_while_one_process_of_two_has_late_writes() -> None:
    """However long the writes of the other one were kept before, and during."""
    site = Site()
    other, fine = site.process(), ReplicaState(wanted=1, confirmed=1, late=0)
    for _ in range(30):
        look_in_turn(site, other, fine, fine)
    for late in range(1, 26):
        look_in_turn(site, other, ReplicaState(wanted=1, confirmed=1, late=late), fine)
    during = site.told()
    for _ in range(14):
        look_in_turn(site, other, ReplicaState(wanted=1, confirmed=1, late=25), fine)
    soon = site.told()
    for _ in range(3):
        look_in_turn(site, other, ReplicaState(wanted=1, confirmed=1, late=25), fine)

    assert (during, soon, site.told()) == (BEHIND[:1], BEHIND[:1], BEHIND)


def test_who_waits_for_no_replica_ends_nothing_that_another_process_sees() -> None:
    """Two processes whose settings differ, as while they are rolled out."""
    site = Site()
    other, behind = site.process(), ReplicaState(wanted=1, confirmed=0, late=0)
    for _ in range(30):
        look_in_turn(site, other, behind, None)
    during = site.told()
    for _ in range(16):
        look_in_turn(site, other, None, None)

    assert (during, site.told()) == (BEHIND[:1], BEHIND)
