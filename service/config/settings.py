"""All settings with their ranges and defaults."""

from collections.abc import Mapping
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import parse_qs, quote

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from inference.person_alert import AlertOptions
from inference.types import KINDS, Kind, Verdict
from service.config.arming_settings import Plan, TimeZone, check_cameras, check_holidays
from service.config.budget_settings import BudgetSetting
from service.config.canary_settings import CanarySettings
from service.config.outputs.any_output import AnyOutputSettings, check_escalations
from service.config.patterns import ADDRESS_PATTERN, NAME_PATTERN
from service.config.system_alerts import SystemAlertSettings
from service.config.web_access import TlsSettings, TrustedProxy
from service.config.web_settings import Origin, PublicUrl, RootPath
from service.operations.arming import ArmingPlan
from service.web_address import origin_of, path_of
from tracker.errors import WardenError
from tracker.options import LONGEST_LOOK_EVERY_S, LOOK_EVERY_S
from tracker.sources.diagnosis.diagnosis import Transport
from tracker.sources.source_url import check_source
from tracker.weights.onnx_session import Provider
from tracker.zones.zone import CameraZones, Zone

# Where `posewarden demo` keeps its data; its weights serve other commands, too.
DEMO_DATA = Path(".demo")
MOST_CAMERA_PROCESSES = 64
BUNDLED_MODEL = "posewarden.onnx"


def _checked_source(source: SecretStr) -> SecretStr:
    try:
        check_source(source.get_secret_value())
    except WardenError as err:
        raise ValueError(str(err)) from err
    return source


def _checked_substream(source: SecretStr) -> SecretStr:
    if not source.get_secret_value().startswith(("rtsp://", "rtsps://", "http://", "https://")):
        raise ValueError("a substream is a network stream; write rtsp://user:password@host/path")
    return _checked_source(source)


def _sendable(key: SecretStr) -> SecretStr:
    # HTTP headers corrupt other characters: such a key would never match.
    if not all("!" <= character <= "~" for character in key.get_secret_value()):
        raise ValueError("a key has only letters, digits and punctuation of ASCII, no spaces")
    return key


def _number_of_processes(given: object) -> object:
    number = int(given) if isinstance(given, str) and given.isdecimal() else given
    whole = isinstance(number, int) and not isinstance(number, bool)
    if number == "auto" or (whole and 1 <= int(str(number)) <= MOST_CAMERA_PROCESSES):
        return number
    raise ValueError(
        f"{str(given)[:64]!r} is no number of processes; write auto, or a whole number from 1 to "
        f"{MOST_CAMERA_PROCESSES}"
    )


class RedisSettings(BaseModel):
    """Redis, for windows, scores and alerts; without a url `up` embeds a Valkey.

    Attributes:
        password: used where the url carries none, for the url's ACL user if it names one.
        shards: number of slots the cameras' keys spread over; the same for every process of a site.
        wait_replicas: how many replicas must have an alert, an act or what an output has delivered
            before it counts as kept.
        url_file, password_file: files to read them from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr | None = None
    url_file: Path | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    shards: Annotated[int, Field(ge=1, le=64)] = 1
    wait_replicas: Annotated[int, Field(ge=0, le=5)] = 0

    @model_validator(mode="after")
    def _password_has_url(self) -> Self:
        if self.password is not None and self.url is None:
            raise ValueError("password is given without a url; set redis.url, too")
        return self

    @property
    def address(self) -> str | None:
        """The url with the password in it; None without a url."""
        if self.url is None:
            return None
        url = self.url.get_secret_value()
        return url if self.password is None else _with_password(url, self.password)


def _with_password(url: str, password: SecretStr) -> str:
    """Return a Redis URL with this password, unless it carries one; its ACL user stays."""
    scheme, separator, rest = url.partition("://")
    address, question, options = rest.partition("?")
    user_and_password, _, place = address.rpartition("@")
    user, _, own_password = user_and_password.partition(":")
    if not separator or own_password or "password" in parse_qs(options):
        return url
    secret = quote(password.get_secret_value(), safe="")
    return f"{scheme}://{user}:{secret}@{place}{question}{options}"


class ArchiveSettings(BaseModel):
    """Where alerts are archived; without a url in a file under `data`.

    Attributes:
        url: of a PostgreSQL database.
        password: used where the url carries none.
        url_file, password_file: files to read them from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr | None = None
    url_file: Path | None = None
    password: SecretStr | None = None
    password_file: Path | None = None

    @model_validator(mode="after")
    def _password_has_url(self) -> Self:
        if self.password is not None and self.url is None:
            raise ValueError("password is given without a url; set archive.url, too")
        return self


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


