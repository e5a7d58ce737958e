"""What became of windows while the model was changed."""

from support.chaos.promotions import Followed, windows_of
from support.score_maker import ScoreMaker

from inference.model_schedule import OWN, ModelSchedule

WEIGHTS = {OWN: "m", "new": "n"}


def test_lost_doubled_and_wrongly_scored_windows_are_counted() -> None:
    """Each window by the model of its capture time, once; later ones than asked are left out."""
    maker, found = ScoreMaker(), Followed()
    for seq in range(6):
        found.windows[f"{seq}"] = maker.start_at + seq / 10
    for seq in (0, 1, 1, 2, 3):
        found.scores[f"{seq}"].append((0.0, maker.score(seq, 1.0)))
    schedule = ModelSchedule().promoted("new", maker.start_at + 0.25)
    figures = windows_of(found, schedule, WEIGHTS, until=maker.start_at + 0.45)

    assert figures == {
        "windows": 5,
        "lost": 1,
        "doubled": 1,
        "wrong_model": 1,
        "share_of_other_model": 0.0,
    }
