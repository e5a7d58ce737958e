// What the page asks first: asked while its other scripts are still on their way.

import { HERE } from "./here.js";
import { keyHeaders } from "./key.js";

/** @type {Map<string, Promise<Response>>} */
const asked = new Map();

/** @param {string} path */
function askEarly(path) {
  const answer = fetch(new URL(path, HERE), { headers: keyHeaders(), credentials: "same-origin" });
  asked.set(path, answer);
  answer.catch(() => {}); // whoever takes it sees that it failed
  return answer;
}

/**
 * Return what was asked early, once; undefined: nobody did.
 *
 * @param {string} path
 */
export function taken(path) {
  const answer = asked.get(path);
  asked.delete(path);
  return answer;
}

/**
 * Let another one take an answer, too.
 *
 * @param {string} path
 * @param {Response} answer
 */
export const giveBack = (path, answer) => { asked.set(path, Promise.resolve(answer)); };

askEarly("page/routes.json");
askEarly("setup");
askEarly("session").then((answer) => { if (answer.ok) askEarly("cameras"); }, () => {});
