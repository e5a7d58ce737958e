"""`posewarden models`: the weights that find people and poses, and the models that score them."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from service.arguments.flags import Commands, add_actions, load_site
from tracker.errors import ModelUnavailable

if TYPE_CHECKING:  # --help must not pay for the rest
    from tracker.weights.store import ModelStore, WeightReport


def add_models(commands: Commands) -> None:
    """Add `models`."""
    models = commands.add_parser(
        "models", help="list, download, verify weights; try another model, and change to it"
    )
    weights = {
        "list": "show each weight file and each model that scores, with licence and state",
        "pull": "download what is missing of the weights that find people and poses",
        "verify": "check their SHA-256; exit 1 if one is missing or wrong",
    }
    changes = {
        "register": "keep a model file (ONNX, by `posewarden-lab export`) for the whole site",
        "shadow": "let a model score beside the live one, for comparison alone",
        "promote": "let a model score, in every worker from one moment on",
        "rollback": "let the model before the live one score again",
        "remove": "forget a registered model that is not in use",
    }
    actions = add_actions(
        models, {**weights, **changes}, _models, data="data folder of `up` (data)"
    )
    for name, action in actions.items():
        if name != "pull":
            model = "ONNX file of the site; default: bundled"
            action.add_argument("--model", type=Path, metavar="FILE", help=model)
    actions["register"].add_argument("file", type=Path, metavar="FILE", help="the .onnx file")
    which = "the first digits of its SHA-256, as `list` shows them"
    for name in ("promote", "remove"):
        actions[name].add_argument("name", metavar="SHA256", help=which)
    shadow = actions["shadow"].add_mutually_exclusive_group(required=True)
    shadow.add_argument("name", nargs="?", metavar="SHA256", help=which)
    shadow.add_argument("--end", action="store_true", help="end the trial")
    actions["promote"].add_argument(
        "--without-calibration",
        action="store_true",
        help="though budgets of false alarms will not be kept at first",
    )


def _models(options: argparse.Namespace) -> int:
    if options.action not in ("list", "pull", "verify"):
        print(_change(options))
        return 0
    settings = load_site(options)
    from service.commands import flow_models
    from service.roles.connections import build_model_store

    store = build_model_store(settings)
    poses = {camera.pose for camera in settings.cameras} or {"blazepose"}
    states = [
        _model_state(store, report, options.action)
        for report in store.report()
        # Every known weight is worth a line, but only what the site uses is worth a download.
        if options.action == "list" or report.weight.pose in poses
    ]
    if options.action == "list":
        print(*flow_models.lines(settings), sep="\n")
    return 1 if options.action != "list" and set(states) != {"ok"} else 0


def _change(options: argparse.Namespace) -> str:
    """Change which models there are, or which one scores; return what was done."""
    settings = load_site(options)
    from service.commands import flow_models

    match options.action:
        case "register":
            return flow_models.register(settings, options.file)
        case "remove":
            return flow_models.remove(settings, options.name)
        case "shadow":
            return flow_models.shadow(settings, None if options.end else options.name)
        case "promote":
            return flow_models.promote(
                settings, options.name, without_calibration=options.without_calibration
            )
        case _:
            return flow_models.roll_back(settings)


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
