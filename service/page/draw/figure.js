// Stick figures on canvas.

// Bones as few lines: each end of a line is work.
const LINES = [[9, 7, 5, 6, 8, 10], [15, 13, 11, 12, 14, 16], [5, 11], [6, 12]];
const ROUND_PX = 2.5; // ends of thinner lines look the same, and square ones cost less
const TRUNK = [5, 6, 12, 11];
export const SEEN = 0.15;

/**
 * Draw one body.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {ArrayLike<number>} points 17 × (x, y, confidence), in the context's pixels
 * @param {string} colour
 * @param {number} [strength] 1: as thick as the body's size asks for
 */
export function drawFigure(context, points, colour, strength = 1) {
  const size = bodySize(points);
  if (!size) return;
  const thick = Math.min(Math.max(size / 26, 1.3), 9) * strength;
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = thick;
  context.lineCap = thick < ROUND_PX ? "butt" : "round";
  context.lineJoin = thick < ROUND_PX ? "bevel" : "round";
  fillTrunk(context, points);
  context.beginPath();
  for (const line of LINES) trace(context, points, line);
  if (points[2] < SEEN) {
    context.stroke();
    return;
  }
  if (points[17] >= SEEN && points[20] >= SEEN) {
    context.moveTo((points[15] + points[18]) / 2, (points[16] + points[19]) / 2);
    context.lineTo(points[0], points[1]);
  }
  context.stroke();
  context.beginPath();
  context.arc(points[0], points[1], Math.max(size * 0.065, thick * 0.9), 0, 7);
  context.fill();
}

/** Go along joints, past those that are not seen. @param {CanvasRenderingContext2D} context @param {ArrayLike<number>} points @param {number[]} line */
function trace(context, points, line) {
  let drawing = false;
  for (const joint of line) {
    const seen = points[joint * 3 + 2] >= SEEN;
    if (seen && drawing) context.lineTo(points[joint * 3], points[joint * 3 + 1]);
    else if (seen) context.moveTo(points[joint * 3], points[joint * 3 + 1]);
    drawing = seen;
  }
}

/** @param {CanvasRenderingContext2D} context @param {ArrayLike<number>} points */
function fillTrunk(context, points) {
  if (TRUNK.some((joint) => points[joint * 3 + 2] < SEEN)) return;
  const alpha = context.globalAlpha;
  context.globalAlpha = alpha * 0.22;
  context.beginPath();
  TRUNK.forEach((joint, i) => {
    if (i) context.lineTo(points[joint * 3], points[joint * 3 + 1]);
    else context.moveTo(points[joint * 3], points[joint * 3 + 1]);
  });
  context.fill();
  context.globalAlpha = alpha;
}

/** @param {ArrayLike<number>} points */
export function bodySize(points) {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < 51; i += 3) {
    if (points[i + 2] < SEEN) continue;
    left = Math.min(left, points[i]);
    right = Math.max(right, points[i]);
    top = Math.min(top, points[i + 1]);
    bottom = Math.max(bottom, points[i + 1]);
  }
  return left === Infinity ? 0 : Math.max(right - left, bottom - top);
}

/** @typedef {{x: number, y: number, width: number, height: number}} Box */

/**
 * Return where seen joints lie.
 *
 * @param {Iterable<ArrayLike<number>>} bodies each 51 numbers
 * @returns {Box | null}
 */
export function boundsOf(bodies) {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const points of bodies) {
    for (let i = 0; i < 51; i += 3) {
      if (points[i + 2] < SEEN) continue;
      left = Math.min(left, points[i]);
      right = Math.max(right, points[i]);
      top = Math.min(top, points[i + 1]);
      bottom = Math.max(bottom, points[i + 1]);
    }
  }
  return left === Infinity ? null : { x: left, y: top, width: right - left, height: bottom - top };
}

/**
 * Bring joints of a picture onto the screen.
 *
 * @param {ArrayLike<number>} joints 51 numbers
 * @param {{scale: number, x: number, y: number}} view
 * @param {Float32Array} out
 */
export function placed(joints, view, out) {
  for (let i = 0; i < 51; i += 3) {
    out[i] = (joints[i] - view.x) * view.scale;
    out[i + 1] = (joints[i + 1] - view.y) * view.scale;
    out[i + 2] = joints[i + 2];
  }
  return out;
}
