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
 * @typedef {object} Nature what a drawing may say of itself
 * @property {string} [ground] the ink behind it: one that hides what lies behind is cheaper to show
 * @property {(surface: Surface, now: number) => boolean} [still] nobody would see what moved since it was drawn
 * @property {(seen: boolean) => void} [sight] it came on screen, or left it
 *
 * @typedef {((surface: Surface, now: number) => boolean | void) & Nature} Draw true: again at the next picture
 *
 * @typedef {object} Drawing
 * @property {HTMLCanvasElement} canvas
 * @property {CanvasRenderingContext2D} context
 * @property {Draw} draw
 * @property {boolean} dirty it is not as it should be
 * @property {boolean} moves it will not stay as it is
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
    drawing.draw.sight?.(isIntersecting);
    if (isIntersecting) wake(drawing);
  }
});

/**
 * Put a canvas under the clock.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Draw} draw
 */
export function putOnStage(canvas, draw) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: !draw.ground }));
  /** @type {Drawing} */
  const drawing = { canvas, context, draw, dirty: true, moves: false, visible: false, width: 0, height: 0 };
  drawings.set(canvas, drawing);
  sizes.observe(canvas);
  sight.observe(canvas);
  return {
    wake: () => wake(drawing),
    leave() {
      sizes.unobserve(canvas);
      sight.unobserve(canvas);
      drawings.delete(canvas);
      draw.sight?.(false);
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
    if (!drawing.visible || drawing.width < 1) continue;
    if (drawing.dirty || (drawing.moves && !drawing.draw.still?.(drawing, now))) {
      drawing.moves = drawing.draw(prepared(drawing), now) === true;
      drawing.dirty = false;
    }
    again ||= drawing.moves;
  }
  const took = performance.now() - begin;
  spent.frames += 1;
  spent.total += took;
  spent.longest = Math.max(spent.longest, took);
  if (again && !asked) asked = requestAnimationFrame(paint);
}

/** @param {Drawing} drawing @returns {Surface} */
function prepared(drawing) {
  const { canvas, context, draw, width, height } = drawing;
  const ratio = Math.min(devicePixelRatio || 1, SHARPEST);
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  if (draw.ground) {
    context.fillStyle = ink()[draw.ground];
    context.fillRect(0, 0, width, height);
  } else {
    context.clearRect(0, 0, width, height);
  }
  return drawing;
}

/** @type {Record<string, string>} */
let inks = {};
const forced = matchMedia("(forced-colors: active)");

function readInks() {
  const style = getComputedStyle(document.documentElement);
  const ink = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  inks = Object.fromEntries(
    ["figure", "unusual", "alarm", "quiet", "line", "faint", "text", "accent", "cool", "stage"].map((name) => [name, ink(name)]),
  );
  if (forced.matches) inks = { ...inks, stage: "Canvas", figure: "CanvasText", alarm: "Highlight", unusual: "LinkText" };
}

themeShown.subscribe(readInks);
forced.addEventListener("change", readInks);

/** The theme's colours, for canvases. */
export function ink() {
  if (!inks.figure) readInks();
  return inks;
}
