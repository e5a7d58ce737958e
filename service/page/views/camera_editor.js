// One camera's settings.

import { html } from "../core/html.js";
import { CameraClose } from "./camera_close.js";

/** @param {{name: string}} props */
export function CameraEditor({ name }) {
  return html`<${CameraClose} name=${name} />`;
}
