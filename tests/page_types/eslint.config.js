import js from "@eslint/js";

const BROWSER = [
  "AbortSignal", "AudioContext", "Blob", "CSS", "FormData", "HTMLButtonElement", "HTMLElement", "HTMLInputElement",
  "IntersectionObserver", "Notification", "ResizeObserver", "Response", "URL", "URLSearchParams", "WebSocket",
  "addEventListener", "clearInterval", "clearTimeout", "confirm", "createImageBitmap", "crypto", "devicePixelRatio", "document",
  "fetch", "getComputedStyle", "history", "localStorage", "location", "matchMedia", "navigator", "performance",
  "requestAnimationFrame", "sessionStorage", "setInterval", "setTimeout", "window",
];

export default [
  { ignores: ["**/vendor/**"] },
  js.configs.recommended,
  {
    files: ["**/*.js"],
    languageOptions: { globals: Object.fromEntries(BROWSER.map((name) => [name, "readonly"])) },
    rules: {
      "complexity": ["error", 16],
      "eqeqeq": "error",
      "max-len": ["error", { code: 200 }],
      "max-lines": ["error", 300],
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  { files: ["**/texts/*.js"], rules: { "max-lines": "off" } },
];
