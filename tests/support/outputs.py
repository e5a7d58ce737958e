"""What the API knows of outputs, in memory."""

import time

from service.adapters.database.connection import Database
from service.adapters.database.deliveries import DatabaseDeliveries
from service.adapters.memory.links import MemoryLinks
from service.adapters.memory.outbox import MemoryOutbox
from service.adapters.memory.site import MemorySite
from service.adapters.outputs.registry import build_output
from service.outputs.composer import Composer
from service.outputs.desk import OutputDesk
from service.outputs.links import LinkSigner
from service.ports.telemetry import SiteTelemetry


def memory_desk(site: MemorySite, database: Database, telemetry: SiteTelemetry) -> OutputDesk:
    """Return the desk over a site in memory and an archive."""
    links = MemoryLinks()
    return OutputDesk(
        states=MemoryOutbox(site, [], owner="", clock=time.time, telemetry=telemetry),
        deliveries=DatabaseDeliveries(database),
        build=build_output,
        compose=lambda settings: Composer(settings.name),
        signer=LinkSigner(links, time.time),
        links=links,
        clock=time.time,
    )
