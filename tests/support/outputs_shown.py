"""What receivers get, for the documents: pictures of a mail, exact requests, retained topics."""

import argparse
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import Browser

from export.bench.site.service import RunningService
from service.adapters.outputs.apprise import AppriseOutput
from service.adapters.outputs.frigate import Frigate
from service.adapters.outputs.ntfy import Ntfy
from service.config.outputs.apprise import AppriseSettings
from service.config.outputs.frigate import FrigateSettings
from service.config.outputs.ntfy import NtfySettings
from service.outputs.message import Language
from service.outputs.ports import Output
from support.mail_page import mail, message, show
from support.mosquitto import Client, Heard, Mosquitto
from support.page_browser import chromium, opened_page
from support.waiting import eventually

SHOWN_CHARACTERS = 70
MAILS: tuple[tuple[str, Language, Literal["light", "dark"]], ...] = (
    ("mail", "en", "light"),
    ("mail-korean", "ko", "dark"),
)
CAMERA = {"name": "gate", "source": "sim:?people=3&fps=10&events=fall@6", "threshold": 1.6}


def ntfy(port: int) -> Output:
    """A topic of a server on a port."""
    given = {"name": "phone", "type": "ntfy", "topic": "warden-x7", "token": "tk_secret"}
    url = {"url": f"http://127.0.0.1:{port}", "allow_local": True}
    return Ntfy(NtfySettings.model_validate(given | url))


def ntfy_text(port: int) -> Output:
    """The same without a picture."""
    given = {"name": "phone", "type": "ntfy", "topic": "warden-x7", "picture": False}
    url = {"url": f"http://127.0.0.1:{port}", "allow_local": True}
    return Ntfy(NtfySettings.model_validate(given | url))


def apprise(port: int) -> Output:
    """Apprise's plain JSON, which any other service's form is made of."""
    given = {"name": "any", "type": "apprise", "url": f"json://127.0.0.1:{port}/hook"}
    return AppriseOutput(AppriseSettings.model_validate(given))


def frigate(port: int) -> Output:
    """A Frigate on a port."""
    given = {"name": "nvr", "type": "frigate", "url": f"http://127.0.0.1:{port}"}
    return Frigate(FrigateSettings.model_validate(given | {"allow_local": True}))


def request_of(output: Callable[[int], Output], language: Language = "en") -> str:
    """Send a message to a server that records it; return the request as it came."""
    came: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            client, _ = server.accept()
            with client:
                came.append(_whole(client))
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        thread = threading.Thread(target=take)
        thread.start()
        made = output(server.getsockname()[1])
        made.send(message(language))
        made.close()
        thread.join()
    head, _, body = came[0].partition(b"\r\n\r\n")
    return head.decode().replace("\r\n", "\n") + "\n\n" + _shown_body(body)


def _whole(client: socket.socket) -> bytes:
    """Return a request, as long as its header says that it is."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += client.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    while len(body) < int(lines[b"content-length"]):
        body += client.recv(65_536)
    return head + b"\r\n\r\n" + body


def _shown_body(body: bytes) -> str:
    if body.startswith(b"\x89PNG"):
        return f"({len(body)} bytes of PNG)"
    if body.startswith(b"{"):
        shown: dict[str, Any] = json.loads(body)
        for each in shown.get("attachments", ()):
            each["base64"] = each["base64"][:12] + "…"
        return json.dumps(shown, indent=2, ensure_ascii=False)
    return body.decode()


def requests() -> Iterator[str]:
    """Yield what is sent, with a heading each."""
    yield f"# ntfy, with the stick figure\n\n{request_of(ntfy)}\n"
    yield f"# ntfy, in Korean: headers as RFC 2047 has it\n\n{request_of(ntfy, 'ko')}\n"
    yield f"# ntfy, without a picture\n\n{request_of(ntfy_text)}\n"
    yield f"# Apprise, json://\n\n{request_of(apprise)}\n"
    yield f"# Frigate\n\n{request_of(frigate)}\n"


def retained_topics() -> Iterator[str]:
    """Run a service until somebody has fallen; yield what a broker then tells a newcomer."""
    broker = Mosquitto()
    try:
        broker.start()
        output = broker.settings(site="shop")
        with (
            RunningService([CAMERA], site={"outputs": [output]}) as service,
            Client(broker) as watching,
        ):
            eventually(service.opened, what="an alert")
            figure = "posewarden/shop/gate/figure"
            eventually(lambda: watching.last(figure), what="its stick figure")
            with Client(broker) as newcomer:
                eventually(lambda: newcomer.last(figure), what="what is retained")
                heard = [each for each in newcomer.heard if each.retained]
        yield from (_line(each) for each in sorted(heard, key=lambda each: each.topic))
    finally:
        broker.remove()


def _line(heard: Heard) -> str:
    if heard.payload.startswith(b"\x89PNG"):
        return f"{heard.topic} ({len(heard.payload)} bytes of PNG)"
    text = heard.payload.decode()
    cut = "…" if len(text) > SHOWN_CHARACTERS else ""
    return f"{heard.topic} {text[:SHOWN_CHARACTERS]}{cut}"


def take_mails(browser: Browser, folder: Path) -> None:
    """Write a picture of each mail."""
    size = {"width": 640, "height": 590}
    for name, language, theme in MAILS:
        file = folder / f"{name}.png"
        with opened_page(browser, "about:blank", viewport=size, color_scheme=theme) as page:
            show(page, mail(language))
            page.screenshot(path=file, full_page=True)
        with Image.open(file) as taken:
            taken.convert("RGB").quantize(128).save(file, optimize=True)


def main() -> None:
    """Write all into a folder, but the retained topics, which are printed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "requests.txt").write_text("\n".join(requests()))
    print(*retained_topics(), sep="\n")
    with chromium() as browser:
        take_mails(browser, folder)


if __name__ == "__main__":
    main()
