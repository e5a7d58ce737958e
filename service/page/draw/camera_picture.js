// One camera's people on a canvas, and the strip of its last ten minutes.

import { BINS, level, NOBODY, pictures } from "../core/live.js";
import { want } from "../core/wanted.js";
import { alarmed } from "../core/alerts.js";
import { drawFigure, placed } from "./figure.js";
import { ink } from "./stage.js";

const SEEN_PX = 0.25; // less than that is not seen to move
const joints = new Float32Array(51);
const points = new Float32Array(51);

/**
 * Fit a camera's picture into a surface.
 *
 * @param {{width: number, height: number}} picture
 * @param {{width: number, height: number}} surface
 */
export function fitted(picture, surface) {
  const scale = Math.min(surface.width / picture.width, surface.height / picture.height);
  return {
    scale,
    x: -(surface.width / scale - picture.width) / 2,
    y: -(surface.height / scale - picture.height) / 2,
  };
}

/**
 * Return the drawing of a camera's people; while it is on screen its skeletons are asked for.
 *
 * @param {string} name
 * @param {{under?: (surface: import("./stage.js").Surface, view: any) => void}} [more] what lies under them
 * @returns {import("./stage.js").Draw}
 */
export function cameraDrawing(name, { under } = {}) {
  let drawnAt = 0;
  let scale = 1;
  let unwanted = /** @type {(() => void) | null} */ (null);
  const draw = (/** @type {import("./stage.js").Surface} */ surface, /** @type {number} */ now) => {
    const picture = pictures.get(name);
    if (!picture || !picture.width) return false;
    const view = fitted(picture, surface);
    ({ scale } = view);
    drawnAt = now;
    drawGround(surface, picture, view);
    if (under) under(surface, view);
    drawPeople(surface, name, picture, view, now);
    return picture.people.moving(now);
  };
  return Object.assign(draw, {
    ground: "stage",
    still: (/** @type {unknown} */ _surface, /** @type {number} */ now) => {
      const people = pictures.get(name)?.people;
      return Boolean(people && people.moving(now) && people.way(drawnAt, now) * scale < SEEN_PX);
    },
    sight: (/** @type {boolean} */ seen) => {
      if (seen) {
        unwanted ??= want(name);
      } else {
        unwanted?.();
        unwanted = null;
      }
    },
  });
}

/**
 * @param {import("./stage.js").Surface} surface
 * @param {string} name
 * @param {import("../core/live.js").Picture} picture
 * @param {{scale: number, x: number, y: number}} view
 * @param {number} now
 */
function drawPeople(surface, name, picture, view, now) {
  const red = alarmed.get();
  for (const person of picture.people.people.values()) {
    placed(picture.people.at(person, now, joints), view, points);
    const colour = colourOf(person, picture.threshold, red.size > 0 && red.has(`${name}/${person.id}`));
    drawFigure(surface.context, points, colour);
  }
}

/** @param {import("./glide.js").Moving} person @param {number | null} threshold @param {boolean} red */
function colourOf(person, threshold, red) {
  const inks = ink();
  if (red) return inks.alarm;
  return level(person.score, threshold) >= 0.7 ? inks.unusual : inks.figure;
}

/**
 * A faint frame and floor, so that an empty picture is seen to be one.
 *
 * @param {import("./stage.js").Surface} surface
 * @param {{width: number, height: number}} picture
 * @param {{scale: number, x: number, y: number}} view
 */
export function drawGround({ context }, picture, view) {
  const [left, top] = [-view.x * view.scale, -view.y * view.scale];
  const [wide, high] = [picture.width * view.scale, picture.height * view.scale];
  context.strokeStyle = ink().faint;
  context.lineWidth = 1;
  context.beginPath();
  for (let part = 1; part < 4; part += 1) {
    const y = Math.round(top + (high * part) / 4) + 0.5;
    context.moveTo(left, y);
    context.lineTo(left + wide, y);
    const x = Math.round(left + (wide * part) / 4) + 0.5;
    context.moveTo(x, top);
    context.lineTo(x, top + high);
  }
  context.stroke();
}

/**
 * Return the drawing of the rarest level of each ten seconds.
 *
 * @param {string} name
 * @returns {import("./stage.js").Draw}
 */
export function stripDrawing(name) {
  return ({ context, width, height }) => {
    const picture = pictures.get(name);
    if (!picture) return;
    const inks = ink();
    const wide = width / BINS;
    for (let bin = 0; bin < BINS; bin += 1) {
      const value = picture.strip[bin];
      if (value < NOBODY) continue; // nobody looked: not even the line
      context.fillStyle = inks.faint;
      context.fillRect(bin * wide, height - 1, wide + 0.5, 1);
      if (value < 0) continue;
      const high = Math.max(value * (height - 1), 1);
      context.fillStyle = value >= 0.7 ? inks.unusual : inks.quiet;
      context.globalAlpha = value >= 0.7 ? 1 : 0.55;
      context.fillRect(bin * wide, height - 1 - high, Math.max(wide - 0.8, 0.6), high);
    }
    context.globalAlpha = 1;
  };
}
