"""Start child processes that run our code alone, and end with their parent, even by kill -9.

The signal on the parent's death is Linux only.
"""

import ctypes
import os
import sys
from collections.abc import Callable
from typing import TypeAlias

_PR_SET_PDEATHSIG = 1
_Prctl: TypeAlias = Callable[[int, int], int]


def isolated(module: str) -> list[str]:
    """Return the command that runs a module of ours, or of the standard library, as a process.

    Plain `python -m` searches the working directory first: a file `uvicorn.py` there would run.
    """
    return [sys.executable, "-P", "-m", module]


def isolate_spawned() -> None:
    """Keep the working directory out of the search path of all Python processes started later.

    For processes whose command is not ours to write, such as those of multiprocessing.
    """
    os.environ["PYTHONSAFEPATH"] = "1"


def signal_with_parent(parent: int, number: int) -> bool:
    """Have the kernel signal this process when its parent dies; False if it is dead already."""
    return _request_signal(_prctl(), parent, number)


def signalled_with_parent(number: int) -> Callable[[], None]:
    """Return a `preexec_fn` for a child process that gets the signal when this process dies.

    The kernel sends the signal when the thread that started the child ends: start it from a thread
    that outlives it.
    """
    # Look everything up before the fork: in the child, locks of other threads stay locked.
    prctl, parent = _prctl(), os.getpid()

    def prepare() -> None:
        if not _request_signal(prctl, parent, number):
            os._exit(1)

    return prepare


def _request_signal(prctl: _Prctl | None, parent: int, number: int) -> bool:
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, number)
    # If the parent died before the call above, this process already has another parent.
    return os.getppid() == parent


def _prctl() -> _Prctl | None:
    if sys.platform != "linux":
        return None
    function: _Prctl = ctypes.CDLL(None, use_errno=True).prctl
    return function
