"""Checks of numeric options, for the `__post_init__` of options classes."""


def require_positive(options: object, *names: str) -> None:
    """Require each named field to be positive.

    Raises:
        ValueError: one is not; the text names the field, its value and the bound.
    """
    for name in names:
        value = getattr(options, name)
        if not value > 0:
            raise ValueError(f"{name} is {value}; it must be above 0")


def require_at_least(options: object, **lows: float) -> None:
    """Require each named field to be at least its lower bound.

    Raises:
        ValueError: one is not; the text names the field, its value and the bound.
    """
    for name, low in lows.items():
        value = getattr(options, name)
        if not value >= low:
            raise ValueError(f"{name} is {value}; it must be at least {low}")
