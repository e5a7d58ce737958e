"""Tables in the documents that the code writes."""


def row(*cells: str) -> str:
    """Return a row of a table, safe from bars and line ends in its cells."""
    safe = (cell.replace("|", "\\|").replace("\n", " ") for cell in cells)
    return "| " + " | ".join(safe) + " |\n"
