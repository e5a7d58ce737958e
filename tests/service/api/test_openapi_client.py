"""A client that openapi-python-client generates works against the service."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from support.api import Service, poses

pytestmark = pytest.mark.slow
NAME = "posewarden_client"
# Media types that the generator does not know.
KNOWN_AS = {
    "application/x-ndjson": "text/plain",
    **dict.fromkeys(
        ("application/x-npy", "image/jpeg", "image/png", "image/webp"), "application/octet-stream"
    ),
}
OPTIONS = {"post_hooks": [], "content_type_overrides": KNOWN_AS}


@pytest.fixture
def client(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a client package, generated from the service's own document."""
    document, config = tmp_path / "openapi.json", tmp_path / "config.yaml"
    document.write_text(service.http.get("/openapi.json").text)
    config.write_text(json.dumps(OPTIONS))
    made = subprocess.run(
        [
            str(Path(sys.executable).with_name("openapi-python-client")),
            "generate",
            f"--path={document}",
            f"--config={config}",
            "--meta=none",
            f"--output-path={tmp_path / NAME}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Warning" not in made.stdout + made.stderr, made.stdout + made.stderr
    monkeypatch.syspath_prepend(tmp_path)
    yield NAME
    for module in [each for each in sys.modules if each.startswith(NAME)]:
        del sys.modules[module]


def module(client: str, path: str) -> ModuleType:
    """Import a module of the client."""
    return importlib.import_module(f"{client}.{path}")


def test_it_scores_a_pose_and_meets_a_422(service: Service, client: str) -> None:
    """Answers and problems come as the models that the document names."""
    models, score = module(client, "models"), module(client, "api.score.post_score")

    def ask(**body: Any) -> Any:
        with module(client, "client").Client(base_url=service.url + "/v1") as reached:
            return score.sync(client=reached, body=models.ScoreRequest.from_dict(body))

    scored = ask(poses=poses(), fps=24.0)
    refused = ask(poses=poses(9), fps=24.0)

    assert (type(scored).__name__, scored.score, scored.anomalous) == ("ScoreResponse", 0.0, False)
    assert type(refused).__name__ == "ProblemBody"
    assert (refused.status, refused.pointer) == (422, "/poses")
