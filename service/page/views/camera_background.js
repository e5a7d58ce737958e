// A floor plan or a blurred still behind the skeletons: helps to find the place; nobody has to have one.

import { whyFailed } from "../core/acts.js";
import { ask, request, send } from "../core/connection.js";
import { offers } from "../core/features.js";
import { useForm } from "../core/form.js";
import { html, useState } from "../core/html.js";
import { t } from "../core/language.js";
import { readCameras, rows } from "../core/live.js";
import { say } from "../core/messages.js";
import { useStore } from "../core/store.js";
import { Field } from "./field.js";
import { Wrong } from "./said.js";

/** So few pixels across are left of a still: enough for walls and doors, too few for a face. */
const BLURRED_PX = 64;
const SHOWN_PX = 640;

/** @param {{name: string, path: string, stills: boolean}} props */
export function CameraBackground({ name, path, stills }) {
  const kept = useStore(rows, (all) => all.get(name)?.background ?? null);
  const form = useForm(async (event) => {
    const file = event.target.elements.file.files[0];
    if (!file) return;
    await put(path, file);
    event.target.reset();
  });
  const forget = () => send(`${path}/background`, undefined, "DELETE").then(
    async () => { await readCameras(); say(t("background.removed")); }, (error) => say(whyFailed(error), { lasting: true }),
  );
  return html`<section><h2>${t("background.title")}</h2><form class="card fields" onSubmit=${form.submit}>
    <p>${t("background.text")}</p>
    <p role="status" class="quiet">${t(kept ? "background.is" : "background.is_none")}</p>
    <${Field} label=${t("background.file")} name="file" fault=${form.error} type="file" accept="image/png,image/jpeg" required />
    <footer>${kept && html`<button type="button" onClick=${forget}>${t("action.remove")}</button>`}
      <button type="submit" disabled=${form.busy}>${t("action.save")}</button></footer>
    ${offers("/cameras/{name}/still") && html`<${Still} path=${path} allowed=${stills} />`}
  </form></section>`;
}

/** Take a picture of the camera, blur it here, and keep that alone. @param {{path: string, allowed: boolean}} props */
function Still({ path, allowed }) {
  const [state, set] = useState({ busy: false, error: "" });
  const take = async () => {
    set({ busy: true, error: "" });
    try {
      const answer = await request(`${path}/still`);
      await put(path, await blurred(await answer.blob()));
      set({ busy: false, error: "" });
    } catch (error) {
      set({ busy: false, error: whyFailed(error) });
    }
  };
  return html`<div class="probe"><p class="quiet">${t(allowed ? "background.still_text" : "background.still_off")}</p>
    ${allowed && html`<button type="button" onClick=${take} disabled=${state.busy}>${t(state.busy ? "background.still_busy" : "background.still")}</button>`}
    <${Wrong} text=${state.error} /></div>`;
}

/** @param {string} path @param {Blob} blob */
async function put(path, blob) {
  await ask(`${path}/background`, { method: "PUT", blob, headers: { "Content-Type": blob.type } });
  await readCameras();
  say(t("action.saved"));
}

/** @param {Blob} picture @returns {Promise<Blob>} */
async function blurred(picture) {
  const whole = await createImageBitmap(picture);
  const shape = whole.height / whole.width;
  const small = drawn(whole, BLURRED_PX, shape);
  const shown = drawn(small, SHOWN_PX, shape);
  whole.close();
  return new Promise((resolve, reject) => shown.toBlob((blob) => (blob ? resolve(blob) : reject(new Error(t("background.not_drawn")))), "image/jpeg", 0.8));
}

/** @param {CanvasImageSource} source @param {number} width @param {number} shape */
function drawn(source, width, shape) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, Math.max(Math.round(width * shape), 1)];
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}
