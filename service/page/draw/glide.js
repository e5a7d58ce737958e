// People between two updates: everybody glides from where they were drawn to where they are now.

const SHORTEST_MS = 60;
const LONGEST_MS = 400;

/**
 * @typedef {object} Moving
 * @property {string} id `session/number`
 * @property {number | null} score
 * @property {Float32Array} from 17 × (x, y, confidence)
 * @property {Float32Array} to
 * @property {number} since
 */

/**
 * @typedef {object} Glide
 * @property {Map<string, Moving>} people
 * @property {(people: any[], seq: number | null, now: number) => void} update
 * @property {(person: Moving, now: number, out: Float32Array) => Float32Array} at
 * @property {(now: number) => boolean} moving somebody is on the way
 * @property {(before: number, now: number) => number} way how far somebody came at most, in the camera's pixels
 */

/** @returns {Glide} */
export function glide() {
  /** @type {Map<string, Moving>} */
  let people = new Map();
  let seq = /** @type {number | null} */ (null);
  let updatedAt = 0;
  let lastsMs = 110;
  let reach = 0; // the longest way of a joint from where it was to where it is
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const spare = new Float32Array(51);

  /** @type {Glide["at"]} */
  const at = (person, now, out) => {
    const part = still.matches ? 1 : Math.min(Math.max((now - person.since) / lastsMs, 0), 1);
    const { from, to } = person;
    for (let i = 0; i < 51; i += 3) {
      out[i] = from[i] + (to[i] - from[i]) * part;
      out[i + 1] = from[i + 1] + (to[i + 1] - from[i + 1]) * part;
      out[i + 2] = to[i + 2];
    }
    return out;
  };

  return {
    get people() { return people; },
    at,
    moving: (now) => people.size > 0 && now - updatedAt <= lastsMs,
    way: (before, now) => (reach * Math.max(Math.min(now - updatedAt, lastsMs) - Math.max(before - updatedAt, 0), 0)) / lastsMs,
    update(given, frame, now) {
      if (given.length && frame === seq) {
        for (const each of given) {
          const known = people.get(`${each.session}/${each.number}`);
          if (known) known.score = each.score;
        }
        return;
      }
      seq = frame;
      // As long as updates are apart, so that nobody stops before the next one comes.
      const apart = Math.min(Math.max(now - updatedAt, SHORTEST_MS), LONGEST_MS);
      lastsMs += (apart * 1.1 - lastsMs) * 0.2;
      updatedAt = now;
      const next = new Map();
      for (const each of given) next.set(`${each.session}/${each.number}`, moved(each, people, now, at, spare));
      people = next;
      reach = Math.max(0, ...[...people.values()].map(longest));
    },
  };
}

/**
 * @param {any} each
 * @param {Map<string, Moving>} people
 * @param {number} now
 * @param {Glide["at"]} at
 * @param {Float32Array} spare
 * @returns {Moving}
 */
function moved(each, people, now, at, spare) {
  const id = `${each.session}/${each.number}`;
  const known = people.get(id);
  const person = known ?? { id, score: null, from: new Float32Array(51), to: new Float32Array(51), since: now };
  if (known) person.from.set(at(known, now, spare));
  each.joints.forEach((/** @type {number[]} */ joint, /** @type {number} */ i) => person.to.set(joint, i * 3));
  if (!known) person.from.set(person.to);
  else fromWhereSeen(person);
  person.since = now;
  person.score = each.score;
  return person;
}

/** How far the joint goes that goes furthest. @param {Moving} person */
function longest({ from, to }) {
  let most = 0;
  for (let i = 0; i < 51; i += 3) most = Math.max(most, Math.abs(to[i] - from[i]), Math.abs(to[i + 1] - from[i + 1]));
  return most;
}

/** A joint that was not seen before comes from nowhere: it begins where it is. @param {Moving} person */
function fromWhereSeen({ from, to }) {
  for (let i = 0; i < 51; i += 3) {
    if (from[i + 2] > 0) continue;
    from[i] = to[i];
    from[i + 1] = to[i + 1];
  }
}
