"""`posewarden outputs`: its arguments."""

import argparse

from service.arguments.flags import Commands, add_actions, load_site


def add_outputs(commands: Commands) -> None:
    """Add the command."""
    outputs = commands.add_parser("outputs", help="list where alerts go, or try one out")
    helps = {
        "list": "show each with its type and origin",
        "test": "send a marked test and print the answer; exit 1 if it does not arrive",
    }
    actions = add_actions(outputs, helps, _outputs, data="data folder of `up` (data)")
    actions["test"].add_argument("name", metavar="NAME", help="the output's name")


def _outputs(options: argparse.Namespace) -> int:
    settings = load_site(options)
    from service.commands.outputs import list_outputs, try_output

    if options.action == "list":
        print(*list_outputs(settings), sep="\n")
        return 0
    result = try_output(settings, options.name)
    print(f"{'delivered' if result.delivered else 'not delivered'}: {result.answer}")
    return 0 if result.delivered else 1
