import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from export.config.configure import add_flags, checked, configure, plain, settings, written
from tracker.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Oven:
    """An oven.

    Attributes:
        heat: in degrees,
            50% of them at night.
        fan: blow.
        mode: of baking.
        shelves: of it.
        hours: of opening.
    note: on the door.
    """

    heat: float = 200.0
    fan: bool = True
    mode: Literal["top", "bottom"] = "top"
    shelves: tuple[Path, ...] = ()
    hours: tuple[float, ...] = (8.0, 12.5)
    note: str | None = None

    def __post_init__(self) -> None:
        if self.heat < 0:
            raise ValueError(f"heat is {self.heat}; it must be at least 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kitchen:
    """A kitchen."""

    oven: Oven = field(default_factory=Oven)


def from_words(*words: str) -> Kitchen:
    """Configure a kitchen as a command would."""
    parser = argparse.ArgumentParser()
    add_flags(parser, Kitchen, {"heat": ("--H",)})
    return configure(Kitchen, parser.parse_args(words))


def test_flags_win_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    """Each setting comes from the nearest place that names it."""
    file = tmp_path / "kitchen.yaml"
    file.write_text("oven: {heat: 100, mode: bottom, shelves: [a, b]}")

    oven = from_words("--config", str(file), "--heat", "50", "--no-fan").oven

    assert oven == Oven(heat=50.0, fan=False, mode="bottom", shelves=(Path("a"), Path("b")))


def test_nothing_said_is_the_defaults() -> None:
    """No flag and no file: every default."""
    assert from_words() == Kitchen()


def test_other_flags_and_repeated_ones_reach_their_field() -> None:
    """A second name sets the same field; a tuple takes every repetition."""
    oven = from_words("--H", "7", "--shelves", "x", "--shelves", "y").oven

    assert (oven.heat, oven.shelves) == (7.0, (Path("x"), Path("y")))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("oven: {heats: 3}", "unknown oven.heats"),
        ("cellar: {}", "unknown cellar"),
        ("oven: {heat: hot}", "oven.heat"),
        ("oven: {heat: -1}", "heat is -1"),
        ("oven: {mode: grill}", "oven.mode"),
        ("oven: {shelves: [3]}", "oven.shelves"),
        ("oven: 5", "oven"),
        ("[1, 2]", "list"),
        ("oven: {heat: [", "does not read as YAML"),
    ],
)
def test_wrong_files_are_refused_by_path(tmp_path: Path, text: str, said: str) -> None:
    """The error names the file and the key."""
    file = tmp_path / "kitchen.yaml"
    file.write_text(text)

    with pytest.raises(ConfigError, match=said) as refused:
        from_words("--config", str(file))
    assert "kitchen.yaml" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("oven:\n  heat: [1, 2\n  fan: yes\n", "line 3, column 6: "),
        ("oven: {fan: no}\n\theat: 3\n", "line 2, column 1: "),
        ("oven: \0", "character 7: "),
        ("oven: {note: 2026-13-01}", "month"),
        ("{" * 2000, ""),
    ],
)
@pytest.mark.slow
def test_what_is_no_yaml_is_told_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    """File, line and column, and nothing of how the file was read."""
    file = tmp_path / "kitchen.yaml"
    file.write_text(text)

    with pytest.raises(ConfigError) as refused:
        from_words("--config", str(file))

    told = str(refused.value)
    assert told.startswith(f"{file} does not read as YAML: ")
    assert said in told
    assert "\n" not in told
    assert "unicode string" not in told


def test_flags_cannot_hide_a_wrong_section(tmp_path: Path) -> None:
    """A flag for a section that the file has wrong does not crash on it."""
    file = tmp_path / "kitchen.yaml"
    file.write_text("oven: 5")

    with pytest.raises(ConfigError, match="oven"):
        from_words("--config", str(file), "--heat", "3")


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    """The error tells which file is not there."""
    with pytest.raises(ConfigError, match=r"none\.yaml"):
        from_words("--config", str(tmp_path / "none.yaml"))


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    """The YAML of a configuration gives the same configuration."""
    kitchen = Kitchen(oven=Oven(heat=1.5, shelves=(Path("a"),), note="hot"))
    file = tmp_path / "kitchen.yaml"
    file.write_text(written(kitchen))

    assert from_words("--config", str(file)) == kitchen
    assert checked(Kitchen, plain(kitchen), origin="here") == kitchen


def test_settings_know_their_meaning() -> None:
    """Docstring sentences, also over two lines, become help."""
    heat = settings(Kitchen)[0]

    assert (heat.flag, heat.path, heat.default) == ("--heat", "oven.heat", 200.0)
    assert heat.meaning == "in degrees, 50% of them at night."


def test_help_shows_meaning_and_default(capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` prints what the docstring says, percent signs and all."""
    with pytest.raises(SystemExit):
        from_words("--help")
    printed = " ".join(capsys.readouterr().out.split())
    assert "in degrees, 50% of them at night. [200]" in printed
    assert "--no-fan" in printed
    assert "of opening. [8 12.5]" in printed
