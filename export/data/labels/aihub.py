"""`labels aihub`: converts the label files of the AIHub data set to frame masks."""

import argparse
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec

from export.data.aihub import behaviour
from export.data.labels.masks import Intervals, masks_of, write_masks
from tracker.errors import BadPoses, ConfigError
from tracker.sources.file_search import files_below
from tracker.sources.pose_file import content_of

_Index = Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]


class _Block(msgspec.Struct):
    start_frame_index: _Index
    end_frame_index: _Index
    block_detail: str


class _Video(msgspec.Struct):
    block_information: Annotated[list[_Block], msgspec.Meta(min_length=1, max_length=100_000)]


class _File(msgspec.Struct):
    videos: _Video


class _Annotation(msgspec.Struct):
    file: Annotated[list[_File], msgspec.Meta(min_length=1)]


def annotated(files: Mapping[str, Path], name: str) -> Intervals:
    """Return the blocks of the behaviour that a clip is named after.

    The clip ends with its last block, of any behaviour.

    Raises:
        BadPoses: the label file is missing or malformed, or has no block of the behaviour.
    """
    file, wanted = files.get(name), behaviour(name)
    if file is None:
        raise BadPoses(f"{name}: no label file {name}.json")
    try:
        # Not strict: some of these files have numbers as text.
        label = msgspec.json.decode(content_of(file), type=_Annotation, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise BadPoses(f"{file.name}: not a label file of AIHub: {err}") from err
    blocks = label.file[0].videos.block_information
    for block in blocks:
        if block.end_frame_index < block.start_frame_index:
            raise BadPoses(
                f"{file.name}: block {block.start_frame_index} … {block.end_frame_index} "
                "ends before it begins"
            )
    stretches = tuple(
        (block.start_frame_index, block.end_frame_index)
        for block in blocks
        if block.block_detail == wanted
    )
    if not stretches:
        details = ", ".join(sorted({block.block_detail[:20] for block in blocks})[:8])
        raise BadPoses(f"{file.name}: no block is {wanted}, there are {details}")
    return Intervals(stretches, max(block.end_frame_index for block in blocks) + 1)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab labels aihub`."""
    add = parser.add_argument
    add("--annotations", type=Path, required=True, help="folder of NAME.json, at any depth")
    add("--poses", type=Path, required=True, help="folder of the clips' pose files")
    add("--out", type=Path, required=True, help="folder of the masks, such as ROOT/gt")


def run(arguments: argparse.Namespace) -> None:
    """Check all clips, then write their masks."""
    found = files_below(arguments.annotations) if arguments.annotations.is_dir() else ()
    files = {file.stem: file for file in sorted(found) if file.suffix == ".json"}
    if not files:
        raise ConfigError(f"{arguments.annotations} holds no label files; they end in .json")
    write_masks(masks_of(arguments.poses, partial(annotated, files)), arguments.out)
