// One alert: what was seen, why it is unusual, what became of it.

import { acknowledge, judge } from "../core/acts.js";
import { alertOf, changes, heldOf, readAlert } from "../core/alerts.js";
import { ask, HERE, may, Problem, request } from "../core/connection.js";
import { offers } from "../core/features.js";
import { html, useMemo, useRef } from "../core/html.js";
import { t, tOr } from "../core/language.js";
import { siteNow } from "../core/live.js";
import { say } from "../core/messages.js";
import { address } from "../core/router.js";
import { textInWords } from "../core/sentences.js";
import { snoozes, snoozesOfAlert } from "../core/snoozes.js";
import { useStore } from "../core/store.js";
import { exactTime, fullTime, shortTime } from "../core/time.js";
import { saysOrdinary, why } from "../core/why.js";
import { kindName, lasted, others, peak, personNumber, plain, rarity, titleOf, unseen, wantsLook } from "../core/words.js";
import { episodeOf } from "../draw/episode.js";
import { AlertLine, RarityBar } from "./alert_line.js";
import { AlertRarity } from "./alert_rarity.js";
import { Curve } from "./alert_curve.js";
import { Failed, Loading, useAnswer, useClock } from "./parts.js";
import { Replay } from "./replay.js";
import { snoozeName } from "./snoozes.js";

/** @param {{id: string, query: URLSearchParams, onAsk: (what: "note" | "snooze") => void}} props */
export function AlertView({ id, query, onAsk }) {
  const path = `alerts/${encodeURIComponent(id)}`;
  const row = useStore(changes, () => alertOf(id));
  // Read again when the service has it otherwise: nothing here is a snapshot that goes stale.
  const version = useStore(changes, () => versionOf(heldOf(id)));
  const detail = useAnswer(() => readAlert(id), [id, version]);
  const closed = row?.state === "closed";
  const poses = useAnswer(() => ask(`${path}/poses`).catch(noPoses), [id, closed]);
  const { value, error } = detail;
  const episode = useMemo(
    () => (value && poses.value !== undefined ? episodeOf(value, poses.value) : null), [value?.poses, value?.id, poses.value],
  );
  // A press on the line of scores moves the replay there; by keyboard its own place does.
  const seeks = useRef((/** @type {number} */ _at) => {});
  if (error && !value) return html`<${Failed} error=${error} again=${detail.again} />`;
  if (!value || !row) return html`<${Loading} />`;
  const alert = { ...value, ...row };
  return html`<article class="alert" data-look=${wantsLook(alert)}>
    <${Head} alert=${alert} query=${query} onAsk=${onAsk} />
    <${Seen} episode=${episode} alert=${alert} ready=${poses.value !== undefined} seeks=${seeks} />
    <${Why} alert=${alert} />
    <${Curve} alert=${alert} episode=${episode} onPick=${(/** @type {number} */ at) => seeks.current(at)} />
    ${offers("/cameras/{name}/rarity") && html`<${AlertRarity} alert=${alert} />`}
    <${Story} alert=${alert} />
    <${Near} alert=${alert} />
    <${Figures} alert=${alert} />
  </article>`;
}

/** @param {any} row */
const versionOf = (row) => [row?.version, row?.acknowledged_at, row?.verdict, row?.verdict_by, row?.notes].join(" ");

/** @param {unknown} error */
function noPoses(error) {
  if (error instanceof Problem && error.status === 404) return null;
  throw error;
}

