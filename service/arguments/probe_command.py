"""`posewarden probe`: measures a source."""

import argparse
import sys

from service.arguments.flags import Commands


def add_probe(commands: Commands) -> None:
    """Add `probe`."""
    probe = commands.add_parser("probe", help="measure a source, or say why it fails (exit 1)")
    probe.add_argument(
        "source",
        metavar="SOURCE",
        help="as in the site's file: rtsp://…, usb:0, …; -: read it from the input",
    )
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


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text} is not in (0, 3600]")
    return seconds


def _probe(options: argparse.Namespace) -> int:
    from service.commands.probe import probe
    from service.commands.probe_report import as_json, as_text

    # Command lines are public on a machine: an address with its password may come by the input.
    source = options.source if options.source != "-" else sys.stdin.readline().rstrip("\r\n")
    report = probe(source, options.seconds, options.transport)
    print(as_json(report) if options.json else as_text(report))
    return 0 if report.source.reason == "open" else 1
