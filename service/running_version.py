"""Which version of posewarden runs."""

from functools import cache
from importlib.metadata import version


@cache
def running_version() -> str:
    """Return the version that runs; read once, for the package may be replaced meanwhile."""
    return version("posewarden")


def user_agent() -> str:
    """Return what HTTP requests say of who sends them."""
    return f"posewarden/{running_version()}"
