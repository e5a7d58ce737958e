"""One thing that is wrong with a configuration."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """What is wrong, and where.

    Attributes:
        path: of the setting, such as `cameras[0].name`; empty for the whole.
    """

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message
