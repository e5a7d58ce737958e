"""`posewarden what-if`: tries other rules over what was recorded."""

import argparse
from pathlib import Path

from service.arguments.flags import Commands, load_site


def add_what_if(commands: Commands) -> None:
    """Add `what-if`."""
    command = commands.add_parser(
        "what-if", help="say which alerts other rules would have raised; changes nothing"
    )
    add = command.add_argument
    add("--since", default="7d", metavar="AGO", help="7d, 12h, or a time in UTC (%(default)s)")
    add("--camera", metavar="NAME", help="only this one")
    add("--model", dest="new_model", type=Path, metavar="NEW.onnx", help="score by this model")
    add("--alarms-per-day", type=float, metavar="N", help="thresholds by this budget")
    add(
        "--threshold",
        action="append",
        default=[],
        metavar="[KIND=]VALUE",
        help="3.4, of movement, or running=1.2; may come several times",
    )
    add("--zone", metavar="X,Y;X,Y;X,Y", help="a zone, its corners as shares of the picture")
    add(
        "--zone-kind",
        choices=("ignore", "zone"),
        default="ignore",
        help="nobody inside raises alerts (ignore), or nobody outside (zone)",
    )
    add("--json", action="store_true", help="one JSON object in place of lines")
    add("--config", type=Path, metavar="FILE", help="the site's YAML file")
    add("--data", type=Path, metavar="DIR", help="data folder of `up` (data)")
    command.set_defaults(run=_what_if)


def _what_if(options: argparse.Namespace) -> int:
    settings = load_site(options)
    import msgspec

    from service.commands.what_if import WhatIfRequest, try_rules
    from service.commands.what_if_report import as_text

    request = WhatIfRequest(
        since=options.since,
        camera=options.camera,
        model=options.new_model,
        alarms_per_day=options.alarms_per_day,
        thresholds=options.threshold,
        zone=options.zone,
        zone_kind=options.zone_kind,
    )
    report = try_rules(settings, request)
    print(msgspec.json.encode(report).decode() if options.json else "\n".join(as_text(report)))
    return 0
