"""Child processes that end with their parent, however it ends: by kill -9 too, on Linux."""

import ctypes
import os
import sys
from collections.abc import Callable
from typing import TypeAlias

_PR_SET_PDEATHSIG = 1
_Prctl: TypeAlias = Callable[[int, int], int]


def end_with(parent: int, number: int) -> bool:
    """Let the kernel send this process a signal when its parent ends; False if it has ended."""
    return _tie(_prctl(), parent, number)


def ending_with_us(number: int) -> Callable[[], None]:
    """Return what a child of ours does first (`preexec_fn`): it gets the signal when we end.

    The signal comes when the thread that starts the child ends: start it from one that lives as
    long as the child shall.
    """
    # All is looked up before the fork: after it, another thread's locks are held for ever.
    prctl, parent = _prctl(), os.getpid()

    def prepare() -> None:
        if not _tie(prctl, parent, number):
            os._exit(1)

    return prepare


def _tie(prctl: _Prctl | None, parent: int, number: int) -> bool:
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, number)
    # The parent may have died before the call above: then we were handed to somebody else.
    return os.getppid() == parent


def _prctl() -> _Prctl | None:
    if sys.platform != "linux":
        return None
    function: _Prctl = ctypes.CDLL(None, use_errno=True).prctl
    return function
