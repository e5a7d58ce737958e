// How unusual it was, over time.

import { html, useMemo } from "../core/html.js";
import { t } from "../core/language.js";
import { Chart } from "./chart.js";

/** @param {{alert: any, episode: import("../draw/episode.js").Episode | null}} props */
export function Curve({ alert, episode }) {
  const series = useMemo(() => seriesOf(alert, episode), [alert.id, episode]);
  if (!series) return null;
  const marks = [{ at: alert.opened_at, ink: "alarm" }, ...(alert.closed_at ? [{ at: alert.closed_at, ink: "quiet" }] : [])];
  return html`<section class="curve"><h2>${t("alert.curve")}</h2>
    <${Chart} times=${series.times} values=${series.values} marks=${marks} height=${110} label=${t("alert.curve_words")}
      lines=${[{ label: t("alert.curve"), ink: "unusual", filled: true }, { label: t("camera.threshold"), ink: "quiet", dashed: true }]} />
  </section>`;
}

/** @param {any} alert @param {import("../draw/episode.js").Episode | null} episode */
function seriesOf(alert, episode) {
  const peak = episode?.peak;
  if (alert.kind !== "movement" || !peak || peak.sums.length < 2) return null;
  const times = peak.sums.map((_sum, i) => peak.begin + i / peak.fps);
  // The window's score is the sum of its frames' shares: so much of it had come by each frame.
  let sum = 0;
  const grown = peak.sums.map((share) => { sum += share; return sum; });
  return { times, values: [grown, times.map(() => alert.threshold)] };
}
