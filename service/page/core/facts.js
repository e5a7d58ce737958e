// What the views show of each camera: as the feed says it, or the list of cameras where it is silent.

/**
 * @typedef {object} CameraFacts
 * @property {string} name
 * @property {string} state connecting, live, stalled, lost, ended; "unknown" while the service is gone;
 *   "unwatched": pictures come, but too few of them are processed to judge anybody
 * @property {string | null} reason
 * @property {number} people
 * @property {boolean} overloaded
 * @property {number} fps
 * @property {number} sourceFps
 * @property {number | null} threshold
 * @property {number | null} seenAt when its last frame was taken
 * @property {string} notes one a line
 * @property {boolean} paused
 * @property {boolean | null} armed
 */

/** Few are said exactly: whether it is 0.4 or none matters. @param {number} fps */
const rounded = (fps) => (fps < 3 ? Math.round(10 * fps) / 10 : Math.round(fps));

/** Pictures alone are not watching. @param {any} camera @param {boolean} paused @returns {string} */
const stateOf = ({ state, watched }, paused) => (state === "live" && !watched && !paused ? "unwatched" : state);

/**
 * @param {any} camera as the feed says it; as the list says it where it is silent
 * @param {any} row as the list of cameras says it
 * @param {number} people
 * @returns {CameraFacts}
 */
export function factsOf(camera, row, people) {
  const paused = camera.paused ?? row?.paused ?? false;
  return {
    name: camera.name,
    state: stateOf(camera, paused),
    reason: camera.reason,
    people,
    overloaded: camera.overloaded,
    fps: rounded(camera.fps),
    sourceFps: rounded(camera.source_fps),
    threshold: camera.threshold,
    // Of one that is live the time says nothing, and would change ten times a second.
    seenAt: camera.state === "live" ? null : camera.lost_since ?? row?.last_frame_at ?? camera.at ?? null,
    notes: (row?.notes ?? []).join("\n"),
    paused,
    armed: camera.armed ?? row?.armed ?? null,
  };
}

/**
 * Keep what did not change the same objects, so that only what changed is drawn again.
 *
 * @param {CameraFacts[]} shown
 * @param {CameraFacts[]} fresh
 */
export function unchanged(shown, fresh) {
  const before = new Map(shown.map((each) => [each.name, each]));
  const kept = fresh.map((each) => {
    const old = before.get(each.name);
    return old && Object.keys(each).every((name) => Object.is(
      each[/** @type {keyof CameraFacts} */ (name)], old[/** @type {keyof CameraFacts} */ (name)],
    )) ? old : each;
  });
  return kept.length === shown.length && kept.every((each, i) => each === shown[i]) ? shown : kept;
}
