// Pauses a camera and resumes it: its stream is closed meanwhile.

import { whyFailed } from "../core/acts.js";
import { send } from "../core/connection.js";
import { readCameras } from "../core/live.js";
import { say } from "../core/messages.js";
import { inTurn } from "../core/order.js";

const pauseInTurn = inTurn();

/** Pause or resume a camera. @param {string} name @param {boolean} paused */
export async function pause(name, paused) {
  try {
    await pauseInTurn(() => send(`cameras/${encodeURIComponent(name)}/${paused ? "pause" : "resume"}`));
    await readCameras();
  } catch (error) {
    say(whyFailed(error), { lasting: true });
  }
}
