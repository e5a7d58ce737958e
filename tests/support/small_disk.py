"""A small file system of its own, to be filled."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from service.adapters.redis.health import check_writes
from tracker.errors import StoreRefuses

DISK_BYTES = 16_000_000


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount 16 MB at a new folder; who may not mount one skips."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as err:
        pytest.skip(f"a small file system cannot be mounted here: {err}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Write a file until nothing fits any more; return it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return filler


def refuses(client: redis.Redis) -> bool:
    """Tell whether the server takes no writes, after one."""
    try:
        client.set("more", bytes(20_000))
        check_writes(client)
    except (StoreRefuses, redis.ResponseError):
        return True
    return False
