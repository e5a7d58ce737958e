// What one person wants on this browser: language, theme, sound. Kept in the browser alone.

import { createStore } from "./store.js";

const NAME = "posewarden-preferences";

/**
 * @typedef {object} Preferences
 * @property {"auto" | "en" | "ko"} language
 * @property {"auto" | "dark" | "light"} theme
 * @property {boolean} sound
 * @property {boolean} notifications
 * @property {string} shift when this person's shift begins, HH:MM at the site
 * @property {boolean} panel the wall shows the newest alerts beside it
 */

/** @type {Preferences} */
const FIRST = { language: "auto", theme: "auto", sound: false, notifications: false, shift: "22:00", panel: true };

/** @returns {Preferences} */
function load() {
  try {
    return { ...FIRST, ...JSON.parse(localStorage.getItem(NAME) ?? "{}") };
  } catch {
    return FIRST;
  }
}

export const preferences = createStore(load());

/** @param {Partial<Preferences>} changes */
export function prefer(changes) {
  preferences.set((before) => ({ ...before, ...changes }));
  try {
    localStorage.setItem(NAME, JSON.stringify(preferences.get()));
  } catch {
    // A browser that keeps nothing keeps this for as long as the page is open.
  }
}

export const themeShown = createStore("dark");
const light = matchMedia("(prefers-color-scheme: light)");

/** Show the theme that is wanted. */
export function applyTheme() {
  const { theme } = preferences.get();
  const shown = theme === "auto" ? (light.matches ? "light" : "dark") : theme;
  document.documentElement.dataset.theme = shown;
  themeShown.set(shown);
}

preferences.subscribe(applyTheme);
light.addEventListener("change", applyTheme);
