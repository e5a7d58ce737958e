"""`posewarden users` and `posewarden keys`: who may come in, from the machine itself."""

import argparse

from service.arguments.flags import Commands, add_actions, load_site

ROLES = ("viewer", "operator", "admin")


def add_users(commands: Commands) -> None:
    """Add `users`."""
    users = commands.add_parser("users", help="add, list, change or remove who may sign in")
    helps = {
        "add": "add somebody; asks for a password, or reads one line of it from a pipe",
        "list": "show everybody who may sign in",
        "remove": "remove somebody; its sessions end",
        "reset": "set somebody's password; its sessions end",
    }
    actions = add_actions(users, helps, _users, data="data folder of `up` (data)")
    for name in ("add", "remove", "reset"):
        actions[name].add_argument("name", metavar="NAME", help="in which that one signs in")
    _add_rights(actions["add"], "operator")


def add_keys(commands: Commands) -> None:
    """Add `keys`."""
    keys = commands.add_parser("keys", help="make, list or revoke keys of programs")
    helps = {
        "add": "make a key and print it, this once",
        "list": "show all keys, without what they open",
        "revoke": "end a key for good",
    }
    actions = add_actions(keys, helps, _keys, data="data folder of `up` (data)")
    actions["add"].add_argument("name", metavar="NAME", help="in which its owner acts")
    _add_rights(actions["add"], "viewer")
    actions["add"].add_argument(
        "--days", type=_days, metavar="N", help="after so many days it ends; without, never"
    )
    actions["revoke"].add_argument("id", metavar="ID", help="the id that `list` shows")


def _add_rights(action: argparse.ArgumentParser, role: str) -> None:
    action.add_argument("--role", choices=ROLES, default=role, help="%(choices)s (%(default)s)")
    action.add_argument(
        "--camera",
        action="append",
        dest="cameras",
        metavar="NAME",
        help="a camera that it sees, several times for several; without, all",
    )


def _days(text: str) -> float:
    days = float(text)
    if not 0 < days <= 36_500:
        raise argparse.ArgumentTypeError(f"{text} is not in (0, 36500]")
    return days


def _users(options: argparse.Namespace) -> int:
    settings = load_site(options)
    from service.commands import people

    if options.action == "list":
        print(*people.list_users(settings), sep="\n")
    elif options.action == "remove":
        print(people.remove(settings, options.name))
    elif options.action == "reset":
        print(people.reset(settings, options.name, people.ask_password()))
    else:
        rights = people.Rights(role=options.role, cameras=options.cameras)
        print(people.add(settings, options.name, rights, people.ask_password()))
    return 0


def _keys(options: argparse.Namespace) -> int:
    settings = load_site(options)
    from service.commands import access_keys
    from service.commands.people import Rights

    if options.action == "list":
        print(*access_keys.list_keys(settings), sep="\n")
    elif options.action == "revoke":
        print(access_keys.revoke(settings, options.id))
    else:
        rights = Rights(role=options.role, cameras=options.cameras)
        print(access_keys.add(settings, options.name, rights, options.days))
    return 0
