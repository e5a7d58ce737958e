import subprocess
import sys
from pathlib import Path

import pytest

from export.cli import COMMANDS, main

# Of the extra `lab`, as they are imported.
LAB_PACKAGES = ["matplotlib", "onnx", "sklearn", "simpy", "tensorboard", "torch", "tqdm"]


def test_failures_are_one_line_and_exit_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error of ours goes to stderr without a traceback."""
    code = main(["export", "--checkpoint", str(tmp_path / "none.pt"), "--out", "x.onnx"])

    assert code == 1
    assert "none.pt" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("command", ["train", "evaluate", "simulate"])
def test_what_is_not_installed_is_said_with_its_remedy(command: str) -> None:
    """As after `make site`: one sentence, or the help of a command that needs none of it."""
    without = [*LAB_PACKAGES, "PIL"]
    script = (
        f"import sys; sys.modules.update(dict.fromkeys({without})); from export.cli import main"
    )
    script += f"; sys.exit(main({[*command.split(), '--help']}))"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert "make setup" in ended.stderr


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
    listed = {line.strip().split("  ")[0] for line in told[0].splitlines()} & set(COMMANDS)
    assert listed == {command for command in COMMANDS if command.startswith(f"{group} ")}


def test_the_overview_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` names them all, each with its summary on one short line."""
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    listed = dict(
        line.strip().split("  ", 1)
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("  ")
    )
    del listed["-h, --help"]
    assert {command: summary.strip() for command, summary in listed.items()} == {
        command: summary for command, (_, summary) in COMMANDS.items()
    }
    assert all(0 < len(summary) < 60 for _, summary in COMMANDS.values())
