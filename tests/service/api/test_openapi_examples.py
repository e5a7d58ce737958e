"""The examples in docs/api-examples.md do what they say."""

import asyncio
import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from support.api import Service, alert, opened, poses
from support.waiting import PATIENCE_S

from inference.types import AlertEvent

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "api-examples.md"
KEY = "key-of-the-examples"


@pytest.fixture
def api_key() -> str:
    """The site's key."""
    return KEY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where examples run: it holds poses.json."""
    (tmp_path / "poses.json").write_text(json.dumps({"poses": poses(), "fps": 24}))
    return tmp_path


def example(language: str, number: int = 0) -> str:
    """One of the document's examples in a language."""
    text = EXAMPLES.read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[number]


async def output(service: Service, folder: Path, *command: str) -> str:
    """What a program prints; it must succeed."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**os.environ, "URL": service.url, "KEY": KEY},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, (out, err)
    return out.decode()


@pytest.mark.slow
async def test_curl(service: Service, folder: Path) -> None:
    """Alerts are listed, poses scored, a camera snoozed."""
    service.alerts.put(opened(1), None)

    answers = [
        json.loads(await output(service, folder, "bash", "-euc", example("bash", number)))
        for number in range(3)
    ]

    assert [each["id"] for each in answers[0]["alerts"]] == ["alert-1"]
    assert answers[1]["score"] == 0.0
    assert (answers[2]["camera"], answers[2]["active"]) == ("gate", True)


@pytest.mark.slow
async def test_python(service: Service, folder: Path) -> None:
    """Every alert that opened is acknowledged; poses are scored, too few of them refused."""
    service.alerts.put(opened(1), None)
    service.alerts.put(AlertEvent(type="closed", alert=alert(1, version=2, state="closed")), None)

    acknowledged = await output(service, folder, sys.executable, "-c", example("python"))
    scored = await output(service, folder, sys.executable, "-c", example("python", 1))

    assert acknowledged.startswith("alert-1 is acknowledged")
    assert scored.splitlines()[0] == "score 0.0"
    assert scored.splitlines()[1].startswith("422 /poses 2 frames")


@pytest.mark.slow
async def test_javascript(service: Service, folder: Path) -> None:
    """The alert that comes first is judged."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on the PATH; apt-get install nodejs")
    service.alerts.put(opened(1), None)
    script = folder / "example.mjs"
    script.write_text(example("javascript"))

    printed = await output(service, folder, node, "--experimental-websocket", str(script))

    assert printed.startswith("alert-1 verdict unsure\n")


def test_node_red_asks_for_addresses_that_there_are(service: Service) -> None:
    """It is JSON that Node-RED could import; its addresses are routes of the service."""
    nodes = {node["id"]: node for node in json.loads(example("json"))}
    wired = [there for node in nodes.values() for wires in node.get("wires", ()) for there in wires]
    paths = service.http.get("/openapi.json").json()["paths"]

    assert set(wired) <= set(nodes)
    assert nodes["pw-feed"]["path"].startswith("ws://127.0.0.1:8000/v1/ws/alerts")
    assert "/v1/alerts/${alert.id}/acknowledge" in nodes["pw-falls"]["func"]
    assert "post" in paths["/alerts/{alert_id}/acknowledge"]
