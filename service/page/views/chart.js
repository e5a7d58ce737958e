// Lines over time, by uPlot; it is loaded by the first chart that is shown.

import { HERE } from "../core/connection.js";
import { html, useEffect, useRef } from "../core/html.js";
import { language } from "../core/language.js";
import { themeShown } from "../core/preferences.js";
import { useStore } from "../core/store.js";
import { clockTime, exactTime, shortDay } from "../core/time.js";
import { ink } from "../draw/stage.js";

/** @type {Promise<any> | null} */
let loading = null;

function load() {
  loading ??= new Promise((resolve, reject) => {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = new URL("page/vendor/uplot.css", HERE).href;
    const script = document.createElement("script");
    script.src = new URL("page/vendor/uplot.js", HERE).href;
    script.onload = () => resolve(/** @type {any} */ (window).uPlot);
    script.onerror = reject;
    document.head.append(style, script);
  });
  return loading;
}

/**
 * @typedef {object} Axis
 * @property {number[]} [at] where it has ticks
 * @property {(value: number) => string} text
 */

/** @type {Axis} */
const ORDINARY = { text: (value) => `${+value.toFixed(1)}` };

/**
 * @typedef {object} Line
 * @property {string} label
 * @property {string} ink a colour of the theme
 * @property {boolean} [dashed]
 * @property {boolean} [filled]
 * @property {boolean} [stepped] holds until the next point
 */

/**
 * @param {{times: number[], lines: Line[], values: (number | null)[][], height?: number, label: string,
 *   marks?: {at: number, ink: string}[], range?: number[], axis?: Axis, onPick?: (at: number) => void}} props
 *   onPick: called with the time that is pressed
 */
export function Chart({ times, lines, values, height = 120, label, marks = [], range, axis = ORDINARY, onPick }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const chart = useRef(/** @type {any} */ (null));
  const shown = useRef(marks);
  shown.current = marks;
  const picks = useRef(onPick);
  picks.current = onPick;
  // What is shown when the script has come may be another than when it was asked for.
  const latest = useRef({ times, lines, values, range, axis });
  latest.current = { times, lines, values, range, axis };
  const theme = useStore(themeShown);
  const words = useStore(language);
  useEffect(() => {
    let wanted = true;
    let stop = () => {};
    load().then((uPlot) => {
      if (!wanted || !place.current) return;
      const width = Math.max(place.current.clientWidth, 200);
      const now = latest.current;
      chart.current = new uPlot(options({ ...now, marks: () => shown.current }, width, height), [now.times, ...now.values], place.current);
      const { over } = chart.current;
      over.addEventListener("click", (/** @type {MouseEvent} */ event) => picks.current?.(chart.current.posToVal(event.clientX - over.getBoundingClientRect().left, "x")));
      const sizes = new ResizeObserver(([{ contentRect }]) => {
        if (contentRect.width > 50) chart.current?.setSize({ width: contentRect.width, height });
      });
      sizes.observe(place.current);
      stop = () => sizes.disconnect();
    }, () => {});
    return () => {
      wanted = false;
      stop();
      chart.current?.destroy();
      chart.current = null;
    };
  }, [theme, words, lines.length, height, axis.at?.length, range?.[0]]);
  useEffect(() => { chart.current?.setData([times, ...values]); }, [times, values]);
  return html`<div ref=${place} class="chart" data-picks=${Boolean(onPick)} role="img" aria-label=${label}></div>`;
}

/**
 * @param {{lines: Line[], marks: () => {at: number, ink: string}[], range: number[] | undefined, axis: Axis}} what
 * @param {number} width
 * @param {number} height
 */
function options({ lines, marks, range, axis }, width, height) {
  const inks = ink();
  const plain = { stroke: inks.quiet, grid: { stroke: inks.faint, width: 1 }, ticks: { show: false }, font: "11px system-ui" };
  return {
    width, height, legend: { show: false }, cursor: { y: false, points: { show: false } },
    scales: { x: { time: true }, y: range ? { range } : {} },
    axes: [
      { ...plain, size: 22, space: 70, values: (/** @type {any} */ _plot, /** @type {number[]} */ splits) => times(splits) },
      { ...plain, size: 72, splits: axis.at && (() => axis.at), values: (/** @type {any} */ _plot, /** @type {number[]} */ splits) => splits.map(axis.text) },
    ],
    series: [{}, ...lines.map((line) => ({
      label: line.label, stroke: inks[line.ink], width: 1.5, points: { show: false }, spanGaps: false,
      paths: line.stepped ? /** @type {any} */ (window).uPlot.paths.stepped({ align: 1 }) : undefined,
      dash: line.dashed ? [4, 4] : undefined, fill: line.filled ? `color-mix(in srgb, ${inks[line.ink]} 14%, transparent)` : undefined,
    }))],
    hooks: { draw: [(/** @type {any} */ plot) => drawMarks(plot, marks())] },
  };
}

/** @param {number} at */
const tenths = (at) => `${exactTime(at)}.${Math.floor((at % 1) * 10 + 1e-6)}`;

/** @param {number[]} splits */
function times(splits) {
  const apart = splits[1] - splits[0];
  return splits.map(apart < 1 ? tenths : apart < 60 ? exactTime : apart < 43_200 ? clockTime : shortDay);
}

/** @param {any} plot @param {{at: number, ink: string}[]} marks */
function drawMarks(plot, marks) {
  const { ctx, bbox } = plot;
  for (const { at, ink: name } of marks) {
    const x = Math.round(plot.valToPos(at, "x", true)) + 0.5;
    ctx.strokeStyle = ink()[name];
    ctx.setLineDash([]);
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
}
