// Fields that say what somebody may do, and which cameras they see.

import { html } from "../core/html.js";
import { t } from "../core/language.js";
import { cameras } from "../core/live.js";
import { useStore } from "../core/store.js";

export const ROLES = ["viewer", "operator", "admin"];

/** Who is let in sees, and does no more unless it is chosen; a form that is reset goes back to that. */
export const RoleChoice = () => html`<label>${t("users.role")}<select name="role">
  ${ROLES.map((role) => html`<option key=${role} value=${role} defaultSelected=${role === "viewer"}>${t(`role.${role}`)}</option>`)}</select></label>`;

/** @param {{chosen: string[] | null, onChange: (cameras: string[] | null) => void}} props */
export function CameraChoice({ chosen, onChange }) {
  const names = useStore(cameras, (all) => all.map((each) => each.name));
  const toggle = (/** @type {string} */ name) => {
    const now = chosen ?? names;
    const next = now.includes(name) ? now.filter((each) => each !== name) : [...now, name];
    onChange(next.length === names.length ? null : next);
  };
  return html`<details><summary>${chosen ? t("modes.some_cameras", { count: chosen.length }) : t("modes.all_cameras")}</summary>
    <div class="choices">${names.map((name) => html`<label key=${name} class="radio">
      <input type="checkbox" checked=${!chosen || chosen.includes(name)} onChange=${() => toggle(name)} />${name}</label>`)}</div></details>`;
}
