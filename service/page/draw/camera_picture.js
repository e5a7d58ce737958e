// One camera's people on a canvas, and the strip of its last ten minutes.

import { BINS, level, pictures } from "../core/live.js";
import { alarmed } from "../core/alerts.js";
import { bodySize, drawFigure, placed } from "./figure.js";
import { ink } from "./stage.js";

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
 * Return the drawing of a camera's people.
 *
 * @param {string} name
 * @param {{under?: (surface: import("./stage.js").Surface, view: any) => void}} [more] what lies under them
 * @returns {import("./stage.js").Drawing["draw"]}
 */
export function cameraDrawing(name, { under } = {}) {
  return (surface, now) => {
    const picture = pictures.get(name);
    if (!picture || !picture.width) return false;
    const view = fitted(picture, surface);
    drawGround(surface, picture, view);
    if (under) under(surface, view);
    const red = alarmed.get();
    for (const person of picture.people.people.values()) {
      placed(picture.people.at(person, now, joints), view, points);
      if (!bodySize(points)) continue;
      drawFigure(surface.context, points, colourOf(person, picture.threshold, red.has(`${name}/${person.id}`)));
    }
    return picture.people.moving(now);
  };
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
 * @returns {import("./stage.js").Drawing["draw"]}
 */
export function stripDrawing(name) {
  return ({ context, width, height }) => {
    const picture = pictures.get(name);
    if (!picture) return;
    const inks = ink();
    const wide = width / BINS;
    context.fillStyle = inks.faint;
    context.fillRect(0, height - 1, width, 1);
    for (let bin = 0; bin < BINS; bin += 1) {
      const value = picture.strip[bin];
      if (value < 0) continue;
      const high = Math.max(value * (height - 1), 1);
      context.fillStyle = value >= 0.7 ? inks.unusual : inks.quiet;
      context.globalAlpha = value >= 0.7 ? 1 : 0.55;
      context.fillRect(bin * wide, height - 1 - high, Math.max(wide - 0.8, 0.6), high);
    }
    context.globalAlpha = 1;
  };
}
