// What people do about alerts: shown at once, sent after five seconds, and undone until then.

import { alertOf, remember, showAhead } from "./alerts.js";
import { Problem, access, ask, send } from "./connection.js";
import { t } from "./language.js";
import { say } from "./messages.js";
import { inWords } from "./sentences.js";
import { readSnoozes } from "./snoozes.js";
import { titleOf } from "./words.js";

const UNDO_MS = 5000;

/**
 * @typedef {object} Pending
 * @property {string} text
 * @property {(keepalive: boolean) => Promise<void>} commit
 * @property {() => void} undo
 * @property {() => void} [hide] takes its message away
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
 */
export function later({ text, run, ahead, back }) {
  ahead?.();
  /** @type {Pending} */
  const item = {
    text,
    timer: setTimeout(() => finish(item), UNDO_MS),
    undo: () => {
      drop(item);
      item.hide?.();
      back?.();
      say(t("acts.undone"));
    },
    commit: async (keepalive) => {
      try {
        await run(keepalive);
      } catch (error) {
        back?.();
        say(t("acts.failed", { act: text, why: whyFailed(error) }), { lasting: true });
      }
    },
  };
  pending.add(item);
  item.hide = say(text, { undo: item.undo, lastsMs: UNDO_MS });
}

/** @param {unknown} error */
export function whyFailed(error) {
  if (!(error instanceof Problem)) return `${error}`;
  if (error.status === 0) return t("error.away");
  if (error.type === "about:blank#no-right") return t("error.rights");
  return inWords(error.sentence);
}

/** @param {Pending} item */
function drop(item) {
  clearTimeout(item.timer);
  pending.delete(item);
}

/** @param {Pending} item @param {boolean} [keepalive] */
function finish(item, keepalive = false) {
  drop(item);
  item.commit(keepalive);
}

/** Undo what was done last, if its five seconds are not over. */
export function undoLast() {
  const last = [...pending].pop();
  if (last) last.undo();
  return Boolean(last);
}

// Whoever leaves the page has decided: what waits is sent, not lost.
addEventListener("pagehide", () => { for (const item of [...pending]) finish(item, true); });

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

const me = () => access.get().name ?? t("acts.you");

/** @param {any} alert */
export function acknowledge(alert) {
  if (alert.acknowledged_at) return;
  later({
    text: t("acts.acknowledged", { alert: titleOf(alert) }),
    ahead: () => showAhead(alert.id, { acknowledged_at: Date.now() / 1000, acknowledged_by: me() }),
    back: () => showAhead(alert.id, null),
    run: async (keepalive) => {
      const done = await post(alert.id, "acknowledge", undefined, keepalive);
      settle(alert.id, { acknowledged_at: done.act.at, acknowledged_by: done.act.author });
    },
  });
}

/** @param {any} alert @param {"true" | "false" | "unsure"} verdict */
export function judge(alert, verdict) {
  later({
    text: t(`acts.judged.${verdict}`, { alert: titleOf(alert) }),
    ahead: () => showAhead(alert.id, { verdict, verdict_by: me() }),
    back: () => showAhead(alert.id, null),
    run: async (keepalive) => {
      const done = await post(alert.id, "verdict", { verdict }, keepalive);
      settle(alert.id, { verdict, verdict_by: done.act.author });
    },
  });
}

/** The service has it: what was shown ahead is true now. @param {string} id @param {object} facts */
function settle(id, facts) {
  remember([{ id, version: alertOf(id)?.version ?? 0, ...facts }]);
  showAhead(id, null);
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
