// People between two updates. Frames come when the network lets them; they are drawn at the pace at
// which they were taken, a moment later: by then the next one is there, and nobody stops or leaps.

const MOST_FRAMES = 24; // of a feed of ten a second: far more than are waited for
const FIRST_WAIT_MS = 150;
const LONGEST_WAIT_MS = 650; // who sees a picture a second sees leaps: better than to see it all too late
const SPARE_MS = 20;
const REMEMBERS = 40; // messages: how long a slow moment of the network makes one careful
const CATCHES_UP = 0.002; // of a millisecond of lag, in a millisecond
const MOST_FASTER = 0.25; // than in life; nobody sees it
const LEAP_MS = 1500; // between frames: nothing is known of what was between

/**
 * @typedef {object} Moving
 * @property {string} id `session/number`
 * @property {number | null} score
 * @property {Float32Array} to where they are now, 17 × (x, y, confidence)
 */

/**
 * @typedef {object} Frame
 * @property {number} at when it was taken, milliseconds
 * @property {Map<string, Float32Array>} joints
 */

/**
 * @typedef {object} Glide
 * @property {Map<string, Moving>} people
 * @property {(people: any[], seq: number | null, now: number, at?: number | null) => void} update
 * @property {(person: Moving, now: number, out: Float32Array) => Float32Array} at
 * @property {(now: number) => boolean} moving somebody is on the way
 * @property {(before: number, now: number) => number} way how far somebody came at most, in the camera's pixels
 */

/** @returns {Glide} */
export function glide() {
  /** @type {Map<string, Moving>} */
  let people = new Map();
  /** @type {Frame[]} */
  let frames = [];
  let seq = /** @type {number | null} */ (null);
  let speed = 0;
  const clock = playhead();
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const newest = () => frames[frames.length - 1]?.at ?? -Infinity;

  return {
    get people() { return people; },
    at(person, now, out) {
      const head = still.matches ? Infinity : clock.at(now);
      return between(frames, person, head, out);
    },
    moving: (now) => people.size > 0 && !still.matches && clock.at(now) < newest(),
    way: (before, now) => speed * (1 + MOST_FASTER) * (now - before),
    update(given, frame, now, takenAt = null) {
      if (given.length && frame === seq) {
        for (const each of given) {
          const known = people.get(idOf(each));
          if (known) known.score = each.score;
        }
        return;
      }
      seq = frame;
      const at = takenAt === null ? now : takenAt * 1000;
      if (!given.length || at <= newest() || at - newest() > LEAP_MS) frames = [];
      people = new Map(given.map((each) => [idOf(each), { id: idOf(each), score: each.score, to: jointsOf(each) }]));
      frames = [...recent(frames, clock.at(now)), { at, joints: new Map([...people.values()].map((each) => [each.id, each.to])) }];
      speed = fastest(frames);
      clock.heard(at, now, frames.length === 1);
    },
  };
}

/** @param {any} each */
const idOf = (each) => `${each.session}/${each.number}`;

/** @param {any} each */
const jointsOf = ({ joints }) => Float32Array.from(joints.flat());

/** Those that are not over, and the one before them. @param {Frame[]} frames @param {number} head */
function recent(frames, head) {
  const first = frames.findIndex((each) => each.at > head);
  return first < 0 ? frames.slice(-1) : frames.slice(Math.max(first - 1, frames.length - MOST_FRAMES, 0));
}

/** Which moment is drawn: it goes on evenly, whenever frames come. */
function playhead() {
  let head = -Infinity; // of the camera's time, milliseconds
  let seenAt = 0;
  let newest = 0;
  let needed = [FIRST_WAIT_MS]; // how old each frame was when the next one came
  let wait = FIRST_WAIT_MS;
  return {
    /** @param {number} at @param {number} now @param {boolean} first */
    heard(at, now, first) {
      if (first) {
        head = at;
        seenAt = now;
        // How late this frame is, and as long again as frames are usually apart.
        needed = [now - at + FIRST_WAIT_MS];
      } else {
        needed = [...needed.slice(1 - REMEMBERS), Math.min(now - newest + SPARE_MS, now - at + LONGEST_WAIT_MS)];
      }
      wait = Math.max(...needed);
      newest = at;
    },
    /** @param {number} now */
    at(now) {
      if (now <= seenAt) return head;
      const [lag, passed] = [now - wait - head, now - seenAt];
      const faster = Math.min(Math.max(lag * CATCHES_UP, -MOST_FASTER), MOST_FASTER);
      head = Math.abs(lag) > LEAP_MS ? now - wait : Math.min(head + passed * (1 + faster), Math.max(newest, head));
      seenAt = now;
      return head;
    },
  };
}

/**
 * @param {Frame[]} frames
 * @param {Moving} person
 * @param {number} head
 * @param {Float32Array} out
 */
function between(frames, { id, to }, head, out) {
  let before = /** @type {Frame | null} */ (null);
  for (const frame of frames) {
    const joints = frame.joints.get(id);
    if (!joints) {
      before = null;
    } else if (frame.at >= head) {
      return mixed(before?.joints.get(id) ?? joints, joints, before ? (head - before.at) / (frame.at - before.at) : 1, out);
    } else {
      before = frame;
    }
  }
  out.set(to);
  return out;
}

/** @param {Float32Array} from @param {Float32Array} to @param {number} part @param {Float32Array} out */
function mixed(from, to, part, out) {
  for (let i = 0; i < 51; i += 3) {
    // A joint that was not seen before comes from nowhere: it begins where it is.
    const share = from[i + 2] > 0 ? Math.max(part, 0) : 1;
    out[i] = from[i] + (to[i] - from[i]) * share;
    out[i + 1] = from[i + 1] + (to[i + 1] - from[i + 1]) * share;
    out[i + 2] = to[i + 2];
  }
  return out;
}

/** How fast the joint goes that goes fastest, pixels a millisecond. @param {Frame[]} frames */
function fastest(frames) {
  let most = 0;
  for (let i = 1; i < frames.length; i += 1) {
    const apart = frames[i].at - frames[i - 1].at;
    for (const [id, joints] of frames[i].joints) {
      const from = frames[i - 1].joints.get(id);
      if (from) most = Math.max(most, longest(from, joints) / apart);
    }
  }
  return most;
}

/** How far the joint goes that goes furthest. @param {Float32Array} from @param {Float32Array} to */
function longest(from, to) {
  let most = 0;
  for (let i = 0; i < 51; i += 3) most = Math.max(most, Math.abs(to[i] - from[i]), Math.abs(to[i + 1] - from[i + 1]));
  return most;
}
