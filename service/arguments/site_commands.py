"""`posewarden check-config`, `export-config` and `demo`."""

import argparse
from pathlib import Path

from service.arguments.flags import Commands, load_site
from service.process.logs import add_log_flags, read_log_flags


def add_check(commands: Commands) -> None:
    """Add `check-config`."""
    check = commands.add_parser("check-config", help="check a site's file; exit 1 on any problem")
    check.add_argument("file", type=Path, metavar="FILE", help="the site's YAML file")
    check.add_argument(
        "--effective",
        action="store_true",
        help="print what holds with what was set over the API, and where each value comes from",
    )
    check.add_argument("--data", type=Path, metavar="DIR", help="data folder of `up` (data)")
    check.set_defaults(run=_check_config)


def add_export(commands: Commands) -> None:
    """Add `export-config`."""
    export = commands.add_parser(
        "export-config", help="print all that holds, by file and API, as a site's file"
    )
    export.add_argument("--config", type=Path, metavar="FILE", help="the site's YAML file")
    export.add_argument("--data", type=Path, metavar="DIR", help="data folder of `up` (data)")
    export.add_argument(
        "--with-secrets", action="store_true", help="with the passwords of cameras, and keys"
    )
    export.set_defaults(run=_export_config)


def add_demo(commands: Commands) -> None:
    """Add `demo`."""
    demo = commands.add_parser("demo", help="run a site with a street video and a simulated square")
    demo.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    demo.add_argument("--port", type=int, default=8000, metavar="N", help="port (%(default)s)")
    demo.add_argument("--data", type=Path, metavar="DIR", help="its folder (.demo)")
    add_log_flags(demo)
    demo.set_defaults(run=_demo)


def _check_config(options: argparse.Namespace) -> int:
    from service.adapters.database.site import has_people
    from service.commands.site_config import effective_lines, site_notes
    from service.commands.site_files import site_problems
    from service.config.exposure import open_to_others
    from service.config.load import load, read_layers

    overrides = {} if options.data is None else {"data": options.data}
    settings = load(options.file, overrides, site_problems)
    if (said := open_to_others(settings)) and has_people(settings) is False:
        print(f"{options.file}: note: {said}")
    for said in site_notes(settings):
        print(f"{options.file}: note: {said}")
    cameras = len(settings.cameras)
    print(f"{options.file}: good; {cameras} camera{'' if cameras == 1 else 's'}")
    if options.effective:
        print(*effective_lines(settings, read_layers(options.file)), sep="\n")
    return 0


def _export_config(options: argparse.Namespace) -> int:
    settings = load_site(options)
    from service.commands.site_config import export_config
    from service.config.load import read_layers

    named = options.config is not None and "data" in read_layers(options.config).file
    with_data = named and options.data is None
    print(export_config(settings, with_secrets=options.with_secrets, with_data=with_data), end="")
    return 0


def _demo(options: argparse.Namespace) -> int:
    from service.commands.demo import demo
    from service.config.settings import DEMO_DATA

    data, log = options.data or DEMO_DATA, read_log_flags(options)
    return demo(host=options.host, port=options.port, data=data, log=log)
