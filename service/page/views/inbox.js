// The alerts that fit the filters of the address, page by page, and those that open meanwhile.

import { alertOf, onAlertEvent, readAlerts } from "../core/alerts.js";
import { useCallback, useEffect, useMemo, useRef, useState } from "../core/html.js";
import { spanOf } from "../core/span.js";
import { useStore } from "../core/store.js";
import { siteZone } from "../core/time.js";

const FIRST_PAGE = 50;
const PAGE = 200;
const MOST = 20_000;
/** Filters that stand in the address as the service takes them. */
const PLAIN = ["camera", "kind", "severity", "state", "verdict", "acknowledged", "zone", "text"];

/** In the address: `no` lists what nobody has acknowledged or judged. */
export const LOOKED = "looked";

/**
 * @typedef {object} Inbox
 * @property {string[]} ids newest first
 * @property {"loading" | "ready" | "failed" | "unasked"} state unasked: the address has no such span of time
 * @property {unknown} error
 * @property {boolean} more
 * @property {() => void} next
 * @property {() => void} again
 */

/**
 * Return the service's query of an address's filters; null: its span of time is none.
 *
 * @param {URLSearchParams} query
 */
export function serviceQuery(query) {
  const asked = new URLSearchParams();
  for (const name of PLAIN) for (const value of query.getAll(name)) if (value) asked.append(name, value);
  if (query.get(LOOKED) === "no") {
    asked.set("acknowledged", "false");
    asked.set("verdict", "none"); // who judged it has looked
  }
  const { since, until, faults } = spanOf(query);
  if (Object.keys(faults).length) return null;
  if (since !== null) asked.set("since", `${since}`);
  if (until !== null) asked.set("until", `${until}`);
  return asked;
}

/** @param {string} text the address's query @returns {Inbox} */
export function useInbox(text) {
  useStore(siteZone); // a time is another one in another zone
  const wanted = serviceQuery(new URLSearchParams(text))?.toString() ?? null;
  const asked = useMemo(() => (wanted === null ? null : new URLSearchParams(wanted)), [wanted]);
  const [turn, setTurn] = useState(0);
  const [state, set] = useState(/** @type {any} */ ({ ids: [], state: "loading", error: null, cursor: null }));
  const busy = useRef(false);
  const reading = useRef(asked);
  useEffect(() => {
    let isWanted = true;
    /** What opens while the list is read: its answer may not know it yet. @type {string[]} */
    const opened = [];
    reading.current = asked;
    if (!asked) {
      set({ ids: [], cursor: null, state: "unasked", error: null });
      return undefined;
    }
    // What fits the new filters as well stays; nobody acts on what they have ruled out.
    set((/** @type {any} */ before) => ({
      ids: before.ids.filter((/** @type {string} */ id) => alertOf(id) && fits(alertOf(id), asked)), cursor: null, state: "loading", error: null,
    }));
    const deaf = onAlertEvent(({ alert }) => {
      if (!alert?.id || !fits(alert, asked)) return;
      if (opened.length < MOST) opened.unshift(alert.id);
      set((/** @type {any} */ before) => ({ ...before, ids: joined([alert.id], before.ids) }));
    });
    first(asked).then(
      (found) => { if (isWanted) set({ ...found, ids: joined(opened, found.ids), state: "ready", error: null }); },
      (error) => { if (isWanted) set({ ids: [], cursor: null, state: "failed", error }); },
    );
    return () => {
      isWanted = false;
      deaf();
    };
  }, [asked, turn]);
  const next = useCallback(async () => {
    if (busy.current || !state.cursor || !asked) return;
    busy.current = true;
    try {
      const page = await readAlerts(narrowed(asked, { cursor: state.cursor, limit: `${PAGE}` }));
      if (reading.current !== asked) return; // other filters were chosen meanwhile
      set((/** @type {any} */ before) => ({ ...before, cursor: page.next, ids: joined(before.ids, idsOf(page.alerts)) }));
    } catch (error) {
      if (reading.current === asked) set((/** @type {any} */ before) => ({ ...before, error }));
    } finally {
      busy.current = false;
    }
  }, [asked, state.cursor]);
  return { ...state, more: Boolean(state.cursor), next, again: () => setTurn((count) => count + 1) };
}

/** @param {URLSearchParams} asked */
async function first(asked) {
  const anyState = !asked.has("state");
  const [opened, page] = await Promise.all([
    anyState ? readAlerts(narrowed(asked, { state: "open", limit: `${PAGE}` })) : { alerts: [] },
    readAlerts(narrowed(asked, { limit: `${FIRST_PAGE}` })),
  ]);
  return { ids: joined(idsOf(opened.alerts), idsOf(page.alerts)), cursor: page.next };
}

/** @param {URLSearchParams} asked @param {Record<string, string>} more */
function narrowed(asked, more) {
  const query = new URLSearchParams(asked);
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  return query;
}

/** @param {any[]} alerts @returns {string[]} */
const idsOf = (alerts) => alerts.map((each) => each.id);

/** @param {string[]} front @param {string[]} behind */
const joined = (front, behind) => [...new Set([...front, ...behind])].slice(0, MOST);

/**
 * Tell whether an alert that changed fits the filters; words in notes only the service can look up.
 *
 * @param {any} alert
 * @param {URLSearchParams} asked
 */
export function fits(alert, asked) {
  if (alert.snoozed || asked.has("text")) return false;
  /** @param {string} name @param {unknown[]} values */
  const any = (name, ...values) => !asked.has(name) || values.some((value) => asked.getAll(name).includes(`${value}`));
  const kinds = [alert.kind, ...alert.kinds.map((/** @type {any} */ each) => each.kind)];
  return any("camera", alert.camera) && any("kind", ...kinds) && any("severity", alert.severity)
    && any("state", alert.state) && any("verdict", alert.verdict ?? "none")
    && any("acknowledged", Boolean(alert.acknowledged_at)) && any("zone", ...alert.zones ?? [])
    && (!asked.has("since") || alert.opened_at >= Number(asked.get("since")))
    && (!asked.has("until") || alert.opened_at < Number(asked.get("until")));
}
