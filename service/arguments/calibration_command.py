"""`posewarden calibration`: what cameras' thresholds follow from, and the way back."""

import argparse

from service.arguments.flags import Commands, add_actions, load_site


def add_calibration(commands: Commands) -> None:
    """Add `calibration`."""
    calibration = commands.add_parser(
        "calibration", help="list, show and go back to what cameras' thresholds follow from"
    )
    helps = {
        "list": "show each camera's calibrations, the newest first",
        "show": "print one as JSON",
        "rollback": "go back to an earlier one; it stays until `resume`",
        "resume": "let the footage set the thresholds again",
        "accept": "take what a camera sees since it drifts as usual",
    }
    actions = add_actions(calibration, helps, _calibration, data="data folder of `up` (data)")
    for name in ("show", "rollback", "resume", "accept"):
        actions[name].add_argument("camera", metavar="CAMERA", help="its name")
    number = "that `list` shows"
    actions["rollback"].add_argument("number", type=int, metavar="NUMBER", help=number)
    actions["show"].add_argument(
        "number", type=int, nargs="?", metavar="NUMBER", help=f"{number} (the newest)"
    )


def _calibration(options: argparse.Namespace) -> int:
    settings = load_site(options)
    from service.commands import calibration

    if options.action == "show":
        print(calibration.show(settings, options.camera, options.number))
    elif options.action == "rollback":
        print(calibration.roll_back(settings, options.camera, options.number))
    elif options.action == "resume":
        print(calibration.go_on(settings, options.camera))
    elif options.action == "accept":
        print(calibration.accept_scene(settings, options.camera))
    else:
        print(*calibration.lines(settings), sep="\n")
    return 0
