// The corners of a zone as buttons: dragged by mouse or finger, moved by the arrow keys.

import { html, useRef } from "../core/html.js";
import { t } from "../core/language.js";

const STEP = 0.01;
const LONG_STEP = 0.05;

/** @param {number} value */
const inside = (value) => Math.min(Math.max(value, 0), 1);

/** @param {{zone: {polygon: number[][], name: string}, most: number, least: number, onChange: (polygon: number[][]) => void}} props */
export function ZoneHandles({ zone, most, least, onChange }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const { polygon } = zone;
  const move = (/** @type {number} */ at, /** @type {number} */ x, /** @type {number} */ y) => {
    onChange(polygon.map((corner, i) => (i === at ? [inside(x), inside(y)] : corner)));
  };
  const remove = (/** @type {number} */ at) => {
    if (polygon.length > least) onChange(polygon.filter((_corner, i) => i !== at));
  };
  const drag = (/** @type {PointerEvent} */ event, /** @type {number} */ at) => {
    const handle = /** @type {HTMLElement} */ (event.currentTarget);
    if (!handle.hasPointerCapture(event.pointerId) || !box.current) return;
    const { left, top, width, height } = box.current.getBoundingClientRect();
    move(at, (event.clientX - left) / width, (event.clientY - top) / height);
  };
  const key = (/** @type {KeyboardEvent} */ event, /** @type {number} */ at) => {
    const step = event.shiftKey ? LONG_STEP : STEP;
    const [x, y] = polygon[at];
    const [dx, dy] = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key] ?? [0, 0];
    if (dx || dy) move(at, x + dx, y + dy);
    else if (event.key === "Delete" || event.key === "Backspace") remove(at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`<div class="handles" ref=${box} role="group" aria-label=${t("zones.corners", { name: zone.name })}>
    ${polygon.map(([x, y], at) => html`<${Handle} key=${at} x=${x} y=${y} kind="corner"
      label=${t("zones.corner", { number: at + 1, x: Math.round(x * 100), y: Math.round(y * 100) })}
      onPointerDown=${(/** @type {any} */ event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove=${(/** @type {PointerEvent} */ event) => drag(event, at)} onKeyDown=${(/** @type {KeyboardEvent} */ event) => key(event, at)} />`)}
    ${polygon.length < most && polygon.map(([x, y], at) => {
    const [nextX, nextY] = polygon[(at + 1) % polygon.length];
    const middle = [(x + nextX) / 2, (y + nextY) / 2];
    return html`<${Handle} key=${`between ${at}`} x=${middle[0]} y=${middle[1]} kind="between" label=${t("zones.split", { number: at + 1 })}
      onClick=${() => onChange([...polygon.slice(0, at + 1), middle, ...polygon.slice(at + 1)])} />`;
  })}
  </div>`;
}

/** @param {any} props */
function Handle({ x, y, kind, label, ...events }) {
  const place = (/** @type {HTMLElement | null} */ handle) => {
    if (!handle) return;
    handle.style.left = `${x * 100}%`;
    handle.style.top = `${y * 100}%`;
  };
  return html`<button type="button" ref=${place} class="handle" data-kind=${kind} aria-label=${label} ...${events}></button>`;
}
