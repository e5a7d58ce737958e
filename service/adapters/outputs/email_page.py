"""The page of a mail: nothing is loaded, and programs that know no style sheets show it, too."""

import html

from service.outputs.message import Language, Message

FIGURE_SIDE_PX = 320
OPEN: dict[Language, str] = {"en": "Open", "ko": "열기"}
# Styles stand on the elements, where all mail programs read them. Those that read this, too, show
# a dark page to who wants one; it has to win over the elements.
DARK = """:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  body { background: #12171d !important; color: #e8edf2 !important; }
  a { color: #a9d0ff !important; border-color: #566473 !important; }
}"""
BODY = "margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif;color:#1a232d;background:#ffffff"
BUTTON = (
    "display:inline-block;margin:0 8px 8px 0;padding:10px 16px;border:1px solid #8a97a6;"
    "border-radius:6px;color:#14304a;text-decoration:none"
)
FIGURE: dict[Language, str] = {
    "en": "Stick figure of the movement",
    "ko": "움직임을 나타낸 막대 그림",
}


def mail_page(message: Message, figure_id: str | None, language: Language) -> str:
    """Return a message as HTML.

    Args:
        figure_id: Content-ID of the stick figure, in angle brackets; None: there is none.
    """
    lines = message.text.split("\n")
    paragraphs = "".join(f'<p style="margin:0 0 12px">{html.escape(each)}</p>' for each in lines)
    title = html.escape(message.title)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width">'
        f'<meta name="color-scheme" content="light dark"><title>{title}</title>'
        f'<style>{DARK}</style></head><body style="{BODY}">'
        f'<h1 style="font-size:20px;line-height:1.3;margin:0 0 12px">{title}</h1>'
        f"{paragraphs}{_figure(figure_id, language)}<p>{_buttons(message, language)}</p>"
        "</body></html>"
    )


def _figure(figure_id: str | None, language: Language) -> str:
    if figure_id is None:
        return ""
    return (
        f'<p><img src="cid:{figure_id[1:-1]}" width="{FIGURE_SIDE_PX}" '
        f'height="{FIGURE_SIDE_PX}" alt="{FIGURE[language]}" '
        'style="max-width:100%;height:auto;border-radius:8px"></p>'
    )


def _buttons(message: Message, language: Language) -> str:
    links = [(each.label, each.url) for each in message.links.actions]
    if message.links.alert is not None:
        links.insert(0, (OPEN[language], message.links.alert))
    return "".join(
        f'<a href="{html.escape(url)}" style="{BUTTON}">{html.escape(label)}</a>'
        for label, url in links
    )
