// Requests and sockets. All addresses are relative to the page: a proxy may show it under a path.

import { giveBack, taken } from "./early.js";
import { readFeatures } from "./features.js";
import { HERE } from "./here.js";
import { keyHeaders, keyHere } from "./key.js";
import { createStore } from "./store.js";

export { HERE };
export { forgetKey, useKey } from "./key.js";

const LONGEST_WAIT_MS = 5000;
const REFUSED_WAIT_MS = 1000;
const POLICY_VIOLATION = 1008;

/**
 * Who uses the page.
 *
 * @typedef {object} Access
 * @property {"asking" | "in" | "key" | "sign-in" | "setup" | "away"} state
 * @property {string | null} name
 * @property {"viewer" | "operator" | "admin"} role
 * @property {string[] | null} cameras
 * @property {string | null} csrf
 * @property {boolean} sessions the service has people who sign in
 * @property {boolean} setupNeeded nobody can sign in by name yet
 * @property {boolean} open nobody need sign in
 * @property {boolean} tokenNeeded of the first start
 * @property {boolean} refused the last key or password was wrong
 */

/** @type {import("./store.js").Store<Access>} */
export const access = createStore(/** @type {Access} */ ({
  state: "asking", name: null, role: "admin", cameras: null, csrf: null,
  sessions: false, setupNeeded: false, open: false, tokenNeeded: false, refused: false,
}));

/** What the service says went wrong (RFC 9457); status 0: it did not answer. */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {{title?: string, detail?: string, pointer?: string, type?: string, code?: string, values?: Record<string, any>}} [body]
   */
  constructor(status, body = {}) {
    super(body.detail || body.title || `${status}`);
    this.status = status;
    this.pointer = body.pointer ?? null;
    this.type = body.type ?? null;
    this.sentence = { code: body.code ?? null, values: body.values ?? {}, text: this.message };
  }
}

/**
 * @typedef {object} Asked
 * @property {string} [method]
 * @property {unknown} [body] sent as JSON
 * @property {Blob} [blob] sent as it is
 * @property {Record<string, string>} [headers]
 * @property {boolean} [keepalive]
 * @property {AbortSignal} [signal]
 */

/**
 * Return the service's answer.
 *
 * @param {string} path
 * @param {Asked} [asked]
 * @returns {Promise<Response>}
 */
export async function request(path, asked = {}) {
  let answer;
  try {
    answer = await answerTo(path, asked);
  } catch (error) {
    if (asked.signal?.aborted) throw error;
    throw new Problem(0, { detail: "" });
  }
  if (answer.ok) return answer;
  const problem = new Problem(answer.status, await answer.json().catch(() => ({})));
  if (answer.status === 401 && !path.startsWith("session")) enter();
  throw problem;
}

/** @param {string} path @param {Asked} asked @returns {Promise<Response>} */
async function answerTo(path, { method = "GET", body, blob, headers = {}, keepalive, signal }) {
  const early = method === "GET" ? taken(path) : undefined;
  if (early) return early;
  const sent = { ...headers, ...keyHeaders() };
  const token = access.get().csrf;
  if (token && method !== "GET") sent["X-CSRF-Token"] = token;
  if (body !== undefined) sent["Content-Type"] = "application/json";
  return fetch(new URL(path, HERE), {
    method, headers: sent, keepalive, signal, credentials: "same-origin",
    body: blob ?? (body === undefined ? undefined : JSON.stringify(body)),
  });
}

/**
 * Return the service's answer as JSON.
 *
 * @param {string} path
 * @param {Asked} [asked]
 * @returns {Promise<any>}
 */
export async function ask(path, asked) {
  const answer = await request(path, asked);
  return answer.status === 204 ? null : answer.json();
}

/** @param {string} path @param {unknown} [body] @param {string} [method] */
export const send = (path, body, method = "POST") => ask(path, { method, body });

