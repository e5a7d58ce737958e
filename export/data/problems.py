"""Reports the problems of many files in one error."""

from collections.abc import Sequence
from pathlib import Path

from tracker.errors import BadPoses

LISTED = 20  # problems named in the text


def raise_for_problems(
    problems: Sequence[str], total: int, where: Path, *, what: str = "clips"
) -> None:
    """Raise one error that lists the problems, if there are any.

    Args:
        problems: a line for each, with its file.
        total: number of items checked.
        where: the folder or file that holds them.
        what: the kind of item, plural.

    Raises:
        BadPoses: there are problems.
    """
    if not problems:
        return
    lines = [f"  {one}" for one in problems[:LISTED]]
    if len(problems) > LISTED:
        lines.append(f"  and {len(problems) - LISTED} more")
    raise BadPoses(
        "\n".join([f"{len(problems)} of {total} {what} of {where} cannot be used:", *lines])
    )
