// How rare it was before a camera, ten minutes after ten minutes, over a day or a week.

import { ask } from "../core/connection.js";
import { html, useEffect, useMemo, useState } from "../core/html.js";
import { t } from "../core/language.js";
import { level, siteNow } from "../core/live.js";
import { duration, shortTime } from "../core/time.js";
import { kindName } from "../core/words.js";
import { Chart } from "./chart.js";
import { Failed, Loading, useAnswer } from "./parts.js";

const STEP_S = 600;
export const DAY_S = 86_400;
/** Seconds, and how long a step is then. @type {Record<string, [number, number]>} */
const SPANS = { day: [DAY_S, STEP_S], week: [7 * DAY_S, 3600] };

/**
 * A camera's rarity up to now.
 *
 * @param {{name: string, threshold: number | null}} props
 */
export function CameraRarity({ name, threshold }) {
  const [span, setSpan] = useState("day");
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) setTurn((count) => count + 1); }, 60_000);
    return () => clearInterval(timer);
  }, []);
  const [length, step] = SPANS[span];
  const answer = useAnswer(() => rarityOf(name, siteNow() - length, step), [name, span, turn]);
  return html`<section class="rarity-over-time"><header><h2>${t("rarity.title")}</h2>
      <div class="choices" role="group" aria-label=${t("rarity.span")}>${Object.keys(SPANS).map((each) => html`<button key=${each} type="button" class="quiet"
        aria-pressed=${each === span} onClick=${() => setSpan(each)}>${t(`rarity.${each}`)}</button>`)}</div></header>
    <${Series} answer=${answer} threshold=${threshold} /></section>`;
}

/** @param {string} name @param {number} since @param {number} step */
export const rarityOf = (name, since, step = STEP_S) => ask(
  `cameras/${encodeURIComponent(name)}/rarity?since=${Math.floor(since)}&step=${step}`,
);

/** @param {{answer: any, threshold: number | null, marks?: {at: number, ink: string}[], until?: number}} props */
export function Series({ answer: { value, error, again }, threshold, marks = [], until }) {
  const series = useMemo(() => (value ? seriesOf(value, threshold, until) : null), [value, threshold, until]);
  if (error && !value) return html`<${Failed} error=${error} again=${again} />`;
  if (!series) return html`<${Loading} />`;
  if (!series.times.length) return html`<p class="empty">${t("rarity.nothing")}</p>`;
  const opened = series.opened.map((/** @type {number} */ at) => ({ at, ink: "alarm" }));
  return html`<${Chart} times=${series.times} values=${series.values} marks=${[...opened, ...marks]} height=${104} label=${series.words}
      range=${series.range} axis=${series.axis}
      lines=${[{ label: t("rarity.title"), ink: "cool", filled: true, stepped: true }, { label: t("camera.threshold"), ink: "quiet", dashed: true }]} />
    <p class="quiet">${series.words}</p>`;
}

/** Hours, as ticks of the axis. */
const TICKS_H = [1, 24, 168, 1000];

/** @param {any} answer @param {number | null} threshold @param {number} [until] */
function seriesOf({ points, step_s: step, since }, threshold, until) {
  const known = points.some((/** @type {any} */ point) => point.kinds.some((/** @type {any} */ kind) => kind.once_in_hours !== null));
  const high = (/** @type {any} */ point) => Math.max(...point.kinds.map((/** @type {any} */ kind) => (
    known ? Math.log10(Math.max(kind.once_in_hours ?? 0, 0.1)) : level(kind.score, kind.kind === "movement" ? threshold : 1)
  )), known ? -1 : 0);
  const { times, values } = filled(points, since, step, until ?? siteNow(), high);
  return {
    times, values: [values, times.map(() => (known ? null : 0.7))],
    /** @type {number[]} */
    opened: points.filter((/** @type {any} */ point) => point.opened > 0).map((/** @type {any} */ point) => point.at + step / 2),
    words: wordsOf(points, known),
    range: known ? [-1, 3.2] : [0, 1.05],
    axis: known ? { at: TICKS_H.map(Math.log10), text: (/** @type {number} */ value) => duration(10 ** value * 3600) } : { at: [0.7], text: () => "" },
  };
}

/**
 * Every step of the time, those that nobody watched without a value.
 *
 * @param {any[]} points
 * @param {number} since
 * @param {number} step
 * @param {number} until
 * @param {(point: any) => number} high
 */
function filled(points, since, step, until, high) {
  const by = new Map(points.map((point) => [Math.round((point.at - since) / step), high(point)]));
  const count = points.length ? Math.max(Math.ceil((until - since) / step), 1) : 0;
  const steps = Array.from({ length: count }, (_none, i) => i);
  return { times: steps.map((i) => since + i * step), values: steps.map((i) => by.get(i) ?? null) };
}

/** What the picture shows, in a sentence. @param {any[]} points @param {boolean} known */
function wordsOf(points, known) {
  const opened = t("rarity.opened", { count: points.reduce((sum, point) => sum + point.opened, 0) });
  if (!known) return `${t("rarity.not_known")} ${opened}`;
  const all = points.flatMap((point) => point.kinds.map((/** @type {any} */ kind) => ({ ...kind, at: point.at })));
  const rarest = all.filter((each) => each.once_in_hours !== null).sort((a, b) => b.once_in_hours - a.once_in_hours)[0];
  const often = duration(Math.max(rarest.once_in_hours * 3600, 60));
  return `${t("rarity.rarest", { kind: kindName(rarest.kind), time: often, at: shortTime(rarest.at, siteNow()) })} ${opened}`;
}
