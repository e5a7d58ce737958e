"""What is said of sources and zones, as sentences with codes."""

from tracker.wording import Wording

SOURCE_WRONG = Wording("source.wrong", "source {source!r}: {problem}")
SOURCE_WITHOUT_SCHEME = Wording(
    "source.no-scheme",
    "source ***@…: an address needs its scheme; write rtsp://user:password@host:554/path "
    "(or ./ before the name of a file)",
)
SCHEME_CUT_SHORT = Wording(
    "source.scheme-cut",
    "an address begins with {scheme}://; write {scheme}://host/path "
    "(or ./ before the name of a file)",
)
SCHEME_UNKNOWN = Wording(
    "source.scheme", "scheme {scheme!r} is unknown; use rtsp, http, usb, poses, sim, a path"
)
NO_DEVICE_NUMBER = Wording(
    "source.no-device-number",
    "{name!r} is no device number; write usb:0 for the first, or a path such as /dev/v4l/by-id/…",
)
BEFORE_SETTINGS = Wording(
    "source.before-settings", "{text!r} before the '?'; write sim:?people=4&seed=7"
)
NAMES_NO_FILE = Wording(
    "source.no-file", "it names no file; write poses:FILE, a video's path or rtsp://…"
)
NO_SUCH_SETTING = Wording(
    "source.no-setting", "{name!r} is no setting of this source; it has {known}"
)
SETTING_TWICE = Wording("source.setting-twice", "{name} is given twice; keep one")
LOOP_WRONG = Wording("source.loop", "loop is {text!r}; it must be 0 or 1")
RATE_WRONG = Wording("source.rate", "fps is {text!r}; it must be a number in (0, {most:g}]")
PLACEHOLDER = Wording(
    "address.placeholder",
    "it holds a placeholder that nobody fills in here; write the value itself "
    "(signs that belong to a password as %7B for {{, %7D for }}, %24 for $, %3C for <)",
)
SIGN_UNESCAPED = Wording(
    "address.sign",
    "its user or password has a {sign!r}, which means something else in an address; "
    "write it as {written} (so also : / ? # [ ] @ % as %3A %2F %3F %23 %5B %5D "
    "%40 %25)",
)
SPACE = Wording("address.space", "it holds a space; write it as %20")
HOST_OR_PORT = Wording(
    "address.host-or-port", "its port or host is malformed; write rtsp://host:554/path"
)
NO_HOST = Wording("address.no-host", "it names no host; write rtsp://user:password@host:554/path")
PLAYLIST = Wording(
    "address.playlist",
    "it is a playlist (HLS), whose pictures come late and in pieces of seconds; write the RTSP "
    "address of the same camera",
)
GO2RTC_WORD = Wording(
    "address.rtspx", "rtspx is go2rtc's word; write rtsps:// with the same host, port and path"
)
OTHER_TOOL = Wording(
    "address.other-tool",
    "{word}: is another tool's; write the address or device behind it by itself "
    "(or ./ before the name of a file)",
)
NOT_SPOKEN = Wording(
    "address.not-spoken",
    "{word}: is not spoken here; let go2rtc or MediaMTX publish it, "
    "and write rtsp://host:8554/name (or ./ before the name of a file)",
)

ZONE_NAME = Wording(
    "zone.name",
    "name is {name!r}; it must be 1 to {most} printable characters without ;",
)
ZONE_IGNORED = Wording(
    "zone.ignored",
    "zone {zone!r} is ignored, so only_here and dwell_s mean nothing there; "
    "leave them out, or make it kind: zone",
)
ZONE_DWELL = Wording(
    "zone.dwell",
    "dwell_s of zone {zone!r} is {dwell_s}; it must be above 0 and at most {most:.0f}",
)
ZONE_WRONG = Wording("zone.wrong", "zone {zone!r}: {problem}")
TOO_MANY_ZONES = Wording("zone.too-many", "there are {count} zones; a camera has {most} at most")
ZONE_TWICE = Wording("zone.twice", "two zones are called {zone!r}; give each a name of its own")
LEAST_HEIGHT = Wording(
    "zone.least-height",
    "min_height_px is {height_px}; it must be above 0 and at most {most:.0f}",
)
CORNERS = Wording("zone.corners", "the polygon has {count} corners; draw {fewest} to {most}")
CORNER_OUTSIDE = Wording(
    "zone.corner-outside",
    "corner {number} is ({x:g}, {y:g}); both are shares of the picture, 0 to 1, "
    "from its upper left corner",
)
ENCLOSES_NOTHING = Wording(
    "zone.nothing", "the polygon encloses nothing; draw its corners around an area"
)
CORNER_REPEATED = Wording(
    "zone.corner-repeated",
    "corner {number} repeats the one before it; leave one of them out",
)
EDGES_CROSS = Wording(
    "zone.edges-cross",
    "the edges after corners {first} and {second} cross or touch; draw the corners "
    "in their order around the area, or make two zones",
)
