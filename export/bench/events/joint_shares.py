"""Measures which share of ordinary people's scores each joint has, for a model's card.

A joint stands out in a window where its share exceeds this: at the ends of the body joints always
have more of the score than at its middle.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from export.bench.events.live_rule import send
from export.bench.events.ordinary_footage import NO_FOOTAGE, Footage
from export.data.segments import usable
from inference.flow_input import normalize
from inference.ports import FlowModel
from tracker.errors import ConfigError
from tracker.options import WindowOptions

WINDOWS = 500  # of one footage, spread over its length


def ordinary_shares(shown: Iterable[Footage], flow: FlowModel) -> list[float]:
    """Return what each joint mostly has of the score, bits/dimension.

    Of each footage the median over windows, so that what few people do counts little; of these the
    mean, every kind of footage alike.

    Raises:
        ConfigError: there is no footage, or nobody in it can be scored.
    """
    card = flow.card
    options = WindowOptions(frames=card.frames, fps=card.fps)
    found: dict[str, list[NDArray[np.float64]]] = defaultdict(list)
    for each in shown:
        windows = [one.joints for frame in send(each.record, options) for one in frame.windows]
        if not windows:
            continue
        joints = np.stack(windows[:: -(-len(windows) // WINDOWS)])
        joints = joints[usable(joints, card.fps)]
        if len(joints):
            shares = flow.explain(normalize(joints, card.channels)).sum(axis=1, dtype=np.float64)
            found[each.source].append(np.median(shares, axis=0))
    if not found:
        raise ConfigError(NO_FOOTAGE)
    of_sources = [np.mean(parts, axis=0) for parts in found.values()]
    return [round(float(share), 5) for share in np.mean(of_sources, axis=0)]


def share_table(joints: Sequence[str], shares: Sequence[float]) -> Iterator[str]:
    """Yield the lines of a Markdown table, the largest share first."""
    yield "| joint | of an ordinary score, bits/dimension |"
    yield "|---|---|"
    for share, joint in sorted(zip(shares, joints, strict=True), reverse=True):
        yield f"| {joint.replace('_', ' ')} | {share:.3f} |"
