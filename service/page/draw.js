// Stick figures on canvas: live ones coloured by score, clips coloured by joint.

const BONES = [
  [5, 7], [7, 9], [6, 8], [8, 10], [5, 6], [5, 11], [6, 12], [11, 12],
  [11, 13], [13, 15], [12, 14], [14, 16], [0, 5], [0, 6],
];
// COCO-17 joint of each column of an alert's joint map; 17 is the neck, drawn between the shoulders.
const FLOW_ORDER = [0, 17, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3];
const SEEN = 0.15;
const GLIDE_MS = 110;
const LABEL_PX = [32, 13];

/** Mix colours given as [r, g, b] along stops in 0..1. */
function mix(stops, at) {
  const place = Math.min(Math.max(at, 0), 1) * (stops.length - 1);
  const low = Math.min(Math.floor(place), stops.length - 2);
  const part = place - low;
  const channel = (i) => Math.round(stops[low][i] + (stops[low + 1][i] - stops[low][i]) * part);
  return `rgb(${channel(0)} ${channel(1)} ${channel(2)})`;
}

const CALM = [79, 184, 168], WARN = [224, 168, 74], ALARM = [255, 81, 72], COOL = [79, 127, 155];

/** Colour of a score: calm well below the threshold, amber just below it, red above. */
export function scoreColour(score, threshold) {
  if (score === null) return "rgb(104 121 140)";
  if (threshold === null) return mix([CALM, CALM], 0);
  return score >= threshold
    ? mix([WARN, ALARM, ALARM], 0.5 + (score - threshold) / 2)
    : mix([CALM, WARN], 1 - (threshold - score) / 0.3);
}

