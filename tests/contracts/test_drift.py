"""What is known of cameras' drift, over every store."""

from support.stores import NOW, Stores

from inference.drift.record import AS_EVER, DriftRecord, DriftSign

SIGN = DriftSign(sign="scene", statistic=2300.0, limit=1000.0, at=NOW)
DRIFTS = DriftRecord(number=1, state="drifting", since=NOW - 7200.0, signs=(SIGN,))


def test_of_a_camera_nobody_knows_it_sees_what_it_ever_saw(road: Stores) -> None:
    """Each camera has a record."""
    assert road.drift().of(["gate", "yard"]) == {"gate": AS_EVER, "yard": AS_EVER}


def test_records_are_numbered_in_a_row(road: Stores) -> None:
    """Of somebody who accepts and the loop that looks, one comes first and the other knows."""
    store = road.drift()
    accepted = DriftRecord(number=2, state="recalibrating", since=NOW, counts_from=NOW)
    kept = [store.put("gate", each) for each in (DRIFTS, DRIFTS, accepted, DRIFTS)]

    assert kept == [True, False, True, False]
    assert store.of(["gate", "yard"]) == {"gate": accepted, "yard": AS_EVER}
