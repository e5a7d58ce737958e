"""`plan --calibrate` measures what a machine carries, and leaves no half a file."""

from pathlib import Path
from typing import Any

import pytest

from export.capacity import calibration
from export.capacity.calibration import calibrate, measured_road
from export.capacity.costs import read_costs
from tracker.errors import ConfigError


def carries(most: int, asked: list[int]) -> Any:
    """Return the loads of a machine that carries so many cameras."""

    def load_of(cameras: int) -> dict[str, Any]:
        asked.append(cameras)
        if cameras > 2 * most:
            raise TimeoutError(f"0 of {cameras} cameras live")
        return {"cameras": cameras, "fails": ["too late"] if cameras > most else []}

    return load_of


@pytest.mark.parametrize(("most", "asked"), [(64, [16]), (8, [16, 8]), (2, [16, 8, 4, 2])])
def test_fewer_cameras_where_more_do_not_fit(most: int, asked: list[int]) -> None:
    """Half as many each time, also where they did not even start in time."""
    tried = list[int]()

    assert measured_road(carries(most, tried))["cameras"] == asked[-1]
    assert tried == asked


def test_a_machine_that_carries_none_is_said() -> None:
    """With what the fewest cameras missed, and the remedy."""
    with pytest.raises(ConfigError, match="carry 2 simulated cameras: too late; calibrate again"):
        measured_road(carries(1, []))


def test_a_failure_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a new one nor a draft beside it; an older one stays as it was."""
    monkeypatch.setattr(calibration, "_load", lambda *_: {"fails": ["too late"]})
    older = tmp_path / "older.json"
    older.write_text("{}")

    for file in (tmp_path / "new.json", older):
        with pytest.raises(ConfigError):
            calibrate(file, None, seconds=1.0)

    assert [each.name for each in tmp_path.iterdir()] == ["older.json"]
    assert older.read_text() == "{}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("no figures", "holds no measured costs"),
        ("{]", "does not hold measured costs"),
        ('{"cameras": 4}', "holds no measured costs"),
    ],
)
def test_a_file_of_no_costs_is_refused_with_the_remedy(
    tmp_path: Path, text: str, said: str
) -> None:
    """It says what the file is, and what writes a good one; nothing of Python's."""
    file = tmp_path / "costs.json"
    file.write_text(text)

    with pytest.raises(ConfigError) as failure:
        read_costs(file)

    assert said in str(failure.value)
    assert "`posewarden-lab plan --calibrate FILE` writes such a file" in str(failure.value)
    assert "Error(" not in str(failure.value)
