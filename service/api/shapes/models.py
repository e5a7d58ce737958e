"""Shapes of `/models`."""

from typing import Literal

import msgspec

from inference.types import Kind


class ShownCard(msgspec.Struct, frozen=True, kw_only=True):
    """What a model file says of itself.

    Attributes:
        frames, fps: of its windows.
        threshold: of cameras without one of their own, bits per dimension.
    """

    name: str
    frames: int
    fps: float
    licence: str
    data: str
    threshold: float | None


class ShownModel(msgspec.Struct, frozen=True, kw_only=True):
    """A flow model.

    Attributes:
        sha256: of its file; null: the file of the site's configuration, which is not registered.
        weights: hash of its weights, which scores and alerts name.
        registered_at, promoted_at: UTC seconds.
    """

    sha256: str | None
    name: str
    state: Literal["live", "shadow", "registered"]
    weights: str
    card: ShownCard
    registered_at: float | None = None
    author: str | None = None
    promoted_at: float | None = None


class KindOfTrial(msgspec.Struct, frozen=True, kw_only=True):
    """Alerts of one kind in the time that both models were watched.

    Attributes:
        live_per_day, shadow_per_day: of one camera, on average.
    """

    kind: Kind
    live: int
    shadow: int
    live_per_day: float | None
    shadow_per_day: float | None


class CameraOfTrial(msgspec.Struct, frozen=True, kw_only=True):
    """How far a camera's budget could be kept under the shadow.

    Attributes:
        footage_h: hours that its scores were tried on.
        needed_h: that a promise needs; null: the camera has no budget.
    """

    camera: str
    footage_h: float
    needed_h: float | None


class ShadowInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What the trial of a model has shown; all is null or empty while there is none.

    Attributes:
        since: when it began to score.
        windows: that it scored; cpu_ms_per_window: what each cost.
        compared: windows that both models scored.
        rank_correlation: Spearman's, of their scores.
        same_side: share of windows on the same side of both thresholds.
        only_live, only_shadow: windows above one threshold alone.
        camera_days: of whole blocks of ten minutes under both models; alerts: opened in them.
    """

    model: ShownModel | None
    since: float | None = None
    windows: int = 0
    compared: int = 0
    rank_correlation: float | None = None
    same_side: float | None = None
    only_live: int = 0
    only_shadow: int = 0
    cpu_ms_per_window: float | None = None
    camera_days: float = 0.0
    alerts: list[KindOfTrial] = []
    cameras: list[CameraOfTrial] = []


class PromotionBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a model becomes the live one; it may begin though budgets are not kept at first."""

    without_calibration: bool = False


class ModelChange(msgspec.Struct, frozen=True, kw_only=True):
    """Which model scores windows that are captured from a moment on.

    Attributes:
        sha256: of its file; null: the file of the site's configuration.
        since: capture time, UTC seconds.
    """

    sha256: str | None
    since: float