class TraceSettings(BaseModel):
    """Where traces of single frames go.

    Attributes:
        endpoint: a collector's OTLP address over HTTP; None: no traces, at no cost.
        sample: share of the frames with a due window that are traced.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: Annotated[str, Field(pattern=ADDRESS_PATTERN)] | None = None
    sample: Annotated[float, Field(gt=0, le=1)] = 0.01


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
            raise ValueError(
                f"zone {stays[0]!r} has dwell_s, but kinds leaves dwell out; add dwell to kinds"
            )
        return self

    @cached_property
    def drawn(self) -> CameraZones:
        """What is drawn on its picture; the same object each time."""
        return CameraZones(zones=self.zones, min_height_px=self.min_height_px)


class Settings(BaseModel):
    """Everything that can be configured.

    Attributes:
        model: the flow's ONNX file; None: the bundled one.
        provider: of ONNX Runtime; `/readyz` shows which one really runs.
        data: folder of the embedded Valkey's append-only file, of the archive's file and of
            fetched weights.
        public_url: the page's address from outside, for every link that leaves the service.
        root_path: the path under which a proxy shows it; None: that of public_url.
        allowed_origins: other pages that may use the API from a browser.
        metrics_port: of a role that runs on its own but the API; None: 9101 to 9103; 0: none.
        camera_processes: how many `posewarden up` starts; auto: by the cores.
        model_folders: folders searched for pose and person weights before any download.
        media_folder: below it cameras of the API may play files; None: nowhere.
        max_age_s: windows older than this are dropped unscored.
        score_batch: requests of POST /score that are scored in one call, at most; 1: each alone.
        api_key: when set, HTTP and WebSocket require it.
        api_key_file: a file to read it from.
        trusted_proxies: addresses and networks whose word for the client's address and scheme is
            taken.
        tls: files by which the API speaks HTTPS itself; None: it speaks HTTP.
        session_hours: how long somebody who signs in stays so.
        stretches: what is kept below the thresholds.
        time_zone: of the site, IANA's name: that of the calendar's times.
        arming: when which cameras and kinds raise alerts.
        alarms_per_day: false alarms that each camera may raise; None: thresholds follow no budget.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Path | None = None
    provider: Provider = "auto"
    redis: RedisSettings = RedisSettings()
    archive: ArchiveSettings = ArchiveSettings()
    data: Path = Path("data")
    host: str = "127.0.0.1"
    public_url: PublicUrl | None = None
    root_path: RootPath | None = None
    allowed_origins: tuple[Origin, ...] = ()
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    metrics_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    camera_processes: Annotated[Literal["auto"] | int, BeforeValidator(_number_of_processes)] = (
        "auto"
    )
    model_folders: tuple[Path, ...] = ()
    media_folder: Path | None = None
    max_age_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 15.0
    score_batch: Annotated[int, Field(ge=1, le=64)] = 16
    api_key: Annotated[SecretStr, Field(min_length=8), AfterValidator(_sendable)] | None = None
    api_key_file: Path | None = None
    trusted_proxies: tuple[TrustedProxy, ...] = ("127.0.0.1/32", "::1/128")
    tls: TlsSettings | None = None
    session_hours: Annotated[float, Field(ge=0.1, le=720)] = 24.0
    retention: RetentionSettings = RetentionSettings()
    stretches: StretchSettings = StretchSettings()
    alerts: AlertOptions = AlertOptions()
    alarms_per_day: BudgetSetting = None
    traces: TraceSettings = TraceSettings()
    time_zone: TimeZone = "UTC"
    arming: Plan = ArmingPlan()
    cameras: tuple[CameraSettings, ...] = ()
    outputs: tuple[AnyOutputSettings, ...] = ()
    system_alerts: SystemAlertSettings = SystemAlertSettings()
    canary: CanarySettings = CanarySettings()

    @field_validator("outputs")
    @classmethod
    def _escalation_leads_somewhere(
        cls, outputs: tuple[AnyOutputSettings, ...]
    ) -> tuple[AnyOutputSettings, ...]:
        check_escalations(outputs)
        return outputs

    @model_validator(mode="after")
    def _arming_names_cameras(self) -> Self:
        try:
            check_holidays(self.arming)
            check_cameras(self.arming, frozenset(camera.name for camera in self.cameras))
        except ValueError as err:
            raise ValueError(f"arming.{err}") from err
        return self

    @property
    def sub_path(self) -> str:
        """The path under which the service is shown, "" at the top."""
        if self.root_path is not None:
            return self.root_path
        return "" if self.public_url is None else path_of(self.public_url)

    @property
    def page_origins(self) -> tuple[str, ...]:
        """Origins of the pages that may use the API from a browser, besides its own address."""
        own = () if self.public_url is None else (origin_of(self.public_url),)
        return (*own, *self.allowed_origins)

    @property
    def model_path(self) -> Path:
        """The flow's file: the configured one or the bundled one."""
        if self.model is not None:
            return self.model
        return Path(str(resources.files("inference") / "models" / BUNDLED_MODEL))
