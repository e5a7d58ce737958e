"""One thing that is wrong with a configuration."""

from dataclasses import dataclass

from service.sentences.values import AT_SETTING
from tracker.wording import Sentence, sentence_of


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """What is wrong, and where.

    Attributes:
        path: of the setting, such as `cameras[0].name`; empty for the whole.
    """

    path: str
    message: str

    def __str__(self) -> str:
        return str(self.sentence)

    @property
    def sentence(self) -> Sentence:
        """What is wrong with its place, as a sentence with a code."""
        problem = sentence_of(self.message)
        return AT_SETTING(setting=self.path, problem=problem) if self.path else problem
