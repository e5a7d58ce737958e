// Every key of the page.

import { html } from "../core/html.js";
import { t } from "../core/language.js";
import { helpShown } from "../core/shortcuts.js";
import { useStore } from "../core/store.js";
import { Dialog } from "./parts.js";

const KEYS = [
  ["1 – 5", "help.views"], ["j k", "help.move"], ["Home End g G", "help.ends"], ["Enter", "help.open"], ["a", "help.acknowledge"],
  ["t f u", "help.verdict"], ["n", "help.note"], ["s", "help.snooze"], ["r", "help.replay"], ["< >", "help.speed"], ["/", "help.search"], ["l", "help.looked"],
  ["m", "help.near"],
  ["z", "help.undo"], ["Esc", "help.back"], ["?", "help.help"],
];

export function Help() {
  const shown = useStore(helpShown);
  return html`<${Dialog} open=${shown} title=${t("help.title")} onClose=${() => helpShown.set(false)}>
    <dl class="keys">${KEYS.map(([keys, what]) => html`<div key=${what}>
      <dt>${keys.split(" ").map((key) => html`<kbd>${key}</kbd>`)}</dt><dd>${t(what)}</dd></div>`)}</dl>
  <//>`;
}
