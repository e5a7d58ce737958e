// What came nearest to an alert and raised none: looked at one after the other, and labelled by one key.

import { later } from "../core/acts.js";
import { ask, may } from "../core/connection.js";
import { html, useEffect, useMemo, useRef, useState } from "../core/html.js";
import { t, useLanguage } from "../core/language.js";
import { cameras, siteNow } from "../core/live.js";
import { address, go, usePlace } from "../core/router.js";
import { useKeys } from "../core/shortcuts.js";
import { useStore } from "../core/store.js";
import { clockTime, dayOf, startOfDay } from "../core/time.js";
import { kindName, nearPercent, rarity } from "../core/words.js";
import { AlertTabs } from "./alert_tabs.js";
import { NearMiss } from "./near_miss.js";
import { Empty, Failed, Loading, useAnswer } from "./parts.js";
import { NearThumbnail } from "./thumbnail.js";

const MOST = 200;
const DAY_S = 86_400;

/** @typedef {"true" | "false" | "unsure"} Label */

export function NearMisses() {
  const { parts, query } = usePlace();
  const shown = parts[1] ?? null;
  const wanted = asked(query);
  const answer = useAnswer(() => ask(`near-misses?${wanted}`), [wanted]);
  const [labels, setLabels] = useState(/** @type {Record<string, {label: Label}>} */ ({}));
  const rows = useMemo(() => (answer.value?.near_misses ?? []).map((/** @type {any} */ each) => ({
    ...each, ...labels[each.id],
  })), [answer.value, labels]);
  const chosen = rows.find((/** @type {any} */ each) => each.id === shown);
  const judge = (/** @type {any} */ each, /** @type {Label} */ label) => labelLater(each, label, setLabels);
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  useListKeys({ rows, shown, query, list, judge });
  return html`<div class="inbox" data-shows=${shown ? "alert" : "list"}>
    <section class="list" aria-label=${t("near.title")}>
      <div><h1 class="hidden">${t("near.title")}</h1><${AlertTabs} at="near" /><${Filters} query=${query} /></div>
      <div class="rows" ref=${list}><${List} answer=${answer} rows=${rows} shown=${shown} query=${query} /></div>
    </section>
    <section class="reader" aria-label=${t("near.reader")}>
      ${chosen && html`<${NearMiss} key=${chosen.id} near=${chosen} query=${query} onJudge=${(/** @type {Label} */ label) => judge(chosen, label)} />`}
      ${!chosen && shown && answer.value && html`<${Empty} title=${t("near.gone")}><a href=${address(["near"], query)}>${t("near.title")}</a><//>`}
      ${!shown && html`<p class="empty hint">${t(may("operate") ? "near.hint" : "near.hint_look")}</p>`}
    </section>
  </div>`;
}

/** @param {URLSearchParams} query */
function asked(query) {
  const wanted = new URLSearchParams({ limit: `${MOST}` });
  if (query.get("camera")) wanted.set("camera", query.get("camera") ?? "");
  const day = query.get("day");
  if (day && !Number.isNaN(Date.parse(day))) {
    wanted.set("since", `${startOfDay(day)}`);
    wanted.set("until", `${startOfDay(day) + DAY_S}`);
  }
  return wanted.toString();
}

/**
 * Show a label at once, and send it when its five seconds are over.
 *
 * @param {any} near
 * @param {Label} label
 * @param {(change: (before: Record<string, {label: Label}>) => Record<string, {label: Label}>) => void} set
 */
function labelLater({ id, kind, camera }, label, set) {
  const shown = { label };
  /** @type {{label: Label} | undefined} */
  let former;
  later({
    text: t(`near.labelled.${label}`, { what: `${kindName(kind)} · ${camera}` }),
    about: `label of ${id}`,
    ahead: () => set((before) => {
      former = before[id];
      return { ...before, [id]: shown };
    }),
    // Only what this one has put there: another label may hold meanwhile.
    back: () => set(({ [id]: now, ...others }) => {
      const left = now === shown ? former : now;
      return left ? { ...others, [id]: left } : others;
    }),
    run: (keepalive) => ask(`near-misses/${encodeURIComponent(id)}/verdict`, { method: "POST", keepalive, body: { verdict: label } }),
  });
}

/** @param {any} use */
function useListKeys({ rows, shown, query, list, judge }) {
  const current = () => (/** @type {HTMLElement | null} */ (document.activeElement))?.dataset.row ?? shown;
  useKeys((key) => {
    const at = rows.findIndex((/** @type {any} */ each) => each.id === current());
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[key];
    if (step) {
      const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
      if (next && shown) go(address(["near", next.id], query), { replace: true });
      if (next) list.current?.querySelector(`[data-row="${CSS.escape(next.id)}"]`)?.focus();
      return true;
    }
    if (key === "Escape" && shown) {
      go(address(["near"], query));
      requestAnimationFrame(() => list.current?.querySelector(`[data-row="${CSS.escape(shown)}"]`)?.focus());
      return true;
    }
    const label = { t: "true", f: "false", u: "unsure" }[key];
    if (!label || at < 0 || !may("operate")) return false;
    judge(rows[at], label);
    return true;
  }, [rows, shown, query]);
}

/** @param {{query: URLSearchParams}} props */
function Filters({ query }) {
  const names = useStore(cameras, (all) => all.map((each) => each.name));
  const set = (/** @type {string} */ name, /** @type {string} */ value) => {
    const next = new URLSearchParams(query);
    if (value) next.set(name, value);
    else next.delete(name);
    go(address(["near"], next), { replace: true });
  };
  return html`<form class="filters" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <label class="choice"><span class="hidden">${t("filter.camera")}</span>
      <select value=${query.get("camera") ?? ""} data-set=${query.has("camera")} onChange=${(/** @type {any} */ event) => set("camera", event.target.value)}>
        <option value="">${t("filter.camera")}</option>
        ${names.map((name) => html`<option key=${name} value=${name} selected=${query.get("camera") === name}>${name}</option>`)}</select></label>
    <label class="choice"><span class="hidden">${t("near.day")}</span><input type="date" value=${query.get("day") ?? ""}
      onChange=${(/** @type {any} */ event) => set("day", event.target.value)} /></label>
  </form>`;
}

/** @param {{answer: any, rows: any[], shown: string | null, query: URLSearchParams}} props */
function List({ answer, rows, shown, query }) {
  useLanguage();
  useEffect(() => { if (shown) document.querySelector(`[data-row="${CSS.escape(shown)}"]`)?.scrollIntoView({ block: "nearest" }); }, [shown]);
  if (answer.error && !answer.value) return html`<${Failed} error=${answer.error} again=${answer.again} />`;
  if (!answer.value) return html`<${Loading} />`;
  if (!rows.length) return html`<${Empty} title=${t("near.none")} text=${t("near.none_text")} />`;
  const today = dayOf(siteNow());
  const dayBefore = (/** @type {number} */ i) => (i ? dayOf(rows[i - 1].at) : "");
  return html`<ul>${rows.map((each, i) => html`<li key=${each.id}>
    ${dayOf(each.at) !== dayBefore(i) && html`<h2>${dayOf(each.at) === today ? t("inbox.today") : dayOf(each.at)}</h2>`}
    <a class="row near" data-row=${each.id} href=${address(["near", each.id], query)} aria-current=${each.id === shown ? "true" : undefined}>
      <${NearThumbnail} near=${each} /><${Nearness} near=${each} />
      <span class="what">${kindName(each.kind)} <span class="where">· ${each.camera}</span></span>
      <span class="side"><time>${clockTime(each.at)}</time></span>
      <span class="more">${[t("near.part", { percent: nearPercent(each) }), rarity(each.rarity)].filter(Boolean).join(" · ")}</span>
      <span class="marks">${each.label && html`<span class="mark">${t(`near.label.${each.label}`)}</span>`}</span>
    </a></li>`)}</ul>`;
}

/** How near, as a column that is full at the threshold. @param {{near: any}} props */
function Nearness({ near }) {
  const place = (/** @type {HTMLElement | null} */ bar) => bar?.style.setProperty("--part", `${Math.min(near.closeness, 1) * 100}%`);
  return html`<span class="nearness" ref=${place} aria-hidden="true"></span>`;
}
