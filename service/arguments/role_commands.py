"""`posewarden up`, and a command for each role."""

import argparse
import gc
import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from service.arguments.flags import Commands, add_site, load_settings
from service.process.logs import LogOptions, read_log_flags, set_up

if TYPE_CHECKING:  # --help must not pay for the rest
    from service.config.settings import Settings

# Used by those that decide and serve alone: the other roles need not be given its secrets.
_ALERTING = ("archive", "outputs", "system_alerts")


def add_roles(commands: Commands) -> None:
    """Add `up`, `api`, `decide`, `worker` and `camera`."""
    up = commands.add_parser(
        "up", help="run all roles on this machine; starts Valkey unless redis.url is set"
    )
    add_site(up)
    _add_address(up)
    up.set_defaults(run=_up)
    api = commands.add_parser("api", help="run only the API, over redis.url")
    add_site(api)
    _add_address(api)
    _add_child(api)
    api.add_argument(
        "--no-decide",
        dest="decides",
        action="store_false",
        help="only serve: processes of `posewarden decide` decide alerts",
    )
    api.add_argument("--listener", type=int, help=argparse.SUPPRESS)
    api.set_defaults(run=_api)
    decide = commands.add_parser(
        "decide", help="decide alerts for a share of the cameras, over redis.url"
    )
    worker = commands.add_parser("worker", help="run only the scoring role, over redis.url")
    camera = commands.add_parser("camera", help="run only the camera role, over redis.url")
    for role, run in ((decide, _decide), (worker, _worker), (camera, _camera)):
        add_site(role)
        _add_child(role)
        role.add_argument(
            "--metrics-port",
            type=int,
            metavar="N",
            help="port that serves metrics (9101 camera, 9102 worker, 9103 decide); 0: none",
        )
        role.set_defaults(run=run)
    _add_shares(camera)


def _add_shares(parser: argparse.ArgumentParser) -> None:
    # Set by the supervisor, which starts several on one machine; hidden from people.
    parser.add_argument("--processes", type=int, default=1, help=argparse.SUPPRESS)


def _add_address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", metavar="ADDRESS", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, metavar="N", help="port to listen on (8000)")


def _add_child(parser: argparse.ArgumentParser) -> None:
    # Set by the supervisor on its children; hidden from people.
    parser.add_argument("--parent", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--owner", help=argparse.SUPPRESS)


def _up(options: argparse.Namespace) -> int:
    log_options = _start_log("up", options)
    with tempfile.TemporaryDirectory(prefix="posewarden-metrics-") as folder:
        # prometheus_client reads this at its import, hence before everything that imports it.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        with _loading():
            settings = load_settings(options)
            from service.adapters.metrics.prometheus import PrometheusTelemetry
            from service.lifecycle import stop_on_signals
            from service.process.supervisor import ChildOptions, up

        children = ChildOptions(config=options.config, log=log_options)
        up(settings, children, PrometheusTelemetry(), stop_on_signals())
    return 0


@contextmanager
def _loading() -> Iterator[None]:
    """Load modules without the garbage collector: what they define stays.

    It would look at all of it again and again, for a third of the time that a role's start takes.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _start_log(role: str, options: argparse.Namespace) -> LogOptions:
    log_options = read_log_flags(options)
    set_up(role, log_options)
    return log_options


def _role(name: str, options: argparse.Namespace, *, without: Collection[str] = ()) -> "Settings":
    from service.lifecycle import die_with_parent

    _start_log(name, options)
    if options.parent is not None:
        die_with_parent(options.parent)
    return load_settings(options, without=without)


def _api(options: argparse.Namespace) -> int:
    with _loading():
        settings = _role("api", options)
        from service.roles.api import run_api_alone, run_api_supervised

    if options.listener is None:
        run_api_alone(settings, options.owner, decides=options.decides)
    else:
        run_api_supervised(settings, options.listener, options.owner)
    return 0


def _decide(options: argparse.Namespace) -> int:
    settings = _role("decide", options)
    from service.roles.deciding import run_decide

    run_decide(settings, options.owner)
    return 0


def _worker(options: argparse.Namespace) -> int:
    with _loading():
        settings = _role("worker", options, without=_ALERTING)
        from service.roles.worker import run_worker

    run_worker(settings)
    return 0


def _camera(options: argparse.Namespace) -> int:
    with _loading():
        settings = _role("camera", options, without=_ALERTING)
        from service.roles.camera import run_camera

    run_camera(settings, options.owner, options.processes)
    return 0
