"""`posewarden`: a command per role, and `up` for all roles on one machine."""

import argparse
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.process.logs import LogOptions, add_log_flags, read_log_flags, set_up
from tracker.errors import ConfigError, Fatal, ModelUnavailable, WardenError

if TYPE_CHECKING:  # --help must not pay for the rest
    from service.config.settings import Settings
    from tracker.weights.store import ModelStore, WeightReport

DESCRIPTION = """\
Watches a site's cameras and raises an alert when a person moves abnormally, from body poses alone.

Settings: flags win over the environment (POSEWARDEN_…, nested with __), that over --config's YAML,
that over the defaults."""
EPILOG = """\
examples:
  posewarden up                           the API alone, on http://127.0.0.1:8000
  posewarden up --config site.yaml        a whole site on this machine
  posewarden --log-format json up         with a log for machines to read
  posewarden check-config site.yaml       every problem with its path in the file
  posewarden probe rtsp://user:pw@host/   a camera's codec, size and rate, or why it fails
  posewarden models pull                  download the weights for pose estimation"""


class _ShowVersion(argparse.Action):
    """Prints the version; looks it up only when asked, to keep every other start fast."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"posewarden {version('posewarden')}")
        parser.exit()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except WardenError as err:
        _report_error(options, err)
        return _exit_status(options, err)
    except KeyboardInterrupt:
        return 0


def _report_error(options: argparse.Namespace, err: WardenError) -> None:
    has_log = bool(logging.getLogger().handlers)  # `set_up` ran: the command is a role
    if has_log and read_log_flags(options).format == "json":
        logging.getLogger("posewarden").critical(str(err))
    else:
        print(f"posewarden: {err}", file=sys.stderr)


def _exit_status(options: argparse.Namespace, err: WardenError) -> int:
    from service.lifecycle import FATAL_EXIT

    supervised = getattr(options, "parent", None) is not None
    return FATAL_EXIT if supervised and isinstance(err, Fatal) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "posewarden",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="print the version")
    add_log_flags(parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_roles(commands)
    check = commands.add_parser("check-config", help="check a site's file; exit 1 on any problem")
    check.add_argument("file", type=Path, metavar="FILE", help="the site's YAML file")
    check.add_argument(
        "--effective",
        action="store_true",
        help="print what holds with what was set over the API, and where each value comes from",
    )
    check.add_argument("--data", type=Path, metavar="DIR", help="data folder of `up` (data)")
    check.set_defaults(run=_check_config)
    _add_models(commands)
    _add_dead(commands)
    _add_archive(commands)
    _add_backup(commands)
    _add_probe(commands)
    _add_export(commands)
    demo = commands.add_parser("demo", help="run a site with a street video and a simulated square")
    demo.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    demo.add_argument("--port", type=int, default=8000, metavar="N", help="port (%(default)s)")
    demo.add_argument("--data", type=Path, metavar="DIR", help="its folder (.demo)")
    demo.set_defaults(run=_demo)
    return parser


def _add_roles(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    up = commands.add_parser(
        "up", help="run all roles on this machine; starts Valkey unless redis.url is set"
    )
    _add_site(up)
    _add_address(up)
    up.set_defaults(run=_up)
    api = commands.add_parser("api", help="run only the API, over redis.url")
    _add_site(api)
    _add_address(api)
    _add_child(api)
    api.add_argument("--listener", type=int, help=argparse.SUPPRESS)
    api.set_defaults(run=_api)
    worker = commands.add_parser("worker", help="run only the scoring role, over redis.url")
    camera = commands.add_parser("camera", help="run only the camera role, over redis.url")
    for role, run in ((worker, _worker), (camera, _camera)):
        _add_site(role)
        _add_child(role)
        role.add_argument(
            "--metrics-port",
            type=int,
            metavar="N",
            help="port that serves metrics (9101 camera, 9102 worker); 0: none",
        )
        role.set_defaults(run=run)


def _add_site(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="the site's YAML file")
    parser.add_argument("--model", type=Path, metavar="FILE", help="ONNX file; default: bundled")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder for data (data)")
    add_log_flags(parser)


def _add_address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", metavar="ADDRESS", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, metavar="N", help="port to listen on (8000)")


def _add_child(parser: argparse.ArgumentParser) -> None:
    # Set by the supervisor on its children; hidden from people.
    parser.add_argument("--parent", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--owner", help=argparse.SUPPRESS)


def _add_models(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    models = commands.add_parser(
        "models", help="list, download or verify the weights that find people and poses"
    )
    actions = {
        "list": "show each weight file with its licence and state",
        "pull": "download what is missing",
        "verify": "check every file's SHA-256; exit 1 if one is missing or wrong",
    }
    _add_actions(models, actions, _models, data="folder for downloads (data)")


def _add_dead(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    dead = commands.add_parser(
        "dead", help="list, show or clear dead letters: windows that no worker could score"
    )
    helps = {
        "list": "show each with its reason, newest first",
        "show": "print one as JSON, with its poses",
        "clear": "delete them all",
    }
    actions = _add_actions(dead, helps, _dead, data="data folder of `up` (data)")
    actions["show"].add_argument("id", metavar="ID", help="the id that `list` shows")


def _add_backup(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    helps = {
        "backup": "save the data folder's alerts into one file, while the site runs",
        "restore": "fill an empty data folder from such a file",
    }
    for name, what in helps.items():
        command = commands.add_parser(name, help=what)
        command.add_argument("file", type=Path, metavar="FILE", help="the backup, a .tar.gz")
        command.add_argument("--config", type=Path, metavar="FILE", help="the site's YAML file")
        command.add_argument("--data", type=Path, metavar="DIR", help="data folder of `up` (data)")
        command.set_defaults(run=_backup, action=name)


def _add_export(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    export = commands.add_parser(
        "export-config", help="print all that holds, by file and API, as a site's file"
    )
    export.add_argument("--config", type=Path, metavar="FILE", help="the site's YAML file")
    export.add_argument("--data", type=Path, metavar="DIR", help="data folder of `up` (data)")
    export.add_argument(
        "--with-secrets", action="store_true", help="with the passwords of cameras, and keys"
    )
    export.set_defaults(run=_export_config)


def _add_archive(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    archive = commands.add_parser(
        "archive", help="check the archive, forget alerts, write judged ones as a data set"
    )
    helps = {
        "check": "read everything in it; exit 1 on any damage",
        "forget": "delete a camera's closed alerts of a time, in Redis, too; recorded",
        "verdicts": "write judged alerts as a data set that `posewarden-lab evaluate` reads",
    }
    actions = _add_actions(archive, helps, _archive, data="data folder of `up` (data)")
    forget = actions["forget"]
    forget.add_argument("--camera", required=True, metavar="NAME", help="whose alerts")
    forget.add_argument(
        "--from", dest="since", required=True, metavar="TIME", help="2026-11-28T14:30, in UTC"
    )
    forget.add_argument(
        "--to", dest="until", required=True, metavar="TIME", help="opened before this time"
    )
    verdicts = actions["verdicts"]
    verdicts.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")
    verdicts.add_argument(
        "--fps", type=_rate, default=24.0, metavar="N", help="rate of the clips (%(default)g)"
    )


def _add_actions(
    command: argparse.ArgumentParser,
    helps: Mapping[str, str],
    run: Callable[[argparse.Namespace], int],
    *,
    data: str,
) -> dict[str, argparse.ArgumentParser]:
    """Give a command actions, each with its help; `data` is the help of their folder."""
    group = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    actions = {name: group.add_parser(name, help=what) for name, what in helps.items()}
    for name, action in actions.items():
        action.add_argument("--config", type=Path, metavar="FILE", help="the site's YAML file")
        action.add_argument("--data", type=Path, metavar="DIR", help=data)
        action.set_defaults(run=run, action=name)
    return actions


def _add_probe(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    probe = commands.add_parser("probe", help="measure a source, or say why it fails (exit 1)")
    probe.add_argument("source", metavar="SOURCE", help="as in the site's file: rtsp://…, usb:0, …")
    probe.add_argument(
        "--seconds", type=_seconds, default=5.0, metavar="S", help="how long to watch (%(default)s)"
    )
    probe.add_argument(
        "--transport",
        choices=("auto", "udp"),
        default="auto",
        help="of RTSP: TCP, and UDP if the camera refuses that (auto), or UDP alone",
    )
    probe.add_argument("--json", action="store_true", help="print the report as JSON")
    probe.set_defaults(run=_probe)


def _rate(text: str) -> float:
    from tracker.limits import MAX_FPS

    fps = float(text)
    if not 0 < fps <= MAX_FPS:
        raise argparse.ArgumentTypeError(f"{text} is not in (0, {MAX_FPS:g}]")
    return fps


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text} is not in (0, 3600]")
    return seconds


def _load(options: argparse.Namespace) -> "Settings":
    from service.config.load import load

    flags: dict[str, Any] = {
        name: value
        for name in ("model", "data", "host", "port", "metrics_port")
        if (value := getattr(options, name, None)) is not None
    }
    return load(options.config, flags)


def _up(options: argparse.Namespace) -> int:
    log_options = _start_log("up", options)
    settings = _load(options)
    with tempfile.TemporaryDirectory(prefix="posewarden-metrics-") as folder:
        # prometheus_client reads this at its import, hence before everything that imports it.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        from service.adapters.metrics.prometheus import PrometheusTelemetry
        from service.lifecycle import stop_on_signals
        from service.process.supervisor import ChildOptions, up

        children = ChildOptions(config=options.config, log=log_options)
        up(settings, children, PrometheusTelemetry(), stop_on_signals())
    return 0


def _start_log(role: str, options: argparse.Namespace) -> LogOptions:
    log_options = read_log_flags(options)
    set_up(role, log_options)
    return log_options


def _role(name: str, options: argparse.Namespace) -> "Settings":
    from service.lifecycle import die_with_parent

    _start_log(name, options)
    if options.parent is not None:
        die_with_parent(options.parent)
    return _load(options)


def _api(options: argparse.Namespace) -> int:
    settings = _role("api", options)
    from service.roles.api import run_api_alone, run_api_supervised

    if options.listener is None:
        run_api_alone(settings, options.owner)
    else:
        run_api_supervised(settings, options.listener, options.owner)
    return 0


def _worker(options: argparse.Namespace) -> int:
    settings = _role("worker", options)
    from service.roles.worker import run_worker

    run_worker(settings)
    return 0


def _camera(options: argparse.Namespace) -> int:
    settings = _role("camera", options)
    from service.roles.camera import run_camera

    run_camera(settings, options.owner)
    return 0


def _check_config(options: argparse.Namespace) -> int:
    from service.adapters.redis.connection import connect
    from service.config.exposure import open_to_others
    from service.config.load import load, read_layers

    settings = load(options.file, {} if options.data is None else {"data": options.data})
    if settings.redis.address is not None:
        connect(settings.redis.address)  # reads the address; nothing is sent
    from service.commands.site_config import effective_lines, missing_files
    from service.roles.archive import archive_url

    archive_url(settings)
    if missing := list(missing_files(settings)):
        raise ConfigError("\n".join(f"{options.file}: {each}" for each in missing))
    if said := open_to_others(settings):
        print(f"{options.file}: note: {said}")
    cameras = len(settings.cameras)
    print(f"{options.file}: good; {cameras} camera{'' if cameras == 1 else 's'}")
    if options.effective:
        print(*effective_lines(settings, read_layers(options.file)), sep="\n")
    return 0


def _export_config(options: argparse.Namespace) -> int:
    settings = _load(options)
    from service.commands.site_config import export_config

    print(export_config(settings, with_secrets=options.with_secrets), end="")
    return 0


def _models(options: argparse.Namespace) -> int:
    settings = _load(options)
    from service.roles.connections import build_model_store

    store = build_model_store(settings)
    poses = {camera.pose for camera in settings.cameras} or {"blazepose"}
    states = [
        _model_state(store, report, options.action)
        for report in store.report()
        # Every known weight is worth a line, but only what the site uses is worth a download.
        if options.action == "list" or report.weight.pose in poses
    ]
    return 1 if options.action != "list" and set(states) != {"ok"} else 0


def _model_state(store: "ModelStore", report: "WeightReport", action: str) -> str:
    """Print one weight's line, after pulling it if that is asked; return its state."""
    path, state, weight = report.path, str(report.state), report.weight
    if action == "pull" and state != "ok":
        try:
            path, state = store.pull(weight.name), "ok"
        except ModelUnavailable as err:
            print(f"posewarden: {err}", file=sys.stderr)
    print(f"{weight.name}  {state}  {path or '-'}  {weight.licence}  {weight.purpose}")
    return state


