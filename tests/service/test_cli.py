import dataclasses
import hashlib
import json
import os
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from service.cli import SIGPIPE_EXIT, main
from service.lifecycle import FATAL_EXIT
from service.roles import connections
from tracker.weights.origins import SourceFailed, WeightSource
from tracker.weights.store import YOLOX_NANO, ModelStore, Weight

CAMERA_LINE = '  - {{name: camera-{number}, source: "sim:"}}\n'
WEIGHTS_BYTES = b"weights"


class Giving(WeightSource):
    """A source that has the file, or does not."""

    def __init__(self, *, has_it: bool) -> None:
        self._has_it = has_it

    def __str__(self) -> str:
        return "a source"

    def fetch(self, target: Path, *, limit_bytes: int) -> None:
        if not self._has_it:
            raise SourceFailed("nobody at home")
        target.write_bytes(WEIGHTS_BYTES[:limit_bytes])


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelStore:
    """A registry of two weights, of which the first cannot be had."""
    weights = [
        Weight(
            name=name,
            file_name=f"{name}.bin",
            licence="Apache-2.0",
            purpose="testing",
            sha256=(hashlib.sha256(WEIGHTS_BYTES).hexdigest(),),
            limit_bytes=100,
            sources=(Giving(has_it=has_it),),
        )
        for name, has_it in (("absent", False), ("present", True))
    ]
    store = ModelStore([], tmp_path / "pulled", weights)
    monkeypatch.setattr(connections, "build_model_store", lambda _settings: store)
    return store


