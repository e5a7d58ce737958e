"""The topics of a site, below `<prefix>/<site>/`."""

from dataclasses import dataclass

SETTABLE = ("armed", "suspend", "alarms_per_day")


@dataclass(frozen=True, slots=True)
class Topics:
    """Where each fact is published, and where commands come from.

    Attributes:
        base: `<prefix>/<site>`.
        discovery: the prefix under which Home Assistant looks for devices; None: it is not told.
    """

    base: str
    discovery: str | None

    @property
    def status(self) -> str:
        """Whether the service itself is there: `online` or `offline`."""
        return f"{self.base}/status"

    @property
    def mode(self) -> str:
        """The mode that holds."""
        return f"{self.base}/mode"

    @property
    def trouble(self) -> str:
        """Whether something is wrong with the service, `ON` or `OFF`."""
        return f"{self.base}/trouble"

    @property
    def troubles(self) -> str:
        """What is wrong, as attributes."""
        return f"{self.base}/troubles"

    @property
    def system(self) -> str:
        """Events that are not a camera's: summaries, tests, the service's own."""
        return f"{self.base}/system"

    def of(self, camera: str, fact: str) -> str:
        """Return the topic of a camera's fact."""
        return f"{self.base}/{camera}/{fact}"

    def command(self, camera: str, fact: str) -> str:
        """Return the topic on which a camera's fact is set."""
        return f"{self.base}/{camera}/{fact}/set"

    @property
    def mode_command(self) -> str:
        """The topic on which a mode is chosen."""
        return f"{self.mode}/set"

    @property
    def birth(self) -> str | None:
        """Where Home Assistant says that it has started."""
        return None if self.discovery is None else f"{self.discovery}/status"

    def subscriptions(self, *, commands: bool) -> list[str]:
        """Return what to subscribe to."""
        # What is retained of cameras that are no more has to be removed.
        wanted = [self.of("+", "status")]
        if self.birth is not None:
            wanted.append(self.birth)
        if commands:
            wanted += [self.mode_command, *(f"{self.base}/+/{fact}/set" for fact in SETTABLE)]
        return wanted

    def camera_of_status(self, topic: str) -> str | None:
        """Return the camera whose status this topic is; None: it is another topic."""
        prefix, _, rest = topic.partition(f"{self.base}/")
        camera, _, fact = rest.partition("/")
        return camera if not prefix and fact == "status" else None

    @property
    def node(self) -> str:
        """The site's name among Home Assistant's devices."""
        return self.base.replace("/", "_")

    def device(self, camera: str | None) -> str:
        """Return the topic that describes a camera's device, or with None the site's."""
        name = self.node if camera is None else f"{self.node}_{camera}"
        return f"{self.discovery}/device/{name}/config"
