"""`posewarden models`: the weights that find people and poses."""

import argparse
import sys
from typing import TYPE_CHECKING

from service.arguments.flags import Commands, add_actions, load_settings
from tracker.errors import ModelUnavailable

if TYPE_CHECKING:  # --help must not pay for the rest
    from tracker.weights.store import ModelStore, WeightReport


def add_models(commands: Commands) -> None:
    """Add `models`."""
    models = commands.add_parser(
        "models", help="list, download or verify the weights that find people and poses"
    )
    actions = {
        "list": "show each weight file with its licence and state",
        "pull": "download what is missing",
        "verify": "check every file's SHA-256; exit 1 if one is missing or wrong",
    }
    add_actions(models, actions, _models, data="folder for downloads (data)")


def _models(options: argparse.Namespace) -> int:
    settings = load_settings(options)
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
