"""`/links/{token}`: what somebody does by a link in a message, without signing in.

GET only shows a page with one button: programs that look at links in messages act on nothing. The
token is the right: whoever has it may do this one thing, once.
"""

from dataclasses import replace

from anyio import to_thread
from fastapi import Request, Response

from inference.types import Act, Alert
from service.access.directory import Identity
from service.access.principal import Principal
from service.api.audited import audited
from service.api.dependencies import ApiDependencies
from service.api.guarded_router import GuardedRouter
from service.api.link_page import LinkState, asking_page, done_page, language_of, state_page
from service.outputs.languages import wording_of
from service.outputs.links import BadLink, Link
from service.outputs.message import Language
from service.records import Snooze

SNOOZE_S = 3600.0


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()

    @routes.get("/links/{token}", include_in_schema=False)
    def show(token: str, request: Request) -> Response:
        """Show what the link does, with a button that does it."""
        language, opened = _language(request), _opened(dependencies, token)
        if isinstance(opened, str):
            return state_page(language, opened)
        link, alert = opened
        wording = wording_of(language, lambda: dependencies.arming.current().zone)
        return asking_page(language, link.action, wording.line(alert))

    @routes.post("/links/{token}", include_in_schema=False)
    async def act(token: str, request: Request) -> Response:
        """Do what the link says, once."""
        language = _language(request)
        opened = await to_thread.run_sync(_opened, dependencies, token)
        if isinstance(opened, str):
            return state_page(language, opened)
        link, alert = opened
        if not await to_thread.run_sync(_done, dependencies, link, alert):
            return state_page(language, "used")
        await _record(request, link)
        return done_page(language, link.action)

    return routes


def _opened(dependencies: ApiDependencies, token: str) -> tuple[Link, Alert] | LinkState:
    """Return what a link does about which alert; or why it does nothing."""
    desk = dependencies.outputs
    try:
        link = desk.signer.read(token)
    except BadLink as err:
        return err.kind
    if desk.links.is_used(link.id):
        return "used"
    found = _found(dependencies, link.alert)
    return "gone" if found is None else (link, found)


def _done(dependencies: ApiDependencies, link: Link, alert: Alert) -> bool:
    """Do what a link says; False if it was done before."""
    # First the act, whose id is the link's: if this process dies between the two, it counts once.
    if link.action == "snooze":
        dependencies.snoozes.put(_snooze(link, alert, dependencies.clock()))
    else:
        dependencies.acts.append(_act(link, dependencies.clock()), alert)
        dependencies.telemetry.count("acts_total", type=_act(link, 0.0).type)
    return dependencies.outputs.links.use(link.id, link.expires_at)


def _act(link: Link, at: float) -> Act:
    judged = link.action == "not-an-alarm"
    return Act(
        id=link.id,
        at=at,
        author=author(link),
        type="verdict" if judged else "acknowledged",
        verdict="false" if judged else None,
    )


def _snooze(link: Link, alert: Alert, at: float) -> Snooze:
    return Snooze(
        id=link.id,
        camera=alert.camera,
        kind=None,
        until=at + SNOOZE_S,
        reason="by a link in a message",
        author=author(link),
        created_at=at,
    )


def author(link: Link) -> str:
    """Return in whose name a link acts."""
    return f"link to {link.target}"


async def _record(request: Request, link: Link) -> None:
    who = Principal(name=author(link), role="operator", kind="link")
    before: Identity | None = request.scope["identity"]
    request.scope["identity"] = (
        Identity(principal=who) if before is None else replace(before, principal=who)
    )
    await audited(request, f"link.{link.action}", after={"alert": link.alert})


def _found(dependencies: ApiDependencies, alert_id: str) -> Alert | None:
    found = dependencies.alerts.get(alert_id)
    return None if found is None else found.archived.alert


def _language(request: Request) -> Language:
    return language_of(request.headers.get("accept-language", ""))
