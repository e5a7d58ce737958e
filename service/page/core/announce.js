// Tells that an alert opened: to screen readers, in the tab's title and icon, by sound, by the browser.

import { onAlertEvent, open } from "./alerts.js";
import { t } from "./language.js";
import { preferences } from "./preferences.js";
import { createStore } from "./store.js";
import { why } from "./why.js";
import { titleOf, wantsLook } from "./words.js";

/** What screen readers read out next. */
export const spoken = createStore("");

function showInTab() {
  const count = open.get().filter(wantsLook).length;
  document.title = count ? `(${count}) Posewarden` : "Posewarden";
  const icon = document.querySelector("link[rel=icon]");
  icon?.setAttribute("href", count ? "page/icon-alert.svg" : "page/icon.svg");
}

/** Two soft notes, made here: no file to load. */
export function chime() {
  const context = new AudioContext();
  [523.25, 659.25].forEach((pitch, i) => {
    const tone = context.createOscillator();
    const volume = context.createGain();
    const begin = context.currentTime + i * 0.18;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, begin);
    volume.gain.linearRampToValueAtTime(0.12, begin + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.001, begin + 0.6);
    tone.connect(volume).connect(context.destination);
    tone.start(begin);
    tone.stop(begin + 0.65);
  });
  setTimeout(() => context.close(), 1500);
}

/** @param {any} alert */
function notify(alert) {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const shown = new Notification(titleOf(alert), { body: why(alert) ?? (alert.reason || undefined), tag: alert.id, icon: "page/icon-alert.svg" });
  shown.onclick = () => {
    window.focus();
    location.hash = `#/alerts/${encodeURIComponent(alert.id)}`;
    shown.close();
  };
}

/** Announce alerts until told to stop. */
export function startAnnouncing() {
  const stops = [
    open.subscribe(showInTab),
    onAlertEvent(({ type, alert }) => {
      if (!["opened", "raised"].includes(type) || !wantsLook(alert)) return;
      spoken.set(t("announce.opened", { alert: titleOf(alert) }));
      if (preferences.get().sound) chime();
      if (preferences.get().notifications) notify(alert);
    }),
  ];
  showInTab();
  return () => stops.forEach((stop) => stop());
}
