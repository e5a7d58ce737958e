// The wall: every camera at once, those with open alerts in front; or one of them large.

import { loaded, newest, open } from "../core/alerts.js";
import { html, useLayoutEffect, useMemo, useRef, useState } from "../core/html.js";
import { t } from "../core/language.js";
import { cameras, link } from "../core/live.js";
import { preferences } from "../core/preferences.js";
import { address, usePlace } from "../core/router.js";
import { useStore } from "../core/store.js";
import { wantsLook } from "../core/words.js";
import { AlertLine } from "./alert_line.js";
import { CameraClose } from "./camera_close.js";
import { Empty, Loading, useClock } from "./parts.js";
import { Tile } from "./tile.js";
import { wallLayout } from "./wall_layout.js";

export function Watch() {
  const { parts } = usePlace();
  return parts[0] === "watch" && parts[1] ? html`<${CameraClose} key=${parts[1]} name=${parts[1]} />` : html`<${Wall} />`;
}

function Wall() {
  const panel = useStore(preferences, (all) => all.panel);
  return html`<div class="watch ${panel ? "with-panel" : ""}">
    <h1 class="hidden">${t("nav.watch")}</h1>
    <${Tiles} />
    ${panel && html`<${Panel} />`}
  </div>`;
}

function Tiles() {
  const names = useStore(cameras, (all) => all.map((each) => each.name));
  const state = useStore(link);
  const alarms = useStore(open, (all) => worstByCamera(all).map((each) => `${each.camera} ${each.id}`));
  const worst = useMemo(() => new Map(worstByCamera(open.get()).map((each) => [each.camera, each.id])), [alarms]);
  const wall = useRef(/** @type {HTMLElement | null} */ (null));
  const size = useSize(wall, names.length);
  // Open ones first: the order of the others stays, so that one finds them by their place.
  const ordered = [...[...worst.keys()].filter((name) => names.includes(name)), ...names.filter((name) => !worst.has(name))];
  // Its places keep its height: without it they would be measured anew for ever where it may scroll.
  const { places, spans, density, grows } = useMemo(
    () => wallLayout(ordered.length, worst.size, size), [ordered.length, worst.size, size],
  );
  if (!names.length && state === "connecting") return html`<${Loading} />`;
  if (!names.length && state === "gone") return html`<${Empty} title=${t("watch.no_answer")} text=${t("state.away")} />`;
  if (!names.length) return html`<${NoCameras} />`;
  return html`<ul ref=${wall} class="wall" data-density=${density} data-rows=${places ? "fixed" : "auto"}
    style=${places ? { minHeight: `${size.height}px` } : undefined}>
    ${ordered.map((name, i) => html`<${Tile} key=${name} name=${name} alert=${worst.get(name)}
      big=${grows && worst.has(name)} place=${places?.[i]} span=${spans[i]} />`)}
  </ul>`;
}

const NoCameras = () => html`<${Empty} title=${t("watch.none")} text=${t("watch.none_text")}>
  <a class="button main" href=${address(["cameras", "+"])}>${t("cameras.add")}</a><//>`;

const RANK = ["dwell", "movement", "running", "fight", "fall", "person_down"];

/** The gravest alert of each camera that nobody has acknowledged. @param {any[]} all */
function worstByCamera(all) {
  const found = new Map();
  for (const each of all.filter(wantsLook)) {
    const known = found.get(each.camera);
    if (!known || RANK.indexOf(each.kind) > RANK.indexOf(known.kind)) found.set(each.camera, each);
  }
  return [...found.values()].sort((a, b) => RANK.indexOf(b.kind) - RANK.indexOf(a.kind) || b.opened_at - a.opened_at);
}

/**
 * Follow how much room an element has: never more than is seen at once, however long it has become.
 *
 * @param {{current: HTMLElement | null}} element
 * @param {unknown} depends
 */
function useSize(element, depends) {
  const [size, set] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const own = element.current;
    const view = own?.closest("main");
    if (!own || !view) return undefined;
    const observer = new ResizeObserver(() => {
      const margins = own.offsetHeight && 2 * parseFloat(getComputedStyle(own).marginTop);
      const [width, height] = [own.clientWidth, Math.min(own.clientHeight, view.clientHeight - margins)];
      set((before) => (before.width === width && before.height === height ? before : { width, height }));
    });
    observer.observe(own);
    observer.observe(view);
    return () => observer.disconnect();
  }, [Boolean(depends)]);
  return size;
}

/** The newest alerts beside the wall; on narrow screens above it, the open ones alone. */
function Panel() {
  const state = useStore(loaded);
  const all = useStore(newest);
  const opened = useStore(open);
  const now = useClock(10);
  const calm = all.filter((each) => each.state !== "open").slice(0, 12);
  return html`<aside class="panel" aria-label=${t("nav.alerts")} data-open=${opened.length > 0}>
    <h2>${opened.length ? t("panel.open", { count: opened.length }) : t("panel.calm")}</h2>
    <ul class="lines">
      ${opened.map((each) => html`<${AlertLine} key=${each.id} alert=${each} now=${now} />`)}
    </ul>
    <h2 class="earlier">${t("panel.earlier")}</h2>
    <ul class="lines earlier">
      ${calm.map((each) => html`<${AlertLine} key=${each.id} alert=${each} now=${now} />`)}
    </ul>
    ${state === "ready" && !all.length && html`<p class="empty">${t("alerts.none_yet")}</p>`}
    ${state === "loading" && html`<${Loading} />`}
    ${state === "failed" && html`<p class="empty">${t("alerts.unread")}</p>`}
    <a class="all" href=${address(["alerts"])}>${t("panel.all")}</a>
  </aside>`;
}
