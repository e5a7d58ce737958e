"""What the options of all processes check of themselves; see each range beside its field."""


def require_positive(options: object, *names: str) -> None:
    """Let each of these fields be above 0.

    Raises:
        ValueError: one is not, or is no number; the text names it and its remedy.
    """
    for name in names:
        value = getattr(options, name)
        if not value > 0:
            raise ValueError(f"{name} is {value}; it must be above 0")


def require_at_least(options: object, **lows: float) -> None:
    """Let each of these fields be at least so much.

    Raises:
        ValueError: one is not, or is no number; the text names it and its remedy.
    """
    for name, low in lows.items():
        value = getattr(options, name)
        if not value >= low:
            raise ValueError(f"{name} is {value}; it must be at least {low}")