/** Ask for who one is: a name and a password, or the site's key. */
function enter() {
  access.set((before) => ({
    ...before, state: before.sessions ? "sign-in" : "key", refused: !before.sessions && keyHere() !== null, csrf: null,
  }));
}

/** Find out whether this page may go on, and as whom. */
export async function begin() {
  try {
    const asking = ask("session");
    asking.catch(() => {}); // it is awaited below, whatever else fails first
    const [setup] = await Promise.all([ask("setup"), readFeatures()]);
    access.set((before) => ({
      ...before, sessions: !setup.needed, setupNeeded: setup.needed, tokenNeeded: setup.token_needed,
    }));
    const session = await asking;
    // Whoever starts with nothing is led through it; a site with cameras is shown.
    const empty = setup.needed && session.kind === "anybody" && !(await anyCamera());
    signedIn(session);
    if (empty && !setupLater()) setUp();
  } catch (error) {
    if (error instanceof Problem && error.status === 401) {
      enter();
      return;
    }
    access.set((before) => ({ ...before, state: "away" }));
    setTimeout(begin, 1000);
  }
}

/** The first view needs the list as well: it is asked for once. */
async function anyCamera() {
  const answer = await request("cameras");
  giveBack("cameras", answer.clone());
  return (await answer.json()).length > 0;
}

/** @param {any} session what `GET /session` says */
export function signedIn(session) {
  access.set((before) => ({
    ...before, state: "in", name: session.kind === "anybody" ? null : session.name, role: session.role,
    cameras: session.cameras, csrf: session.csrf_token, refused: false,
    open: session.kind === "anybody",
  }));
}

/** Let somebody make the first administrator. */
export const setUp = () => access.set((before) => ({ ...before, state: "setup" }));

const SETUP_LATER = "posewarden-setup-later";

/** Ask for no administrator in this tab: where nobody need sign in, the page works without one. */
export function postponeSetup() {
  try {
    sessionStorage.setItem(SETUP_LATER, "1");
  } catch {
    // A browser that keeps nothing asks again when the page is opened anew.
  }
}

/** Leave the first start alone. */
export function skipSetup() {
  postponeSetup();
  access.set((before) => ({ ...before, state: "in" }));
}

function setupLater() {
  try {
    return sessionStorage.getItem(SETUP_LATER) !== null;
  } catch {
    return false;
  }
}

/** @param {string} right */
export function may(right) {
  const { role } = access.get();
  return right === "view" || role === "admin" || (right === "operate" && role === "operator");
}

/**
 * Keep a WebSocket open; waits grow while the service is gone.
 *
 * @param {string} path
 * @param {object} use
 * @param {(message: any) => void} use.onMessage
 * @param {() => Record<string, unknown>} [use.first] what is sent first
 * @param {() => void} [use.onRefused] the service closed it because of what was sent
 * @returns {{send: (message: object) => void, close: () => void}}
 */
export function follow(path, { onMessage, onRefused, first }) {
  let waitMs = 300;
  let closed = false;
  /** @type {WebSocket | null} */
  let socket = null;
  const open = () => {
    if (closed) return;
    const address = new URL(path, HERE);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const opened = new WebSocket(address);
    socket = opened;
    opened.onopen = () => {
      waitMs = 300;
      const message = { ...(keyHere() ? { api_key: keyHere() } : {}), ...(first ? first() : {}) };
      if (Object.keys(message).length) opened.send(JSON.stringify(message));
    };
    opened.onmessage = (message) => onMessage(JSON.parse(message.data));
    opened.onclose = ({ code }) => {
      if (closed) return;
      if (code === POLICY_VIOLATION) {
        waitMs = Math.max(waitMs, REFUSED_WAIT_MS);
        onRefused?.();
      }
      setTimeout(open, waitMs);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    };
  };
  open();
  return {
    send: (message) => {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    },
    close: () => {
      closed = true;
      socket?.close();
    },
  };
}
