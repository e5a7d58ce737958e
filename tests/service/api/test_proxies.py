"""The configurations of docker/proxy, in Debian's nginx and Caddy before a real server."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from support.api import Service, Serving
from support.proxies import Proxy, caddy, nginx, trusting
from support.waiting import PATIENCE_S
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from service.api.place import WebPlace

pytestmark = pytest.mark.slow
KEY = "open-sesame"
# The address at which each configuration shows the page.
PLACES = (("cameras.example.org", ""), ("www.example.org", "/posewarden"))
LARGE = b'{"poses": [' + b" " * 1_990_000 + b'], "fps": 24}'


@pytest.fixture
def api_key() -> str:
    """Behind a proxy the service wants a key."""
    return KEY


@pytest.fixture
def outside() -> Iterator[httpx.Client]:
    """A client that trusts the proxies' certificates."""
    with httpx.Client(verify=trusting(), timeout=PATIENCE_S) as client:
        yield client


@pytest.mark.parametrize("run", [nginx, caddy])
async def test_the_service_works_behind_a_proxy(
    service: Service,
    outside: httpx.Client,
    tmp_path: Path,
    run: Callable[[Path, str], AbstractContextManager[Proxy]],
) -> None:
    """Alone on a host and under a path: page, key, large bodies, sockets and refusals."""
    with run(tmp_path, service.url.removeprefix("http://")) as proxy:
        for host, path in PLACES:
            check_requests(outside, proxy, host, path)
            await check_sockets(proxy, host, path)


def check_requests(outside: httpx.Client, proxy: Proxy, host: str, path: str) -> None:
    """Ask as a browser, a probe and a program do."""

    def ask(method: str, place: str, **given: object) -> httpx.Response:
        url = f"https://127.0.0.1:{proxy.port}{path}{place}"
        headers = {"Host": f"{host}:{proxy.port}", **given.pop("headers", {})}  # type: ignore[dict-item]
        extensions = {"sni_hostname": host}
        return outside.request(method, url, headers=headers, extensions=extensions, **given)  # type: ignore[arg-type]

    page = ask("GET", "/")
    assert page.status_code == 200
    assert 'src="/' not in page.text
    assert 'href="/' not in page.text
    for name in ("page/app.js", "page/core/html.js", "page/style/tokens.css"):
        assert ask("GET", f"/{name}").status_code == 200, name
    assert ask("HEAD", "/healthz").status_code == 200
    assert ask("GET", "/cameras").status_code == 401
    login = {"Authorization": "Bearer a-token-of-the-login", "X-API-Key": KEY}
    assert ask("GET", "/cameras", headers=login).status_code == 200
    # Our own answer: the proxy has let the whole body through.
    large = ask("POST", "/score", headers=login, content=LARGE)
    assert (large.status_code, large.headers["content-type"]) == (422, "application/problem+json")
    if path:
        bare = ask("GET", "", headers={})
        assert (bare.status_code, bare.headers["location"]) == (308, f"{path}/")


async def check_sockets(proxy: Proxy, host: str, path: str) -> None:
    """The page's socket opens; one of another site's page does not."""

    def socket(origin: str) -> connect:
        return connect(
            f"wss://{host}:{proxy.port}{path}/ws/live",
            host="127.0.0.1",
            port=proxy.port,
            ssl=trusting(),
            open_timeout=PATIENCE_S,
            origin=origin,  # type: ignore[arg-type]
        )

    async with socket(proxy.origin(host)) as opened:
        await opened.send(json.dumps({"api_key": KEY}))
        assert json.loads(await opened.recv())["cameras"][0]["name"] == "gate"
    with pytest.raises(InvalidStatus) as refused:
        async with socket("https://evil.example"):
            pass
    assert refused.value.response.status_code == 403


async def test_a_proxy_that_replaces_host_needs_the_pages_address(
    service: Service, tmp_path: Path
) -> None:
    """Nginx sends its own Host by default: `public_url` or `allowed_origins` admit the page."""
    origin = f"https://{PLACES[0][0]}"
    place = WebPlace(public_url=origin, origins=(origin,))
    with Serving(replace(service.dependencies, place=place)) as named_url:
        opened = [
            await status_of_own_socket(tmp_path, url, origin) for url in (service.url, named_url)
        ]

    assert opened == [403, 101]


async def status_of_own_socket(folder: Path, url: str, origin: str) -> int:
    """Return what the page's socket is answered behind an nginx that replaces Host."""
    with nginx(folder, url.removeprefix("http://"), host_header=False) as proxy:
        try:
            async with connect(
                f"wss://{PLACES[0][0]}:{proxy.port}/ws/live",
                host="127.0.0.1",
                port=proxy.port,
                ssl=trusting(),
                open_timeout=PATIENCE_S,
                origin=origin,  # type: ignore[arg-type]
            ):
                return 101
        except InvalidStatus as refused:
            return refused.response.status_code
