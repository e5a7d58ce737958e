// Zones drawn over where people stand: by mouse, by finger, by keyboard alike.

import { ask, may } from "../core/connection.js";
import { offers } from "../core/features.js";
import { useForm } from "../core/form.js";
import { useDraft } from "../core/draft.js";
import { html, useCallback, useEffect, useMemo, useRef, useState } from "../core/html.js";
import { t } from "../core/language.js";
import { pictures } from "../core/live.js";
import { say } from "../core/messages.js";
import { saveAsRead } from "../core/order.js";
import { cameraDrawing } from "../draw/camera_picture.js";
import { traces } from "../draw/traces.js";
import { drawZones } from "../draw/zones.js";
import { Field } from "./field.js";
import { useBackground } from "./background.js";
import { Canvas, Failed, Loading, useAnswer } from "./parts.js";
import { wakesWith } from "./tile.js";
import { ZoneHandles } from "./zone_handles.js";
import { Wrong } from "./said.js";

const LEAST_CORNERS = 3;
const MOST_CORNERS = 64;

/** @typedef {{name: string, kind: "ignore" | "zone", polygon: number[][], only_here: boolean, dwell_s: number | null}} Zone */

/** @param {{name: string}} props */
export function ZoneEditor({ name }) {
  const path = `cameras/${encodeURIComponent(name)}/zones`;
  const { value, error, again, set } = useAnswer(() => ask(path), [name]);
  if (error && !value) return html`<${Failed} error=${error} again=${again} />`;
  if (!value) return html`<${Loading} />`;
  return html`<${Editor} name=${name} path=${path} saved=${value} onSaved=${set} />`;
}

/** @typedef {{zones: Zone[], least: number | null}} Drawn */

/** What is edited of what the service holds. @param {any} saved @returns {Drawn} */
const drawn = ({ zones, min_height_px: least }) => ({ zones, least });

/** @param {{name: string, path: string, saved: any, onSaved: (value: any) => void}} props */
function Editor({ name, path, saved, onSaved }) {
  const { draft, edit, isEdited, savedAs } = useDraft(/** @type {Drawn} */ (drawn(saved)));
  const { zones, least } = draft;
  const [chosen, choose] = useState(saved.zones.length ? 0 : -1);
  const mayChange = may("administer");
  const form = useForm(async () => {
    const now = await saveAsRead(saved, {
      save: (version) => ask(path, { method: "PUT", body: { zones, min_height_px: least, expected: version } }),
      again: () => ask(path),
      part: drawn,
    });
    savedAs(draft, drawn(now));
    onSaved(now);
    say(t("action.saved"));
  });
  const change = useCallback((/** @type {number} */ at, /** @type {Partial<Zone>} */ values) => {
    edit((before) => ({ ...before, zones: before.zones.map((zone, i) => (i === at ? { ...zone, ...values } : zone)) }));
  }, []);
  const add = () => {
    edit({
      least, zones: [...zones, {
        name: free(zones), kind: "zone", only_here: false, dwell_s: null,
        polygon: [[0.3, 0.35], [0.7, 0.35], [0.7, 0.85], [0.3, 0.85]],
      }],
    });
    choose(zones.length);
  };
  const remove = (/** @type {number} */ at) => {
    edit({ least, zones: zones.filter((_zone, i) => i !== at) });
    choose(Math.min(at, zones.length - 2));
  };
  return html`<section class="zones"><h2>${t("zones.title")}</h2>
    <div class="zone-editor">
      <${Picture} name=${name} zones=${zones} chosen=${chosen} onChange=${mayChange ? change : null} />
      <form class="zone-list" onSubmit=${form.submit}>
        ${!zones.length && html`<p class="quiet">${t("zones.none")}</p>`}
        <ul>${zones.map((zone, i) => html`<li key=${i} data-chosen=${i === chosen}>
          <button type="button" class="choose" aria-pressed=${i === chosen} onClick=${() => choose(i)}>${zone.name || t("zones.unnamed")}
            <small>${t(`zone.${zone.kind}`)}</small></button>
          ${i === chosen && mayChange && html`<${ZoneFields} zone=${zone} onChange=${(/** @type {Partial<Zone>} */ values) => change(i, values)} onRemove=${() => remove(i)} />`}
          ${i === chosen && html`<${Preview} name=${name} zone=${zone} />`}
        </li>`)}</ul>
        ${mayChange && html`<button type="button" onClick=${add}>${t("zones.add")}</button>`}
        ${mayChange && html`<${Field} label=${t("zones.least")} type="number" min="1" max="4000" value=${least ?? ""} placeholder=${t("none")}
          onInput=${(/** @type {any} */ event) => edit({ zones, least: event.target.value === "" ? null : Number(event.target.value) })} />`}
        <${Wrong} text=${form.error} />
        ${mayChange && html`<footer><button type="submit" class=${isEdited ? "main" : ""} disabled=${!isEdited || form.busy}>${t("action.save")}</button></footer>`}
      </form>
    </div>
  </section>`;
}

