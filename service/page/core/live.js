// What the cameras show now. Skeletons go straight to the drawings; only facts go to the views.

import { ask, follow } from "./connection.js";
import { glide } from "../draw/glide.js";
import { factsOf, unchanged } from "./facts.js";
import { newestOnly } from "./order.js";
import { createStore } from "./store.js";
import { wanted } from "./wanted.js";

const STALE_MS = 3000;
const SETTLES_MS = 1500;
const BIN_S = 10;
export const BINS = 60; // ten minutes
const FACTS_EVERY_MS = 5_000;
/** What the strip holds where nobody was seen, and where nobody looked. */
export const NOBODY = -1;
export const UNKNOWN = -2;

/** @typedef {import("./facts.js").CameraFacts} CameraFacts */

/**
 * What the drawings use of a camera.
 *
 * @typedef {object} Picture
 * @property {number} width
 * @property {number} height
 * @property {import("../draw/glide.js").Glide} people
 * @property {number | null} threshold
 * @property {Float32Array} strip the rarest level of each ten seconds, 0…1, or NOBODY, or UNKNOWN
 * @property {number} at when the feed last spoke of it, by the browser's clock since its start
 * @property {number} bin which ten seconds the last of them is
 */

/** @type {Map<string, Picture>} */
export const pictures = new Map();
export const cameras = createStore(/** @type {CameraFacts[]} */ ([]));
/** @type {import("./store.js").Store<"connecting" | "live" | "gone">} */
export const link = createStore(/** @type {"connecting" | "live" | "gone"} */ ("connecting"));
/** When the service last spoke, UTC seconds by the browser's clock. */
export const heardAt = createStore(/** @type {number | null} */ (null));
/** How far the service's clock is ahead of the browser's, seconds. */
let ahead = 0;
let lastAt = -Infinity;
let startedAt = performance.now();
/** What `GET /cameras` says of each: what changes slowly. */
export const rows = createStore(/** @type {ReadonlyMap<string, any>} */ (new Map()));
/** Whether it said anything yet. */
export const listed = createStore(false);
/** @type {Set<(camera: string, now: number) => void>} */
const watchers = new Set();

/** UTC seconds by the service's clock. */
export const siteNow = () => Date.now() / 1000 + ahead;

/**
 * How unusual a score is, 0…1; 0.7 is the threshold.
 *
 * @param {number | null} score
 * @param {number | null} threshold
 */
export function level(score, threshold) {
  if (score === null || threshold === null) return 0;
  if (score >= threshold) return 0.7 + 0.3 * Math.min((score - threshold) / 2, 1);
  return 0.7 * Math.max(0, 1 - (threshold - score));
}

