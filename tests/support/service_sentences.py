"""What the service says of cameras and receivers without codes, read from its sources."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Where they are written, and what takes them.
FILES = (
    "tracker/sources/diagnosis/camera_client.py",
    "tracker/sources/diagnosis/diagnose.py",
    "tracker/sources/key_frames.py",
    "tracker/sources/live_stream.py",
    "tracker/sources/stream_reader.py",
    "tracker/sources/substream_fallback.py",
    "tracker/pose/factory.py",
    "tracker/pose/rtmo.py",
    "tracker/camera/film_judge.py",
    "tracker/camera/health.py",
    "service/adapters/outputs/address_guard.py",
    "service/adapters/outputs/email.py",
    "service/adapters/outputs/http_post.py",
    "service/adapters/outputs/mqtt_connection.py",
    "service/adapters/outputs/template_process.py",
)
CALLS = {
    "CameraLost", "NotDelivered", "Diagnosis", "Answer", "Fault", "_lost",
}  # fmt: skip
NAMES = {"text", "remedy", "note", "notes"}
FILLED_IN = "7"


def parts() -> set[str]:
    """Return every part that has two words at least; what is filled in is a 7."""
    found: set[str] = set()
    for file in FILES:
        for node in ast.walk(ast.parse((ROOT / file).read_text())):
            for taken in _taken(node):
                for sentence in _sentences(taken):
                    found |= {part.strip() for part in sentence.split("; ")}
    return {part for part in found if part.count(" ") >= 1 and len(part) > len("7 of 7")}


def _taken(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Call):
        called = node.func
        name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
        return [*node.args, *(each.value for each in node.keywords)] if name in CALLS else []
    if isinstance(node, ast.Assign):
        names = {each.id for each in node.targets if isinstance(each, ast.Name)}
        return [node.value] if names & NAMES else []
    return []


def _sentences(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            str(each.value) if isinstance(each, ast.Constant) else FILLED_IN for each in node.values
        )
    else:
        for each in ast.iter_child_nodes(node):
            yield from _sentences(each)
