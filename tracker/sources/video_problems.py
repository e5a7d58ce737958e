"""Say why a file gives no video, with the remedy."""

from pathlib import Path

import cv2

from tracker.sources.opencv_capture import open_file

_QUICKTIME = (".mp4", ".m4v", ".mov")
_PICTURE_CODECS = ("MJPG", "png ", "MPNG")
_MOST_BOXES = 10_000


def why_unreadable(path: Path) -> str:
    """Return why a file cannot be read as video, and what to do."""
    try:
        empty = path.stat().st_size == 0
        cut_off = path.suffix.lower() in _QUICKTIME and _lacks_index(path)
    except OSError as err:
        return f"{path.name} cannot be read: {err.strerror}; check the file and its rights"
    if empty:
        return f"{path.name} is empty; copy it again"
    if cut_off:
        return (
            f"{path.name} has no index (moov): its recording or copy was cut off before the end; "
            "copy it again or repair it with a tool such as untrunc, and record to .mkv or .ts, "
            "which need no index"
        )
    return f"{path.name} cannot be read as video; convert it to H.264 MP4"


def cover_problem(path: Path, capture: cv2.VideoCapture) -> str | None:
    """Return what to do about a file of which only the cover picture would be shown."""
    if _codec(capture) not in _PICTURE_CODECS:
        return None
    packets = open_file(path, packets=True)  # where FFmpeg's choice leaves out cover pictures
    try:
        video = _codec(packets)
    finally:
        packets.release()
    if video in (_codec(capture), ""):
        return None
    return (
        f"{path.name} begins with a cover picture, which hides its video; remove it: "
        f"ffmpeg -i {path.name} -map 0:V -c copy without_cover{path.suffix}"
    )


def _codec(capture: cv2.VideoCapture) -> str:
    if not capture.isOpened():
        return ""
    return int(capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little", signed=True).decode("latin1")


def _lacks_index(path: Path) -> bool:
    """Whether a file has the boxes of QuickTime, but none that tells where its frames lie."""
    names: list[bytes] = []
    with path.open("rb") as file:
        for _ in range(_MOST_BOXES):
            at = file.tell()
            head = file.read(16)
            if len(head) < 8:
                break
            size, name = int.from_bytes(head[:4], "big"), head[4:8]
            size = int.from_bytes(head[8:], "big") if size == 1 else size
            names.append(name)
            if size < 8:  # to the end of the file, or no box at all
                break
            file.seek(at + size)
    return b"ftyp" in names and b"moov" not in names
