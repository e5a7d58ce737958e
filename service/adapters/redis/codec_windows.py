"""Windows and scores ↔ bytes: sent at every frame of every camera. See `codec`."""

import struct
from collections.abc import Mapping, Sequence
from typing import Annotated, TypeAlias

import msgspec

from inference.types import Position, Score, Unscorable
from service.adapters.redis.codec import (
    AXES,
    JOINTS,
    Count,
    Malformed,
    Name,
    Number,
    encode_joints,
    floats,
    pack,
    unpack,
)
from tracker.types import PersonId, Samples, Window

# Apart from `codec.VERSION`, which is of what stays in Redis. In version 1 every window had a
# head of its own, and every score was an entry of its own.
WINDOW_VERSION = b"\x02"
SCORES_VERSION = b"\x02"
_TRACE_BYTES = 55  # a W3C traceparent
_PROVIDER_BYTES = 64
_SAMPLES = struct.Struct("<BHQ")  # flags (1 restarts, 2 due), number of samples, of the person

_Entry: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,19}-[0-9]{1,19}\Z")]
_Place: TypeAlias = tuple[Number, Number, Number, Number]


class _WindowHead(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    camera: Name
    session: Name
    last_seq: Count
    at: Number


class _Score(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    number: Count
    last_seq: Count
    at: Number
    nll: Number | None
    unscorable: Unscorable | None
    begin: _Place
    end: _Place
    window: _Entry


class _Scores(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    camera: Name
    session: Name
    model: Name
    scores: list[_Score]


def encode_samples(samples: Sequence[Samples]) -> tuple[bytes, bytes, bytes]:
    """Return what one frame adds to its people.

    Returns:
        the head that their windows share, a record of 11 bytes for each, all their samples.
    """
    if not samples:
        return b"", b"", b""
    first = samples[0]
    person = first.person
    head = _WindowHead(person.camera, person.session, first.seq, first.at)
    records = [
        _SAMPLES.pack(
            int(sample.restarts) + 2 * int(sample.due), len(sample.joints), sample.person.number
        )
        for sample in samples
    ]
    joints = b"".join([encode_joints(sample.joints) for sample in samples])
    return pack(head, WINDOW_VERSION), b"".join(records), joints


def decode_window(fields: Mapping[bytes, bytes] | None) -> Window:
    """Return a window from its entry on the stream.

    Args:
        fields: of its entry on the stream; None for one that is trimmed.

    Raises:
        Malformed: these are no window's.
    """
    if fields is None or fields.keys() - {b"t"} != {b"h", b"n", b"j"} or len(fields[b"n"]) != 8:
        raise Malformed("not a window's fields")
    read = unpack(fields[b"h"], _WindowHead, WINDOW_VERSION)
    number = int.from_bytes(fields[b"n"], "little")
    poses = floats(fields[b"j"], JOINTS, AXES)
    person = PersonId(read.camera, read.session, number)
    trace = fields[b"t"][:_TRACE_BYTES].decode("ascii", "replace") if b"t" in fields else None
    return Window(person, read.last_seq, read.at, poses, trace)


def score_fields(scores: Sequence[Score]) -> dict[bytes, bytes]:
    """Return the fields of a stream's entry: scores of one camera, session, model and provider.

    The provider has a field of its own, because earlier versions refuse scores with more in them
    than they know, and pass over fields that they do not know.
    """
    fields = {b"s": encode_scores(scores)}
    return fields | {b"p": scores[0].provider.encode()} if scores[0].provider else fields


def encode_scores(scores: Sequence[Score]) -> bytes:
    """Return scores of one camera, session and model as bytes, without their provider."""
    first = scores[0]
    rows = [
        _Score(
            score.person.number,
            score.last_seq,
            score.at,
            score.nll,
            score.unscorable,
            _numbers(score.begin),
            _numbers(score.end),
            score.window,
        )
        for score in scores
    ]
    entry = _Scores(first.person.camera, first.person.session, first.model, rows)
    return pack(entry, SCORES_VERSION)


def read_score_fields(fields: Mapping[bytes, bytes]) -> list[Score]:
    """Read what `score_fields` wrote; earlier versions wrote no provider.

    Raises:
        Malformed: these are no scores' fields.
    """
    return decode_scores(fields.get(b"s", b""), fields.get(b"p", b""))


def decode_scores(data: bytes, provider: bytes = b"") -> list[Score]:
    """Read what `encode_scores` wrote.

    Args:
        provider: of the entry's field beside it, ASCII; empty if it has none.

    Raises:
        Malformed: these are not scores' bytes.
    """
    if len(provider) > _PROVIDER_BYTES or not provider.isascii():
        raise Malformed(f"{len(provider)} bytes are no provider's name")
    read = unpack(data, _Scores, SCORES_VERSION)
    if not read.scores:
        raise Malformed("an entry without a score")
    return [
        Score(
            person=PersonId(read.camera, read.session, row.number),
            last_seq=row.last_seq,
            at=row.at,
            nll=row.nll,
            unscorable=row.unscorable,
            begin=Position(*row.begin),
            end=Position(*row.end),
            model=read.model,
            window=row.window,
            provider=provider.decode("ascii"),
        )
        for row in read.scores
    ]


def _numbers(place: Position) -> _Place:
    return place.at, place.x_px, place.y_px, place.height_px
