"""What is said of drifts, as sentences with codes."""

from tracker.wording import Wording

NOT_DRIFTING = Wording("drift.state", "it is {state}; only a drift can be accepted")
P_VALUES = Wording("drift.p-values", "how unusual people move")
CONFIDENCE = Wording("drift.confidence", "how surely joints are seen")
HEIGHT = Wording("drift.height", "how tall people are in the picture")
TRACK_LENGTH = Wording("drift.track-length", "how long people are followed")
SCENE = Wording("drift.scene", "where people stand")
OF_PEOPLE = Wording("drift.people", "what it sees of people")
BOTH = Wording("drift.and", "{first} and {second}")
CHANGED = Wording("drift.changed", "{what} changed: it is not what the camera used to see")
LOOK = Wording(
    "drift.look",
    "look at its picture: was it moved, is it dirty, dark, or short of frames? If the new scene is "
    "right, accept it: POST /cameras/{camera}/drift/accept, or `posewarden calibration accept "
    "{camera}`",
)
AGAIN = Wording("drift.again", "what the camera sees of people is again what it used to be")
ANEW = Wording("drift.anew", "somebody took the new scene as usual; the camera is calibrated anew")
