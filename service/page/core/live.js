// What the cameras show now. Skeletons go straight to the drawings; only facts go to the views.

import { ask, follow } from "./connection.js";
import { glide } from "../draw/glide.js";
import { createStore } from "./store.js";

const STALE_MS = 3000;
const SETTLES_MS = 1500;
const BIN_S = 10;
export const BINS = 60; // ten minutes
const FACTS_EVERY_MS = 10_000;

/**
 * What the views show of a camera.
 *
 * @typedef {object} CameraFacts
 * @property {string} name
 * @property {string} state connecting, live, stalled, lost, ended; "unknown" while the service is gone
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

/**
 * What the drawings use of a camera.
 *
 * @typedef {object} Picture
 * @property {number} width
 * @property {number} height
 * @property {import("../draw/glide.js").Glide} people
 * @property {number | null} threshold
 * @property {Float32Array} strip the rarest level of each ten seconds, 0…1; -1: nobody was there
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
  const named = new Set(message.cameras.map((/** @type {any} */ camera) => camera.name));
  // Of those that were not asked for, or were just asked for again, nothing is known to be gone.
  const partial = wanted !== null || now - wholeSince < SETTLES_MS;
  if (!partial) for (const name of pictures.keys()) if (!named.has(name)) pictures.delete(name);
  for (const camera of message.cameras) draw(camera, now);
  show(message, partial);
}

/** @param {any} camera @param {number} now */
function draw(camera, now) {
  let picture = pictures.get(camera.name);
  if (!picture) {
    picture = {
      width: 0, height: 0, people: glide(), threshold: null,
      strip: new Float32Array(BINS).fill(-1), bin: Math.floor(siteNow() / BIN_S),
    };
    pictures.set(camera.name, picture);
  }
  picture.width = camera.width_px;
  picture.height = camera.height_px;
  picture.threshold = camera.threshold;
  const gone = camera.state === "lost" || camera.state === "connecting";
  picture.people.update(gone ? [] : camera.people, camera.seq, now);
  mark(picture, gone ? [] : camera.people);
  for (const watcher of watchers) watcher(camera.name, now);
}

/** @param {Picture} picture @param {any[]} people */
function mark(picture, people) {
  const bin = Math.floor(siteNow() / BIN_S);
  const moved = Math.min(Math.max(bin - picture.bin, 0), BINS);
  if (moved) {
    picture.strip.copyWithin(0, moved);
    picture.strip.fill(-1, BINS - moved);
    picture.bin = bin;
  }
  for (const person of people) {
    const now = level(person.score, picture.threshold);
    if (now > picture.strip[BINS - 1]) picture.strip[BINS - 1] = now;
  }
}

/** @param {any} message @param {boolean} partial */
function show(message, partial) {
  const before = new Map(cameras.get().map((each) => [each.name, each]));
  const facts = message.cameras.map((/** @type {any} */ each) => factsOf(each));
  if (partial && before.size) {
    const fresh = new Map(facts.map((/** @type {CameraFacts} */ each) => [each.name, each]));
    // Whoever came by the address of one camera knows no other one yet.
    const more = facts.filter((/** @type {CameraFacts} */ each) => !before.has(each.name));
    cameras.set(unchanged(cameras.get(), [...cameras.get().map((each) => fresh.get(each.name) ?? each), ...more], before));
    return;
  }
  cameras.set(unchanged(cameras.get(), facts, before));
}

/** @param {any} camera @returns {CameraFacts} */
function factsOf(camera) {
  const more = rows.get().get(camera.name);
  return {
    name: camera.name,
    state: camera.state,
    reason: camera.reason,
    people: camera.people.length,
    overloaded: camera.overloaded,
    fps: Math.round(camera.fps),
    sourceFps: Math.round(camera.source_fps),
    threshold: camera.threshold,
    // Of one that is live the time says nothing, and would change ten times a second.
    seenAt: camera.state === "live" ? null : more?.last_frame_at ?? camera.at ?? null,
    notes: (more?.notes ?? []).join("\n"),
    paused: camera.paused ?? more?.paused ?? false,
    armed: camera.armed ?? more?.armed ?? null,
  };
}

/**
 * Keep what did not change the same objects, so that only what changed is drawn again.
 *
 * @param {CameraFacts[]} shown
 * @param {CameraFacts[]} fresh
 * @param {Map<string, CameraFacts>} before
 */
function unchanged(shown, fresh, before) {
  const kept = fresh.map((each) => {
    const old = before.get(each.name);
    return old && Object.keys(each).every((name) => Object.is(
      each[/** @type {keyof CameraFacts} */ (name)], old[/** @type {keyof CameraFacts} */ (name)],
    )) ? old : each;
  });
  const same = kept.length === shown.length && kept.every((each, i) => each === shown[i]);
  return same ? shown : kept;
}

/** Read what changes slowly: notes, since when a camera is away. */
export async function readCameras() {
  try {
    const found = await ask("cameras");
    rows.set(new Map(found.map((/** @type {any} */ row) => [row.name, row])));
    return found;
  } catch {
    return null; // the banner says so already
  }
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
/** @type {string[] | null} */
let wanted = null;
let wholeSince = -Infinity;

/**
 * Ask for the skeletons of these cameras only; null: of all. An older service sends all.
 *
 * @param {string[] | null} names
 */
export function subscribe(names) {
  const same = JSON.stringify(names) === JSON.stringify(wanted);
  wanted = names;
  if (!same && names === null) wholeSince = performance.now();
  if (!same) socket?.send(subscription());
}

const subscription = () => ({ subscribe: { cameras: wanted, rate: 10 } });

/** Follow the cameras until told to stop. */
export function startLive() {
  startedAt = performance.now();
  lastAt = -Infinity;
  readCameras();
  socket = follow("ws/live", {
    onMessage: (message) => { if (message.type === "live") take(message); },
    onOpen: () => { if (wanted !== null) socket?.send(subscription()); },
  });
  const timers = [
    setInterval(watchLink, 500),
    setInterval(() => { if (!document.hidden) readCameras(); }, FACTS_EVERY_MS),
  ];
  return () => {
    socket?.close();
    timers.forEach(clearInterval);
  };
}
