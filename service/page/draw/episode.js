// An alert's poses over time: of its whole episode where they were recorded, else of its peak alone.

import { boundsOf, drawFigure, placed, SEEN } from "./figure.js";
import { ink } from "./stage.js";

// COCO-17 joint of each column of an alert's joint map; 17 is the neck, drawn between the shoulders.
const FLOW_ORDER = [0, 17, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3];
const LONGEST_BRIDGE_S = 0.35;

/**
 * @typedef {object} EpisodeFrame
 * @property {number} at UTC seconds
 * @property {{number: number, joints: Float32Array}[]} people
 */

/**
 * @typedef {object} Episode
 * @property {EpisodeFrame[]} frames
 * @property {number} person
 * @property {number} begin
 * @property {number} end
 * @property {import("./figure.js").Box} box
 * @property {number} width of the camera's picture; 0: not known
 * @property {number} height
 * @property {{begin: number, fps: number, heat: number[][], sums: number[]} | null} peak
 * @property {boolean} whole
 * @property {string} [ink] of the person whom it is about; red unless it raised no alert
 */

/**
 * Put together what is known of an alert's poses; null where nothing is.
 *
 * @param {any} detail
 * @param {any} recorded
 * @returns {Episode | null}
 */
export function episodeOf(detail, recorded) {
  const person = Number(detail.person.split("/").pop());
  const peak = peakOf(detail);
  const frames = recorded?.frames?.length ? recorded.frames.map(frameOf) : clipFrames(detail, person);
  if (!frames.length) return null;
  const box = roomAround(boundsOf(bodies(frames)));
  if (!box) return null;
  return {
    frames, person: recorded?.person ?? person, box, peak,
    begin: frames[0].at, end: Math.max(frames[frames.length - 1].at, frames[0].at + 0.2),
    width: recorded?.width_px ?? 0, height: recorded?.height_px ?? 0, whole: Boolean(recorded?.frames?.length),
  };
}

/** @param {any} frame @returns {EpisodeFrame} */
const frameOf = (frame) => ({
  at: frame.at,
  people: frame.people.map((/** @type {any} */ each) => ({ number: each.number, joints: Float32Array.from(each.joints.flat()) })),
});

/** @param {any} detail @param {number} person @returns {EpisodeFrame[]} */
function clipFrames(detail, person) {
  if (!detail.poses) return [];
  const begin = detail.peak_at - (detail.poses.length - 1) / detail.fps;
  return detail.poses.map((/** @type {number[][]} */ pose, /** @type {number} */ i) => ({
    at: begin + i / detail.fps, people: [{ number: person, joints: Float32Array.from(pose.flat()) }],
  }));
}

/** @param {EpisodeFrame[]} frames */
function* bodies(frames) {
  for (const frame of frames) for (const { joints } of frame.people) yield joints;
}

/** @param {import("./figure.js").Box | null} box */
function roomAround(box) {
  if (!box) return null;
  const room = Math.max(box.width, box.height) * 0.12 + 6;
  return { x: box.x - room, y: box.y - room, width: box.width + 2 * room, height: box.height + 2 * room };
}

/** @param {any} detail */
function peakOf(detail) {
  if (!detail.joint_map || !detail.poses) return null;
  return {
    begin: detail.peak_at - (detail.poses.length - 1) / detail.fps, fps: detail.fps,
    heat: jointHeat(detail.joint_map),
    sums: detail.joint_map.map((/** @type {number[]} */ row) => row.reduce((sum, value) => sum + value, 0)),
  };
}

/**
 * Return T × 17 numbers in 0…1 from the T × 18 map: the neck's share goes to both shoulders.
 *
 * @param {number[][]} map
 */
export function jointHeat(map) {
  const rows = map.map((row) => {
    const heat = new Array(17).fill(0);
    row.forEach((share, column) => {
      const joint = FLOW_ORDER[column];
      const joints = joint === 17 ? [5, 6] : [joint];
      joints.forEach((each) => { heat[each] += Math.max(share, 0) / joints.length; });
    });
    return heat;
  });
  const all = rows.flat().sort((a, b) => a - b);
  const low = all[Math.floor(all.length * 0.5)];
  const high = all[Math.floor(all.length * 0.995)] || 1;
  return rows.map((row) => row.map((value) => Math.min(Math.max((value - low) / (high - low || 1), 0), 1)));
}

