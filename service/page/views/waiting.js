// What is shown before anything is known.

import { html } from "../core/html.js";
import { t } from "../core/language.js";

/** @param {{away?: boolean}} props */
export const Waiting = ({ away = false }) => html`<main class="lonely" aria-busy="true">
  <img src="page/icon.svg" alt="" width="48" height="48" />
  <p role="status">${away ? t("state.away") : t("state.loading")}</p>
</main>`;
