// One clock for all drawings: each is drawn when it changed, and only while it is on screen.

import { themeShown } from "../core/preferences.js";

const SHARPEST = 2; // device pixels a CSS pixel; more is work that nobody sees

/**
 * @typedef {object} Surface
 * @property {CanvasRenderingContext2D} context
 * @property {number} width CSS pixels
 * @property {number} height
 */

/**
 * @typedef {object} Drawing
 * @property {HTMLCanvasElement} canvas
 * @property {(surface: Surface, now: number) => boolean | void} draw true: again at the next picture
 * @property {boolean} dirty
 * @property {boolean} visible
 * @property {number} width
 * @property {number} height
 */

/** @type {Map<Element, Drawing>} */
const drawings = new Map();
let asked = 0;
/** How long the last drawings took, for those who measure; milliseconds. */
export const spent = { frames: 0, longest: 0, total: 0 };

const sizes = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) {
    const drawing = drawings.get(target);
    if (!drawing) continue;
    drawing.width = contentRect.width;
    drawing.height = contentRect.height;
    wake(drawing);
  }
});

const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const drawing = drawings.get(target);
    if (!drawing) continue;
    drawing.visible = isIntersecting;
    if (isIntersecting) wake(drawing);
  }
});

/**
 * Put a canvas under the clock.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Drawing["draw"]} draw
 */
export function putOnStage(canvas, draw) {
  /** @type {Drawing} */
  const drawing = { canvas, draw, dirty: true, visible: false, width: 0, height: 0 };
  drawings.set(canvas, drawing);
  sizes.observe(canvas);
  sight.observe(canvas);
  return {
    wake: () => wake(drawing),
    leave() {
      sizes.unobserve(canvas);
      sight.unobserve(canvas);
      drawings.delete(canvas);
    },
  };
}

/** @param {Drawing} drawing */
function wake(drawing) {
  drawing.dirty = true;
  if (!asked) asked = requestAnimationFrame(paint);
}

themeShown.subscribe(() => drawings.forEach(wake));

/** @param {number} now */
function paint(now) {
  asked = 0;
  const begin = performance.now();
  let again = false;
  for (const drawing of drawings.values()) {
    if (!drawing.dirty || !drawing.visible || drawing.width < 1) continue;
    drawing.dirty = drawing.draw(prepared(drawing), now) === true;
    again ||= drawing.dirty;
  }
  const took = performance.now() - begin;
  spent.frames += 1;
  spent.total += took;
  spent.longest = Math.max(spent.longest, took);
  if (again && !asked) asked = requestAnimationFrame(paint);
}

/** @param {Drawing} drawing @returns {Surface} */
function prepared({ canvas, width, height }) {
  const ratio = Math.min(devicePixelRatio || 1, SHARPEST);
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
  }
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** @type {Record<string, string>} */
let inks = {};
const forced = matchMedia("(forced-colors: active)");

function readInks() {
  const style = getComputedStyle(document.documentElement);
  const ink = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  inks = Object.fromEntries(
    ["figure", "unusual", "alarm", "quiet", "line", "faint", "text", "accent", "cool"].map((name) => [name, ink(name)]),
  );
  if (forced.matches) inks = { ...inks, figure: "CanvasText", alarm: "Highlight", unusual: "LinkText" };
}

themeShown.subscribe(readInks);
forced.addEventListener("change", readInks);

/** The theme's colours, for canvases. */
export function ink() {
  if (!inks.figure) readInks();
  return inks;
}
