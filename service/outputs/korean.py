"""Titles and texts of messages in Korean."""

from inference.types import Act, Alert, Kind, Severity, Verdict
from service.outputs.message import MessageEvent, Summary
from service.outputs.moments import SiteZone, in_utc, time_text
from service.outputs.why import WhyWords, why_sentence
from service.outputs.wording import Wording
from service.system_events import SystemEvent

KINDS: dict[Kind, str] = {
    "dwell": "오래 머무름",
    "movement": "특이한 움직임",
    "running": "달리기",
    "fight": "싸움",
    "fall": "넘어짐",
    "person_down": "쓰러진 사람",
}
SEEN: dict[Kind, str] = {
    "dwell": "구역에 오래 머무르고 있습니다.",
    "movement": "평소와 다르게 움직입니다.",
    "running": "달리고 있습니다.",
    "fight": "두 사람이 싸우는 것으로 보입니다.",
    "fall": "사람이 넘어졌습니다.",
    "person_down": "사람이 쓰러져 일어나지 않습니다.",
}
SEVERITIES: dict[Severity, str] = {
    "notice": "참고",
    "warning": "경고",
    "critical": "심각",
}
VERDICTS: dict[Verdict, str] = {"true": "실제 상황", "false": "오경보", "unsure": "판단 보류"}
SYSTEM = {
    "camera-lost": "카메라 {camera}: 영상이 끊겼습니다",
    "cameras-lost": "여러 카메라의 영상이 끊겼습니다",
    "canary-failed": "서비스가 자체 점검에 실패했습니다",
    "no-worker": "점수를 내는 워커가 없습니다",
    "no-decider": "알림을 판정하는 프로세스가 없습니다",
    "replicas-behind": "Redis 복제본이 따라오지 못합니다",
    "store-full": "{subject}: 공간이 거의 찼습니다",
    "clocks-differ": "{subject} 역할: 시계가 Redis와 다릅니다",
    "output-failing": "출력 {subject}: 전달되지 않습니다",
    "drift": "카메라 {camera}: 보이는 모습이 이전과 다릅니다",
    "calibration": "카메라 {camera}: 보정",
    "model": "모델이 바뀌지 않았습니다",
}
BACK = {
    "camera-lost": "카메라 {camera}: 영상이 돌아왔습니다",
    "cameras-lost": "카메라들의 영상이 돌아왔습니다",
    "canary-failed": "서비스가 자체 점검을 다시 통과합니다",
    "no-worker": "워커가 다시 점수를 냅니다",
    "no-decider": "알림을 다시 판정합니다",
    "replicas-behind": "Redis 복제본이 다시 따라옵니다",
    "store-full": "{subject}: 공간이 생겼습니다",
    "clocks-differ": "{subject} 역할: 시계가 다시 Redis와 맞습니다",
    "output-failing": "출력 {subject}: 다시 전달됩니다",
    "drift": "카메라 {camera}: 보이는 모습이 다시 이전과 같습니다",
    "calibration": "카메라 {camera}: 보정",
    "model": "다른 모델이 점수를 냅니다",
}
WHY = WhyWords(
    what={
        "fall": "{within}초 만에 넘어졌습니다",
        "fall_fast": "빠르게 넘어졌습니다",
        "down": "{within}초 만에 넘어져 {lasted} 동안 일어나지 않았습니다",
        "down_fast": "빠르게 넘어져 {lasted} 동안 일어나지 않았습니다",
        "running": "이곳 평소 속도의 {times}배로 달렸습니다",
        "running_walk": "걷는 속도의 {times}배로 달렸습니다",
        "fight": "가까이 있는 두 사람이 {lasted} 동안 거칠게 움직였습니다",
        "fight_strikes": "두 사람이 {lasted} 동안 서로에게 손발을 휘둘렀습니다",
        "fight_shoves": "두 사람이 {lasted} 동안 서로 밀쳤습니다",
        "dwell": "구역 {zone}에 {lasted} 동안 머물렀습니다(한도 {limit})",
        "movement": "평소와 다르게 움직였습니다",
        "movement_part": "평소와 다르게 움직였고 {part}의 움직임이 가장 두드러졌습니다",
    },
    here={
        "fall": "이곳에서 지난 {time} 중 넘어짐에 가장 가까운 움직임입니다",
        "running": "이곳에서 지난 {time} 중 가장 빠른 달리기입니다",
        "fight": "이곳에서 지난 {time} 중 가장 거친 움직임입니다",
        "movement": "이곳에서 지난 {time} 중 가장 특이한 움직임입니다",
    },
    ordinary="보통 한 사람이 {time}에 한 번 하는 움직임입니다",
    beyond="평소 영상 1000시간에도 없던 움직임입니다",
    parts={
        "head": "머리",
        "trunk": "몸통",
        "arms": "두 팔",
        "left_arm": "왼팔",
        "right_arm": "오른팔",
        "legs": "두 다리",
        "left_leg": "왼쪽 다리",
        "right_leg": "오른쪽 다리",
    },
    times={
        "seconds": ("{count}초", "{count}초"),
        "minutes": ("{count}분", "{count}분"),
        "hours": ("{count}시간", "{count}시간"),
        "days": ("{count}일", "{count}일"),
    },
    sentence="{what}.",
    rare="{what}. {rare}.",
)
ACTIONS = {
    "acknowledge": "확인",
    "snooze": "이 카메라 1시간 끄기",
    "not-an-alarm": "오경보",
}


