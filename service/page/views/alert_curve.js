// How unusual it was, over the whole time of the episode; of the peak alone where no more is kept.

import { ask } from "../core/connection.js";
import { html, useMemo } from "../core/html.js";
import { t } from "../core/language.js";
import { siteNow } from "../core/live.js";
import { duration } from "../core/time.js";
import { Chart } from "./chart.js";
import { useAnswer } from "./parts.js";

const BEFORE_S = 10;
const APART_S = 2; // between windows: nobody was judged meanwhile

/** @param {{alert: any, episode: import("../draw/episode.js").Episode | null, onPick: (at: number) => void}} props */
export function Curve({ alert, episode, onPick }) {
  const { value } = useAnswer(() => ask(`alerts/${encodeURIComponent(alert.id)}/scores`), [alert.id, alert.version]);
  const series = useMemo(() => whole(alert, value) ?? peakOf(alert, episode), [alert.id, alert.version, value, episode]);
  if (!series) return null;
  const marks = [{ at: alert.opened_at, ink: "alarm" }, ...(alert.closed_at ? [{ at: alert.closed_at, ink: "quiet" }] : [])];
  return html`<section class="curve"><h2>${t("alert.curve")}</h2>
    <${Chart} times=${series.times} values=${series.values} marks=${marks} height=${110} label=${series.words} axis=${series.axis} onPick=${episode ? onPick : undefined}
      lines=${[{ label: t("alert.curve"), ink: "unusual", filled: true, stepped: series.stepped }, { label: t("camera.threshold"), ink: "quiet", dashed: true }]} />
    <p class="quiet">${series.words}</p></section>`;
}

/**
 * @typedef {object} Series
 * @property {number[]} times
 * @property {(number | null)[][]} values score and threshold
 * @property {string} words what is seen, for everybody
 * @property {boolean} stepped
 * @property {import("./chart.js").Axis} axis
 */

/** @param {any} alert @param {any} scores @returns {Series | null} */
function whole(alert, scores) {
  if (!scores) return null;
  const held = scores.held.filter((/** @type {any} */ each) => each.kind === alert.kind);
  const moved = scores.points.filter((/** @type {any} */ each) => each.score !== null && each.threshold !== null);
  // What is judged by other rules than the model's is kept by ten seconds.
  const stepped = alert.kind !== "movement" && held.length > 0;
  if (!stepped && moved.length < 2) return null;
  const points = stepped ? stepsOf(held) : withGaps(moved);
  const above = points.reduce((sum, each, i) => sum + (each.score !== null && each.score >= (each.threshold ?? 0)
    ? (points[i + 1] ?? each).at - each.at : 0), 0);
  const [begin, end] = [alert.opened_at - BEFORE_S, alert.closed_at ?? siteNow()];
  const all = [nothing(Math.min(begin, points[0].at - 0.01)), ...points, nothing(Math.max(end, points[points.length - 1].at + 0.01))];
  const limit = moved.find((/** @type {any} */ each) => each.threshold !== null)?.threshold;
  return {
    times: all.map((each) => each.at), stepped,
    values: [all.map((each) => each.score), all.map((each) => each.threshold ?? (stepped ? 1 : limit))],
    words: t("alert.curve_above", { time: duration(Math.max(above, 1)), whole: duration(Math.max(end - begin, 1)) }),
    axis: { at: [stepped ? 1 : limit], text: () => t("camera.threshold") },
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
    times, values: [grown, times.map(() => alert.threshold)], stepped: false, words: t("alert.curve_words"),
    axis: { at: [alert.threshold], text: () => t("camera.threshold") },
  };
}
