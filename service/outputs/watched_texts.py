"""One sentence on what is not watched, in every language; the page has the same ones."""

from collections.abc import Mapping

from service.outputs.message import Language
from tracker.scene_block import Unwatched

TEXTS: Mapping[Language, Mapping[Unwatched, str]] = {
    "en": {
        "too-small": "{camera}: {percent} % of the time with people is not watched: "
        "people are too small (below {least_px} px)",
        "low-confidence": "{camera}: {percent} % of the time with people is not watched: "
        "bodies are not seen well enough (too dark, too blurred or hidden)",
        "cut-off": "{camera}: {percent} % of the time with people is not watched: "
        "the edge of the picture cuts people off",
        "too-few-frames": "{camera}: {percent} % of the time with people is not watched: "
        "people are not followed for a whole second (too few frames, or hidden)",
    },
    "ko": {
        "too-small": "{camera}: 사람이 보인 시간의 {percent} %는 감시되지 않습니다: "
        "사람이 너무 작습니다({least_px} px 미만)",
        "low-confidence": "{camera}: 사람이 보인 시간의 {percent} %는 감시되지 않습니다: "
        "몸이 잘 보이지 않습니다(어둡거나 흐리거나 가려짐)",
        "cut-off": "{camera}: 사람이 보인 시간의 {percent} %는 감시되지 않습니다: "
        "사람이 화면 가장자리에서 잘립니다",
        "too-few-frames": "{camera}: 사람이 보인 시간의 {percent} %는 감시되지 않습니다: "
        "사람을 1초 동안 이어서 볼 수 없습니다(프레임 부족 또는 가려짐)",
    },
}


def watched_text(language: Language, reason: Unwatched, parameters: Mapping[str, str | int]) -> str:
    """Return the sentence.

    Args:
        parameters: camera, percent and least_px.
    """
    return TEXTS[language][reason].format_map(parameters)
