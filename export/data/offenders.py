"""One error that lists what is wrong with many files."""

from collections.abc import Sequence
from pathlib import Path

from tracker.errors import BadPoses

LISTED = 20  # so many are named


def raise_for_problems(
    offenders: Sequence[str], total: int, where: Path, *, what: str = "clips"
) -> None:
    """Raise one error that names the offenders, if there are any.

    Args:
        offenders: what is wrong, each with its file.
        total: how many were looked at.
        what: these are.

    Raises:
        BadPoses: there are some.
    """
    if not offenders:
        return
    lines = [f"  {one}" for one in offenders[:LISTED]]
    if len(offenders) > LISTED:
        lines.append(f"  and {len(offenders) - LISTED} more")
    raise BadPoses(
        "\n".join([f"{len(offenders)} of {total} {what} of {where} are refused:", *lines])
    )
