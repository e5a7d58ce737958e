// Whether the site is watched, in one sentence, and the reasons where it is not.

import { HERE, ask } from "../core/connection.js";
import { html, useEffect, useState } from "../core/html.js";
import { offers } from "../core/features.js";
import { t } from "../core/language.js";
import { cameras, link, readCameras, siteNow } from "../core/live.js";
import { address } from "../core/router.js";
import { useStore } from "../core/store.js";
import { shortTime } from "../core/time.js";
import { nobodyAlerted } from "../core/unalerted.js";
import { useBudget } from "./health_budget.js";
import { Canary } from "./health_canary.js";
import { CameraTable } from "./health_cameras.js";
import { Deliveries } from "./health_deliveries.js";
import { Events } from "./health_events.js";
import { Models } from "./health_models.js";
import { Storage } from "./health_storage.js";
import { Troubles, troublesOf } from "./health_troubles.js";
import { Versions } from "./health_versions.js";
import { Failed, Loading, useAnswer } from "./parts.js";
import { snoozeName } from "./snoozes.js";

/** `/readyz` says 503 with the same body when something is wrong. */
async function readiness() {
  const answer = await fetch(new URL("readyz", HERE), { credentials: "same-origin" });
  return answer.json();
}

/** What a service may offer, and somebody may ask for; null: neither. @param {string} route */
const offered = async (route) => (offers(route) ? ask(route.slice(1)).catch(refused) : null);

/** @param {any} error */
function refused(error) {
  if (error.status === 403 || error.status === 404) return null;
  throw error;
}

export function Health() {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) setTurn((count) => count + 1); }, 10_000);
    return () => clearInterval(timer);
  }, []);
  const ready = useAnswer(readiness, [turn]);
  const rows = useAnswer(readCameras, [turn]);
  const events = useAnswer(() => offered("/system-events"), [turn]);
  const watched = useAnswer(() => offered("/watched"), [Math.floor(turn / 6)]);
  const canary = useAnswer(() => offered("/canary"), [turn]);
  const snoozes = useAnswer(() => offered("/snoozes"), [turn]);
  const budget = useBudget();
  const all = useStore(cameras);
  if (ready.error && !ready.value) return html`<${Failed} error=${ready.error} again=${ready.again} />`;
  if (!ready.value) return html`<${Loading} />`;
  const troubles = troublesOf({
    ready: ready.value, events: events.value ?? [], cameras: all, watched: watched.value ?? [], canary: canary.value ?? [], rows: rows.value ?? [],
  });
  return html`<article class="work health">
    <${Sentence} troubles=${troubles} nobody=${nobodyAlerted(ready.value, all.length)} budget=${budget} snoozes=${(snoozes.value ?? []).filter((/** @type {any} */ each) => each.active)} />
    <${Troubles} items=${troubles} />
    <${CameraTable} rows=${rows.value ?? []} watched=${watched.value ?? []} />
    <${Canary} showings=${canary.value ?? null} />
    <div class="halves"><${Storage} ready=${ready.value} turn=${Math.floor(turn / 6)} /><${Versions} ready=${ready.value} /></div>
    <${Models} />
    <${Events} events=${events.value ?? null} />
    <${Deliveries} turn=${turn} />
  </article>`;
}

/** @param {any} each a snooze */
const heldBack = (each) => t("health.snoozed", { what: snoozeName(each), time: shortTime(each.until, siteNow()) });

/** The one line that somebody reads who has no time. @param {{troubles: any[], nobody: string | null, budget: string | null, snoozes: any[]}} props */
function Sentence({ troubles, nobody, budget, snoozes }) {
  const all = useStore(cameras);
  const state = useStore(link);
  const watched = all.filter((each) => each.state === "live" && !each.paused).length;
  const good = all.length > 0 && state === "live" && !troubles.length;
  const whole = watched === all.length ? t("health.all", { count: all.length }) : t("health.some", { watched, count: all.length });
  const text = state === "gone" ? t("health.gone") : !all.length ? t("health.no_cameras") : nobody ? t(nobody) : budget ? `${whole}; ${budget}` : whole;
  return html`<header class="sentence" data-good=${good}><h1>${text}</h1>
    ${snoozes.map((each) => html`<p key=${each.id}><a href=${address(["settings"], { tab: "snoozes" })}>${heldBack(each)}</a></p>`)}
    <p>${good ? t("health.good") : troubles.length ? t("health.reasons") : ""}</p></header>`;
}
