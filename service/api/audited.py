"""Records changes in the audit log: who, from where, what was before, what is after."""

from anyio import to_thread
from starlette.requests import HTTPConnection

from service.access.ports import AuditLog
from service.api.auth import author_of
from service.api.client import address_of
from service.records import AuditEntry


async def audited(
    request: HTTPConnection, action: str, *, before: object = None, after: object = None
) -> None:
    """Record a change that was just made.

    Args:
        action: what was done to what, such as `snooze.end`.
        before, after: as JSON shows them, without secrets; None: there was, or is, nothing.
    """
    entry = AuditEntry(
        at=request.app.state.clock(),
        author=author_of(request),
        origin=address_of(request),
        action=action,
        details={"before": before, "after": after},
    )
    log: AuditLog = request.app.state.audit
    await to_thread.run_sync(log.append, entry)