/** @param {Episode} episode @param {number} at */
export function indexAt({ frames }, at) {
  let [low, high] = [0, frames.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (frames[middle].at <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

const mixed = new Float32Array(51);
const points = new Float32Array(51);

/**
 * Draw an episode as it was at one time.
 *
 * @param {import("./stage.js").Surface} surface
 * @param {Episode} episode
 * @param {number} at
 */
export function drawEpisode(surface, episode, at) {
  const view = viewOf(surface, episode);
  const index = indexAt(episode, at);
  const [frame, after] = [episode.frames[index], episode.frames[index + 1]];
  drawPicture(surface, episode, view);
  for (const [ago, alpha] of [[0.7, 0.1], [0.35, 0.18]]) shadow(surface, episode, view, at - ago, alpha);
  const others = frame.people.filter((each) => each.number !== episode.person);
  const own = frame.people.filter((each) => each.number === episode.person);
  for (const each of [...others, ...own]) {
    const joints = between(each, frame, after, at);
    placed(joints, view, points);
    drawFigure(surface.context, points, each.number === episode.person ? ink()[episode.ink ?? "alarm"] : ink().quiet);
    if (each.number === episode.person) drawHeat(surface.context, episode, at);
  }
}

/** @param {import("./stage.js").Surface} surface @param {Episode} episode */
function viewOf(surface, { box }) {
  const scale = Math.min(surface.width / box.width, surface.height / box.height);
  return {
    scale,
    x: box.x + box.width / 2 - surface.width / scale / 2,
    y: box.y + box.height / 2 - surface.height / scale / 2,
  };
}

/** The picture's edge, so that one sees where in it this happened. @param {import("./stage.js").Surface} surface @param {Episode} episode @param {any} view */
function drawPicture({ context }, { width, height }, view) {
  if (!width) return;
  context.strokeStyle = ink().line;
  context.lineWidth = 1;
  context.strokeRect(-view.x * view.scale, -view.y * view.scale, width * view.scale, height * view.scale);
}

/** @param {import("./stage.js").Surface} surface @param {Episode} episode @param {any} view @param {number} at @param {number} alpha */
function shadow({ context }, episode, view, at, alpha) {
  if (at < episode.begin) return;
  const frame = episode.frames[indexAt(episode, at)];
  const own = frame.people.find((each) => each.number === episode.person);
  if (!own || Math.abs(frame.at - at) > 0.3) return;
  context.globalAlpha = alpha;
  drawFigure(context, placed(own.joints, view, points), ink()[episode.ink ?? "alarm"]);
  context.globalAlpha = 1;
}

/**
 * @param {{number: number, joints: Float32Array}} person
 * @param {EpisodeFrame} frame
 * @param {EpisodeFrame | undefined} after
 * @param {number} at
 */
function between(person, frame, after, at) {
  const next = after?.people.find((each) => each.number === person.number);
  if (!after || !next || after.at - frame.at > LONGEST_BRIDGE_S) return person.joints;
  const part = Math.min(Math.max((at - frame.at) / (after.at - frame.at), 0), 1);
  for (let i = 0; i < 51; i += 1) {
    mixed[i] = i % 3 === 2 ? Math.min(person.joints[i], next.joints[i])
      : person.joints[i] + (next.joints[i] - person.joints[i]) * part;
  }
  return mixed;
}

/** The joints that made the score high, while they did. @param {CanvasRenderingContext2D} context @param {Episode} episode @param {number} at */
function drawHeat(context, { peak }, at) {
  if (!peak) return;
  const frame = Math.round((at - peak.begin) * peak.fps);
  const heat = peak.heat[frame];
  if (!heat) return;
  heat.forEach((share, joint) => {
    if (share < 0.25 || points[joint * 3 + 2] < SEEN) return;
    context.fillStyle = ink().unusual;
    context.globalAlpha = 0.35 + 0.5 * share;
    context.beginPath();
    context.arc(points[joint * 3], points[joint * 3 + 1], 4 + 9 * share, 0, 7);
    context.fill();
  });
  context.globalAlpha = 1;
}
