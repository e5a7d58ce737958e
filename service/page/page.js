// The live page: two WebSockets in, cameras and alerts out. Everything foreign enters as text.

import { clockTime, lasted, others, peak, plain, rarity, title, unseen } from "./alert_text.js";
import { CameraCanvas, Clip } from "./draw.js";

const LONGEST_WAIT_MS = 5000;
const STALE_MS = 3000;
const ALERTS_SHOWN = 100;

const byId = (id) => document.getElementById(id);
const cards = new Map(); // camera name → {element, canvas, …}
const alerts = new Map(); // alert id → alert
// All addresses are relative to the page: a proxy may show it under a path of its own.
const HERE = new URL(".", location.href);
const KEY_NAME = `posewarden-key ${HERE.pathname}`; // sites under one host have keys of their own
let key = sessionStorage.getItem(KEY_NAME);
let lastEventId = null;
let lastLiveAt = 0;
let clip = null;

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

async function ask(path) {
  // Not as Authorization: that header is the login's of a proxy.
  const answer = await fetch(new URL(path, HERE), key ? { headers: { "X-API-Key": key } } : {});
  if (answer.status === 401) {
    await askForKey();
    return ask(path);
  }
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

function askForKey() {
  const dialog = byId("key-dialog");
  if (key) byId("key-title").textContent = "Wrong key; try again";
  byId("key").value = "";
  if (!dialog.open) dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      key = byId("key").value;
      sessionStorage.setItem(KEY_NAME, key);
      resolve();
    }, { once: true });
  });
}

/** Keep a WebSocket open; delays grow while the server is gone. */
function follow(path, onMessage, onOpen) {
  let waitMs = 300;
  const open = () => {
    const address = new URL(path, HERE);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    socket.onopen = () => {
      waitMs = 300;
      const first = {};
      if (key) first.api_key = key;
      if (path === "ws/alerts" && lastEventId) first.last_id = lastEventId;
      if (Object.keys(first).length) socket.send(JSON.stringify(first));
      if (onOpen) onOpen();
    };
    socket.onmessage = (message) => onMessage(JSON.parse(message.data));
    socket.onclose = () => {
      setTimeout(open, waitMs);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    };
  };
  open();
}

// Cameras

function card(name) {
  const known = cards.get(name);
  if (known) return known;
  const element = make("article", "camera");
  const canvas = make("canvas");
  const footer = make("footer");
  const parts = {
    element,
    canvas: new CameraCanvas(canvas),
    state: make("span", "pill"),
    overload: make("span", "pill", "overloaded"),
    figures: make("span", "figures"),
    reason: make("p", "reason"),
  };
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `People seen by camera ${name}, as skeletons`);
  parts.overload.dataset.state = "overloaded";
  parts.overload.title = "The machine cannot process all frames of this camera.";
  footer.append(make("span", "name", name), parts.state, parts.overload, parts.figures);
  element.append(canvas, footer, parts.reason);
  byId("cameras").append(element);
  cards.set(name, parts);
  return parts;
}

function showLive(message) {
  lastLiveAt = performance.now();
  const names = new Set(message.cameras.map((camera) => camera.name));
  for (const [name, known] of cards) {
    if (names.has(name)) continue;
    known.element.remove();
    cards.delete(name);
  }
  for (const camera of message.cameras) showCamera(camera);
  byId("no-cameras").hidden = message.cameras.length > 0;
  byId("no-cameras").textContent = "No cameras are configured; only POST /score is available.";
  const people = message.cameras.reduce((sum, camera) => sum + camera.people.length, 0);
  const live = message.cameras.filter((camera) => camera.state === "live").length;
  byId("summary").textContent = message.cameras.length
    ? `${live} of ${message.cameras.length} cameras live · ${people} ${people === 1 ? "person" : "people"}`
    : "";
}

function showCamera(camera) {
  const known = card(camera.name);
  known.canvas.update(camera, performance.now());
  known.element.dataset.state = camera.state;
  known.state.dataset.state = camera.state;
  known.state.textContent = camera.state;
  const limit = camera.threshold === null ? "no threshold" : `threshold ${camera.threshold.toFixed(2)}`;
  const rate = camera.overloaded
    ? `${camera.fps.toFixed(1)} of ${camera.source_fps.toFixed(1)} fps`
    : `${camera.fps.toFixed(1)} fps`;
  known.figures.textContent = `${camera.people.length} seen · ${rate} · ${limit}`;
  known.overload.hidden = !camera.overloaded;
  known.reason.textContent = camera.reason || "";
  known.reason.hidden = !camera.reason;
}

// Alerts

