// What people do about alerts: shown at once, sent after five seconds, and undone until then.

import { keepAct, onAlertEvent, showAhead } from "./alerts.js";
import { Problem, access, ask, send } from "./connection.js";
import { t } from "./language.js";
import { say } from "./messages.js";
import { inWords } from "./sentences.js";
import { readSnoozes } from "./snoozes.js";
import { titleOf } from "./words.js";

const UNDO_MS = 5000;

/**
 * @typedef {object} Pending
 * @property {string | undefined} about an act about the same takes its place
 * @property {(keepalive?: boolean) => void} commit
 * @property {() => void} takeBack nobody sees any more that it was done
 * @property {() => void} undo
 * @property {() => void} hide takes its message away
 * @property {ReturnType<typeof setTimeout>} timer
 */

/** @type {Set<Pending>} */
const pending = new Set();

/**
 * Do something in five seconds, unless it is undone.
 *
 * @param {object} act
 * @param {string} act.text what is said meanwhile
 * @param {(keepalive: boolean) => Promise<unknown>} act.run
 * @param {() => void} [act.ahead] show it as done
 * @param {() => void} [act.back] show it as not done
 * @param {string} [act.about] what it is about: another act about it, while this one waits, is done in its place
 */
export function later({ text, run, ahead, back, about }) {
  for (const other of pending) if (about && other.about === about) takeBack(other);
  ahead?.();
  /** @param {boolean} [keepalive] */
  const commit = async (keepalive) => {
    drop(item);
    try {
      await run(Boolean(keepalive));
    } catch (error) {
      back?.();
      say(t("acts.failed", { act: text, why: whyFailed(error) }), { lasting: true });
    }
  };
  const undo = () => {
    if (!pending.has(item)) return; // it was sent
    takeBack(item);
    say(t("acts.undone"));
  };
  /** @type {Pending} */
  const item = {
    about, commit, undo, takeBack: () => back?.(), hide: say(text, { undo, lasting: true }),
    timer: setTimeout(() => commit(), UNDO_MS),
  };
  pending.add(item);
}

/** @param {Pending} item */
function takeBack(item) {
  drop(item);
  item.takeBack();
}

/** @param {unknown} error */
export function whyFailed(error) {
  if (!(error instanceof Problem)) return `${error}`;
  if (error.status === 0) return t("error.away");
  if (error.type === "about:blank#no-right") return t("error.rights");
  return inWords(error.sentence);
}

/** Let it wait no more; its way back goes with it. @param {Pending} item */
function drop(item) {
  clearTimeout(item.timer);
  item.hide();
  pending.delete(item);
}

/** Undo what was done last, if its five seconds are not over. */
export function undoLast() {
  const last = [...pending].pop();
  if (last) last.undo();
  return Boolean(last);
}

// Whoever leaves the page has decided: what waits is sent, not lost.
addEventListener("pagehide", () => { for (const item of [...pending]) item.commit(true); });

const newKey = () => [...crypto.getRandomValues(new Uint8Array(12))].map((each) => each.toString(16).padStart(2, "0")).join("");

/**
 * @param {string} id
 * @param {string} act
 * @param {unknown} body
 * @param {boolean} keepalive
 */
const post = (id, act, body, keepalive) => ask(`alerts/${encodeURIComponent(id)}/${act}`, {
  method: "POST", body, keepalive, headers: { "Idempotency-Key": newKey() },
});

/** @param {string} id */
const acknowledging = (id) => `acknowledging ${id}`;

// Whoever acknowledged it has not seen why it was raised again: what still waits is not sent.
onAlertEvent(({ type, alert }) => {
  if (type !== "raised") return;
  for (const item of [...pending]) {
    if (item.about !== acknowledging(alert.id)) continue;
    takeBack(item);
    say(t("acts.raised", { alert: titleOf(alert) }), { lasting: true });
  }
});

const me = () => access.get().name ?? t("acts.you");

/**
 * Show an act about an alert as done, and send it later.
 *
 * @param {any} alert
 * @param {object} act
 * @param {string} act.text
 * @param {string} [act.about]
 * @param {object} act.facts what is shown meanwhile
 * @param {(keepalive: boolean) => Promise<{event: string, facts: object}>} act.run returns what the service holds then
 */
function actLater({ id }, { text, about, facts, run }) {
  let forget = () => {};
  later({
    text, about,
    ahead: () => { forget = showAhead(id, facts); },
    back: () => forget(),
    run: async (keepalive) => {
      const done = await run(keepalive);
      keepAct(id, done.facts, done.event);
      forget();
    },
  });
}

/** @param {any} alert */
export function acknowledge(alert) {
  if (alert.acknowledged_at) return;
  actLater(alert, {
    text: t("acts.acknowledged", { alert: titleOf(alert) }),
    about: acknowledging(alert.id),
    facts: { acknowledged_at: Date.now() / 1000, acknowledged_by: me() },
    run: async (keepalive) => {
      const { act, event_id: event } = await post(alert.id, "acknowledge", undefined, keepalive);
      return { event, facts: { acknowledged_at: act.at, acknowledged_by: act.author } };
    },
  });
}

/** @param {any} alert @param {"true" | "false" | "unsure"} verdict */
export function judge(alert, verdict) {
  actLater(alert, {
    text: t(`acts.judged.${verdict}`, { alert: titleOf(alert) }),
    about: `verdict of ${alert.id}`,
    facts: { verdict, verdict_by: me() },
    run: async (keepalive) => {
      const { act, event_id: event } = await post(alert.id, "verdict", { verdict }, keepalive);
      return { event, facts: { verdict, verdict_by: act.author } };
    },
  });
}

/** @param {any} alert @param {string} text */
export async function note(alert, text) {
  await post(alert.id, "notes", { text }, false);
}

/**
 * Keep alerts back for a while.
 *
 * @param {{camera?: string | null, kind?: string | null, zone?: string | null, seconds: number, reason: string}} what
 * @param {string} text
 */
export function snooze({ seconds, ...what }, text) {
  later({
    text,
    run: async (keepalive) => {
      await ask("snoozes", { method: "POST", keepalive, body: { ...given(what), until: Date.now() / 1000 + seconds } });
      readSnoozes();
    },
  });
}

/** @param {Record<string, unknown>} what */
const given = (what) => Object.fromEntries(Object.entries(what).filter(([, value]) => value));

/** @param {string} id */
export async function endSnooze(id) {
  await send(`snoozes/${encodeURIComponent(id)}`, undefined, "DELETE");
  readSnoozes();
}