/** @param {Zone[]} zones */
function free(zones) {
  let number = zones.length + 1;
  while (zones.some((zone) => zone.name === `zone-${number}`)) number += 1;
  return `zone-${number}`;
}

/** @param {{name: string, zones: Zone[], chosen: number, onChange: ((at: number, values: Partial<Zone>) => void) | null}} props */
function Picture({ name, zones, chosen, onChange }) {
  const spots = useMemo(() => traces(name), [name]);
  const background = useBackground(name);
  const shown = useRef({ zones, chosen });
  const wake = useRef(() => {});
  shown.current = { zones, chosen };
  useEffect(() => { wake.current(); });
  useEffect(() => spots.follow(), [spots]);
  useEffect(() => {
    if (!offers("/cameras/{name}/traces") || !may("administer")) return;
    ask(`cameras/${encodeURIComponent(name)}/traces`).then((found) => {
      for (const [x, y] of found.points) spots.add(x * found.width_px, y * found.height_px);
      for (const body of found.skeletons) spots.addGhost(body, found.width_px, found.height_px);
      wake.current();
    }, () => {});
  }, [name, spots]);
  const draw = useMemo(() => cameraDrawing(name, {
    under: (surface, view) => {
      background.draw(surface, view, pictures.get(name));
      spots.draw(surface, view);
      drawZones(surface, view, pictures.get(name), shown.current.zones, shown.current.chosen);
    },
  }), [name, spots, background]);
  const wakes = useCallback((/** @type {() => void} */ rouse) => {
    wake.current = rouse;
    return wakesWith(name)(rouse);
  }, [name]);
  const picture = pictures.get(name);
  const shape = (/** @type {HTMLElement | null} */ box) => {
    if (box) box.style.aspectRatio = `${picture?.width || 16} / ${picture?.height || 9}`;
  };
  const zone = zones[chosen];
  return html`<div class="zone-picture" ref=${shape}>
    <${Canvas} draw=${draw} wakes=${wakes} label=${t("zones.picture", { count: zones.length })} />
    ${zone && onChange && html`<${ZoneHandles} zone=${zone} most=${MOST_CORNERS} least=${LEAST_CORNERS}
      onChange=${(/** @type {number[][]} */ polygon) => onChange(chosen, { polygon })} />`}
  </div>`;
}

/** @param {{zone: Zone, onChange: (values: Partial<Zone>) => void, onRemove: () => void}} props */
function ZoneFields({ zone, onChange, onRemove }) {
  return html`<div class="fields">
    <${Field} label=${t("cameras.name")} value=${zone.name} maxlength="64" required onInput=${(/** @type {any} */ event) => onChange({ name: event.target.value })} />
    <label>${t("zones.kind")}<select value=${zone.kind} onChange=${(/** @type {any} */ event) => onChange({ kind: event.target.value })}>
      <option value="zone">${t("zone.zone_long")}</option><option value="ignore">${t("zone.ignore_long")}</option></select></label>
    ${zone.kind === "zone" && html`
      <label class="radio"><input type="checkbox" checked=${zone.only_here} onChange=${(/** @type {any} */ event) => onChange({ only_here: event.target.checked })} />${t("zones.only_here")}</label>
      <${Field} label=${t("zones.dwell")} type="number" min="1" max="86400" value=${zone.dwell_s ?? ""} placeholder=${t("none")}
        onInput=${(/** @type {any} */ event) => onChange({ dwell_s: event.target.value === "" ? null : Number(event.target.value) })} />`}
    <p class="quiet">${t("zones.keys")}</p>
    <button type="button" class="quiet" onClick=${onRemove}>${t("zones.remove")}</button>
  </div>`;
}

/** What the zone would have changed in the last week. @param {{name: string, zone: Zone}} props */
function Preview({ name, zone }) {
  const corners = zone.polygon.map(([x, y]) => `${x.toFixed(4)},${y.toFixed(4)}`).join(";");
  const [asked, setAsked] = useState(corners);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(corners), 400);
    return () => clearTimeout(timer);
  }, [corners]);
  const { value } = useAnswer(async () => (offers("/cameras/{name}/preview")
    ? ask(`cameras/${encodeURIComponent(name)}/preview?polygon=${asked}&kind=${zone.kind}`) : null), [asked, zone.kind, name]);
  if (!value) return null;
  return html`<p class="preview" role="status">${t(`zones.preview_${zone.kind}`, { count: value.removed, of: value.alerts, unsure: value.unsure ?? 0 })}</p>`;
}
