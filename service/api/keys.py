"""`/keys`: what programs prove themselves by."""

from fastapi import Request, Response

from service.access.changes import add_key, revoke_key
from service.access.credentials import digest_of, new_id, new_key
from service.access.people import ApiKey
from service.access.ports import Author
from service.api.dependencies import ApiDependencies
from service.api.description import describe
from service.api.guarded_router import GuardedRouter
from service.api.problems import json_response
from service.api.shapes.access import KeyBody, KeyInfo, NewKey
from service.api.shapes.acts import NoBody
from service.api.small_body import read_small_body
from service.api.time_query import body_time
from service.api.users import author_at, changed


def router(dependencies: ApiDependencies) -> GuardedRouter:
    """Return the routes over these dependencies."""
    routes = GuardedRouter()

    @routes.get("/keys")
    @describe(list[KeyInfo])
    async def keys() -> Response:
        """Return all keys, without what they open, by name; the site's own is not among them."""
        found = dependencies.directory.state.people.keys.values()
        now = dependencies.clock()
        by_name = sorted(found, key=lambda key: key.name)
        return json_response([_shown(key, now) for key in by_name])

    @routes.post("/keys")
    @describe(NewKey, status=201, body=KeyBody, problems=(409,))
    async def add(request: Request) -> Response:
        """Make a key; the answer is the only time that it is shown."""
        body = await read_small_body(request, KeyBody)
        author, secret = author_at(request, dependencies), new_key()
        key = _made(body, author, secret)
        await changed(dependencies, add_key(key), author)
        return json_response(NewKey(id=key.id, key=secret), 201)

    @routes.delete("/keys/{key_id}")
    @describe(None, status=204)
    async def revoke(key_id: str, request: Request) -> Response:
        """End a key for good."""
        await read_small_body(request, NoBody)
        await changed(dependencies, revoke_key(key_id), author_at(request, dependencies))
        return Response(status_code=204)

    return routes


def _made(body: KeyBody, author: Author, secret: str) -> ApiKey:
    ends = None if body.expires_at is None else body_time(body.expires_at, "/expires_at")
    return ApiKey(
        id=new_id(),
        name=body.name.strip().lower(),
        role=body.role,
        cameras=None if body.cameras is None else tuple(body.cameras),
        digest=digest_of(secret),
        created_at=author.at,
        created_by=author.name,
        expires_at=ends,
    )


def _shown(key: ApiKey, now: float) -> KeyInfo:
    return KeyInfo(
        id=key.id,
        name=key.name,
        role=key.role,
        cameras=None if key.cameras is None else list(key.cameras),
        created_at=key.created_at,
        created_by=key.created_by,
        expires_at=key.expires_at,
        expired=not key.holds_at(now),
    )
