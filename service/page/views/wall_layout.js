// How many columns a wall has, so that every camera is seen without scrolling.

const GAP_PX = 8;
const SHAPE = 16 / 9;
const LEAST_PICTURE_PX = 64;
/** Below this width a wall scrolls: tiles would be too small to see anybody. */
const NARROW_PX = 640;

/**
 * @typedef {object} Layout
 * @property {number} columns
 * @property {number | null} rowPx height of a row; null: as high as its picture asks for
 * @property {"roomy" | "dense" | "compact"} density
 * @property {boolean} grows cameras with open alerts take two by two places
 */

/**
 * Choose the columns in which pictures are largest.
 *
 * @param {number} count cameras
 * @param {number} raised how many of them have an open alert
 * @param {{width: number, height: number}} size of the wall
 * @returns {Layout}
 */
export function wallLayout(count, raised, size) {
  if (size.width < NARROW_PX || size.height < 200) return narrow(count, size.width);
  const grows = raised > 0 && count > raised && count > 2;
  let best = { columns: 1, area: 0, rowPx: 0, pictureWidth: 0 };
  for (let columns = 1; columns <= Math.max(count, 2); columns += 1) {
    if (grows && columns < 2) continue;
    const rows = rowsFor(count, grows ? raised : 0, columns);
    const width = (size.width - GAP_PX * (columns - 1)) / columns;
    const height = (size.height - GAP_PX * (rows - 1)) / rows;
    const shown = Math.min(width, (height - barPx(height)) * SHAPE);
    if (shown > best.pictureWidth) best = { columns, area: 0, rowPx: Math.floor(height), pictureWidth: shown };
  }
  if (best.pictureWidth < LEAST_PICTURE_PX) return narrow(count, size.width);
  return { columns: best.columns, rowPx: best.rowPx, grows, density: density(best.pictureWidth) };
}

/** @param {number} height */
const barPx = (height) => (height < 120 ? 22 : 44);

/** @param {number} count @param {number} big @param {number} columns */
function rowsFor(count, big, columns) {
  const inRow = Math.floor(columns / 2);
  const bigRows = big ? Math.ceil(big / inRow) * 2 : 0;
  const left = bigRows * columns - big * 4;
  return bigRows + Math.max(Math.ceil((count - big - left) / columns), 0);
}

/** @param {number} width @returns {Layout["density"]} */
const density = (width) => (width > 300 ? "roomy" : width > 170 ? "dense" : "compact");

/** @param {number} count @param {number} width @returns {Layout} */
function narrow(count, width) {
  const columns = count > 4 || width > 560 ? (width > 900 ? 4 : 2) : 1;
  return { columns, rowPx: null, grows: false, density: columns === 1 ? "roomy" : "dense" };
}