def _dead(options: argparse.Namespace) -> int:
    settings = _load(options)
    from service.commands.dead_letters import clear_dead, list_dead, show_dead

    if options.action == "show":
        print(show_dead(settings, options.id))
    elif options.action == "clear":
        print(clear_dead(settings))
    else:
        print(*list_dead(settings), sep="\n")
    return 0


def _backup(options: argparse.Namespace) -> int:
    settings = _load(options)
    from service.commands.backup import backup, restore

    print((backup if options.action == "backup" else restore)(settings, options.file))
    return 0


def _archive(options: argparse.Namespace) -> int:
    settings = _load(options)
    from service.commands.archive import (
        ForgetRequest,
        check,
        forget_alerts,
        write_verdicts,
    )

    if options.action == "forget":
        request = ForgetRequest(camera=options.camera, since=options.since, until=options.until)
        print(forget_alerts(settings, request))
        return 0
    if options.action == "verdicts":
        print(write_verdicts(settings, options.out, options.fps))
        return 0
    held, problems = check(settings)
    print(*held, *(f"problem: {each}" for each in problems), sep="\n")
    print("the archive is sound" if not problems else f"problems: {len(problems)}")
    return 1 if problems else 0


def _probe(options: argparse.Namespace) -> int:
    from service.commands.probe import as_json, as_text, probe

    report = probe(options.source, options.seconds, options.transport)
    print(as_json(report) if options.json else as_text(report))
    return 0 if report.source.reason == "open" else 1


def _demo(options: argparse.Namespace) -> int:
    from service.commands.demo import demo
    from service.config.settings import DEMO_DATA

    return demo(host=options.host, port=options.port, data=options.data or DEMO_DATA)


if __name__ == "__main__":
    sys.exit(main())
