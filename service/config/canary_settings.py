"""Settings of the canary that goes through the picture."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class CanarySettings(BaseModel):
    """Whether, and how often, a drawn fall is shown to each camera process's own networks.

    Attributes:
        pictures: whether it is shown at all.
        every_s: from one showing to the next.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pictures: bool = True
    every_s: Annotated[float, Field(ge=60, le=86_400)] = 3600.0
