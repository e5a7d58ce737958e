#!/usr/bin/python3
"""Encode raw BGR pictures from the standard input to a clip that server.py plays.

Run by the system's Python, which has GStreamer's bindings.
A clip is its width and height (2 bytes each) and its access units, each after its length (4 bytes),
all big endian.

    encode.py CODEC WIDTH_PX HEIGHT_PX FPS GROUP CLIP < PICTURES
"""

import sys
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402 (its version must be named first)

ENCODERS = {
    "h264": "openh264enc gop-size={group} bitrate=3000000 ! h264parse ! "
    "video/x-h264,stream-format=byte-stream,alignment=au",
    "h265": "x265enc speed-preset=ultrafast tune=zerolatency key-int-max={group} "
    "option-string=log-level=none:bframes=0 ! h265parse ! "
    "video/x-h265,stream-format=byte-stream,alignment=au",
    "jpeg": "jpegenc",
}


def main(codec: str, width_px: str, height_px: str, fps: str, group: str, clip: str) -> None:
    """Write the clip; every picture is one access unit, every `group`-th a key frame."""
    Gst.init(None)
    pipeline = Gst.parse_launch(
        f"fdsrc fd=0 ! rawvideoparse format=bgr width={width_px} height={height_px} "
        f"framerate={fps}/1 ! videoconvert ! video/x-raw,format=I420 ! "
        f"{ENCODERS[codec].format(group=group)} ! appsink name=sink sync=false"
    )
    sink = pipeline.get_by_name("sink")
    pipeline.set_state(Gst.State.PLAYING)
    units = []
    while (sample := sink.emit("pull-sample")) is not None:
        buffer = sample.get_buffer()
        units.append(buffer.extract_dup(0, buffer.get_size()))
    pipeline.set_state(Gst.State.NULL)
    if not units:
        sys.exit(f"{codec}: nothing was encoded")
    size = int(width_px).to_bytes(2, "big") + int(height_px).to_bytes(2, "big")
    body = b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)
    Path(clip).write_bytes(size + body)


if __name__ == "__main__":
    main(*sys.argv[1:])
