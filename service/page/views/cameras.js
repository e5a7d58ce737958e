// All cameras as a list, and the editor of one of them.

import { html } from "../core/html.js";
import { t } from "../core/language.js";
import { cameras, link } from "../core/live.js";
import { address, usePlace } from "../core/router.js";
import { useStore } from "../core/store.js";
import { CameraEditor } from "./camera_editor.js";
import { Empty, Loading } from "./parts.js";
import { awayText } from "./tile.js";

export function Cameras() {
  const { parts } = usePlace();
  if (parts[0] === "cameras" && parts[1]) return html`<${CameraEditor} key=${parts[1]} name=${parts[1]} />`;
  return html`<${List} />`;
}

function List() {
  const all = useStore(cameras);
  const state = useStore(link);
  if (!all.length && state === "connecting") return html`<${Loading} />`;
  return html`<article class="work">
    <header><h1>${t("nav.cameras")}</h1></header>
    ${!all.length && html`<${Empty} title=${t("watch.none")} text=${t("watch.none_text")} />`}
    <ul class="cards">${all.map((each) => html`<li key=${each.name} class="card" data-state=${each.state}>
      <h2><a href=${address(["cameras", each.name])}>${each.name}</a></h2>
      <p class="state" data-state=${each.state}>${awayText(each) ?? t("camera.live")}</p>
      ${each.reason && html`<p lang="en">${each.reason}</p>`}
      ${each.notes && html`<p lang="en" class="notes">${each.notes}</p>`}
    </li>`)}</ul>
  </article>`;
}
