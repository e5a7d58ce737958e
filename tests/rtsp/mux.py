#!/usr/bin/python3
"""Write a video file whose frames have given time stamps.

Run by the system's Python, which has GStreamer's bindings. The standard input holds, for each
frame, its time in seconds (8 bytes, little endian) and its grey pixels.

    mux.py ENCODER MUXER WIDTH_PX HEIGHT_PX RATE FILE < FRAMES
"""

import struct
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402 (its version must be named first)


def main(encoder: str, muxer: str, width_px: str, height_px: str, rate: str, file: str) -> None:
    """Write the file; RATE is what the encoder is told, such as 0/1 for none."""
    Gst.init(None)
    pipeline = Gst.parse_launch(
        f"appsrc name=frames format=time caps=video/x-raw,format=GRAY8,width={width_px},"
        f"height={height_px},framerate={rate} ! videoconvert ! video/x-raw,format=I420 ! "
        f"{encoder} ! {muxer} ! filesink name=file"
    )
    pipeline.get_by_name("file").set_property("location", file)
    frames = pipeline.get_by_name("frames")
    pipeline.set_state(Gst.State.PLAYING)
    pixels = int(width_px) * int(height_px)
    while head := sys.stdin.buffer.read(8):
        picture = Gst.Buffer.new_wrapped(sys.stdin.buffer.read(pixels))
        picture.pts = round(struct.unpack("<d", head)[0] * Gst.SECOND)
        frames.emit("push-buffer", picture)
    frames.emit("end-of-stream")
    bus = pipeline.get_bus()
    end = bus.timed_pop_filtered(Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)
    if end.type == Gst.MessageType.ERROR:
        sys.exit(str(end.parse_error()))


if __name__ == "__main__":
    main(*sys.argv[1:])
