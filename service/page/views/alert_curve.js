// What raised the alert and how unusual the movement was, over the whole episode; of the peak alone where no more is kept.

import { ask } from "../core/connection.js";
import { html, useMemo } from "../core/html.js";
import { t } from "../core/language.js";
import { siteNow } from "../core/live.js";
import { duration } from "../core/time.js";
import { kindName } from "../core/words.js";
import { Chart } from "./chart.js";
import { useAnswer } from "./parts.js";

const BEFORE_S = 10;
const APART_S = 2; // between windows: nobody was judged meanwhile

/** @param {{alert: any, episode: import("../draw/episode.js").Episode | null, onPick: (at: number) => void}} props */
export function Curve({ alert, episode, onPick }) {
  const { value } = useAnswer(() => ask(`alerts/${encodeURIComponent(alert.id)}/scores`), [alert.id, alert.version]);
  const all = useMemo(() => curvesOf(alert, value, episode), [alert.id, alert.version, value, episode]);
  return all.map((series) => html`<${One} key=${series.kind} series=${series} alert=${alert} onPick=${episode ? onPick : undefined} />`);
}

/** @param {{series: Series, alert: any, onPick: ((at: number) => void) | undefined}} props */
function One({ series, alert, onPick }) {
  const title = series.kind === "movement" ? t("alert.curve") : t("alert.curve_rule", { kind: kindName(series.kind) });
  const also = t(decides(alert, series.kind) ? "alert.curve_also" : "alert.curve_other", { kind: kindName(alert.kind) });
  const words = series.kind === "movement" && alert.kind !== "movement" ? `${series.words} ${also}` : series.words;
  const marks = [{ at: alert.opened_at, ink: "alarm" }, ...(alert.closed_at ? [{ at: alert.closed_at, ink: "quiet" }] : [])];
  return html`<section class="curve"><h2>${title}</h2>
    <${Chart} times=${series.times} values=${series.values} marks=${marks} height=${110} label="${title}: ${words}" axis=${series.axis} onPick=${onPick}
      lines=${[{ label: title, ink: "unusual", filled: true, stepped: series.stepped }, { label: t("camera.threshold"), ink: "quiet", dashed: true }]} />
    <p class="quiet">${words}</p></section>`;
}

/** Whether an alert has a kind. @param {any} alert @param {string} kind */
const decides = (alert, kind) => alert.kinds.some((/** @type {any} */ each) => each.kind === kind);

/**
 * The rule's curve that raised the alert first, where it is kept; below it, how unusual the movement was.
 *
 * @param {any} alert
 * @param {any} scores
 * @param {import("../draw/episode.js").Episode | null} episode
 * @returns {Series[]}
 */
function curvesOf(alert, scores, episode) {
  const kinds = [alert.kind, ...alert.kinds.map((/** @type {any} */ each) => each.kind)].filter((kind) => kind !== "movement");
  const rules = [...new Set(kinds)].map((kind) => ofRule(alert, kind, scores)).filter((each) => each !== null);
  const moved = ofMovement(alert, scores) ?? peakOf(alert, episode);
  return [...rules.slice(0, 1), ...(moved ? [moved] : [])];
}

/**
 * @typedef {object} Series
 * @property {string} kind
 * @property {number[]} times
 * @property {(number | null)[][]} values score and threshold
 * @property {string} words what is seen, for everybody
 * @property {boolean} stepped
 * @property {import("./chart.js").Axis} axis
 */

/** By ten seconds: more is not kept of rules. @param {any} alert @param {string} kind @param {any} scores @returns {Series | null} */
function ofRule(alert, kind, scores) {
  const held = (scores?.held ?? []).filter((/** @type {any} */ each) => each.kind === kind);
  if (!held.length) return null;
  const most = Math.max(...held.map((/** @type {any} */ each) => each.score / each.threshold));
  return { kind, stepped: true, ...drawn(alert, stepsOf(held), 1), words: t("alert.curve_most", { times: most.toFixed(1) }) };
}

/** @param {any} alert @param {any} scores @returns {Series | null} */
function ofMovement(alert, scores) {
  const moved = (scores?.points ?? []).filter((/** @type {any} */ each) => each.score !== null && each.threshold !== null);
  if (moved.length < 2) return null;
  const points = withGaps(moved);
  const above = points.reduce((sum, each, i) => sum + (each.score !== null && each.score >= (each.threshold ?? 0)
    ? (points[i + 1] ?? each).at - each.at : 0), 0);
  const whole = (alert.closed_at ?? siteNow()) - alert.opened_at + BEFORE_S;
  // Nobody was above it: that is no second of it either.
  const words = t("alert.curve_above", { time: duration(above && Math.max(above, 1)), whole: duration(Math.max(whole, 1)) });
  return { kind: "movement", stepped: false, ...drawn(alert, points, moved[0].threshold), words };
}

/**
 * Over the whole time of the episode, whatever is known of it.
 *
 * @param {any} alert
 * @param {Point[]} points
 * @param {number} limit
 */
function drawn(alert, points, limit) {
  const [first, last] = [points[0].at - 0.01, points[points.length - 1].at + 0.01];
  const [begin, end] = [alert.opened_at - BEFORE_S, alert.closed_at ?? siteNow()];
  const all = [nothing(Math.min(begin, first)), ...points, nothing(Math.max(end, last))];
  return {
    times: all.map((each) => each.at),
    values: [all.map((each) => each.score), all.map((each) => each.threshold ?? limit)],
    axis: { at: [limit], text: () => t("camera.threshold") },
  };
}

/** @typedef {{at: number, score: number | null, threshold: number | null}} Point */

/** @param {number} at @returns {Point} */
const nothing = (at) => ({ at, score: null, threshold: null });

/** @param {any[]} held @returns {Point[]} */
const stepsOf = (held) => held.flatMap(({ since, until, score, threshold }) => [
  { at: since, score, threshold }, { at: until - 0.02, score, threshold }, nothing(until),
]);

/** @param {any[]} points @returns {Point[]} */
const withGaps = (points) => points.flatMap((each, i) => (
  i && each.at - points[i - 1].at > APART_S ? [nothing(points[i - 1].at + 0.01), each] : [each]
));

/** How it grew in the one window of its peak. @param {any} alert @param {import("../draw/episode.js").Episode | null} episode @returns {Series | null} */
function peakOf(alert, episode) {
  const peak = episode?.peak;
  if (alert.kind !== "movement" || !peak || peak.sums.length < 2) return null;
  const times = peak.sums.map((_sum, i) => peak.begin + i / peak.fps);
  // The window's score is the sum of its frames' shares: so much of it had come by each frame.
  let sum = 0;
  const grown = peak.sums.map((share) => { sum += share; return sum; });
  return {
    kind: "movement", times, values: [grown, times.map(() => alert.threshold)], stepped: false, words: t("alert.curve_words"),
    axis: { at: [alert.threshold], text: () => t("camera.threshold") },
  };
}
