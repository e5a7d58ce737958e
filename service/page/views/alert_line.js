// An alert in one short line, beside the wall and below a camera.

import { html } from "../core/html.js";
import { address } from "../core/router.js";
import { shortTime } from "../core/time.js";
import { kindName, lasted, lookedAt, rarityPart, unseen, wantsLook } from "../core/words.js";
import { t } from "../core/language.js";

/** @param {{alert: any, now: number, at?: string}} props */
export function AlertLine({ alert, now }) {
  return html`<li><a class="line" href=${address(["alerts", alert.id])} data-look=${wantsLook(alert)}
      data-state=${alert.state} data-severity=${alert.severity}>
    <span class="what">${kindName(alert.kind)}</span>
    <time>${shortTime(alert.opened_at, now)}</time>
    <span class="where">${[alert.camera, lasted(alert, now), lookedAt(alert)].filter(Boolean).join(" · ")}</span>
    <${RarityBar} alert=${alert} />
    ${unseen(alert) && html`<span class="unseen">${unseen(alert)}</span>`}
  </a></li>`;
}

/** How unusual, as a bar of five. @param {{alert: any}} props */
export function RarityBar({ alert }) {
  const filled = Math.max(Math.round(rarityPart(alert) * 5), 1);
  return html`<span class="rarity" role="img" aria-label=${t("rarity.bar", { of: filled })} data-severity=${alert.severity}>
    ${[1, 2, 3, 4, 5].map((each) => html`<i key=${each} data-on=${each <= filled}></i>`)}
  </span>`;
}
