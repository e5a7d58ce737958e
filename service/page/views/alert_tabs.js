// Alerts, and what nearly was one.

import { offers } from "../core/features.js";
import { html } from "../core/html.js";
import { t } from "../core/language.js";
import { address } from "../core/router.js";

/** @param {{at: "alerts" | "near"}} props */
export function AlertTabs({ at }) {
  if (!offers("/near-misses")) return null;
  return html`<nav class="tabs" aria-label=${t("nav.alerts")}>
    <a href=${address(["alerts"])} aria-current=${at === "alerts" ? "page" : undefined}>${t("nav.alerts")}</a>
    <a href=${address(["near"])} aria-current=${at === "near" ? "page" : undefined}>${t("near.title")}</a></nav>`;
}
