// All cameras as a list, the editor of one of them, and when which are armed.

import { may } from "../core/connection.js";
import { offers } from "../core/features.js";
import { html } from "../core/html.js";
import { t } from "../core/language.js";
import { cameras, link } from "../core/live.js";
import { address, usePlace } from "../core/router.js";
import { useStore } from "../core/store.js";
import { ArmingWeek } from "./arming_week.js";
import { CameraAdd } from "./camera_add.js";
import { CameraEditor } from "./camera_editor.js";
import { pause } from "./camera_pause.js";
import { Empty, Loading } from "./parts.js";
import { awayText } from "./tile.js";
import { Said } from "./said.js";

export function Cameras() {
  const { parts, query } = usePlace();
  const at = parts[0] === "cameras" ? parts[1] : undefined;
  if (at === "+") return html`<${CameraAdd} />`;
  if (at) return html`<${CameraEditor} key=${at} name=${at} />`;
  const week = query.get("tab") === "week" && offers("/arming");
  return html`<article class="work">
    <header><h1>${t("nav.cameras")}</h1>
      ${may("administer") && offers("/cameras/{name}") && html`<a class="button main" href=${address(["cameras", "+"])}>${t("cameras.add")}</a>`}</header>
    ${offers("/arming") && html`<nav class="tabs" aria-label=${t("nav.cameras")}>
      <a href=${address(["cameras"])} aria-current=${week ? undefined : "page"}>${t("cameras.list")}</a>
      <a href=${address(["cameras"], { tab: "week" })} aria-current=${week ? "page" : undefined}>${t("cameras.week")}</a></nav>`}
    ${week ? html`<${ArmingWeek} />` : html`<${List} />`}
  </article>`;
}

function List() {
  const all = useStore(cameras);
  const state = useStore(link);
  if (!all.length && state === "connecting") return html`<${Loading} />`;
  if (!all.length) return html`<${Empty} title=${t("watch.none")} text=${t("watch.none_text")} />`;
  return html`<ul class="cards">${all.map((each) => html`<${CameraCard} key=${each.name} camera=${each} />`)}</ul>`;
}

/** @param {{camera: import("../core/live.js").CameraFacts}} props */
function CameraCard({ camera }) {
  const { name, paused } = camera;
  return html`<li class="card" data-state=${camera.state}>
    <h2><a href=${address(["cameras", name])}>${name}</a></h2>
    <p class="state" data-state=${camera.state}>${awayText(camera) ?? t("camera.live")}</p>
    ${camera.reason && html`<p><${Said} text=${camera.reason} /></p>`}
    ${camera.notes && camera.notes.split("\n").map((each) => html`<p key=${each}><${Said} text=${each} /></p>`)}
    <p class="acts"><a class="button" href=${address(["watch", name])}>${t("cameras.look")}</a>
      ${may("operate") && offers("/cameras/{name}/pause") && html`<button type="button" onClick=${() => pause(name, !paused)}>
        ${t(paused ? "cameras.resume" : "cameras.pause")}</button>`}</p>
  </li>`;
}
