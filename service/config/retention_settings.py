"""What the archive keeps, and for how long."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
)

from inference.types import Verdict


class RetentionRuleSettings(BaseModel):
    """How long alerts are kept.

    Attributes:
        alerts_days: closed alerts older than this are removed.
        size_mb: the oldest closed alerts are removed while all take more than this.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    alerts_days: Annotated[float, Field(gt=0, le=36_500)] | None = None
    size_mb: Annotated[float, Field(gt=0, le=1e9)] | None = None


def _verdict_names(rules: object) -> object:
    # YAML reads `true:` and `false:` as truth values, not as words.
    words = {True: "true", False: "false"}
    if not isinstance(rules, Mapping):
        return rules
    return {words.get(key, key) if isinstance(key, bool) else key: rules[key] for key in rules}


class RetentionSettings(RetentionRuleSettings):
    """What the archive keeps.

    Attributes:
        cameras: rules for single cameras, by name.
        verdicts: rules for alerts that were judged; their days win over a camera's.
        audit_days: how long entries of the audit log are kept; None: without an end.
    """

    alerts_days: Annotated[float, Field(gt=0, le=36_500)] | None = 90.0
    cameras: Mapping[str, RetentionRuleSettings] = {}
    verdicts: Annotated[
        Mapping[Verdict, RetentionRuleSettings], BeforeValidator(_verdict_names)
    ] = {}
    audit_days: Annotated[float, Field(ge=1, le=36_500)] | None = 400.0


class StretchSettings(BaseModel):
    """What is kept below the thresholds, for near misses and `what-if`.

    Attributes:
        per_hour: stretches of ten seconds of one person, of each camera and hour, by chance.
        near_misses: of each camera and day, the nearest to an alert.
        days: how long both are kept; what somebody labelled stays as long as alerts.
        seed: samples with the same seed are the same.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    per_hour: Annotated[int, Field(ge=0, le=360)] = 4
    near_misses: Annotated[int, Field(ge=0, le=200)] = 10
    days: Annotated[float, Field(gt=0, le=3650)] = 14.0
    seed: int = 1
