from pathlib import Path

import pytest

from export.cli import COMMANDS, main


def test_failures_are_one_line_and_exit_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error of ours goes to stderr without a traceback."""
    code = main(["export", "--checkpoint", str(tmp_path / "none.pt"), "--out", "x.onnx"])

    assert code == 1
    assert "none.pt" in capsys.readouterr().err


def test_unknown_commands_are_refused() -> None:
    """The exit status is argparse's."""
    with pytest.raises(SystemExit) as stopped:
        main(["fly"])
    assert stopped.value.code == 2


@pytest.mark.parametrize("group", ["labels", "bench"])
def test_a_group_lists_its_own_commands(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With `--help` on stdout; bare, which does nothing, on stderr with status 2."""
    told = []
    for words, status in ((["--help"], 0), ([], 2)):
        with pytest.raises(SystemExit) as stopped:
            main([group, *words])
        assert stopped.value.code == status
        captured = capsys.readouterr()
        told.append(captured.err if status else captured.out)

    assert told[0] == told[1]
    listed = {line.strip() for line in told[0].splitlines()} & set(COMMANDS)
    assert listed == {command for command in COMMANDS if command.startswith(f"{group} ")}


def test_the_overview_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` names them all."""
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    printed = capsys.readouterr().out
    assert all(command in printed for command in COMMANDS)
