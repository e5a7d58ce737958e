"""The flags by which benches take the library of scored plays."""

import argparse
from pathlib import Path

from export.bench.budget.library import Library
from inference.card import ModelCard
from tracker.weights.cache_folder import cache_folder


def add_library_flags(parser: argparse.ArgumentParser, *, plays: int, half_rate_plays: int) -> None:
    """Declare where the library lies, how many plays are asked of it, and how they are scored.

    Args:
        plays, half_rate_plays: how many by default.
    """
    add = parser.add_argument
    add("--cache", type=Path, default=cache_folder("budget"), help="folder of scored plays")
    add("--plays", type=int, default=plays, help=f"of ten minutes each (default: {plays})")
    add(
        "--half-rate-plays",
        type=int,
        default=half_rate_plays,
        help=f"plays at half the frame rate (default: {half_rate_plays})",
    )
    add("--jobs", type=int, default=1, help="processes that score plays side by side (default: 1)")


def library_of(arguments: argparse.Namespace, card: ModelCard) -> Library:
    """Return the library of the plays that the model of this card scored."""
    return Library(arguments.cache / card.weights_hash[:16], arguments.onnx)
