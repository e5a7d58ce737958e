// Zones of a camera: where alerts belong to, and where nobody is looked at.

import { ink } from "./stage.js";

/**
 * @param {import("./stage.js").Surface} surface
 * @param {{scale: number, x: number, y: number}} view
 * @param {{width: number, height: number} | undefined} picture
 * @param {{name: string, kind: string, polygon: number[][]}[]} zones
 * @param {number} [chosen]
 */
export function drawZones({ context }, view, picture, zones, chosen = -1) {
  if (!picture) return;
  zones.forEach((zone, i) => {
    const points = zone.polygon.map(([x, y]) => [
      (x * picture.width - view.x) * view.scale, (y * picture.height - view.y) * view.scale,
    ]);
    if (!points.length) return;
    const colour = zone.kind === "ignore" ? ink().quiet : ink().accent;
    context.beginPath();
    points.forEach(([x, y], at) => (at ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.closePath();
    context.globalAlpha = i === chosen ? 0.2 : 0.1;
    context.fillStyle = colour;
    context.fill();
    context.globalAlpha = 1;
    context.setLineDash(zone.kind === "ignore" ? [5, 4] : []);
    context.strokeStyle = colour;
    context.lineWidth = i === chosen ? 2 : 1;
    context.stroke();
    context.setLineDash([]);
    name(context, zone.name, points, colour);
  });
}

/** @param {CanvasRenderingContext2D} context @param {string} text @param {number[][]} points @param {string} colour */
function name(context, text, points, colour) {
  const [x, y] = points.reduce((least, each) => (each[1] < least[1] ? each : least));
  context.font = "600 12px system-ui, sans-serif";
  context.textAlign = "center";
  context.fillStyle = colour;
  context.fillText(text, x, Math.max(y - 6, 12));
}
