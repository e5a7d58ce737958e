// Where people stood lately, as a heap of dots behind them.

import { onPicture, pictures } from "../core/live.js";
import { drawFigure, placed, SEEN } from "./figure.js";
import { ink } from "./stage.js";

const MOST = 3000;
const EVERY_MS = 250;

/**
 * Collect the places of one camera's people.
 *
 * @param {string} name
 */
export function traces(name) {
  const spots = new Float32Array(MOST * 2);
  let count = 0;
  let lastMs = 0;

  /** @param {number} x @param {number} y */
  const add = (x, y) => {
    spots[(count % MOST) * 2] = x;
    spots[(count % MOST) * 2 + 1] = y;
    count += 1;
  };

  /** @type {Float32Array[]} */
  const ghosts = [];
  const points = new Float32Array(51);

  return {
    add,
    /** @param {number[][]} joints shares of the picture @param {number} width @param {number} height */
    addGhost(joints, width, height) {
      ghosts.push(Float32Array.from(joints.flatMap(([x, y, seen]) => [x * width, y * height, seen])));
    },
    follow: () => onPicture((camera, now) => {
      if (camera !== name || now - lastMs < EVERY_MS) return;
      lastMs = now;
      for (const person of pictures.get(name)?.people.people.values() ?? []) {
        const { to } = person;
        if (to[47] < SEEN || to[50] < SEEN) continue;
        add((to[45] + to[48]) / 2, (to[46] + to[49]) / 2); // between the ankles
      }
    }),
    /** @param {import("./stage.js").Surface} surface @param {{scale: number, x: number, y: number}} view */
    draw({ context }, view) {
      context.globalAlpha = 0.12;
      for (const ghost of ghosts) drawFigure(context, placed(ghost, view, points), ink().quiet, 0.7);
      context.fillStyle = ink().cool;
      context.globalAlpha = 0.28;
      for (let i = 0; i < Math.min(count, MOST); i += 1) {
        context.fillRect((spots[i * 2] - view.x) * view.scale - 1, (spots[i * 2 + 1] - view.y) * view.scale - 1, 2.5, 2.5);
      }
      context.globalAlpha = 1;
    },
  };
}
