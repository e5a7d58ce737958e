// What is asked before a note is written or alerts are kept back.

import { note, snooze, whyFailed } from "../core/acts.js";
import { html, useLayoutEffect, useRef, useState } from "../core/html.js";
import { t } from "../core/language.js";
import { say } from "../core/messages.js";
import { duration } from "../core/time.js";
import { kindName, titleOf } from "../core/words.js";
import { Field } from "./field.js";
import { Dialog } from "./parts.js";

/** @param {{open: boolean, alert: any, onClose: () => void}} props */
export function NoteDialog({ open, alert, onClose }) {
  const [error, setError] = useState("");
  const text = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  useLayoutEffect(() => { if (open) text.current?.focus(); }, [open]);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await note(alert, text.current?.value ?? "");
      say(t("acts.noted"));
      onClose();
    } catch (problem) {
      setError(whyFailed(problem));
    }
  };
  return html`<${Dialog} open=${open} title=${t("note.title", { alert: titleOf(alert) })} onClose=${onClose}>
    <form onSubmit=${submit}>
      <${Field} as="textarea" label=${t("note.text")} place=${text} fault=${error} autofocus rows="4" maxlength="2000" required />
      <footer><button type="submit" class="main">${t("note.save")}</button></footer>
    </form>
  <//>`;
}

const LENGTHS_S = [1800, 3600, 4 * 3600, 12 * 3600];

/** @param {{open: boolean, alert: any, onClose: () => void}} props */
export function SnoozeDialog({ open, alert, onClose }) {
  const first = useRef(/** @type {HTMLInputElement | null} */ (null));
  useLayoutEffect(() => { if (open) first.current?.focus(); }, [open]);
  const scopes = [
    ["kind", t("snooze.kind_here", { kind: kindName(alert.kind), camera: alert.camera })],
    ["camera", t("snooze.camera", { camera: alert.camera })],
    ...(alert.zones?.[0] ? [["zone", t("snooze.zone", { zone: alert.zones[0] })]] : []),
    ["site", t("snooze.site")],
  ];
  const submit = (/** @type {any} */ event) => {
    event.preventDefault();
    const { scope, seconds, reason } = event.target.elements;
    const what = {
      camera: scope.value === "site" ? null : alert.camera,
      kind: scope.value === "kind" ? alert.kind : null,
      zone: scope.value === "zone" ? alert.zones[0] : null,
      seconds: Number(seconds.value), reason: reason.value.trim(),
    };
    const label = scopes.find(([name]) => name === scope.value)?.[1] ?? "";
    snooze(what, t("snooze.done", { what: label, time: duration(what.seconds) }));
    onClose();
  };
  return html`<${Dialog} open=${open} title=${t("snooze.title")} onClose=${onClose}>
    <form onSubmit=${submit}>
      <p class="quiet">${t("snooze.text")}</p>
      <fieldset><legend>${t("snooze.what")}</legend>${scopes.map(([name, text], i) => html`<label key=${name} class="radio">
        <input ref=${i ? undefined : first} type="radio" name="scope" value=${name} defaultChecked=${i === 0} />${text}</label>`)}</fieldset>
      <fieldset><legend>${t("snooze.how_long")}</legend><div class="choices">${LENGTHS_S.map((seconds, i) => html`<label key=${seconds} class="radio">
        <input type="radio" name="seconds" value=${seconds} defaultChecked=${i === 1} />${duration(seconds)}</label>`)}</div></fieldset>
      <label>${t("snooze.reason")}<input name="reason" maxlength="200" placeholder=${t("snooze.reason_default")} /></label>
      <footer><button type="submit" class="main">${t("snooze.do")}</button></footer>
    </form>
  <//>`;
}