/** Match the canvas' pixels to the screen's; return its context scaled to CSS pixels. */
function prepare(canvas, aspect) {
  const width = canvas.clientWidth || 320;
  const height = width / aspect;
  const ratio = window.devicePixelRatio || 1;
  const size = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

function drawGround({ context, width, height }) {
  context.strokeStyle = "rgb(255 255 255 / .035)";
  context.lineWidth = 1;
  context.beginPath();
  for (let part = 1; part < 6; part += 1) {
    context.moveTo((width * part) / 6, 0);
    context.lineTo((width * part) / 6, height);
    context.moveTo(0, (height * part) / 6);
    context.lineTo(width, (height * part) / 6);
  }
  context.stroke();
}

function drawBody(context, points, colour, thickness) {
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = thickness;
  context.lineCap = "round";
  context.beginPath();
  for (const [a, b] of BONES) {
    if (points[a][2] < SEEN || points[b][2] < SEEN) continue;
    context.moveTo(points[a][0], points[a][1]);
    context.lineTo(points[b][0], points[b][1]);
  }
  context.stroke();
  if (points[0][2] >= SEEN) {
    context.beginPath();
    context.arc(points[0][0], points[0][1], thickness * 1.7, 0, 7);
    context.fill();
  }
}

/** One camera's canvas: people glide from where they were drawn to where they are now. */
export class CameraCanvas {
  constructor(canvas) {
    this.canvas = canvas;
    this.people = new Map();
    this.camera = null;
  }

  update(camera, now) {
    const moved = !this.camera || this.camera.seq !== camera.seq;
    const people = new Map();
    for (const person of camera.people) {
      const id = `${person.session}/${person.number}`;
      const known = this.people.get(id);
      const from = !known ? person.joints : moved ? this.at(known, now) : known.from;
      people.set(id, { person, from, since: known && !moved ? known.since : now });
    }
    this.people = people;
    this.camera = camera;
  }

  at({ person, from, since }, now) {
    const part = Math.min((now - since) / GLIDE_MS, 1);
    return person.joints.map((to, i) => [
      from[i][0] + (to[0] - from[i][0]) * part,
      from[i][1] + (to[1] - from[i][1]) * part,
      Math.min(to[2], from[i][2] || to[2]),
    ]);
  }

  draw(now) {
    const camera = this.camera;
    const sized = camera && camera.width_px > 0 && camera.height_px > 0;
    const surface = prepare(this.canvas, sized ? camera.width_px / camera.height_px : 16 / 9);
    drawGround(surface);
    if (!sized) return;
    const scale = surface.width / camera.width_px;
    const labels = [];
    for (const known of this.people.values()) {
      const points = this.at(known, now).map(([x, y, c]) => [x * scale, y * scale, c]);
      this.drawPerson(surface.context, points, known.person, camera.threshold, labels);
    }
  }

  drawPerson(context, points, person, threshold, labels) {
    const seen = points.filter((point) => point[2] >= SEEN);
    if (!seen.length) return;
    const top = Math.min(...seen.map((point) => point[1]));
    const height = Math.max(...seen.map((point) => point[1])) - top;
    const mean = seen.reduce((sum, point) => sum + point[0], 0) / seen.length;
    const middle = Math.min(Math.max(mean, LABEL_PX[0] / 2), context.canvas.clientWidth - LABEL_PX[0] / 2);
    const colour = scoreColour(person.score, threshold);
    const hot = person.score !== null && threshold !== null && person.score >= threshold;
    context.shadowColor = hot ? colour : "transparent";
    context.shadowBlur = hot ? 12 : 0;
    drawBody(context, points, colour, Math.min(Math.max(height / 28, 1.6), 5));
    context.shadowBlur = 0;
    context.font = "600 12px system-ui, sans-serif";
    context.textAlign = "center";
    const text = person.score === null ? "…" : person.score.toFixed(2);
    context.fillText(text, middle, freeHeight(labels, middle, Math.max(top - 9, 12)));
  }
}

/** Return the height at which a label meets none of those drawn so far; remember it there. */
function freeHeight(labels, x, y) {
  let free = y;
  while (free > 12 && labels.some((other) => Math.abs(other.x - x) < LABEL_PX[0] && Math.abs(other.y - free) < LABEL_PX[1])) {
    free -= LABEL_PX[1];
  }
  labels.push({ x, y: free });
  return free;
}

/** Plays an alert's window over and over, each joint as hot as its share of the score. */
export class Clip {
  constructor(canvas, detail) {
    this.canvas = canvas;
    this.detail = detail;
    this.start = null;
    this.heat = jointHeat(detail.joint_map);
    this.view = bounds(detail.poses);
  }

  draw(now) {
    const surface = prepare(this.canvas, 4 / 3);
    drawGround(surface);
    // From the first picture on: a frame's time may lie before the moment that made the clip.
    this.start ??= now;
    const { poses, fps } = this.detail;
    const pause = Math.round(fps * 0.6);
    const tick = Math.floor(((now - this.start) / 1000) * fps * 0.6) % (poses.length + pause);
    const frame = Math.min(tick, poses.length - 1);
    for (let ago = 8; ago > 0; ago -= 4) {
      if (frame >= ago) this.drawFrame(surface, frame - ago, 0.12, false);
    }
    this.drawFrame(surface, frame, 1, true);
    surface.context.fillStyle = "rgb(255 255 255 / .18)";
    surface.context.fillRect(0, surface.height - 3, (surface.width * (frame + 1)) / poses.length, 3);
  }

  drawFrame({ context, width, height }, frame, alpha, heated) {
    const { x, y, size } = this.view;
    const scale = (Math.min(width, height) * 0.84) / size;
    const points = this.detail.poses[frame].map(([px, py, c]) => [
      width / 2 + (px - x) * scale, height / 2 + (py - y) * scale, c,
    ]);
    context.globalAlpha = alpha;
    drawBody(context, points, "rgb(96 118 138)", 5);
    if (heated) drawHeat(context, points, this.heat[frame]);
    context.globalAlpha = 1;
  }
}

function drawHeat(context, points, heat) {
  points.forEach((point, joint) => {
    if (point[2] < SEEN) return;
    const share = heat[joint];
    const colour = mix([COOL, WARN, ALARM], share);
    context.fillStyle = colour;
    context.shadowColor = colour;
    context.shadowBlur = 26 * share;
    context.beginPath();
    context.arc(point[0], point[1], 4 + 9 * share, 0, 7);
    context.fill();
    context.shadowBlur = 0;
  });
}

/** T × 17 numbers in 0..1 from the T × 18 map: the neck's share goes to both shoulders. */
function jointHeat(map) {
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
  return rows.map((row) => row.map((v) => Math.min(Math.max((v - low) / (high - low || 1), 0), 1)));
}

function bounds(poses) {
  const seen = poses.flat().filter((joint) => joint[2] >= SEEN);
  const xs = seen.map((joint) => joint[0]), ys = seen.map((joint) => joint[1]);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  return { x: (left + right) / 2, y: (top + bottom) / 2, size: Math.max(right - left, bottom - top, 1) };
}
