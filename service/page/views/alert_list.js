// A list of thousands of rows of which only those on screen exist.

import { Component, html, useEffect, useRef } from "../core/html.js";
import { t } from "../core/language.js";
import { AlertRow, BurstRow } from "./alert_row.js";
import { HEAD_PX, ROW_PX } from "./inbox_rows.js";
import { Empty, Failed, Loading } from "./parts.js";
import { moved } from "./scroll_rest.js";

const SPARE_PX = 240;
const STEP_PX = 120; // while less is scrolled, the spare rows are enough

/** @param {import("./inbox_rows.js").Row} row */
const heightOf = (row) => (row.type === "head" ? HEAD_PX : ROW_PX);

/**
 * Return where each row begins, and where the last one ends.
 *
 * @param {import("./inbox_rows.js").Row[]} rows
 */
export function topsOf(rows) {
  const tops = new Float64Array(rows.length + 1);
  rows.forEach((row, i) => { tops[i + 1] = tops[i] + heightOf(row); });
  return tops;
}

/**
 * Return the first row that ends below a height.
 *
 * @param {Float64Array} tops
 * @param {number} y
 */
export function rowAt(tops, y) {
  let [low, high] = [0, tops.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tops[middle + 1] > y) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Keeps where it is scrolled to, and draws the rows that are seen there. */
export class AlertList extends Component {
  constructor() {
    super();
    this.state = { top: 0, height: 900 };
    /** @type {HTMLElement | null} */
    this.box = null;
    this.wanted = /** @type {string | null} */ (null);
    /** @type {any} */
    this.placedRows = null;
    this.tops = new Float64Array(1);
  }

  /** @param {HTMLElement} box */
  scrolledTo(box) {
    moved();
    const top = Math.floor(box.scrollTop / STEP_PX) * STEP_PX;
    if (top !== this.state.top) this.setState({ top });
  }

  componentDidMount() {
    const box = /** @type {HTMLElement} */ (this.box);
    this.props.handle.current = this;
    this.sizes = new ResizeObserver(() => this.setState({ height: box.clientHeight }));
    this.sizes.observe(box);
    if (this.props.chosen) this.reveal(this.props.chosen, false);
  }

  componentWillUnmount() {
    this.sizes?.disconnect();
    this.props.handle.current = null;
  }

  componentDidUpdate() {
    if (this.wanted) {
      const row = /** @type {HTMLElement | null} */ (this.box?.querySelector(`[data-row="${CSS.escape(this.wanted)}"]`));
      if (row) {
        row.focus({ preventScroll: true });
        this.wanted = null;
      }
    }
    const { inbox } = this.props;
    if (inbox.more && this.state.top + this.state.height > this.total - 1500) inbox.next();
  }

  get total() {
    return this.tops[this.tops.length - 1];
  }

  /**
   * Scroll a row into sight.
   *
   * @param {string} key
   * @param {boolean} focus
   */
  reveal(key, focus) {
    const { rows } = this.props;
    const box = this.box;
    const at = rows.findIndex((/** @type {any} */ row) => row.key === key);
    if (at < 0 || !box) return;
    const top = this.tops[at];
    if (top < box.scrollTop + HEAD_PX) box.scrollTop = Math.max(top - HEAD_PX, 0);
    if (top + ROW_PX > box.scrollTop + box.clientHeight) box.scrollTop = top + ROW_PX - box.clientHeight + 8;
    if (focus) this.wanted = key;
    this.setState({ top: Math.floor(box.scrollTop / STEP_PX) * STEP_PX });
  }

  /** @param {any} props */
  render({ rows, inbox, chosen, query, onChoose, onToggle }) {
    const { top, height } = this.state;
    if (rows !== this.placedRows) [this.placedRows, this.tops] = [rows, topsOf(rows)];
    const first = rowAt(this.tops, top - SPARE_PX);
    const last = rowAt(this.tops, top + STEP_PX + height + SPARE_PX);
    const near = rows.slice(first, last + 1).map((/** @type {any} */ row, /** @type {number} */ i) => ({ row, y: this.tops[first + i] }));
    const chosenAt = chosen ? rows.findIndex((/** @type {any} */ row) => row.key === chosen) : -1;
    // Who has the focus stays, wherever one scrolls.
    const kept = chosenAt < 0 ? [] : [{ row: rows[chosenAt], y: this.tops[chosenAt] }];
    const shown = [...(chosenAt < first ? kept : []), ...near, ...(chosenAt > last ? kept : [])];
    const firstKey = rows.find((/** @type {any} */ row) => row.type !== "head")?.key;
    return html`<div class="rows" ref=${(/** @type {HTMLElement} */ box) => { this.box = box; }}
        onScroll=${(/** @type {any} */ event) => this.scrolledTo(event.currentTarget)}>
      ${inbox.state === "loading" && !rows.length && html`<${Loading} />`}
      ${inbox.state === "failed" && html`<${Failed} error=${inbox.error} again=${inbox.again} />`}
      ${inbox.state === "ready" && !rows.length && html`<${NothingFound} filtered=${[...query.keys()].length > 0} />`}
      ${inbox.state === "unasked" && html`<${Empty} title=${t("alerts.no_span")} />`}
      <${Space} height=${this.total}>
        ${shown.map((/** @type {any} */ { row, y: at }) => html`<${Placed} key=${row.key} y=${at} height=${heightOf(row)}>
          ${row.type === "head" && html`<h2>${row.text}</h2>`}
          ${row.type === "alert" && html`<${AlertRow} id=${row.key} inner=${row.inner} chosen=${row.key === chosen} query=${query}
            first=${row.key === (chosen ?? firstKey)} onChoose=${onChoose} />`}
          ${row.type === "burst" && html`<${BurstRow} row=${row} chosen=${row.key === chosen} onToggle=${onToggle} onChoose=${onChoose} />`}
        <//>`)}
      <//>
    </div>`;
  }
}

/** @param {{filtered: boolean}} props */
const NothingFound = ({ filtered }) => html`<${Empty} title=${t(filtered ? "alerts.none_fit" : "alerts.none_yet")}
  text=${filtered ? undefined : t("alerts.none_text")} />`;

/** Styles are set by script: the page's policy admits none in the markup. @param {any} props */
function Space({ height, children }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => { list.current?.style.setProperty("height", `${height}px`); }, [height]);
  return html`<div class="space" ref=${list}>${children}</div>`;
}

/** @param {any} props */
function Placed({ y, height, children }) {
  const place = (/** @type {HTMLElement | null} */ row) => {
    if (!row) return;
    row.style.transform = `translateY(${y}px)`;
    row.style.height = `${height}px`;
  };
  return html`<div class="placed" ref=${place}>${children}</div>`;
}
