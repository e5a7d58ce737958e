// What an alert says, in words.

const KINDS = {
  movement: "Unusual movement",
  running: "Running",
  fight: "Fight",
  fall: "Fall",
  person_down: "Person down",
  dwell: "Stayed in a zone",
};
// Beyond this the model card's tail is a guess.
const LONGEST_RARITY_H = 1000;

export const clockTime = (at) => new Date(at * 1000).toLocaleTimeString();

export const plain = (name) => name.replaceAll("_", " ");

const named = (kind) => KINDS[kind] ?? plain(kind);

/** "Fall · gate" */
export const title = (alert) => `${named(alert.kind)} · ${alert.camera}`;

export function lasted(alert) {
  if (alert.state === "open") return "open";
  return `closed after ${Math.max(alert.closed_at - alert.opened_at, 0).toFixed(1)} s`;
}

/** The kinds of an episode besides its most severe one; null if there are none. */
export function others(alert) {
  const rest = alert.kinds.filter((each) => each.kind !== alert.kind);
  return rest.length ? rest.map((each) => named(each.kind).toLowerCase()).join(", ") : null;
}

/** How often so much is seen when nothing is wrong; null where that is not known. */
export function rarity(hours) {
  if (hours === null) return null;
  if (hours >= LONGEST_RARITY_H) return `seen less than once in ${LONGEST_RARITY_H} hours of ordinary footage of one person`;
  const minutes = Math.max(Math.round(hours * 60), 1);
  const long = minutes < 60
    ? `${minutes} ${minutes === 1 ? "minute" : "minutes"}`
    : `${+hours.toFixed(hours < 10 ? 1 : 0)} ${hours.toFixed(1) === "1.0" ? "hour" : "hours"}`;
  return `seen once in ${long} of ordinary footage of one person`;
}

/** Of somebody down whose track is lost; null while they are seen. */
export const unseen = (alert) => alert.not_seen_since === null
  ? null
  : `not seen since ${clockTime(alert.not_seen_since)}`;

/** The highest score of a kind in its own measure. */
export function peak({ kind, peak_score: score, threshold }) {
  return kind === "movement"
    ? `${score.toFixed(3)} bits/dimension (threshold ${threshold.toFixed(3)})`
    : `${score.toFixed(1)} times the threshold`;
}