def test_a_good_file_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """check-config says what it read and ends with 0."""
    (tmp_path / "site.yaml").write_text("cameras: [{name: gate, source: 'usb:0'}]")

    assert main(["check-config", str(tmp_path / "site.yaml")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'site.yaml'}: good; 1 camera\n"


def test_each_fault_is_told_with_its_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """check-config ends with 1 and names every fault of the file on stderr, not one of them."""
    (tmp_path / "site.yaml").write_text("prot: 1\ncameras: [{name: gate, source: 'usb:x'}]")

    assert main(["check-config", str(tmp_path / "site.yaml")]) == 1
    told = capsys.readouterr().err
    assert "prot: no such setting" in told
    assert "cameras[0].source: " in told
    assert "Traceback" not in told


def test_an_open_address_without_a_key_is_noted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """check-config passes the file, and says that anybody could use the API."""
    (tmp_path / "site.yaml").write_text("host: 0.0.0.0")

    assert main(["check-config", str(tmp_path / "site.yaml")]) == 0
    assert "note: the API at 0.0.0.0 has neither api_key nor users" in capsys.readouterr().out


@pytest.mark.parametrize("url", ["http://host:6379", "redis://:secret@host:port/0"])
def test_an_address_that_is_none_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    """check-config refuses what no role could connect to, and repeats no password."""
    (tmp_path / "site.yaml").write_text(f"redis: {{url: '{url}'}}")

    assert main(["check-config", str(tmp_path / "site.yaml")]) == 1
    told = capsys.readouterr().err
    assert "redis.url" in told
    assert "secret" not in told


def test_models_lists_what_the_demo_has_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The demo keeps its data apart; its weights are found from the same working directory."""
    monkeypatch.chdir(tmp_path)
    fetched = tmp_path / ".demo" / "models" / "yolox_nano.onnx"
    fetched.parent.mkdir(parents=True)
    fetched.write_bytes(WEIGHTS_BYTES)
    known = (hashlib.sha256(WEIGHTS_BYTES).hexdigest(),)
    weight = dataclasses.replace(YOLOX_NANO, sha256=known)
    monkeypatch.setattr(ModelStore.__init__, "__defaults__", ((weight,),))

    assert main(["models", "list"]) == 0
    assert "yolox-nano  ok  .demo/models/yolox_nano.onnx" in capsys.readouterr().out


def ended(arguments: list[str]) -> int:
    """Run a role to its end; what signals do stays as it was."""
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    try:
        return main(arguments)
    finally:
        for number, handler in zip((signal.SIGTERM, signal.SIGINT), before, strict=True):
            signal.signal(number, handler)


@pytest.mark.parametrize("role", ["api", "worker", "camera"])
def test_a_role_alone_needs_a_redis(role: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Without redis.url a role ends with 1 and says what is missing."""
    arguments = [role] if role == "api" else [role, "--metrics-port", "0"]
    assert ended(arguments) == 1

    told = capsys.readouterr().err
    assert "redis.url: " in told


@pytest.mark.parametrize(
    ("role", "missing"),
    [
        ("camera", "redis.url"),
        ("worker", "redis.url"),
        ("api", "outputs[0].secret_file"),
        ("decide", "outputs[0].secret_file"),
    ],
)
def test_secrets_of_outputs_are_for_who_delivers(
    role: str, missing: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Containers that are not given an output's secret get further than its file."""
    site = tmp_path / "site.yaml"
    site.write_text(
        "outputs: [{name: desk, type: webhook, url: 'https://d/', secret_file: /run/none}]\n"
        "system_alerts: {heartbeat_url_file: /run/none}\narchive: {password_file: /run/none}\n"
    )
    arguments = [role, "--config", str(site)]
    arguments += [] if role == "api" else ["--metrics-port", "0"]
    assert ended(arguments) == 1

    said = capsys.readouterr().err
    assert f"{missing}: " in said
    assert ("/run/none" in said) == (missing != "redis.url")


@pytest.mark.slow
def test_a_supervised_role_says_that_trying_again_cannot_help(tmp_path: Path) -> None:
    """A child that fails for good ends with the status by which its supervisor knows."""
    command = [sys.executable, "-m", "service.cli", "worker", "--parent", str(os.getpid())]
    child = subprocess.run(
        [*command, "--config", str(tmp_path / "none.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert child.returncode == FATAL_EXIT
    assert "none.yaml" in child.stderr


@pytest.mark.parametrize("role", ["up", "api", "worker", "camera"])
@pytest.mark.parametrize("before", [True, False])
@pytest.mark.slow
def test_json_logs_have_no_other_line(role: str, before: bool, tmp_path: Path) -> None:
    """`--log-format json` counts before and after the role; its error is a JSON line, too."""
    flags = ["--log-format", "json"]
    arguments = [*flags, role] if before else [role, *flags]
    command = [sys.executable, "-m", "service.cli", *arguments]

    ended = subprocess.run(
        [*command, "--config", str(tmp_path / "none.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    lines = [json.loads(each) for each in ended.stderr.splitlines()]
    assert [each["role"] for each in lines] == [role]
    assert "none.yaml" in lines[0]["message"]


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The installed package's version, and nothing else."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"posewarden {version('posewarden')}\n"


@pytest.mark.parametrize("arguments", [[], ["fly"], ["up", "--speed"], ["models"]])
def test_senseless_commands_end_with_2(arguments: list[str]) -> None:
    """What is no command of ours is refused as every Unix command does."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2


@pytest.mark.usefixtures("store")
def test_pull_goes_on_after_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """One weight that cannot be had is told with what was tried; the next one is pulled still."""
    assert main(["models", "pull"]) == 1

    told = capsys.readouterr()
    assert "nobody at home" in told.err
    assert [line.split()[:2] for line in told.out.splitlines()] == [
        ["absent", "missing"],
        ["present", "ok"],
    ]


def test_list_and_verify(store: ModelStore, capsys: pytest.CaptureFixture[str]) -> None:
    """List downloads nothing and ends with 0; verify ends with 1 while a file is not right."""
    assert main(["models", "list"]) == 0
    assert capsys.readouterr().out.count("missing") == 2
    store.pull("present")
    (store.pull("present").parent / "absent.bin").write_bytes(b"evil")

    assert main(["models", "verify"]) == 1
    assert "absent  wrong hash" in capsys.readouterr().out
    (store.pull("present").parent / "absent.bin").write_bytes(WEIGHTS_BYTES)
    assert main(["models", "verify"]) == 0


def test_a_site_pulls_only_what_its_cameras_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """List shows every known weight; pull and verify look at those of the cameras' `pose` alone."""
    weights = [_weight("landmarks", pose="blazepose"), _weight("one-stage", pose="rtmo")]
    store = ModelStore([], tmp_path / "pulled", weights)
    monkeypatch.setattr(connections, "build_model_store", lambda _settings: store)
    site = tmp_path / "site.yaml"
    site.write_text("cameras: [{name: gate, source: 'usb:0', pose: rtmo}]")

    assert main(["models", "pull", "--config", str(site)]) == 0
    assert capsys.readouterr().out.split()[:2] == ["one-stage", "ok"]
    assert main(["models", "verify", "--config", str(site)]) == 0
    assert main(["models", "verify"]) == 1
    capsys.readouterr()
    assert main(["models", "list"]) == 0
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()] == [
        ["landmarks", "missing"],
        ["one-stage", "ok"],
        ["posewarden", "posewarden.onnx"],
    ]


def _weight(name: str, *, pose: str) -> Weight:
    return Weight(
        name=name,
        file_name=f"{name}.bin",
        licence="Apache-2.0",
        purpose="testing",
        sha256=(hashlib.sha256(WEIGHTS_BYTES).hexdigest(),),
        limit_bytes=100,
        sources=(Giving(has_it=True),),
        pose=pose,
    )


def test_a_site_that_would_be_everybodys_does_not_start(tmp_path: Path) -> None:
    """At an address that others reach, without key and people, `up` ends with both remedies."""
    command = [sys.executable, "-m", "service.cli", "up", "--host", "0.0.0.0", "--port", "0"]
    done = subprocess.run(
        [*command, "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "posewarden users add NAME --role admin" in done.stderr
    assert "api_key_file" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_every_problem_has_the_prefix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """So that a search for it finds them all."""
    path = tmp_path / "site.yaml"
    path.write_text("port: 70000\nprot: 1\n")
    main(["check-config", str(path)])

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith(f"posewarden: {path}: ") for line in lines)


@pytest.mark.slow
def test_who_reads_a_part_gets_no_traceback(tmp_path: Path) -> None:
    """As behind `| head -1`: the pipe is closed while much is still to be written."""
    path = tmp_path / "site.yaml"
    path.write_text("cameras:\n" + "".join(CAMERA_LINE.format(number=n) for n in range(300)))
    command = [sys.executable, "-m", "service.cli", "check-config", str(path), "--effective"]
    with subprocess.Popen(
        [*command, "--data", str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        said = child.stderr.read().decode()

    assert said == ""
    assert child.returncode == SIGPIPE_EXIT
