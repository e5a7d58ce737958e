// One camera of the wall.

import { alertOf, changes } from "../core/alerts.js";
import { html, useCallback, useMemo } from "../core/html.js";
import { t } from "../core/language.js";
import { cameras, onPicture, siteNow } from "../core/live.js";
import { address } from "../core/router.js";
import { snoozes, snoozesOf } from "../core/snoozes.js";
import { useStore } from "../core/store.js";
import { clockTime, shortTime } from "../core/time.js";
import { kindName } from "../core/words.js";
import { cameraDrawing, stripDrawing } from "../draw/camera_picture.js";
import { Canvas } from "./parts.js";
import { Said } from "./said.js";

/** Wake a drawing when its camera's picture changes. @param {string} name */
export const wakesWith = (name) => (/** @type {() => void} */ wake) => onPicture((camera) => {
  if (camera === name) wake();
});

/** The strip has sixty bins of ten seconds: once a second is enough. @param {() => void} wake */
export function wakesEachSecond(wake) {
  const timer = setInterval(wake, 1000);
  return () => clearInterval(timer);
}

/** @param {{name: string, alert?: string, big?: boolean}} props */
export function Tile({ name, alert, big }) {
  const camera = useStore(cameras, (all) => all.find((each) => each.name === name));
  const raised = useStore(changes, () => (alert ? alertOf(alert) : undefined));
  const draw = useMemo(() => cameraDrawing(name), [name]);
  const strip = useMemo(() => stripDrawing(name), [name]);
  const wakes = useCallback(wakesWith(name), [name]);
  const held = useStore(snoozes, (all) => heldText(snoozesOf(all, name)));
  if (!camera) return null;
  const away = awayText(camera);
  return html`<li class="tile ${big ? "big" : ""}" data-state=${camera.state} data-alert=${raised ? "open" : undefined}>
    <a href=${address(["watch", name])}>
      <span class="name">${name}</span>
      ${raised && html`<span class="why"><span>${kindName(raised.kind)}</span> <time>${clockTime(raised.opened_at)}</time></span>`}
      <${Canvas} class="picture" draw=${draw} wakes=${wakes} />
      ${away && html`<span class="away"><b>${away}</b><${Said} text=${camera.reason} plain /></span>`}
      <span class="hidden">${spokenTile(camera, raised, held)}</span>
      <span class="facts" aria-hidden="true">
        <span class="people" data-some=${camera.people > 0}>${camera.people || ""}</span>
        ${held && html`<span class="held" title=${held}>${held}</span>`}
        <${Canvas} class="strip" draw=${strip} wakes=${wakesEachSecond} />
      </span>
    </a>
  </li>`;
}

/** What is held back of a camera, and until when; null: nothing is. @param {any[]} held */
function heldText(held) {
  if (!held.length) return null;
  const all = held.find((each) => !each.kind && !each.zone);
  const shown = all ?? held.reduce((latest, each) => (each.until > latest.until ? each : latest));
  const time = shortTime(shown.until, siteNow());
  if (all) return t("tile.held", { time });
  return t("tile.held_part", { what: [shown.zone, shown.kind && kindName(shown.kind)].filter(Boolean).join(", "), time });
}

/** Why nothing is seen, and since when; null while it is. @param {import("../core/live.js").CameraFacts} camera */
export function awayText(camera) {
  if (camera.paused) return t("camera.paused");
  if (camera.state === "live") return camera.armed === false ? t("camera.disarmed") : null;
  const text = t(`camera.${camera.state}`);
  if (camera.seenAt === null || camera.state === "unknown") return text;
  return t("camera.since", { state: text, time: shortTime(camera.seenAt, siteNow()) });
}

/**
 * What one sees at a glance, for those who do not see it.
 *
 * @param {import("../core/live.js").CameraFacts} camera
 * @param {any} alert
 * @param {string | null} held
 */
function spokenTile(camera, alert, held) {
  return [
    alert && t("tile.alert"),
    awayText(camera) ? null : t("camera.live"),
    camera.state === "live" && t("people", { count: camera.people }),
    held,
  ].filter(Boolean).join(", ");
}

