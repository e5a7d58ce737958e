// The stick figure of an alert's peak, small. Read when its row comes to rest on screen.

import { ask } from "../core/connection.js";
import { html, useEffect, useMemo, useState } from "../core/html.js";
import { wantsLook } from "../core/words.js";
import { boundsOf, drawFigure, placed } from "../draw/figure.js";
import { ink } from "../draw/stage.js";
import { Canvas } from "./parts.js";
import { atRest } from "./scroll_rest.js";

const MOST = 400;
const AT_ONCE = 3;
/** @type {Map<string, Promise<Float32Array | null>>} */
const read = new Map();
/** @type {(() => void)[]} */
const waiting = [];
let running = 0;

/**
 * @param {string} key
 * @param {() => Promise<Float32Array | null>} load
 * @returns {Promise<Float32Array | null>}
 */
function figureOf(key, load) {
  const known = read.get(key);
  if (known) return known;
  const found = turn().then(load);
  // What is not recorded yet may be with the alert's next change.
  found.then((figure) => { if (!figure) read.delete(key); }, () => read.delete(key)).finally(done);
  read.set(key, found);
  if (read.size > MOST) read.delete(/** @type {string} */ (read.keys().next().value));
  return found;
}

/** @param {any} alert */
async function figureOfAlert({ id, person, peak_at: at }) {
  const path = `alerts/${encodeURIComponent(id)}`;
  const detail = await ask(path);
  const last = detail.poses?.[detail.poses.length - 1];
  // Who lies still was not scored: then where they were is recorded, if anything is.
  return last ? Float32Array.from(last.flat()) : figureAt(`${path}/poses`, person, at);
}

/** @param {string} path @param {string} person @param {number} at */
async function figureAt(path, person, at) {
  const { frames } = await ask(`${path}?at=${at}`);
  const own = frames[0]?.people.find((/** @type {any} */ each) => each.number === Number(person.split("/").pop()));
  return own ? Float32Array.from(own.joints.flat()) : null;
}

/** @returns {Promise<void>} */
function turn() {
  running += 1;
  return running <= AT_ONCE ? Promise.resolve() : new Promise((go) => { waiting.push(go); });
}

function done() {
  running -= 1;
  waiting.shift()?.();
}

/** Of the highest score so far: another one while the alert goes on. @param {{alert: any}} props */
export const Thumbnail = ({ alert }) => html`<${Figure} of=${`${alert.id} ${alert.peak_at}`} version=${alert.version}
  load=${() => figureOfAlert(alert)} tone=${wantsLook(alert) ? "alarm" : "figure"} />`;

/** @param {{near: any}} props */
export const NearThumbnail = ({ near }) => html`<${Figure} of=${near.id} tone="unusual"
  load=${() => figureAt(`near-misses/${encodeURIComponent(near.id)}/poses`, near.person, near.at)} />`;

/**
 * A canvas is dear to make: while one scrolls there is its place alone. What was drawn stays until another is read.
 *
 * @param {{of: string, version?: number, load: () => Promise<Float32Array | null>, tone: string}} props
 */
function Figure({ of, version, load, tone }) {
  const [figure, set] = useState(/** @type {Float32Array | null} */ (null));
  useEffect(() => {
    let wanted = true;
    const forget = atRest(() => figureOf(of, load).then((found) => { if (wanted && found) set(found); }, () => {}));
    return () => {
      wanted = false;
      forget();
    };
  }, [of, figure ? null : version]);
  const draw = useMemo(() => thumbnailDrawing(figure, tone), [figure, tone]);
  return figure ? html`<${Canvas} class="thumbnail" draw=${draw} />` : html`<span class="thumbnail"></span>`;
}

/** @param {Float32Array | null} figure @param {string} tone @returns {import("../draw/stage.js").Drawing["draw"]} */
function thumbnailDrawing(figure, tone) {
  return ({ context, width, height }) => {
    const box = figure && boundsOf([figure]);
    if (!figure || !box) return;
    const scale = Math.min((width - 10) / Math.max(box.width, 1), (height - 12) / Math.max(box.height, 1));
    const view = {
      scale,
      x: box.x + box.width / 2 - width / scale / 2,
      y: box.y + box.height / 2 - height / scale / 2,
    };
    drawFigure(context, placed(figure, view, new Float32Array(51)), ink()[tone]);
  };
}
