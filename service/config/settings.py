"""All settings with their ranges and defaults."""

from pathlib import Path
from typing import Annotated, Literal, Self

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

from inference.alert_options import AlertOptions
from inference.bundled_model import bundled_model
from service.config.arming_settings import Plan, TimeZone, check_cameras, check_holidays
from service.config.budget_settings import BudgetSetting
from service.config.camera_settings import CameraSettings
from service.config.canary_settings import CanarySettings
from service.config.outputs.any_output import AnyOutputSettings, check_escalations
from service.config.patterns import ADDRESS_PATTERN
from service.config.retention_settings import RetentionSettings, StretchSettings
from service.config.storage_settings import ArchiveSettings, RedisSettings
from service.config.system_alerts import SystemAlertSettings
from service.config.web_access import TlsSettings, TrustedProxy
from service.config.web_settings import Origin, PublicUrl, RootPath
from service.operations.arming_plan import ArmingPlan
from service.web_address import origin_of, path_of
from tracker.weights.onnx_session import Provider

# Where `posewarden demo` keeps its data; its weights serve other commands, too.
DEMO_DATA = Path(".demo")
MOST_CAMERA_PROCESSES = 64


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


class TraceSettings(BaseModel):
    """Where traces of single frames go.

    Attributes:
        endpoint: a collector's OTLP address over HTTP; None: no traces, at no cost.
        sample: share of the frames with a due window that are traced.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: Annotated[str, Field(pattern=ADDRESS_PATTERN)] | None = None
    sample: Annotated[float, Field(gt=0, le=1)] = 0.01


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
        time_zone: of the site, IANA's name: that of the calendar's times, and of messages.
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
    score_batch: Annotated[int, Field(ge=1, le=64)] = 32
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
        return bundled_model() if self.model is None else self.model