/** @param {(camera: string, now: number) => void} watcher called after a camera's picture changed */
export function onPicture(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** @param {any} message */
function take(message) {
  const now = performance.now();
  lastAt = now;
  ahead = message.now - Date.now() / 1000;
  heardAt.set(Math.floor(Date.now() / 1000));
  link.set("live");
  const fresh = new Map(message.cameras.map((/** @type {any} */ each) => [
    each.name, factsOf(each, rows.get().get(each.name), each.people.length),
  ]));
  for (const camera of message.cameras) draw(camera, now);
  // Of those that were not asked for, or were just asked for again, nothing is known to be gone.
  const whole = asked.whole && now - wholeSince > SETTLES_MS;
  if (whole) forgetPictures((name) => fresh.has(name));
  cameras.set((shown) => unchanged(shown, whole || !shown.length ? [...fresh.values()] : merged(shown, fresh)));
}

/** @param {CameraFacts[]} shown @param {Map<string, CameraFacts>} fresh */
function merged(shown, fresh) {
  const known = new Set(shown.map((each) => each.name));
  return [
    ...shown.map((each) => fresh.get(each.name) ?? each),
    ...[...fresh.values()].filter((each) => !known.has(each.name)),
  ];
}

/** @param {(name: string) => boolean} stays */
function forgetPictures(stays) {
  for (const name of pictures.keys()) if (!stays(name)) pictures.delete(name);
}

/** @param {any} camera @param {number} now */
function draw(camera, now) {
  let picture = pictures.get(camera.name);
  if (!picture) {
    picture = {
      width: 0, height: 0, people: glide(), threshold: null,
      at: now, strip: new Float32Array(BINS).fill(UNKNOWN), bin: Math.floor(siteNow() / BIN_S),
    };
    pictures.set(camera.name, picture);
  }
  picture.at = now;
  picture.width = camera.width_px;
  picture.height = camera.height_px;
  picture.threshold = camera.threshold;
  const gone = camera.state === "lost" || (camera.state === "connecting" && !camera.fps);
  picture.people.update(gone ? [] : camera.people, camera.seq, now, camera.at);
  mark(picture, gone ? [] : camera.people, camera.watched);
  for (const watcher of watchers) watcher(camera.name, now);
}

/** @param {Picture} picture @param {any[]} people @param {boolean} watched */
function mark(picture, people, watched) {
  const bin = Math.floor(siteNow() / BIN_S);
  const moved = Math.min(Math.max(bin - picture.bin, 0), BINS);
  if (moved) {
    picture.strip.copyWithin(0, moved);
    picture.strip.fill(UNKNOWN, BINS - moved);
    picture.bin = bin;
  }
  if (watched) picture.strip[BINS - 1] = Math.max(picture.strip[BINS - 1], NOBODY);
  for (const person of people) {
    const now = level(person.score, picture.threshold);
    if (now > picture.strip[BINS - 1]) picture.strip[BINS - 1] = now;
  }
}

const asking = newestOnly();

/** Read what changes slowly: notes, since when a camera is away. */
export async function readCameras() {
  const isNewest = asking();
  try {
    const found = await ask("cameras");
    if (!isNewest()) return found;
    rows.set(new Map(found.map((/** @type {any} */ row) => [row.name, row])));
    takeRows();
    listed.set(true);
    return found;
  } catch {
    return null; // the banner says so already
  }
}

/** Of cameras that the feed is silent about, the list says what holds. */
function takeRows() {
  want(); // a camera may be known by now
  const now = performance.now();
  if ((asked.whole && now - lastAt < STALE_MS) || link.get() === "gone") return;
  const before = new Map(cameras.get().map((each) => [each.name, each]));
  const fed = (/** @type {string} */ name) => now - (pictures.get(name)?.at ?? -Infinity) < SETTLES_MS && before.get(name);
  forgetPictures((name) => rows.get().has(name));
  cameras.set((shown) => unchanged(shown, [...rows.get().values()].map((row) => fed(row.name) || factsOf(row, row, 0))));
}

function watchLink() {
  const now = performance.now();
  const stale = now - lastAt > STALE_MS && now - startedAt > STALE_MS;
  if (!stale || link.get() === "gone") return;
  link.set("gone");
  // Nobody knows what the cameras see now: do not go on saying "live".
  cameras.set((before) => before.map((each) => ({ ...each, state: "unknown", people: 0 })));
  for (const [name, picture] of pictures) {
    picture.people.update([], null, now);
    for (const watcher of watchers) watcher(name, now);
  }
}

/** @type {ReturnType<typeof follow> | null} */
let socket = null;
let wholeSince = -Infinity;

/** What the service was last asked for. */
let asked = { text: "", whole: false };

function subscription() {
  const { cameras: names, rate } = wanted.get();
  const known = rows.get();
  // The service refuses a name that it does not know; who wants all hears of new ones at once.
  const found = names && known.size ? names.filter((name) => known.has(name)) : names;
  const whole = found === null || (found.length > 0 && found.length === known.size);
  const message = { subscribe: { cameras: whole ? null : found, rate } };
  if (whole && !asked.whole) wholeSince = performance.now();
  asked = { text: JSON.stringify(message), whole };
  return message;
}

/** Ask for what is on screen now, where that is not what was asked for last. */
function want() {
  const before = asked.text;
  const message = subscription();
  if (asked.text !== before) socket?.send(message);
}

/** Follow the cameras until told to stop. */
export function startLive() {
  startedAt = performance.now();
  lastAt = -Infinity;
  readCameras();
  socket = follow("ws/live", {
    onMessage: (message) => { if (message.type === "live") take(message); },
    first: subscription,
    onRefused: readCameras, // a camera that was asked for is gone
  });
  const stop = wanted.subscribe(want);
  const timers = [
    setInterval(watchLink, 500),
    setInterval(() => { if (!document.hidden) readCameras(); }, FACTS_EVERY_MS),
  ];
  return () => {
    stop();
    socket?.close();
    timers.forEach(clearInterval);
  };
}
