"""The flag by which benches take the model that they judge."""

import argparse
from pathlib import Path

from inference.bundled_model import bundled_model


def add_model_flag(parser: argparse.ArgumentParser) -> None:
    """Declare `--onnx`."""
    parser.add_argument(
        "--onnx",
        type=Path,
        default=bundled_model(),
        help="the model file; default: the bundled one",
    )
