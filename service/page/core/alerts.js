// The alerts that this page knows, kept up to date by the socket; rows are found by id.

import { ask, follow } from "./connection.js";
import { createStore } from "./store.js";

const MOST_KNOWN = 20_000;
const MOST_NEWEST = 30;
const PAGE = 200;

/** @typedef {any} Alert an alert as `GET /alerts` lists it */

/** @type {Map<string, Alert>} */
const known = new Map();
/** Counts changes of any alert. */
export const changes = createStore(0);
/** Those that are open, newest first. */
export const open = createStore(/** @type {Alert[]} */ ([]));
/** The newest, open or not. */
export const newest = createStore(/** @type {Alert[]} */ ([]));
/** `camera/session/number` of people of open alerts that nobody has acknowledged. */
export const alarmed = createStore(/** @type {ReadonlySet<string>} */ (new Set()));
/** "loading" before the first answer, then "ready"; "failed" while none comes. */
export const loaded = createStore(/** @type {"loading" | "ready" | "failed"} */ ("loading"));

/** @type {Set<(event: {type: string, alert: Alert}) => void>} */
const listeners = new Set();
/** Acts that are shown before they are sent, by alert, the newest last. @type {Map<string, object[]>} */
const ahead = new Map();
/** Counts questions and events, so that an older answer is known to be older. */
let moments = 0;
/** When somebody last said what people did about an alert. @type {Map<string, number>} */
const told = new Map();
/** The last event that the socket told, all before it included. @type {string | null} */
let lastId = null;
const ACTS = ["acknowledged_at", "acknowledged_by", "verdict", "verdict_by", "notes", "snoozed"];

/** @param {(event: {type: string, alert: Alert}) => void} listen */
export function onAlertEvent(listen) {
  listeners.add(listen);
  return () => listeners.delete(listen);
}

/** A question's moment: what happens after it, its answer may not know. */
const moment = () => (moments += 1);

/**
 * Return the service's list of alerts, and remember them.
 *
 * @param {string | URLSearchParams} query
 */
export async function readAlerts(query) {
  const asked = moment();
  const page = await ask(`alerts?${query}`);
  remember(page.alerts, asked);
  return page;
}

/**
 * Return one alert in full, and remember it.
 *
 * @param {string} id
 */
export async function readAlert(id) {
  const asked = moment();
  const detail = await ask(`alerts/${encodeURIComponent(id)}`);
  const { poses: _poses, joint_map: _map, acts: _acts, fps: _fps, ...row } = detail;
  remember([row], asked);
  return detail;
}

/**
 * Take alerts as the service listed them.
 *
 * @param {Alert[]} rows
 * @param {number} asked when
 */
function remember(rows, asked) {
  for (const row of rows) {
    const before = known.get(row.id);
    if (before && before.version > row.version) continue;
    const isOld = before && (told.get(row.id) ?? 0) > asked;
    known.set(row.id, { ...before, ...row, ...(isOld ? actsOf(before) : {}) });
    if (!isOld) told.set(row.id, asked);
  }
  forgetOldest();
  publish(rows.map((row) => row.id));
}

/** @param {Alert} alert */
const actsOf = (alert) => Object.fromEntries(ACTS.filter((name) => name in alert).map((name) => [name, alert[name]]));

/**
 * Take what the service says that somebody did about an alert.
 *
 * @param {string} id
 * @param {object} facts
 * @param {string} event the act's event
 */
export function keepAct(id, facts, event) {
  const before = known.get(id);
  // What the socket has told was taken in its order: what followed this act holds.
  if (!before || (lastId && !follows(event, lastId))) return;
  known.set(id, { ...before, ...facts });
  told.set(id, moment());
  publish([id]);
}

/**
 * Tell whether an event came after another one; times of acts would not tell: an alert is raised
 * again as of the picture that raised it.
 *
 * @param {string} one an id of events, `milliseconds-number`
 * @param {string} other
 */
function follows(one, other) {
  const [at, number] = one.split("-").map(Number);
  const [otherAt, otherNumber] = other.split("-").map(Number);
  return at > otherAt || (at === otherAt && number > otherNumber);
}

function forgetOldest() {
  if (known.size <= MOST_KNOWN) return;
  const old = [...known.values()].sort((a, b) => a.opened_at - b.opened_at);
  for (const { id } of old.slice(0, known.size - MOST_KNOWN)) {
    known.delete(id);
    told.delete(id);
  }
}

/**
 * Tell the views; work grows with what changed and what is open, not with all that is known.
 *
 * @param {string[]} changed
 */
function publish(changed) {
  const touched = changed.map((id) => known.get(id)).filter((each) => each && !each.snoozed);
  const opened = merged(open.get(), touched).filter((each) => each.state === "open");
  open.set(opened);
  newest.set(merged(newest.get(), touched).slice(0, MOST_NEWEST));
  alarmed.set(new Set(opened.filter((each) => !each.acknowledged_at).map((each) => each.person)));
  changes.set((count) => count + 1);
}

