#!/usr/bin/env bash
# A site from first sign-in to a restored backup, by curl. A test runs it (tests/e2e).
#
#   posewarden up --config site.yaml --data DATA --port 8000 &
#   docs/examples/shell_session.sh http://127.0.0.1:8000 DATA COPY
#
# COPY is a data folder that does not exist yet: what was backed up is restored into it.
set -euo pipefail

URL=$1 DATA=$2 COPY=$3
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
PASSWORD='correct horse battery staple'

# call METHOD PATH [JSON]: a request of the session, with the token that changes need.
call() {
  curl --silent --show-error --fail-with-body --cookie "$WORK/jar" --cookie-jar "$WORK/jar" \
    --header "X-CSRF-Token: ${TOKEN:-}" --request "$1" "$URL$2" ${3:+--data "$3"}
}
# pick EXPRESSION: a part of the JSON that comes in, such as pick '["id"]'.
pick() { python3 -c 'import json, sys; print(eval("it" + sys.argv[1], {"it": json.load(sys.stdin)}))' "$1"; }
# until_found COMMAND…: ask again until the answer is not empty, for a few minutes at most.
until_found() {
  for _ in $(seq 600); do
    found=$("$@" 2>/dev/null) && [ -n "$found" ] && { echo "$found"; return; }
    sleep 0.3
  done
  echo "never found: $*" >&2 && return 1
}
said() { printf '%-12s %s\n' "$1" "$2"; }

# Sign in: the first admin is made from the machine itself.
TOKEN=$(call POST /setup "{\"name\": \"ada\", \"password\": \"$PASSWORD\"}" | pick '["csrf_token"]')
call DELETE /session >/dev/null
TOKEN=$(call POST /session "{\"name\": \"ada\", \"password\": \"$PASSWORD\"}" | pick '["csrf_token"]')
said signed-in "$(call GET /session | pick '["name"]')"

# Add a camera: two simulated people; with this threshold whoever is scored raises an alert.
call POST /cameras '{"name": "hall", "source": "sim:?people=2&fps=10&seed=7", "threshold": -1000}' \
  >"$WORK/camera.json"
said camera "$(pick '["name"]' <"$WORK/camera.json")"

# Draw a zone: the whole picture; alerts say that they are of it.
call PUT /cameras/hall/zones \
  '{"zones": [{"name": "door", "kind": "zone", "polygon": [[0, 0], [1, 0], [1, 1], [0, 1]]}]}' >/dev/null
said zone door

# Arm by calendar: nothing but for the entry of the calendar, which holds all day, every day.
call PUT /arming '{
  "time_zone": "Europe/Berlin",
  "modes": {"home": {"armed": false}, "watch": {"cameras": ["hall"]}},
  "otherwise": "home",
  "calendar": [{"mode": "watch", "rule": "FREQ=DAILY", "start": "00:00", "end": "00:00"}]
}' >"$WORK/arming.json"
said mode "$(pick '["mode"]' <"$WORK/arming.json")"

# Get an alert of the zone.
an_alert() { call GET '/alerts?zone=door&limit=1' | pick '["alerts"][0]["id"]'; }
ALERT=$(until_found an_alert)
said alert "$ALERT"

# Acknowledge, judge, note.
call POST "/alerts/$ALERT/acknowledge" >/dev/null
call POST "/alerts/$ALERT/verdict" '{"verdict": "true"}' >/dev/null
call POST "/alerts/$ALERT/notes" '{"text": "a delivery"}' >/dev/null
# The archive carries acts over within a second or so.
judged() { call GET "/alerts/$ALERT" | pick '["notes"] or ""'; }
until_found judged >/dev/null
said verdict "$(call GET "/alerts/$ALERT" | pick '["verdict"]')"

# Snooze the camera for an hour.
UNTIL=$(($(date +%s) + 3600))
call POST /snoozes "{\"until\": $UNTIL, \"reason\": \"painters\", \"camera\": \"hall\"}" >/dev/null
said snoozed "$(call GET /snoozes | pick '[0]["camera"]')"

# Export.
call GET /alerts.csv >"$WORK/alerts.csv"
call GET '/alerts.jsonl?verdict=true' >"$WORK/judged.jsonl"
said exported "$(head -1 "$WORK/judged.jsonl" | pick '["acknowledged_by"]')"
grep -q "$ALERT" "$WORK/alerts.csv"

# Back up while the site runs, and restore into a second, empty data folder.
posewarden backup "$WORK/backup.tar.gz" --data "$DATA" >/dev/null
posewarden restore "$WORK/backup.tar.gz" --data "$COPY" >/dev/null
said restored "$COPY"

# Start the copy beside it: the same people, camera, zone, calendar, alert, acts and snooze.
PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
posewarden up --data "$COPY" --port "$PORT" >"$WORK/log" 2>&1 &
SITE=$!
trap 'kill $SITE; wait $SITE || true; rm -rf "$WORK"' EXIT
URL=http://127.0.0.1:$PORT
rm "$WORK/jar"
sign_in() { call POST /session "{\"name\": \"ada\", \"password\": \"$PASSWORD\"}" | pick '["csrf_token"]'; }
TOKEN=$(until_found sign_in) || { cat "$WORK/log" >&2; exit 1; }
said copy-by "$(call GET /session | pick '["name"]')"
said copy-zone "$(call GET /cameras/hall/zones | pick '["zones"][0]["name"]')"
said copy-mode "$(call GET /arming | pick '["mode"]')"
said copy-alert "$(call GET "/alerts/$ALERT" | pick '["verdict"]') by $(call GET "/alerts/$ALERT" | pick '["verdict_by"]')"
said copy-snooze "$(call GET /snoozes | pick '[0]["reason"]')"
said copy-audit "$(call GET '/audit?action=arming.plan' | pick '["entries"][0]["author"]')"
