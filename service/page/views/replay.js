// Plays an episode: play, scrub, slower; the whole of it, not a second.

import { html, useEffect, useMemo, useRef, useState } from "../core/html.js";
import { t } from "../core/language.js";
import { useKeys } from "../core/shortcuts.js";
import { exactTime } from "../core/time.js";
import { drawEpisode } from "../draw/episode.js";
import { Canvas } from "./parts.js";

const SPEEDS = [0.5, 1, 2];
const PAUSE_S = 0.8; // before it begins again

/** @param {{episode: import("../draw/episode.js").Episode, alert: any, canvas: {current: any}, seeks?: {current: (at: number) => void}}} props */
export function Replay({ episode, alert, canvas, seeks }) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const [playing, play] = useState(!still);
  const [speed, setSpeed] = useState(1);
  const [at, show] = useState(still ? alert.peak_at : episode.begin);
  const clock = useRef({ at, wall: 0, playing, wake: () => {} });
  clock.current.playing = playing;
  const seek = (/** @type {number} */ to) => {
    clock.current.at = Math.min(Math.max(to, episode.begin), episode.end);
    clock.current.wall = 0;
    show(clock.current.at);
    clock.current.wake();
  };
  // At once, not only once it is drawn anew: keys may come faster than that.
  const stop = () => { clock.current.playing = false; play(false); };
  const moved = (/** @type {number} */ to) => { stop(); seek(to); };
  const stepped = (/** @type {number} */ by) => moved(clock.current.at + by);
  if (seeks) seeks.current = moved;
  const draw = useMemo(() => playerOf(episode, clock.current, speed), [episode, playing, speed]);
  useEffect(() => {
    const timer = setInterval(() => show(clock.current.at), 100);
    return () => clearInterval(timer);
  }, []);
  useKeys((key, event) => {
    if (key === "r") { seek(episode.begin); play(true); return true; }
    if (key === " " && !(event.target instanceof HTMLButtonElement)) { play((before) => !before); return true; }
    if (key === "<" || key === ">") { setSpeed(SPEEDS[Math.min(Math.max(SPEEDS.indexOf(speed) + (key === ">" ? 1 : -1), 0), SPEEDS.length - 1)]); return true; }
    if (key === "," || key === ".") { stepped(key === "." ? 0.1 : -0.1); return true; }
    return false;
  }, [playing, episode, speed]);
  const wakes = useMemo(() => (/** @type {() => void} */ wake) => { clock.current.wake = wake; }, []);
  const set = (/** @type {HTMLElement | null} */ element) => { canvas.current = element?.querySelector("canvas") ?? null; };
  return html`<figure class="replay">
    <div class="stage" ref=${set}><${Canvas} draw=${draw} wakes=${wakes} label=${inWords(episode, alert)} /></div>
    <div class="transport">
      <button type="button" class="play" aria-label=${t(playing ? "replay.pause" : "replay.play")} onClick=${() => play(!playing)}>
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d=${playing ? "M8 5v14M16 5v14" : "M8 5l11 7-11 7z"} /></svg></button>
      <${Scrubber} episode=${episode} alert=${alert} at=${at} onSeek=${moved} onStep=${stepped} />
      <span class="elapsed">${t("replay.second", { time: (at - alert.opened_at).toFixed(1) })}</span>
      <div class="choices" role="group" aria-label=${t("replay.speed")}>${SPEEDS.map((each) => html`<button key=${each} type="button"
        aria-pressed=${each === speed} onClick=${() => setSpeed(each)}>${each === 0.5 ? "½" : each}×</button>`)}</div>
    </div>
    <figcaption>${episode.whole ? t("replay.whole", { from: exactTime(episode.begin), to: exactTime(episode.end) }) : t("replay.peak_only")}
      ${episode.peak && html` <span class="legend"><i></i>${t("replay.heat")}</span>`}</figcaption>
  </figure>`;
}

/** What is seen, for those who do not see it. @param {import("../draw/episode.js").Episode} episode @param {any} alert */
function inWords(episode, alert) {
  const beside = new Set(episode.frames.flatMap((frame) => frame.people.map((each) => each.number)));
  beside.delete(episode.person);
  return t("replay.words", { what: alert.reason || t("replay.moves"), seconds: Math.round(episode.end - episode.begin), count: beside.size });
}

/**
 * @param {import("../draw/episode.js").Episode} episode
 * @param {{at: number, wall: number, playing: boolean}} clock
 * @param {number} speed
 * @returns {import("../draw/stage.js").Drawing["draw"]}
 */
function playerOf(episode, clock, speed) {
  clock.wall = 0;
  return (surface, now) => {
    if (clock.playing && clock.wall) clock.at += Math.min((now - clock.wall) / 1000, 0.25) * speed;
    clock.wall = now;
    if (clock.at > episode.end + PAUSE_S) clock.at = episode.begin;
    drawEpisode(surface, episode, Math.min(clock.at, episode.end));
    return clock.playing;
  };
}

/** @type {Record<string, number>} */
const STEPS_S = { ArrowLeft: -0.1, ArrowDown: -0.1, ArrowRight: 0.1, ArrowUp: 0.1 };

/** @param {{episode: import("../draw/episode.js").Episode, alert: any, at: number, onSeek: (at: number) => void, onStep: (by: number) => void}} props */
function Scrubber({ episode, alert, at, onSeek, onStep }) {
  const part = (/** @type {number} */ time) => Math.min(Math.max((time - episode.begin) / (episode.end - episode.begin), 0), 1);
  const marks = [["opened", alert.opened_at], ["peak", alert.peak_at], ["closed", alert.closed_at]]
    .filter(([, time]) => time !== null && time >= episode.begin - 0.5 && time <= episode.end + 0.5);
  // A thousandth of the episode is too little to be seen: a key moves on by a tenth of a second.
  const step = (/** @type {KeyboardEvent} */ event) => {
    const by = STEPS_S[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onStep(by);
  };
  return html`<div class="scrubber">
    <input type="range" min="0" max="1000" value=${Math.round(part(at) * 1000)} aria-label=${t("replay.place")} onKeyDown=${step}
      aria-valuetext=${t("replay.second", { time: (at - alert.opened_at).toFixed(1) })}
      onInput=${(/** @type {any} */ event) => onSeek(episode.begin + (event.target.value / 1000) * (episode.end - episode.begin))} />
    <div class="marks" aria-hidden="true">${marks.map(([name, time]) => html`<${Mark} key=${name} name=${name} part=${part(Number(time))} />`)}</div>
  </div>`;
}

/** @param {{name: string, part: number}} props */
function Mark({ name, part }) {
  const place = (/** @type {HTMLElement | null} */ mark) => { if (mark) mark.style.left = `${part * 100}%`; };
  return html`<i ref=${place} data-mark=${name} title=${t(`replay.${name}`)}></i>`;
}

