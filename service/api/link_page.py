"""The page behind a link in a message: a line and at most one button, without any script."""

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from typing import Literal, TypeAlias

from fastapi import Response

from service.api.auth import SECURITY_HEADERS
from service.outputs.links import Action
from service.outputs.message import Language

# What a link may have come to, besides what it asks.
LinkState: TypeAlias = Literal["done", "used", "forged", "expired", "gone"]
Texts: TypeAlias = Mapping[str, tuple[str, str]]

# By action: the question, and its button.
QUESTIONS: Mapping[Language, Mapping[Action, tuple[str, str]]] = {
    "en": {
        "acknowledge": ("Acknowledge this alert?", "Acknowledge"),
        "snooze": ("Keep back this camera's alerts for one hour?", "Snooze for one hour"),
        "not-an-alarm": ("Was this no alarm?", "Not an alarm"),
    },
    "ko": {
        "acknowledge": ("이 경보를 확인하시겠습니까?", "확인"),
        "snooze": ("이 카메라의 경보를 1시간 동안 끄시겠습니까?", "1시간 동안 끄기"),
        "not-an-alarm": ("오경보였습니까?", "오경보"),
    },
}
DONE: Mapping[Language, Mapping[Action, str]] = {
    "en": {
        "acknowledge": "Acknowledged.",
        "snooze": "Snoozed for one hour.",
        "not-an-alarm": "Noted: not an alarm.",
    },
    "ko": {
        "acknowledge": "확인했습니다.",
        "snooze": "1시간 동안 껐습니다.",
        "not-an-alarm": "오경보로 기록했습니다.",
    },
}
STATES: Mapping[Language, Texts] = {
    "en": {
        "done": ("Done", ""),
        "used": ("Done already", "This link was used already."),
        "forged": ("No link", "This link was not made here, or is incomplete."),
        "expired": ("Too old", "This link is too old. Sign in on the page to act."),
        "gone": ("No alert", "This alert is not kept any more."),
    },
    "ko": {
        "done": ("완료", ""),
        "used": ("이미 완료됨", "이미 사용된 링크입니다."),
        "forged": ("잘못된 링크", "이곳에서 만든 링크가 아니거나 일부가 빠졌습니다."),
        "expired": ("만료됨", "링크의 기한이 지났습니다. 페이지에 로그인하여 처리하십시오."),
        "gone": ("경보 없음", "이 경보는 더 이상 보관되어 있지 않습니다."),
    },
}
MARKS: Mapping[LinkState, str] = {
    "done": "✓", "used": "✓", "forged": "✕", "expired": "✕", "gone": "✕",
}  # fmt: skip
STYLE = """
:root { color-scheme: light dark; --ground: #f4f6f9; --card: #fff; --text: #1a232d;
  --quiet: #4c5a69; --line: #c3ccd6; --main: #1f5fa8; --on: #fff; }
@media (prefers-color-scheme: dark) { :root { --ground: #10141a; --card: #1a212a;
  --text: #e8edf2; --quiet: #a8b4c0; --line: #37434f; --main: #7db8f2; --on: #0c1a28; } }
body { margin: 0; min-height: 100vh; min-height: 100dvh; display: grid; place-items: center;
  background: var(--ground); color: var(--text); font: 17px/1.5 system-ui, sans-serif; }
main { box-sizing: border-box; width: min(440px, 100% - 32px); padding: 28px;
  border: 1px solid var(--line); border-radius: 14px; background: var(--card); }
h1 { font-size: 22px; line-height: 1.3; margin: 0 0 8px; word-break: keep-all; }
p { margin: 0; color: var(--quiet); overflow-wrap: anywhere; }
.mark { font-size: 34px; line-height: 1; margin-bottom: 12px; }
button { width: 100%; min-height: 52px; margin-top: 22px; border: 0; border-radius: 10px;
  font: inherit; font-weight: 600; background: var(--main); color: var(--on); cursor: pointer; }
button:focus-visible { outline: 3px solid var(--text); outline-offset: 3px; }
"""
PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="robots" content="noindex">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Posewarden</title><style>{style}</style></head>
<body><main data-state="{state}">{mark}<h1>{title}</h1><p>{text}</p>{form}</main></body></html>
"""
FORM = '<form method="post"><button type="submit">{button}</button></form>'
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# No script, no picture, no other page's frame; the form may only be sent back here.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def language_of(accepted: str) -> Language:
    """Return the language of ours that a browser names first; English where it names none.

    Args:
        accepted: its header Accept-Language.
    """
    for each in accepted.split(","):
        match each.strip()[:2].lower():
            case "ko":
                return "ko"
            case "en":
                return "en"
    return "en"


def asking_page(language: Language, action: Action, line: str) -> Response:
    """Return the page that asks whether to act.

    Args:
        line: what the alert is.
    """
    question, button = QUESTIONS[language][action]
    form = FORM.format(button=escape(button))
    return _page(language, "asks", question, line, form=form)


def done_page(language: Language, action: Action) -> Response:
    """Return the page that says what was done."""
    title, _ = STATES[language]["done"]
    return _page(language, "done", title, DONE[language][action])


def state_page(language: Language, state: LinkState) -> Response:
    """Return the page of a link that does nothing any more, or never did."""
    title, text = STATES[language][state]
    status = HTTPStatus.OK if state == "used" else HTTPStatus.GONE
    return _page(language, state, title, text, status)


def _page(
    language: Language,
    state: LinkState | Literal["asks"],
    title: str,
    text: str,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    form: str = "",
) -> Response:
    mark = "" if state == "asks" else f'<p class="mark" aria-hidden="true">{MARKS[state]}</p>'
    body = PAGE.format(
        language=language,
        title=escape(title),
        style=STYLE,
        state=state,
        mark=mark,
        text=escape(text),
        form=form,
    )
    headers = {**SECURITY_HEADERS, "Content-Security-Policy": POLICY, "Vary": "Accept-Language"}
    return Response(body, status, headers=headers, media_type="text/html; charset=utf-8")