function take(alert) {
  const known = alerts.get(alert.id);
  if (known && known.version > alert.version) return;
  alerts.set(alert.id, alert);
}

function showAlerts() {
  const newest = [...alerts.values()].sort((a, b) => b.opened_at - a.opened_at);
  newest.slice(ALERTS_SHOWN).forEach((alert) => alerts.delete(alert.id));
  const shown = newest.slice(0, ALERTS_SHOWN);
  byId("alerts").replaceChildren(...shown.map(alertRow));
  byId("no-alerts").hidden = shown.length > 0;
  const open = shown.filter((alert) => alert.state === "open");
  byId("open-count").hidden = open.length === 0;
  byId("open-count").textContent = `${open.length} open`;
  const alarmed = new Set(open.map((alert) => alert.camera));
  for (const [name, known] of cards) known.element.classList.toggle("alarmed", alarmed.has(name));
}

function alertRow(alert) {
  const row = make("li");
  const button = make("button", alert.state === "open" ? "alert open" : "alert");
  const first = make("span", "first");
  const severity = make("span", "severity", alert.severity);
  severity.dataset.severity = alert.severity;
  first.append(make("span", "where", title(alert)), severity, make("span", "time", clockTime(alert.opened_at)));
  const also = others(alert);
  const facts = [lasted(alert), rarity(alert.rarity_hours), also && `also ${also}`, `person ${number(alert)}`];
  const lines = [make("span", "second", facts.filter(Boolean).join(" · "))];
  if (unseen(alert)) lines.unshift(make("span", "unseen", unseen(alert)));
  button.type = "button";
  button.append(first, ...lines);
  button.addEventListener("click", () => showDetail(alert.id));
  row.append(button);
  return row;
}

const number = (alert) => alert.person.split("/").pop();

async function showDetail(id) {
  let detail;
  try {
    detail = await ask(`alerts/${encodeURIComponent(id)}`);
  } catch {
    return;
  }
  byId("detail-title").textContent = `${title(detail)} · ${new Date(detail.opened_at * 1000).toLocaleString()}`;
  const facts = [
    ["What", detail.reason],
    ["Severity", detail.severity],
    ["Also", others(detail)],
    ["Person", number(detail)],
    ["State", [lasted(detail), unseen(detail)].filter(Boolean).join(", ")],
    ["Rarity", rarity(detail.rarity_hours)],
    ["Peak", peak(detail)],
    ["Joints", detail.joints.map(plain).join(", ")],
    ["Model", detail.model.slice(0, 12)],
  ].filter(([, value]) => value);
  if (!detail.poses) facts.push(["Clip", "lost: the window was trimmed before it could be kept"]);
  byId("facts").replaceChildren(...facts.flatMap(([name, value]) => [make("dt", "", name), make("dd", "", value)]));
  byId("clip").hidden = !detail.poses;
  byId("detail").showModal();
  clip = detail.poses ? new Clip(byId("clip"), detail) : null;
}

async function loadAlerts() {
  try {
    const page = await ask(`alerts?limit=${ALERTS_SHOWN}`);
    page.alerts.forEach(take);
    showAlerts();
  } catch {
    // The socket that called us closes too, and its return calls again.
  }
}

function onAlertMessage(message) {
  if (message.id) lastEventId = message.id;
  if (message.type === "gap") {
    loadAlerts();
  } else if (message.alert) {
    take(message.alert);
    showAlerts();
  }
}

// The page as a whole

function showLink() {
  const fresh = lastLiveAt > 0 && performance.now() - lastLiveAt < STALE_MS;
  const state = fresh ? "live" : lastLiveAt > 0 ? "gone" : "connecting";
  byId("link").dataset.state = state;
  byId("link").textContent = { live: "connected", gone: "server gone", connecting: "connecting" }[state];
  byId("banner").hidden = state !== "gone";
  byId("banner").textContent = "The service does not answer. This page is out of date; reconnecting …";
  if (state === "gone") for (const known of cards.values()) known.element.dataset.state = "gone";
}

function paint(now) {
  requestAnimationFrame(paint); // first, so that a picture that fails is not the last one
  for (const known of cards.values()) known.canvas.draw(now);
  if (clip) clip.draw(now);
}

byId("detail-close").addEventListener("click", () => byId("detail").close());
byId("detail").addEventListener("close", () => { clip = null; });
byId("detail").addEventListener("click", (event) => {
  if (event.target === byId("detail")) byId("detail").close();
});
setInterval(showLink, 500);
requestAnimationFrame(paint);
loadAlerts().then(() => {
  follow("ws/alerts", onAlertMessage, loadAlerts);
  follow("ws/live", showLive);
});
