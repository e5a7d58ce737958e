"""What is said of cameras' settings, pictures and calibrations."""

from tracker.wording import Wording

NO_SUCH_CAMERA = Wording("camera.unknown", "no camera is called {name!r}; /cameras lists them")
NO_SUCH_CAMERA_OF = Wording(
    "camera.unknown-of", "no camera is called {name!r}; the site has {cameras}"
)
CAMERA_NOT_SEEN = Wording(
    "camera.not-seen", "{name} may see some cameras only, and {camera!r} is none of them"
)
TOO_MANY_CAMERAS = Wording(
    "camera.too-many", "the site has {most} cameras; delete some, or run another site"
)
CAMERA_OF_FILE = Wording(
    "camera.of-file",
    "{name} is in the site's file; remove it there and start again, or pause it",
)
CAMERA_CROSSED = Wording("camera.crossed", "others change this camera all the time; try again")
CAMERA_CHANGED = Wording(
    "camera.changed",
    "{name} has version {version} by now, not {expected}: somebody else changed it; "
    "GET /cameras/{name} and change that",
)
NAME_IN_FILE = Wording(
    "camera.name-in-file",
    "a camera called {name} is in the site's file; choose another name, or PATCH /cameras/{name}",
)
NAME_TAKEN = Wording(
    "camera.name-taken",
    "a camera called {name} is there already; choose another name, or PATCH /cameras/{name}",
)
NAME_STAYS = Wording(
    "camera.name-stays",
    "{name} keeps its name: alerts have it; add a new camera and delete this one",
)
ZONES_APART = Wording("camera.zones-apart", "{setting} is set by PUT /cameras/{name}/zones")
DWELL_LEFT_OUT = Wording(
    "camera.dwell-left-out",
    "kinds leaves dwell out, but zone {zone!r} has dwell_s; take that away first, by "
    "PUT /cameras/{name}/zones",
)
SET_IN_FILE = Wording(
    "camera.set-in-file",
    "{name} is in the site's file: {setting} is set there alone; over the API it has {settings}, "
    "and its zones and budget. Change the file and start again",
)
NO_OBJECT = Wording("camera.no-object", "must be an object of settings")
HIDDEN_SENT = Wording(
    "camera.hidden-sent",
    "{sign} stands for what is not shown; send the whole address with its password, "
    "or leave it out to keep the stored one",
)
OWN_THRESHOLD = Wording(
    "camera.own-threshold", "{name} has a threshold of its own, which wins; take it away first"
)
NO_KIND = Wording(
    "budget.no-kind", "it names no kind; write one, such as {{fall: 0.5}}, or a number"
)
NO_NUMBER = Wording("budget.no-number", "{what} is {value}; write false alarms a day, such as 1")

NO_CAMERA_DEVICE = Wording(
    "source.no-device",
    "it is no camera's device; write usb:0, /dev/video0 or /dev/v4l/by-id/…",
)
METADATA_ADDRESS = Wording(
    "source.metadata", "it is the address where clouds keep credentials, and no camera's"
)
NO_MEDIA_FOLDER = Wording(
    "source.no-folder",
    "files are played over the API only from the folder that media_folder of the site's "
    "file names; set it, or put this camera into the file",
)
OUTSIDE_FOLDER = Wording(
    "source.outside-folder",
    "the file does not lie below media_folder, {folder}; move it there",
)
SOURCE_OR_CAMERA = Wording("source.or-camera", "give a source, or the name of a camera")
SUBSTREAM = Wording(
    "source.substream",
    "a substream is a network stream; write rtsp://user:password@host/path",
)
NETWORK_AWAY = Wording(
    "discovery.no-network",
    "the local network cannot be asked: {problem}; give the API a network of the host",
)

ZONES_CROSSED = Wording("zone.crossed", "others draw zones all the time; try again")
ZONE_DWELLS_IN_VAIN = Wording(
    "zone.dwell-in-vain",
    "zone {zone!r} has dwell_s, but the kinds of {name} leave dwell out; "
    "add it by PATCH /cameras/{name}",
)
ZONE_WITHOUT_KIND = Wording(
    "zone.without-kind",
    "zone {zone!r} has dwell_s, but kinds leaves dwell out; add dwell to kinds",
)
NO_CORNER = Wording("zone.no-corner", "{text!r} is no corner; write x,y;x,y;x,y with shares 0 to 1")

STILLS_OFF = Wording(
    "picture.off",
    "pictures of {name} stay in its camera process; set stills: true to allow them, or "
    "draw over GET /cameras/{name}/traces",
)
POSES_ONLY = Wording("picture.poses-only", "{name} gives poses, which have no picture")
NO_PICTURE = Wording(
    "picture.late", "no picture of {name} came within {within_s:g} s; /cameras says how it is"
)
NO_BACKGROUND = Wording("picture.none", "{name} has no background; PUT one there")
WRONG_PICTURE = Wording("picture.wrong", "the picture cannot be used: {problem}")
PICTURE_TYPE = Wording("picture.type", "it is no PNG and no JPEG; save it as one of them")
PICTURE_TOO_LARGE = Wording("picture.too-large", "it stays larger than 2 MB; make it smaller")
PICTURE_TOO_MANY = Wording(
    "picture.too-many",
    "it has {width_px}×{height_px} pixels; {million} million are allowed, "
    "and {side_px} on a side: make it smaller",
)
PICTURE_BROKEN = Wording("picture.broken", "it does not decode; open it, and save it again")
PICTURE_TOO_SMALL = Wording(
    "picture.too-small",
    "it has {width_px}×{height_px} pixels; at least {least_px} are needed",
)

NO_DRIFT = Wording("drift.none", "{camera}: {problem}")
DRIFT_JUDGED = Wording("drift.judged", "{camera} was judged just now; try again")

SITE_CROSSED = Wording("site.crossed", "others change the same all the time; try again")
DOCUMENT_CHANGED = Wording("site.changed", "{section} {name} was changed meanwhile; read it again")
DOCUMENT_TOO_LARGE = Wording(
    "site.too-large", "{section} {name} has {size} bytes; at most {most} fit"
)
TOO_MANY_DOCUMENTS = Wording("site.full", "the site has {most} documents; remove some")
