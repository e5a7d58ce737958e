"""Records on disk."""

from pathlib import Path

import numpy as np
import pytest
from support.event_clips import simulated_record

from export.bench.events.record import read_record, write_record
from tracker.errors import ConfigError


def test_a_record_reads_back_as_it_was(tmp_path: Path) -> None:
    """Times, tracks and joints are the same to the last bit, and arrays may be written to."""
    record, _ = simulated_record(people=2, seconds=2.0)

    write_record(tmp_path / "set" / "one.msgpack", record)
    again = read_record(tmp_path / "set" / "one.msgpack")

    assert (again.fps, again.begin_at, len(again.frames)) == (15.0, record.begin_at, 30)
    for one, other in zip(record.frames, again.frames, strict=True):
        assert (one.seq, one.at) == (other.seq, other.at)
        for track, twin in zip(one.tracks, other.tracks, strict=True):
            assert track.person == twin.person
            np.testing.assert_array_equal(track.pose.joints, twin.pose.joints)
            assert twin.pose.joints.flags.writeable


def test_something_else_is_refused(tmp_path: Path) -> None:
    """Half a file or another format is named with the remedy."""
    file = tmp_path / "one.msgpack"
    file.write_bytes(b"\x93\x01")

    with pytest.raises(ConfigError, match="remove it"):
        read_record(file)