/** @param {{alert: any, query: URLSearchParams, onAsk: (what: "note" | "snooze") => void}} props */
function Head({ alert, query, onAsk }) {
  const now = useClock(5);
  const operates = may("operate");
  const held = useStore(snoozes, (all) => snoozesOfAlert(all, alert));
  return html`<header>
    <a class="back" href=${address(["alerts"], query)}>${t("nav.alerts")}</a>
    <h1>${kindName(alert.kind)} <a class="where" href=${address(["watch", alert.camera])}>${alert.camera}</a></h1>
    <p class="when"><time>${fullTime(alert.opened_at)}</time> · <span data-state=${alert.state}>${lasted(alert, now)}</span>
      ${unseen(alert) && html` · <strong>${unseen(alert)}</strong>`}</p>
    ${held.map((/** @type {any} */ each) => html`<p key=${each.id} class="quiet">${t("health.snoozed", { what: snoozeName(each), time: shortTime(each.until, now) })}</p>`)}
    ${operates && html`<div class="acts" role="group" aria-label=${t("alert.acts")}>
      <button type="button" class=${alert.acknowledged_at ? "" : "main"} disabled=${Boolean(alert.acknowledged_at)} onClick=${() => acknowledge(alert)}>
        ${t(alert.acknowledged_at ? "alert.acknowledged" : "alert.acknowledge")} <kbd>a</kbd></button>
      ${[["true", "t"], ["false", "f"], ["unsure", "u"]].map(([verdict, key]) => html`<button key=${verdict} type="button"
        aria-pressed=${alert.verdict === verdict} onClick=${() => judge(alert, /** @type {any} */ (verdict))}>${t(`verdict.${verdict}`)} <kbd>${key}</kbd></button>`)}
      <button type="button" onClick=${() => onAsk("snooze")}>${t("alert.snooze")} <kbd>s</kbd></button>
      <button type="button" onClick=${() => onAsk("note")}>${t("alert.note")} <kbd>n</kbd></button>
    </div>`}
  </header>`;
}

/** @param {{episode: any, alert: any, ready: boolean, seeks: {current: (at: number) => void}}} props */
function Seen({ episode, alert, ready, seeks }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  if (!ready) return html`<div class="replay waiting"><${Loading} /></div>`;
  return html`${episode ? html`<${Replay} key=${alert.id} episode=${episode} alert=${alert} canvas=${canvas} seeks=${seeks} />`
    : html`<p class="empty replay">${t("replay.none")}</p>`}
    <p class="exports"><button type="button" class="quiet" onClick=${() => copyLink(alert)}>${t("alert.copy")}</button>
      ${episode && html`<button type="button" class="quiet" onClick=${() => savePicture(canvas.current, alert)}>${t("alert.png")}</button>`}
      <button type="button" class="quiet" onClick=${() => saveJson(alert)}>${t("alert.json")}</button></p>`;
}

/** @param {any} alert */
async function copyLink(alert) {
  const link = new URL(address(["alerts", alert.id]), HERE).href;
  try {
    await navigator.clipboard.writeText(link);
    say(t("alert.copied"));
  } catch {
    say(link, { lasting: true }); // not over plain HTTP: show it to be copied by hand
  }
}

/** @param {Blob} blob @param {string} name */
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** @param {HTMLCanvasElement | null} canvas @param {any} alert */
function savePicture(canvas, alert) {
  if (!canvas) return;
  // On a ground of its own: the drawing is transparent.
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [canvas.width, canvas.height];
  const context = /** @type {CanvasRenderingContext2D} */ (copy.getContext("2d"));
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--stage");
  context.fillRect(0, 0, copy.width, copy.height);
  context.drawImage(canvas, 0, 0);
  copy.toBlob((blob) => { if (blob) save(blob, `${alert.camera}-${alert.id}.png`); });
}

/** @param {any} alert */
async function saveJson(alert) {
  const answer = await request(`alerts/${encodeURIComponent(alert.id)}`);
  save(await answer.blob(), `${alert.camera}-${alert.id}.json`);
}

