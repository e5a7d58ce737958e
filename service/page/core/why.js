// Why there is an alert, in a sentence. Messages have the same ones: service/outputs/why.py.

import { t, tOr } from "./language.js";
import { duration } from "./time.js";

const LEAST_RARITY_H = 1;
const LONGEST_RARITY_H = 1000;
const RARE = ["fall", "down", "running", "fight", "movement"];

/**
 * Return the sentence; null where an older service did not say why, or a newer one says it otherwise.
 *
 * @param {any} alert
 */
export function why(alert) {
  const said = alert.explanation;
  if (!said || !tOr(`why.${said.code}`, "")) return null;
  const facts = said.parameters;
  const what = t(`why.${said.code}`, {
    within: number(facts.within_s),
    times: number(facts.times),
    lasted: time(facts.lasted_s),
    limit: time(facts.limit_s),
    zone: facts.zone ?? "",
    part: facts.part ? tOr(`part.${facts.part}`, "") : "",
  });
  const rare = howRare(said.code, facts);
  return rare ? t("why.sentence_rare", { what, rare }) : t("why.sentence", { what });
}

/** Whether the sentence has how often people ordinarily do so. @param {any} alert */
export const saysOrdinary = (alert) => {
  const { here_h: here, ordinary_h: ordinary } = alert.explanation.parameters;
  return !here && ordinary >= LEAST_RARITY_H;
};

/** @param {string} code @param {any} facts */
function howRare(code, facts) {
  const kind = RARE.find((each) => code.startsWith(each));
  if (!kind) return null;
  if (facts.here_h) return t(`why.here.${kind === "down" ? "fall" : kind}`, { time: time(facts.here_h * 3600) });
  if (!facts.ordinary_h || facts.ordinary_h < LEAST_RARITY_H) return null;
  if (facts.ordinary_h >= LONGEST_RARITY_H) return t("why.beyond");
  return t("why.ordinary", { time: time(facts.ordinary_h * 3600) });
}

/** @param {number | null} value */
const number = (value) => value?.toFixed(1) ?? "";

/** @param {number | null} seconds */
const time = (seconds) => (seconds === null ? "" : duration(Math.max(seconds, 1)));
