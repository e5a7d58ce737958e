// One camera of the wall.

import { alertOf, changes } from "../core/alerts.js";
import { html, useCallback, useMemo } from "../core/html.js";
import { t } from "../core/language.js";
import { cameras, onPicture, siteNow } from "../core/live.js";
import { address } from "../core/router.js";
import { snoozes, snoozesOf } from "../core/snoozes.js";
import { useStore } from "../core/store.js";
import { clockTime, dateShort, isSameDay, shortTime } from "../core/time.js";
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

/**
 * @param {object} props
 * @param {string} props.name
 * @param {string} [props.alert]
 * @param {boolean} [props.big]
 * @param {import("./wall_layout.js").Place} [props.place] where it stands; without: in a row
 * @param {number} [props.span] of the parts of its row
 */
export function Tile({ name, alert, big, place, span }) {
  const camera = useStore(cameras, (all) => all.find((each) => each.name === name));
  const raised = useStore(changes, () => (alert ? alertOf(alert) : undefined));
  const draw = useMemo(() => cameraDrawing(name), [name]);
  const strip = useMemo(() => stripDrawing(name), [name]);
  const wakes = useCallback(wakesWith(name), [name]);
  const held = useStore(snoozes, (all) => heldText(snoozesOf(all, name)));
  if (!camera) return null;
  const away = awayText(camera);
  return html`<li class="tile ${big ? "big" : ""}" data-state=${camera.state} data-alert=${raised ? "open" : undefined}
    style=${placed(place, span)}>
    <a href=${address(["watch", name])}>
      <span class="name">${name}</span>
      ${raised && html`<span class="why"><span>${kindName(raised.kind)}</span> <time>${clockTime(raised.opened_at)}</time></span>`}
      <${Canvas} class="picture" draw=${draw} wakes=${wakes} />
      ${away && html`<span class="away"><b>${away}</b>${camera.state === "unwatched" ? html`<span>${fewText(camera)}</span>` : html`<${Said} text=${camera.reason} plain />`}</span>`}
      <span class="hidden">${spokenTile(camera, raised, held?.text ?? null)}</span>
      <span class="facts" aria-hidden="true">
        <span class="people" data-some=${camera.people > 0}>${camera.people || ""}</span>
        ${raised && html`<time class="since">${clockTime(raised.opened_at)}</time>`}
        ${held && html`<span class="held" title=${held.text}><svg viewBox="0 0 16 16"><path d=${HELD} /></svg>
          <span class="what">${held.text}</span><span class="until">${held.day}<span class="hour">${held.clock}</span></span></span>`}
        <${Canvas} class="strip" draw=${strip} wakes=${wakesEachSecond} />
      </span>
    </a>
  </li>`;
}

/** A bell that is struck out. */
const HELD = "M3 12h8M4 12V7a4 4 0 0 1 1-2.6M7 3a4 4 0 0 1 5 4v3M7 14h2M2 2l12 12";

/**
 * As properties of the wall's own: where an element's left, top, width and height change in the same moment as its
 * attributes, Chromium 156 does not look again at what is in it, and a camera with a new alert would not be red.
 *
 * @param {import("./wall_layout.js").Place | undefined} place
 * @param {number | undefined} span
 */
function placed(place, span) {
  if (!place) return span ? { gridColumn: `span ${span}` } : undefined;
  return {
    "--left": `${place.left}px`, "--top": `${place.top}px`, "--width": `${place.width}px`, "--height": `${place.height}px`,
  };
}

/** What is held back of a camera, and until when; null: nothing is. @param {any[]} held */
function heldText(held) {
  if (!held.length) return null;
  const all = held.find((each) => !each.kind && !each.zone);
  const shown = all ?? held.reduce((latest, each) => (each.until > latest.until ? each : latest));
  const time = shortTime(shown.until, siteNow());
  if (all) return { ...untilParts(shown.until), text: t("tile.held", { time }) };
  const what = [shown.zone, shown.kind && kindName(shown.kind)].filter(Boolean).join(", ");
  return { ...untilParts(shown.until), text: t("tile.held_part", { what, time }) };
}

/** The smallest tiles have room for one of both: the day where it is another one. @param {number} at */
function untilParts(at) {
  const [today, clock] = [isSameDay(at, siteNow()), clockTime(at)];
  return today ? { day: clock, clock: "" } : { day: dateShort(at), clock: `, ${clock}` };
}

/** Why nothing is seen, and since when; null while it is. @param {import("../core/live.js").CameraFacts} camera */
export function awayText(camera) {
  if (camera.paused) return t("camera.paused");
  if (camera.state === "live") return camera.armed === false ? t("camera.disarmed") : null;
  if (camera.seenAt === null || camera.state === "unknown") return stateText(camera);
  return t("camera.since", { state: stateText(camera), time: shortTime(camera.seenAt, siteNow()) });
}

/** @param {import("../core/live.js").CameraFacts} camera */
export const stateText = (camera) => t(`camera.${camera.paused ? "paused" : camera.state}`);

/** Why nobody before it can be judged though pictures come. @param {import("../core/live.js").CameraFacts} camera */
export const fewText = (camera) => t("camera.too_few", { fps: camera.fps, of: camera.sourceFps });

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

