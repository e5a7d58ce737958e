// One camera, large: its people over where people stood, and what was rare in the last ten minutes.

import { ask } from "../core/connection.js";
import { changes } from "../core/alerts.js";
import { offers } from "../core/features.js";
import { html, useCallback, useEffect, useMemo, useState } from "../core/html.js";
import { t } from "../core/language.js";
import { BINS, cameras, link, listed, pictures, rows } from "../core/live.js";
import { address, go } from "../core/router.js";
import { useKeys } from "../core/shortcuts.js";
import { useStore } from "../core/store.js";
import { cameraDrawing, stripDrawing } from "../draw/camera_picture.js";
import { traces } from "../draw/traces.js";
import { drawZones } from "../draw/zones.js";
import { AlertLine } from "./alert_line.js";
import { useBackground } from "./background.js";
import { CameraRarity } from "./camera_rarity.js";
import { Canvas, Empty, Loading, useAnswer, useClock } from "./parts.js";
import { Said } from "./said.js";
import { awayText, fewText, wakesEachSecond, wakesWith } from "./tile.js";

/** @type {any[]} */
const NONE = [];

/** @param {{name: string}} props */
export function CameraClose({ name }) {
  const camera = useStore(cameras, (all) => all.find((each) => each.name === name));
  const state = useStore(link);
  const known = useStore(listed);
  useKeys((key) => {
    if (key !== "Escape") return false;
    go(address(["watch"]));
    return true;
  }, []);
  if (!camera && (state !== "live" || !known)) return html`<${Loading} />`;
  if (!camera) return html`<${Empty} title=${t("camera.no_such", { name })}><a href=${address(["watch"])}>${t("nav.watch")}</a><//>`;
  return html`<article class="close">
    <header><a class="back" href=${address(["watch"])}>${t("nav.watch")}</a><h1>${name}</h1>
      <p class="state" data-state=${camera.state}>${awayText(camera) ?? t("camera.live")}</p>
      <a class="edit" href=${address(["cameras", name])}>${t("camera.edit")}</a></header>
    <${Scene} camera=${camera} />
    <${Beside} camera=${camera} />
    ${offers("/cameras/{name}/rarity") && html`<${CameraRarity} name=${name} threshold=${camera.threshold} />`}
  </article>`;
}

/** @param {{camera: import("../core/live.js").CameraFacts}} props */
function Scene({ camera }) {
  const { name } = camera;
  const spots = useMemo(() => traces(name), [name]);
  const zones = useStore(rows, (all) => all.get(name)?.zones ?? NONE);
  const background = useBackground(name);
  useEffect(() => spots.follow(), [spots]);
  const draw = useMemo(() => cameraDrawing(name, {
    under: (surface, view) => {
      background.draw(surface, view, pictures.get(name));
      spots.draw(surface, view);
      drawZones(surface, view, pictures.get(name), zones);
    },
  }), [name, spots, background, zones]);
  const strip = useMemo(() => stripDrawing(name), [name]);
  const wakes = useCallback(wakesWith(name), [name]);
  const away = awayText(camera);
  return html`<div class="scene" data-state=${camera.state}>
    <${Canvas} class="picture" draw=${draw} wakes=${wakes} label=${t("camera.picture", { name, count: camera.people })} />
    ${away && html`<p class="away"><b>${away}</b>${camera.state === "unwatched" ? html`<span>${fewText(camera)}</span>` : html`<${Said} text=${camera.reason} />`}</p>`}
    <div class="ten-minutes"><span>${t("camera.ten_minutes")}</span>
      <${Canvas} class="strip" draw=${strip} wakes=${wakesEachSecond} label=${stripText(name)} />
      <span>${t("time.now")}</span></div>
    ${camera.state === "live" && !camera.people && !away && html`<p class="nobody">${t("camera.nobody")}</p>`}
  </div>`;
}

/** What the strip shows, for those who do not see it. @param {string} name */
function stripText(name) {
  const strip = pictures.get(name)?.strip ?? new Float32Array(BINS);
  const unusual = strip.reduce((count, value) => count + (value >= 0.7 ? 1 : 0), 0);
  return unusual ? t("camera.strip_unusual", { count: unusual * 10 }) : t("camera.strip_calm");
}

/** @param {{camera: import("../core/live.js").CameraFacts}} props */
function Beside({ camera }) {
  const now = useClock(10);
  const turn = useStore(changes);
  const [slow, setSlow] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(turn), 300);
    return () => clearTimeout(timer);
  }, [turn]);
  const { value } = useAnswer(() => ask(`alerts?camera=${encodeURIComponent(camera.name)}&limit=8`), [camera.name, slow]);
  const notes = camera.notes ? camera.notes.split("\n") : [];
  return html`<aside class="panel">
    ${notes.length > 0 && html`<section class="notes"><h2>${t("camera.notes")}</h2>
      <ul>${notes.map((note) => html`<li key=${note}><${Said} text=${note} /></li>`)}</ul></section>`}
    <h2>${t("camera.alerts")}</h2>
    <ul class="lines">${value?.alerts.map((/** @type {any} */ each) => html`<${AlertLine} key=${each.id} alert=${each} now=${now} />`)}</ul>
    ${value && !value.alerts.length && html`<p class="empty">${t("camera.no_alerts")}</p>`}
    <a class="all" href=${address(["alerts"], { camera: camera.name })}>${t("panel.all")}</a>
    <details class="figures"><summary>${t("details")}</summary><dl>
      <dt>${t("camera.rate")}</dt><dd>${camera.fps} / ${camera.sourceFps} fps${camera.overloaded ? ` · ${t("camera.overloaded")}` : ""}</dd>
      <dt>${t("camera.threshold")}</dt><dd>${camera.threshold === null ? t("none") : `${camera.threshold.toFixed(2)} bits/dimension`}</dd>
      <dt>${t("camera.size")}</dt><dd>${pictures.get(camera.name)?.width ?? 0} × ${pictures.get(camera.name)?.height ?? 0}</dd>
    </dl></details>
  </aside>`;
}
