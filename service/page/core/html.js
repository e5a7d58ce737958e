// Preact bound to htm: views are tagged templates, no build step.

import { h } from "../vendor/preact.js";
import htm from "../vendor/htm.js";

export { Component, Fragment, createContext, render } from "../vendor/preact.js";
export {
  useCallback, useContext, useEffect, useId, useLayoutEffect, useMemo, useRef, useState,
} from "../vendor/hooks.js";

export const html = htm.bind(h);
