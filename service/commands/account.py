"""Who works at this machine, for the audit log and lists."""

import os
import pwd


def account() -> str:
    """Return in whose name commands act: `user` and the login's name, or its number without one."""
    number = os.getuid()
    try:
        return f"user {pwd.getpwuid(number).pw_name}"
    except KeyError:  # as in containers
        return f"user {number}"