class Korean(Wording):
    """Korean; times are the site's. Reasons of the service itself are English, as in its log.

    Args:
        zone: of the site.
    """

    def __init__(self, zone: SiteZone = in_utc) -> None:
        self._zone = zone

    def alert(self, event: MessageEvent, alert: Alert, grouped: int) -> tuple[str, str]:
        what = f"{KINDS[alert.kind]} · {alert.camera}"
        begins = {
            "updated": f"{what}, 변경",
            "closed": f"{what}, 종료",
            "raised": f"{what}: 다시 확인이 필요합니다",
            "escalated": f"아무도 확인하지 않음: {what}",
        }
        explained = alert.explanation
        why = SEEN[alert.kind] if explained is None else why_sentence(explained, WHY)
        parts = [f"{SEVERITIES[alert.severity]}, {self._time(alert.opened_at)}.", why]
        if alert.closed_at is not None:
            parts.append(f"{alert.closed_at - alert.opened_at:.0f}초 동안 지속되었습니다.")
        if grouped:
            parts.append(f"지난 메시지 이후 {alert.camera}에서 {grouped}건이 더 있었습니다.")
        return begins.get(event, what), " ".join(parts)

    def act(self, act: Act, alert: Alert) -> tuple[str, str]:
        what = f"{KINDS[alert.kind]} · {alert.camera}"
        did = {
            "acknowledged": f"확인함: {what}",
            "verdict": f"{VERDICTS[act.verdict]}: {what}" if act.verdict else what,
            "note": f"메모: {what}",
        }
        by = f"{act.author}, {self._time(act.at)}."
        return did.get(act.type, what), f"{by} {act.text}" if act.text else by

    def system(self, event: SystemEvent) -> tuple[str, str]:
        names = SYSTEM if event.state == "raised" else BACK
        title = names[event.type].format(camera=event.camera, subject=event.subject)
        said = [each for each in (event.reason, event.remedy) if each]
        return title, "; ".join(said) or self._time(event.at)

    def line(self, alert: Alert) -> str:
        over = "" if alert.closed_at is None else f", {alert.closed_at - alert.opened_at:.0f}초"
        return f"{self._time(alert.opened_at)} {KINDS[alert.kind]} · {alert.camera}{over}"

    def summary(self, summary: Summary) -> tuple[str, str]:
        why = "전달할 수 없던 동안의 경보" if summary.late else "묶음 경보"
        counted = f"{why} {summary.count}건"
        title = counted if summary.count else self.system(summary.system[0])[0]
        more = summary.count - len(summary.lines)
        lines = [f"{line.text} {line.url or ''}".strip() for line in summary.lines]
        lines += [f"외 {more}건"] if more else []
        lines += [f"{self._time(event.at)} {self.system(event)[0]}" for event in summary.system]
        between = f"{self._time(summary.since)} – {self._time(summary.until)}"
        return title, "\n".join([between, *lines])

    def test(self, output: str) -> tuple[str, str]:
        return "Posewarden 시험", f"출력 {output}의 시험 메시지입니다. 아무 일도 없었습니다."

    def action(self, action: str) -> str:
        return ACTIONS[action]

    def _time(self, at: float) -> str:
        return time_text(at, self._zone())
