"""The settings of one camera."""

from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)

from inference.types import KINDS, Kind
from service.config.budget_settings import BudgetSetting
from service.config.patterns import NAME_PATTERN
from service.sentences.cameras import SUBSTREAM, ZONE_WITHOUT_KIND
from tracker.errors import WardenError
from tracker.options import (
    LITE_BELOW_PX,
    LONGEST_LOOK_EVERY_S,
    LOOK_EVERY_S,
    MOST_LITE_BELOW_PX,
)
from tracker.sources.diagnosis.diagnosis import Transport
from tracker.sources.source_url import check_source
from tracker.wording import sentence_of
from tracker.zones.zone import CameraZones, Zone


def _checked_source(source: SecretStr) -> SecretStr:
    try:
        check_source(source.get_secret_value())
    except WardenError as err:
        raise ValueError(sentence_of(err)) from err
    return source


def _checked_substream(source: SecretStr) -> SecretStr:
    if not source.get_secret_value().startswith(("rtsp://", "rtsps://", "http://", "https://")):
        raise ValueError(SUBSTREAM())
    return _checked_source(source)


class CameraSettings(BaseModel):
    """One camera of the site.

    Attributes:
        source: an address or file; may hold credentials, hence secret.
        substream: a smaller stream of the same camera, watched in place of source while it has
            at least 360 lines.
        transport: what the camera's RTP comes over; `auto` is TCP, and UDP where it refuses TCP.
        threshold: bits/dimension at which its alerts open; None: the model card's.
        stride: score every stride-th camera frame of a person.
        priority: its share of the frames, relative to a camera with priority 1, when the machine
            cannot process all frames of all cameras.
        kinds: which kinds of alerts it raises; all by default.
        zones: areas of its picture in which people are not watched, or that alerts carry.
        min_height_px: people whose body is shorter in the picture are not watched.
        alarms_per_day: false alarms that it may raise, of all kinds together or by kind; None: the
            site's. A threshold of its own wins.
        paused: its stream is not opened.
        stills: people who may change cameras may look at single pictures of it.
        look_every_s: so often are calm people's bodies looked at; 0: in every picture, and then
            unchanged pictures are searched, too.
        lite_below_px: shorter bodies that stand are looked at by BlazePose lite; 0: none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=NAME_PATTERN, max_length=64)]
    source: Annotated[SecretStr, AfterValidator(_checked_source)]
    substream: Annotated[SecretStr, AfterValidator(_checked_substream)] | None = None
    transport: Transport = "auto"
    pose: Literal["blazepose", "rtmo", "rtmo-t"] = "blazepose"
    threshold: Annotated[float, Field(allow_inf_nan=False)] | None = None
    stride: Annotated[int, Field(ge=1)] = 3
    priority: Annotated[int, Field(ge=1, le=10)] = 1
    look_every_s: Annotated[float, Field(ge=0, le=LONGEST_LOOK_EVERY_S)] = LOOK_EVERY_S
    lite_below_px: Annotated[float, Field(ge=0, le=MOST_LITE_BELOW_PX)] = LITE_BELOW_PX
    kinds: tuple[Kind, ...] = KINDS
    zones: tuple[Zone, ...] = ()
    min_height_px: float | None = None
    paused: bool = False
    stills: bool = False
    alarms_per_day: BudgetSetting = None

    @model_validator(mode="after")
    def _zones_mean_something(self) -> Self:
        stays = [zone.name for zone in self.drawn.named if zone.dwell_s is not None]
        if stays and "dwell" not in self.kinds:
            raise ValueError(ZONE_WITHOUT_KIND(zone=stays[0]))
        return self

    @cached_property
    def drawn(self) -> CameraZones:
        """What is drawn on its picture; the same object each time."""
        return CameraZones(zones=self.zones, min_height_px=self.min_height_px)
