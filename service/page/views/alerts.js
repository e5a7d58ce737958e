// The inbox: alerts as a list that one works through by keyboard, and the chosen one beside it.

import { acknowledge, judge } from "../core/acts.js";
import { alertOf, changes } from "../core/alerts.js";
import { html, useCallback, useLayoutEffect, useMemo, useRef, useState } from "../core/html.js";
import { t } from "../core/language.js";
import { may } from "../core/connection.js";
import { address, go, usePlace } from "../core/router.js";
import { useKeys } from "../core/shortcuts.js";
import { useStore } from "../core/store.js";
import { AlertView } from "./alert.js";
import { Filters, toggleLooked } from "./alert_filters.js";
import { AlertTabs } from "./alert_tabs.js";
import { AlertList } from "./alert_list.js";
import { NoteDialog, SnoozeDialog } from "./alert_dialogs.js";
import { useInbox } from "./inbox.js";
import { useRows } from "./inbox_rows.js";

/** @typedef {"note" | "snooze" | null} Asking */

export function Alerts() {
  const { parts, query } = usePlace();
  const shown = parts[0] === "alerts" ? parts[1] ?? null : null;
  const inbox = useInbox(query.toString());
  const [opened, setOpened] = useState(/** @type {ReadonlySet<string>} */ (new Set()));
  const rows = useRows(inbox, opened);
  const [chosen, choose] = useState(shown);
  const [asking, ask] = useState(/** @type {Asking} */ (null));
  const list = useRef(/** @type {any} */ (null));
  useLayoutEffect(() => { if (shown) choose(shown); }, [shown]);
  const to = useCallback((/** @type {string} */ id, replace = false) => {
    choose(id);
    go(address(["alerts", id], query), { replace });
  }, [query]);
  const acted = shown ?? chosen;
  const toggle = (/** @type {string} */ id) => setOpened((before) => toggled(before, id));
  useInboxKeys({ rows, chosen, shown, choose, to, ask, toggle, list, query });
  const alert = useStore(changes, () => (acted ? alertOf(acted) : undefined));
  return html`<div class="inbox" data-shows=${shown ? "alert" : "list"}>
    <section class="list" aria-label=${t("nav.alerts")}>
      <h1 class="hidden">${t("nav.alerts")}</h1>
      <div><${AlertTabs} at="alerts" /><${Filters} query=${query} /></div>
      <${AlertList} handle=${list} rows=${rows} inbox=${inbox} chosen=${chosen} query=${query}
        onChoose=${choose} onToggle=${toggle} />
    </section>
    <section class="reader" aria-label=${t("alert.label")}>
      ${shown ? html`<${AlertView} key=${shown} id=${shown} query=${query} onAsk=${ask} />`
    : html`<p class="empty hint">${t("alerts.hint")}</p>`}
    </section>
    ${alert && html`<${NoteDialog} open=${asking === "note"} alert=${alert} onClose=${() => ask(null)} />
      <${SnoozeDialog} open=${asking === "snooze"} alert=${alert} onClose=${() => ask(null)} />`}
  </div>`;
}

/** @param {ReadonlySet<string>} before @param {string} id */
function toggled(before, id) {
  const after = new Set(before);
  if (!after.delete(id)) after.add(id);
  return after;
}

/** @param {any} use */
function useInboxKeys({ rows, chosen, shown, choose, to, ask, toggle, list, query }) {
  const keys = useMemo(() => rows.filter((/** @type {any} */ row) => row.key && row.type !== "head"), [rows]);
  useKeys((key, event) => {
    const at = keys.findIndex((/** @type {any} */ row) => row.key === chosen);
    const row = keys[at];
    const target = rowFor(key, event, at, keys.length - 1);
    if (target !== null) {
      const next = keys[target];
      if (!next) return true;
      if (shown && next.type === "alert") to(next.key, true);
      else choose(next.key);
      list.current?.reveal(next.key, true);
      return true;
    }
    if (key === "Escape" && shown) {
      go(address(["alerts"], query));
      requestAnimationFrame(() => list.current?.reveal(shown, true));
      return true;
    }
    if (key === "/") {
      /** @type {HTMLElement | null} */ (document.querySelector("input[type=search]"))?.focus();
      return true;
    }
    if (key === "l") {
      toggleLooked(query);
      return true;
    }
    if (onRow(key, row, shown, toggle, to)) return true;
    return actOn(key, alertOf(shown ?? chosen), ask);
  }, [keys, chosen, shown, to, query]);
}

/**
 * Return which row a key goes to; null: none.
 *
 * @param {string} key
 * @param {KeyboardEvent} event
 * @param {number} at the chosen one
 * @param {number} last
 */
function rowFor(key, event, at, last) {
  // A slider has its own first and last.
  const slides = event.target instanceof HTMLInputElement;
  if (key === "g" || (key === "Home" && !slides)) return 0;
  if (key === "G" || (key === "End" && !slides)) return last;
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[key];
  return step ? Math.min(Math.max(at + step, 0), last) : null;
}

/**
 * @param {string} key
 * @param {any} row
 * @param {string | null} shown
 * @param {(key: string) => void} toggle
 * @param {(id: string) => void} to
 */
function onRow(key, row, shown, toggle, to) {
  if (row?.type === "burst" && [" ", "ArrowRight", "Enter"].includes(key)) toggle(row.key);
  else if (key === "r" && row?.type === "alert" && !shown) to(row.key);
  else return false;
  return true;
}

/** @param {string} key @param {any} alert @param {(what: Asking) => void} ask */
function actOn(key, alert, ask) {
  if (!alert || !may("operate")) return false;
  /** @type {Record<string, () => void>} */
  const acts = {
    a: () => acknowledge(alert),
    t: () => judge(alert, "true"),
    f: () => judge(alert, "false"),
    u: () => judge(alert, "unsure"),
    n: () => ask("note"),
    s: () => ask("snooze"),
  };
  if (!(key in acts)) return false;
  acts[key]();
  return true;
}
