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

/** @param {string} id @returns {Promise<Float32Array | null>} */
function figureOf(id) {
  const known = read.get(id);
  if (known) return known;
  const found = turn().then(() => ask(`alerts/${encodeURIComponent(id)}`)).then((detail) => {
    const last = detail.poses?.[detail.poses.length - 1];
    return last ? Float32Array.from(last.flat()) : null;
  });
  found.catch(() => read.delete(id)).finally(done);
  read.set(id, found);
  if (read.size > MOST) read.delete(/** @type {string} */ (read.keys().next().value));
  return found;
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

/** A canvas is dear to make: while one scrolls there is its place alone. @param {{alert: any}} props */
export function Thumbnail({ alert }) {
  const [figure, set] = useState(/** @type {Float32Array | null} */ (null));
  useEffect(() => {
    let wanted = true;
    const forget = atRest(() => figureOf(alert.id).then((found) => { if (wanted) set(found); }, () => {}));
    return () => {
      wanted = false;
      forget();
    };
  }, [alert.id]);
  const look = wantsLook(alert);
  const draw = useMemo(() => thumbnailDrawing(figure, look), [figure, look]);
  return figure ? html`<${Canvas} class="thumbnail" draw=${draw} />` : html`<span class="thumbnail"></span>`;
}

/** @param {Float32Array | null} figure @param {boolean} look @returns {import("../draw/stage.js").Drawing["draw"]} */
function thumbnailDrawing(figure, look) {
  return ({ context, width, height }) => {
    const box = figure && boundsOf([figure]);
    if (!figure || !box) return;
    const scale = Math.min((width - 10) / Math.max(box.width, 1), (height - 12) / Math.max(box.height, 1));
    const view = {
      scale,
      x: box.x + box.width / 2 - width / scale / 2,
      y: box.y + box.height / 2 - height / scale / 2,
    };
    drawFigure(context, placed(figure, view, new Float32Array(51)), look ? ink().alarm : ink().figure);
  };
}
