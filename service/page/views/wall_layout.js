// Where each camera of a wall stands, so that all are seen without scrolling and no place is empty.

const GAP_PX = 8;
const SHAPE = 16 / 9;
const LEAST_PICTURE_PX = 64;
/** Below this width a wall scrolls: tiles would be too small to see anybody. */
const NARROW_PX = 640;
/** A camera with an open alert has a picture that is so many times as wide as the largest calm one, at least. */
const GROWTH = 1.3;
/** As many rows may stand beside a large camera. */
const TALL = [2, 3];
/** Divided by 1, 2, 3 and 4: as many stand in a row of a wall that scrolls. */
const PARTS = 12;

/**
 * @typedef {object} Place
 * @property {number} left in px, like all
 * @property {number} top
 * @property {number} width
 * @property {number} height
 */
/** @typedef {{width: number, height: number}} Size */
/**
 * @typedef {object} Layout
 * @property {Place[] | null} places of each camera, those with open alerts first; null: the wall scrolls
 * @property {number[]} spans where it scrolls: how many of the twelve parts of a row each camera has
 * @property {"roomy" | "dense" | "compact"} density
 * @property {boolean} grows cameras with open alerts are larger
 */
/**
 * How the wall is divided: bands with large cameras and two or three rows of calm ones beside them, then rows.
 *
 * @typedef {object} Division
 * @property {number} tall how many rows stand beside a large camera
 * @property {number[]} large of each band
 * @property {number[][]} beside of each band: how many stand in each of its rows
 * @property {number[]} rows how many stand in each row below
 */

/**
 * Choose the places in which pictures are largest; all rows are filled, so none is empty.
 *
 * @param {number} count cameras
 * @param {number} raised how many of them have an open alert; they come first
 * @param {Size} size of the wall
 * @returns {Layout}
 */
export function wallLayout(count, raised, size) {
  if (size.width < NARROW_PX || size.height < 200) return narrow(count, size.width);
  const wanted = raised > 0 && count > raised && count > 2;
  const best = (wanted ? bestOf(divisions(count, raised), size) : null) ?? bestOf(divisions(count, 0), size);
  if (!best || best.calmPx < LEAST_PICTURE_PX) return narrow(count, size.width);
  const places = placesOf(best.division, size);
  return { places, spans: [], grows: best.division.large.length > 0, density: density(best.calmPx) };
}

/** @param {Iterable<Division>} all @param {Size} size */
function bestOf(all, size) {
  let best = null;
  for (const division of all) {
    const found = judged(division, size);
    if (found && (!best || found.worth > best.worth)) best = { ...found, division };
  }
  return best;
}

/** @param {number} count @param {number} raised @returns {Iterable<Division>} */
function* divisions(count, raised) {
  if (!raised) {
    for (let rows = 1; rows <= rowsTried(count); rows += 1) yield { tall: 0, large: [], beside: [], rows: spread(count, rows) };
    return;
  }
  for (const tall of TALL) {
    for (let bands = 1; bands <= raised; bands += 1) yield* withBands(count - raised, tall, spread(raised, bands));
  }
}

/** @param {number} calm @param {number} tall @param {number[]} large @returns {Iterable<Division>} */
function* withBands(calm, tall, large) {
  const places = tall * large.length;
  for (let columns = 0; columns <= Math.min(Math.ceil(calm / places), rowsTried(calm)); columns += 1) {
    const besides = Math.min(calm, places * columns);
    const beside = spread(besides, large.length).map((each) => (each ? spread(each, Math.min(each, tall)) : []));
    const left = calm - besides;
    for (let rows = left ? 1 : 0; rows <= rowsTried(left); rows += 1) {
      yield { tall, large, beside, rows: spread(left, rows) };
    }
  }
}

/** More would be far from the shape of any screen. @param {number} count */
const rowsTried = (count) => Math.min(count, 2 * Math.ceil(Math.sqrt(count)));

/** As evenly as can be: the smaller parts come first. @param {number} count @param {number} parts @returns {number[]} */
function spread(count, parts) {
  return Array.from({ length: parts }, (_, i) => Math.floor((count + i) / parts));
}

/**
 * Say how large pictures are; null where those with open alerts would not stand out.
 *
 * @param {Division} division
 * @param {Size} size
 */
