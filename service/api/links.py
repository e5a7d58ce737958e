"""`/links/{token}`: what somebody does by a link in a message, without signing in.

GET only shows a page with one button: programs that look at links in messages act on nothing. The
token is the right: whoever has it may do this one thing, once.
"""

from dataclasses import replace
from html import escape
from http import HTTPStatus

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from inference.types import Act, Alert
from service.access.directory import Identity
from service.access.principal import Principal
from service.api.audited import audited
from service.api.auth import SECURITY_HEADERS
from service.api.dependencies import ApiDependencies
from service.outputs.links import Action, BadLink, Link
from service.outputs.wording import English
from service.records import Snooze

SNOOZE_S = 3600.0
QUESTIONS: dict[Action, str] = {
    "acknowledge": "Acknowledge this alert?",
    "snooze": "Keep back the alerts of this camera for one hour?",
    "not-an-alarm": "Was this no alarm?",
}
BUTTONS: dict[Action, str] = {
    "acknowledge": "Acknowledge",
    "snooze": "Snooze for one hour",
    "not-an-alarm": "Not an alarm",
}
DONE: dict[Action, str] = {
    "acknowledge": "Acknowledged.",
    "snooze": "Snoozed for one hour.",
    "not-an-alarm": "Noted: not an alarm.",
}
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="robots" content="noindex">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Posewarden</title></head>
<body><h1>{title}</h1><p>{text}</p>{form}</body></html>
"""
FORM = '<form method="post"><button type="submit">{button}</button></form>'
# No script, no picture, no other page's frame; the form may only be sent back here.
POLICY = "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


def router(dependencies: ApiDependencies) -> APIRouter:
    """Return the routes over these dependencies."""
    routes = APIRouter()
    desk = dependencies.outputs

    @routes.get("/links/{token}", include_in_schema=False)
    def show(token: str) -> Response:
        """Show what the link does, with a button that does it."""
        try:
            link = desk.signer.read(token)
        except BadLink as err:
            return _page("No link", str(err), status=HTTPStatus.GONE)
        if desk.links.is_used(link.id):
            return _page("Done", "This link was used already.")
        line = _line(dependencies, link)
        return _page(QUESTIONS[link.action], line, form=FORM.format(button=BUTTONS[link.action]))

    @routes.post("/links/{token}", include_in_schema=False)
    async def act(token: str, request: Request) -> Response:
        """Do what the link says, once."""
        try:
            link = await to_thread.run_sync(desk.signer.read, token)
        except BadLink as err:
            return _page("No link", str(err), status=HTTPStatus.GONE)
        found = await to_thread.run_sync(_found, dependencies, link.alert)
        if found is None:
            return _page("No alert", "This alert is not kept any more.", HTTPStatus.GONE)
        if not await to_thread.run_sync(_done, dependencies, link, found):
            return _page("Done", "This link was used already.")
        await _record(request, link)
        return _page("Done", DONE[link.action])

    return routes


def _done(dependencies: ApiDependencies, link: Link, alert: Alert) -> bool:
    """Do what a link says; False if it was done before."""
    desk = dependencies.outputs
    if desk.links.is_used(link.id):
        return False
    # First the act, whose id is the link's: if this process dies between the two, it counts once.
    if link.action == "snooze":
        dependencies.snoozes.put(_snooze(link, alert, dependencies.clock()))
    else:
        dependencies.acts.append(_act(link, dependencies.clock()), alert)
        dependencies.telemetry.count("acts_total", type=_act(link, 0.0).type)
    return desk.links.use(link.id, link.expires_at)


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


def _line(dependencies: ApiDependencies, link: Link) -> str:
    found = _found(dependencies, link.alert)
    return "This alert is not kept any more." if found is None else English().line(found)


def _page(title: str, text: str, status: HTTPStatus = HTTPStatus.OK, *, form: str = "") -> Response:
    body = PAGE.format(title=escape(title), text=escape(text), form=form)
    headers = {**SECURITY_HEADERS, "Content-Security-Policy": POLICY}
    return Response(body, status, headers=headers, media_type="text/html; charset=utf-8")
