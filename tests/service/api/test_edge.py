import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import repeat

import pytest
from support.api import Service, Serving, alert, opened
from support.waiting import PATIENCE_S
from websockets.sync.client import connect

from service.api.place import WebPlace
from service.records import AlertFilter, ArchivedAlert

GETS = ["/", "/page/app.js", "/cameras", "/alerts", "/alerts/alert-1", "/healthz", "/readyz"]
PLACE = WebPlace(
    root_path="/pw", public_url="https://h/pw", origins=("https://h", "https://panel.example")
)


def test_head_is_answered_on_every_get_route(service: Service) -> None:
    """The status and headers are those of GET, without a body: `wget --spider` and probes."""
    service.alerts.put(opened(1), None)
    for path in [*GETS, "/metrics", "/nowhere"]:
        got, asked = service.http.get(path), service.http.head(path)
        assert asked.status_code == got.status_code, path
        assert asked.headers["content-length"] == got.headers["content-length"], path
        assert asked.content == b""

    assert service.http.head("/score").status_code == 405


class Endless:
    """An archive of more alerts than anybody reads."""

    def every(self, _wanted: AlertFilter) -> Iterator[ArchivedAlert]:
        return repeat(ArchivedAlert(alert=alert(1)))


def test_head_ends_where_an_answer_is_streamed(service: Service) -> None:
    """It does not walk the export, which may be a million alerts: here it has no end."""
    with Serving(replace(service.dependencies, alerts=Endless())) as url:
        for path in ("/alerts.csv", "/alerts.jsonl"):
            assert service.http.head(url + path).status_code == 200


def test_paths_are_also_of_version_1(service: Service) -> None:
    """`/v1/…` is the same as without, HTTP and WebSocket; but it stands only once."""
    put = service.http.get("/v1/cameras")

    assert put.json() == service.http.get("/cameras").json()
    assert service.http.get("/v1/v1/cameras").status_code == 404
    assert service.http.get("/v1").status_code == 404
    with connect(f"{service.ws}/v1/ws/live") as socket:
        assert json.loads(socket.recv(PATIENCE_S))["type"] == "live"


@pytest.mark.slow
class TestBehindAProxy:
    """The service under a path, used by pages of other hosts."""

    @pytest.fixture
    def api_key(self) -> str:
        return "open-sesame"

    def test_sub_paths_keys_and_origins(self, service: Service) -> None:
        """Whether a proxy takes the path away or not; browsers may ask before they send the key."""
        dependencies = replace(service.dependencies, place=PLACE)
        key = {"X-API-Key": "open-sesame"}
        with Serving(dependencies) as url:
            http = service.http
            for path in GETS[:4]:
                assert http.get(f"{url}/pw{path}", headers=key).status_code == 200, path
                assert http.get(f"{url}{path}", headers=key).status_code == 200, path
            bare = http.get(f"{url}/pw?x=1")
            assert (bare.status_code, bare.headers["location"]) == (308, "/pw/?x=1")
            assert http.get(f"{url}/pwx").status_code == 401
            assert http.get(f"{url}/pw/alerts").status_code == 401
            assert http.get(f"{url}/cameras/", headers=key).status_code == 404  # no redirect
            described = http.get(f"{url}/pw/openapi.json", headers=key).json()
            assert described["servers"][1]["url"] == "https://h/pw"
            self.check_keys(service, url)
            self.check_preflight(service, url)

    def check_keys(self, service: Service, url: str) -> None:
        """A login's token beside the right key does no harm."""
        right, wrong = "open-sesame", "a-token-of-the-proxy"
        for given, status in (
            ({"Authorization": f"Bearer {wrong}", "X-API-Key": right}, 200),
            ({"Authorization": f"Bearer {right}", "X-API-Key": wrong}, 200),
            ({"Authorization": "Basic dTpw", "X-API-Key": right}, 200),
            ({"Authorization": f"Bearer {wrong}", "X-API-Key": wrong}, 401),
            ({"Authorization": f"Bearer {wrong}"}, 401),
        ):
            assert service.http.get(f"{url}/cameras", headers=given).status_code == status, given

    def check_preflight(self, service: Service, url: str) -> None:
        """A named page may send the key; another may not."""
        ask = {"Access-Control-Request-Method": "POST"}
        ask |= {"Access-Control-Request-Headers": "x-api-key,content-type"}
        named = service.http.options(
            f"{url}/pw/score", headers={**ask, "Origin": "https://panel.example"}
        )
        foreign = service.http.options(
            f"{url}/pw/score", headers={**ask, "Origin": "https://evil.example"}
        )
        assert named.status_code == 200
        assert named.headers["access-control-allow-origin"] == "https://panel.example"
        assert "access-control-allow-origin" not in foreign.headers
        refused = service.http.get(f"{url}/cameras", headers={"Origin": "https://panel.example"})
        assert refused.status_code == 401  # which the page may read
        assert refused.headers["access-control-allow-origin"] == "https://panel.example"