/** @param {Alert[]} shown @param {Alert[]} touched @returns {Alert[]} */
function merged(shown, touched) {
  const ids = new Set([...shown, ...touched].map((each) => each.id));
  const rows = [...ids].map((id) => known.get(id)).filter((each) => each && !each.snoozed);
  return rows.map(shownAs).sort((a, b) => b.opened_at - a.opened_at || (a.id < b.id ? 1 : -1));
}

/** @param {Alert} alert */
const shownAs = (alert) => {
  const acts = ahead.get(alert.id);
  return acts ? Object.assign({}, alert, ...acts) : alert;
};

/**
 * Return an alert as it is shown, or what was given where none is known.
 *
 * @param {string} id
 */
export const alertOf = (id) => {
  const alert = known.get(id);
  return alert && shownAs(alert);
};

/** An alert as the service holds it, without what is only shown yet. @param {string} id */
export const heldOf = (id) => known.get(id);

/**
 * Show an act before it is sent.
 *
 * @param {string} id
 * @param {object} facts
 * @returns {() => void} to show it no more; others are still shown
 */
export function showAhead(id, facts) {
  ahead.set(id, [...ahead.get(id) ?? [], facts]);
  publish([id]);
  return () => {
    const left = (ahead.get(id) ?? []).filter((each) => each !== facts);
    if (left.length) ahead.set(id, left);
    else ahead.delete(id);
    publish([id]);
  };
}

/**
 * Take one event of the alert socket.
 *
 * @param {{id?: string, type: string, alert: Alert, act?: any}} event
 */
export function takeEvent({ id, type, alert, act }) {
  if (id) lastId = id;
  const before = known.get(alert.id);
  const newer = !before || alert.version >= before.version;
  const begun = type === "opened" ? { notes: 0 } : {};
  const after = { ...begun, ...before, ...(newer ? alert : {}), ...actOn(before, act) };
  known.set(alert.id, after);
  if (act) told.set(alert.id, moment());
  if (type === "raised") hideAcknowledged(alert.id);
  forgetOldest();
  publish([alert.id]);
  tell({ type, alert: after });
  // How many notes there were before this one, the service knows.
  if (type === "note" && after.notes === undefined) readAlert(alert.id).catch(() => {});
}

/** It was raised after somebody acknowledged it here. @param {string} id */
function hideAcknowledged(id) {
  const left = (ahead.get(id) ?? []).filter((facts) => !("acknowledged_at" in facts));
  if (left.length) ahead.set(id, left);
  else ahead.delete(id);
}

/** @param {Alert | undefined} before @param {any} act */
function actOn(before, act) {
  switch (act?.type) {
    case "acknowledged": return { acknowledged_at: act.at, acknowledged_by: act.author };
    case "verdict": return { verdict: act.verdict, verdict_by: act.author };
    case "note": return before?.notes === undefined ? {} : { notes: before.notes + 1 };
    case "raised": return { acknowledged_at: null, acknowledged_by: null, snoozed: null };
    default: return {};
  }
}

/** @param {{type: string, alert: Alert}} event */
function tell(event) {
  for (const listen of listeners) listen(event);
}

/** Read what is open, and what was newest; what the socket has not told is told now. */
async function load() {
  const asked = moment();
  try {
    const [opened, recent] = await Promise.all([
      ask(`alerts?state=open&limit=${PAGE}`), ask("alerts?limit=50"),
    ]);
    // What was open and is not any more, changed while nobody told.
    const still = new Set(opened.alerts.map((/** @type {Alert} */ each) => each.id));
    const gone = open.get().filter((each) => !still.has(each.id));
    const rows = [...opened.alerts, ...recent.alerts];
    const missed = loaded.get() === "ready" ? rows.filter((each) => !known.has(each.id)) : [];
    remember(rows, asked);
    loaded.set("ready");
    for (const alert of missed) tell({ type: alert.state === "open" ? "opened" : "closed", alert });
    for (const each of gone) readAlert(each.id).catch(() => {});
  } catch {
    if (loaded.get() !== "ready") loaded.set("failed");
  }
}

// Once a minute, whatever may have been lost; also where a proxy lets no socket through.
const AGAIN_MS = 60_000;

/** Follow the alerts until told to stop. */
export function startAlerts() {
  lastId = null;
  load();
  const every = setInterval(load, AGAIN_MS);
  const socket = follow("ws/alerts?joined=true", {
    first: () => (lastId ? { last_id: lastId } : {}),
    onMessage: (message) => {
      if (message.id) lastId = message.id;
      // What is read once the server has joined us, and what it tells from then on, is all there is.
      if (message.type === "joined" || message.type === "gap") load();
      else if (message.alert) takeEvent(message);
      else tell({ type: message.type, alert: message });
    },
  });
  return () => {
    clearInterval(every);
    socket.close();
  };
}
