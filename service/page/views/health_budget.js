// How many false alarms a day are promised, and how many came.

import { ask } from "../core/connection.js";
import { offers } from "../core/features.js";
import { t } from "../core/language.js";
import { cameras } from "../core/live.js";
import { useStore } from "../core/store.js";
import { useAnswer } from "./parts.js";

/** @param {string[]} names */
async function sum(names) {
  const found = await Promise.all(names.map((name) => ask(`cameras/${encodeURIComponent(name)}/calibration`)));
  const kept = found.filter((each) => each.promised && typeof each.alarms_per_day === "number");
  const came = kept.filter((each) => each.raised?.per_day !== null && each.raised);
  return {
    cameras: kept.length,
    promised: kept.reduce((total, each) => total + each.alarms_per_day, 0),
    came: came.length ? came.reduce((total, each) => total + each.raised.per_day, 0) : null,
  };
}

/** The promise as the second half of a sentence; null: nothing is promised. @returns {string | null} */
export function useBudget() {
  const names = useStore(cameras, (all) => all.map((each) => each.name));
  const { value } = useAnswer(async () => (offers("/cameras/{name}/calibration") ? sum(names) : null), [names.join(" ")]);
  if (!value?.cameras) return null;
  const count = +value.promised.toFixed(1);
  return value.came === null ? t("budget.sum_promised", { count }) : t("budget.sum", { count, came: value.came.toFixed(1) });
}
