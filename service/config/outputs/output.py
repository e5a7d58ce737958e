"""What the settings of every output share."""

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from inference.types import Kind, Severity
from service.config.patterns import NAME_PATTERN
from service.sentences.outputs import ESCALATES_TO_ITSELF

# What a target may ask for; "raised" goes with "opened".
WantedEvent: TypeAlias = Literal["opened", "updated", "closed", "acknowledged", "verdict", "note"]
OutputName: TypeAlias = Annotated[str, Field(pattern=NAME_PATTERN, max_length=64)]


class EscalationSettings(BaseModel):
    """What follows when nobody acknowledges an alert.

    Attributes:
        after_s: so long after it opened it is sent again.
        then: the output that gets it after twice that time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    after_s: Annotated[float, Field(ge=1, le=86_400)]
    then: OutputName | None = None


class OutputSettings(BaseModel):
    """What every output has.

    Attributes:
        cameras, kinds, severities, zones, modes: only alerts of these; empty: all.
        events: which changes of an alert are sent.
        system: whether what is wrong with the service itself is sent.
        missed: what could not be sent for more than missed_after_s comes as one `summary`, or
            `each` by itself.
        give_up_after_s: what could not be sent for so long becomes a dead letter.
        cooldown_s: after an alert that was delivered, others of its camera that are no graver are
            grouped for so long, and then come as one summary.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: OutputName
    enabled: bool = True
    cameras: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    severities: tuple[Severity, ...] = ()
    zones: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    events: tuple[WantedEvent, ...] = ("opened", "closed")
    system: bool = True
    language: Literal["en", "ko"] = "en"
    missed: Literal["summary", "each"] = "summary"
    missed_after_s: Annotated[float, Field(ge=1, le=86_400)] = 120.0
    give_up_after_s: Annotated[float, Field(ge=60, le=2_592_000)] = 259_200.0
    cooldown_s: Annotated[float, Field(ge=0, le=86_400)] = 0.0
    escalation: EscalationSettings | None = None

    @model_validator(mode="after")
    def _escalates_elsewhere(self) -> Self:
        if self.escalation is not None and self.escalation.then == self.name:
            raise ValueError(ESCALATES_TO_ITSELF(name=self.name))
        return self