/** @param {{alert: any}} props */
function Why({ alert }) {
  const sentence = why(alert);
  const often = sentence && saysOrdinary(alert) ? null : rarity(alert.rarity_hours);
  const also = others(alert);
  const joints = alert.joints.map((/** @type {string} */ name) => t(`joint.${name}`));
  return html`<section class="why">
    ${sentence && html`<p class="reason">${sentence}</p>`}
    ${!sentence && alert.reason && html`<p class="reason" lang="en">${alert.reason.charAt(0).toUpperCase() + alert.reason.slice(1)}.</p>`}
    <p><${RarityBar} alert=${alert} /> <span>${t(`severity.${alert.severity}`)}${often ? ` · ${often}` : ""}</span></p>
    ${also.length > 0 && html`<p>${t("alert.also", { kinds: also.join(", ") })}</p>`}
    ${!sentence && alert.kind === "movement" && joints.length > 0 && html`<p>${t("alert.joints", { joints: joints.join(", ") })}</p>`}
    ${alert.zones?.length > 0 && html`<p>${t("alert.zones", { zones: alert.zones.join(", ") })}</p>`}
  </section>`;
}

/** What happened to it: whom it reached, who did what. @param {{alert: any}} props */
function Story({ alert }) {
  const deliveries = useAnswer(() => deliveriesOf(alert.id), [alert.id, alert.version]);
  const told = deliveries.value ?? [];
  const happened = [
    { at: alert.opened_at, text: t("story.opened") },
    ...told.map((/** @type {any} */ each) => ({
      at: each.delivered_at ?? each.at,
      text: `${t(`story.${each.state}`, { output: each.output, answer: textInWords(each.answer ?? "") })} (${tOr(`sent.${each.event}`, each.event)})`,
    })),
    ...alert.acts.map((/** @type {any} */ act) => ({ at: act.at, text: actText(act), note: act.type === "note" ? act.text : null })),
    ...(alert.closed_at ? [{ at: alert.closed_at, text: t("story.closed") }] : []),
  ].sort((a, b) => a.at - b.at);
  return html`<section class="story"><h2>${t("alert.story")}</h2><ol>
    ${happened.map((each) => html`<li key=${`${each.at} ${each.text}`}><time>${exactTime(each.at)}</time>
      <span>${each.text}${each.note && html`<q>${each.note}</q>`}</span></li>`)}</ol></section>`;
}

/** @param {string} id */
async function deliveriesOf(id) {
  return offers("/alerts/{id}/deliveries") ? ask(`alerts/${encodeURIComponent(id)}/deliveries`) : [];
}

/** @param {any} act */
function actText(act) {
  const who = act.author === "anybody" ? t("story.somebody") : act.author;
  if (act.type === "verdict") return t(`story.verdict.${act.verdict}`, { who });
  return t(`story.${act.type}`, { who });
}

const NEAR_S = 120;

/** @param {{alert: any}} props */
function Near({ alert }) {
  const { value } = useAnswer(
    () => ask(`alerts?since=${alert.opened_at - NEAR_S}&until=${alert.opened_at + NEAR_S}&limit=20`), [alert.id],
  );
  const near = (value?.alerts ?? []).filter((/** @type {any} */ each) => each.id !== alert.id).slice(0, 6);
  if (!near.length) return null;
  return html`<section class="near"><h2>${t("alert.near")}</h2>
    <ul class="lines">${near.map((/** @type {any} */ each) => html`<${AlertLine} key=${each.id} alert=${each} now=${siteNow()} />`)}</ul></section>`;
}

/** @param {{alert: any}} props */
function Figures({ alert }) {
  return html`<details class="figures"><summary>${t("details")}</summary><dl>
    <dt>${t("figures.peak")}</dt><dd>${peak(alert)}</dd>
    ${alert.kinds.map((/** @type {any} */ each) => html`<dt key=${each.kind}>${kindName(each.kind)}</dt>
      <dd key=${`${each.kind} value`}>${peak(each)}</dd>`)}
    <dt>${t("figures.joints")}</dt><dd>${alert.joints.map(plain).join(", ")}</dd>
    <dt>${t("figures.person")}</dt><dd>${personNumber(alert)}</dd>
    <dt>${t("figures.model")}</dt><dd>${alert.model.slice(0, 12)}</dd>
    <dt>${t("figures.id")}</dt><dd>${alert.id}</dd>
    <dt>${t("figures.title")}</dt><dd>${titleOf(alert)}, ${t("figures.version", { version: alert.version })}</dd>
  </dl></details>`;
}