function judged(division, size) {
  const { tall } = division;
  const rowPx = size.height / (tall * division.large.length + division.rows.length);
  const [large, calm] = [extent(), extent()];
  division.large.forEach((count, band) => {
    const beside = division.beside[band];
    const widthPx = largeWidth(tall, count, beside, size.width);
    large.add(count, widthPx, tall * rowPx);
    for (const each of beside) calm.add(each, (size.width - count * widthPx) / each, (tall * rowPx) / beside.length);
  });
  for (const each of division.rows) calm.add(each, size.width / each, rowPx);
  const standOut = large.leastPx >= GROWTH * calm.mostPx && large.leastArea > calm.mostArea;
  return division.large.length && !standOut ? null : { worth: large.worth + calm.worth, calmPx: calm.leastPx };
}

/** How large places and the pictures in them are; twice the size is worth as much everywhere. */
function extent() {
  return {
    worth: 0, leastPx: Infinity, mostPx: 0, leastArea: Infinity, mostArea: 0,
    /** @param {number} times @param {number} widthPx @param {number} heightPx */
    add(times, widthPx, heightPx) {
      const shownPx = Math.max(Math.min(widthPx - GAP_PX, (heightPx - GAP_PX - barPx(heightPx - GAP_PX)) * SHAPE), 1);
      this.worth += times * Math.log(shownPx);
      [this.leastPx, this.mostPx] = [Math.min(this.leastPx, shownPx), Math.max(this.mostPx, shownPx)];
      const area = widthPx * heightPx;
      [this.leastArea, this.mostArea] = [Math.min(this.leastArea, area), Math.max(this.mostArea, area)];
    },
  };
}

/** @param {number} tall @param {number} large @param {number[]} beside @param {number} width */
const largeWidth = (tall, large, beside, width) => (tall * width) / (tall * large + Math.max(...beside, 0));

/** @param {Division} division @param {Size} size @returns {Place[]} */
function placesOf(division, size) {
  const { tall } = division;
  const rowPx = (size.height + GAP_PX) / (tall * division.large.length + division.rows.length);
  /** @type {Place[]} */
  const large = [];
  /** @type {Place[]} */
  const calm = [];
  const all = { left: 0, width: size.width + GAP_PX };
  division.large.forEach((count, band) => {
    const beside = division.beside[band];
    const width = largeWidth(tall, count, beside, all.width) * count;
    const top = tall * band * rowPx;
    large.push(...row(count, { left: 0, width }, top, tall * rowPx));
    const height = (tall * rowPx) / beside.length;
    beside.forEach((each, i) => calm.push(...row(each, { left: width, width: all.width - width }, top + i * height, height)));
  });
  const below = tall * division.large.length * rowPx;
  division.rows.forEach((each, i) => calm.push(...row(each, all, below + i * rowPx, rowPx)));
  return [...large, ...calm];
}

/**
 * Divide a row among cameras; whole pixels, so that no edge is blurred.
 *
 * @param {number} count
 * @param {{left: number, width: number}} room with a gap behind each camera
 * @param {number} top
 * @param {number} height
 * @returns {Place[]}
 */
function row(count, room, top, height) {
  const edge = (/** @type {number} */ i) => Math.round(room.left + (room.width * i) / count);
  return Array.from({ length: count }, (_, i) => ({
    left: edge(i), width: edge(i + 1) - edge(i) - GAP_PX,
    top: Math.round(top), height: Math.round(top + height) - Math.round(top) - GAP_PX,
  }));
}

/** @param {number} height */
const barPx = (height) => (height < 120 ? 22 : 44);

/** @param {number} width @returns {Layout["density"]} */
const density = (width) => (width > 300 ? "roomy" : width > 170 ? "dense" : "compact");

/** @param {number} count @param {number} width @returns {Layout} */
function narrow(count, width) {
  const columns = count > 4 || width > 560 ? (width > 900 ? 4 : 2) : 1;
  const rows = spread(count, Math.ceil(count / columns));
  return {
    places: null, spans: rows.flatMap((each) => Array.from({ length: each }, () => PARTS / each)),
    grows: false, density: columns === 1 ? "roomy" : "dense",
  };
}
