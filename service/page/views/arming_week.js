// When which cameras and kinds are armed: the week as a grid, the calendar behind it as a list.

import { ask, may } from "../core/connection.js";
import { FIRST_DATE, LAST_DATE, later, nextFree } from "../core/dates.js";
import { useDraft } from "../core/draft.js";
import { useForm } from "../core/form.js";
import { html, useEffect, useRef, useState } from "../core/html.js";
import { t } from "../core/language.js";
import { siteNow } from "../core/live.js";
import { say } from "../core/messages.js";
import { arming, armingInTurn } from "../core/site.js";
import { dateOf, fullTime, shortDay, startOfDay } from "../core/time.js";
import { Field } from "./field.js";
import { ModeNow } from "./mode_now.js";
import { Failed, Loading, useAnswer } from "./parts.js";
import { blocksOf, planOf, simpleDays, WEEKDAYS } from "./week_plan.js";
import { Wrong } from "./said.js";

export function ArmingWeek() {
  const [first, setFirst] = useState(monday(siteNow()));
  const state = useAnswer(() => ask("arming"), []);
  const week = useAnswer(() => ask(`arming/week?from=${first}`), [first, state.value]);
  if (state.error && !state.value) return html`<${Failed} error=${state.error} again=${state.again} />`;
  if (!state.value) return html`<${Loading} />`;
  const taken = (/** @type {any} */ value) => {
    state.set(value);
    arming.set(value);
  };
  return html`<${ModeNow} state=${state.value} onChange=${taken} />
    <${Plan} state=${state.value} blocks=${week.value ?? []} first=${first} onFirst=${setFirst} onSaved=${taken} />`;
}

/** @param {number} at @returns {string} the Monday of a week of the site */
function monday(at) {
  const today = new Date(`${dateOf(at)}T12:00:00Z`);
  return new Date(today.getTime() - ((today.getUTCDay() + 6) % 7) * 86_400_000).toISOString().slice(0, 10);
}

/** @param {{state: any, blocks: any[], first: string, onFirst: (date: string) => void, onSaved: (value: any) => void}} props */
function Plan({ state, blocks, first, onFirst, onSaved }) {
  const title = useRef(/** @type {HTMLElement | null} */ (null));
  const { draft: plan, edit: setPlan, isEdited, savedAs } = useDraft(planOf(state));
  const mayChange = may("administer");
  const form = useForm(async () => {
    const now = await armingInTurn(() => ask("arming", { method: "PUT", body: plan }));
    savedAs(plan, planOf(now));
    onSaved(now);
    title.current?.focus(); // the button that saved is off now: go on where the list begins
    say(t("action.saved"));
  });
  const entries = (/** @type {any[]} */ calendar) => setPlan({ ...plan, calendar });
  const modes = Object.keys(plan.modes);
  const shown = isEdited ? blocksOf(plan, first) : blocks;
  const add = (/** @type {string} */ day, /** @type {string} */ start, /** @type {string} */ end) => entries([
    ...plan.calendar, { mode: modes.find((each) => each !== state.mode) ?? modes[0], rule: `FREQ=WEEKLY;BYDAY=${day}`, start, end, since: "2024-01-01" },
  ]);
  return html`<section>
    <header class="week-head"><h2>${t("week.title", { zone: plan.time_zone })}</h2>
      <button type="button" onClick=${() => onFirst(later(first, -7))}>${t("week.before")}</button>
      <button type="button" onClick=${() => onFirst(later(first, 7))}>${t("week.after")}</button></header>
    <${Grid} blocks=${shown} first=${first} modes=${modes} onAdd=${mayChange ? add : null} />
    <form class="calendar" onSubmit=${form.submit}>
      <h2 tabindex="-1" ref=${title}>${t("week.entries")}</h2>
      ${!plan.calendar.length && html`<p class="quiet">${t("week.no_entries", { mode: plan.otherwise ?? modes[0] })}</p>`}
      ${plan.calendar.map((/** @type {any} */ entry, /** @type {number} */ at) => html`<${Entry} key=${at} entry=${entry} modes=${modes} fixed=${!mayChange}
        onChange=${(/** @type {any} */ values) => entries(plan.calendar.map((/** @type {any} */ each, /** @type {number} */ i) => (i === at ? { ...each, ...values } : each)))}
        onRemove=${() => entries(plan.calendar.filter((/** @type {any} */ _each, /** @type {number} */ i) => i !== at))} />`)}
      <${Holidays} plan=${plan} modes=${modes} fixed=${!mayChange} onChange=${(/** @type {any[]} */ holidays) => setPlan({ ...plan, holidays })} />
      <${Wrong} text=${form.error} />
      ${mayChange && html`<footer><button type="button" onClick=${() => add("MO", "18:00", "07:00")}>${t("week.add")}</button>
        <button type="submit" class=${isEdited ? "main" : ""} disabled=${!isEdited || form.busy}>${t("action.save")}</button></footer>`}
    </form>
  </section>`;
}

/**
 * Days that have a mode of their own, whatever the week says.
 *
 * @param {{plan: any, modes: string[], fixed: boolean, onChange: (holidays: any[]) => void}} props
 */
function Holidays({ plan: { holidays }, modes, fixed, onChange }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const added = useRef(false);
  useEffect(() => {
    if (added.current) /** @type {HTMLElement | undefined} */ ([...list.current?.querySelectorAll("input") ?? []].pop())?.focus();
    added.current = false;
  }, [holidays.length]);
  if (fixed && !holidays.length) return null;
  const change = (/** @type {number} */ at, /** @type {any} */ values) => onChange(holidays.map((/** @type {any} */ each, /** @type {number} */ i) => (i === at ? { ...each, ...values } : each)));
  const dates = holidays.map((/** @type {any} */ each) => each.date);
  const add = () => {
    added.current = true;
    const tomorrow = later(dateOf(siteNow()), 1);
    const ahead = dates.filter((/** @type {string} */ date) => date >= tomorrow);
    onChange([...holidays, { date: nextFree(ahead, tomorrow), mode: modes[0] }]);
  };
  const isTwice = (/** @type {number} */ at) => dates.indexOf(dates[at]) < at;
  return html`<h2>${t("week.holidays")}</h2>
    ${!holidays.length && html`<p class="quiet">${t("week.no_holidays")}</p>`}
    <div class="holidays" ref=${list}>${holidays.map((/** @type {any} */ each, /** @type {number} */ at) => html`<fieldset key=${at} class="entry" disabled=${fixed}>
      <legend class="hidden">${each.date}</legend>
      <${Field} type="date" aria-label=${t("week.holiday")} fault=${isTwice(at) ? t("week.twice") : ""} value=${each.date} min=${FIRST_DATE} max=${LAST_DATE} required
        onInput=${(/** @type {any} */ event) => change(at, { date: event.target.value })} />
      <select aria-label=${t("week.mode")} value=${each.mode} onChange=${(/** @type {any} */ event) => change(at, { mode: event.target.value })}>
        ${modes.map((mode) => html`<option key=${mode} selected=${mode === each.mode}>${mode}</option>`)}</select>
      <button type="button" class="quiet" onClick=${() => onChange(holidays.filter((/** @type {any} */ _each, /** @type {number} */ i) => i !== at))}>${t("action.remove")}</button>
    </fieldset>`)}</div>
    ${!fixed && html`<p><button type="button" onClick=${add}>${t("week.add_holiday")}</button></p>`}`;
}

/** @param {{blocks: any[], first: string, modes: string[], onAdd: ((day: string, start: string, end: string) => void) | null}} props */
function Grid({ blocks, first, modes, onAdd }) {
  const days = WEEKDAYS.map((_day, i) => startOfDay(later(first, i)));
  const ends = [...days.slice(1), startOfDay(later(first, 7))];
  const words = blocks.map((each) => `${each.mode}: ${fullTime(each.from)} – ${fullTime(each.to)}`).join("; ");
  return html`<div class="week" role="img" aria-label=${words || t("none")}>
    <div class="hours" aria-hidden="true">${[0, 6, 12, 18, 24].map((hour) => html`<span key=${hour}>${String(hour).padStart(2, "0")}</span>`)}</div>
    ${days.map((begin, i) => html`<div key=${i} class="day">
      <span class="date">${shortDay(begin + 43_200)}</span>
      <${Column} begin=${begin} end=${ends[i]} blocks=${blocks} modes=${modes} onAdd=${onAdd && ((/** @type {string} */ start, /** @type {string} */ end) => onAdd(WEEKDAYS[i], start, end))} />
    </div>`)}
    <ul class="legend-modes">${modes.map((mode, i) => html`<li key=${mode}><i data-mode=${i % 6}></i>${mode}</li>`)}</ul>
  </div>`;
}

/** @param {{begin: number, end: number, blocks: any[], modes: string[], onAdd: ((start: string, end: string) => void) | null}} props */
function Column({ begin, end, blocks, modes, onAdd }) {
  const [from, setFrom] = useState(/** @type {number | null} */ (null));
  const hourAt = (/** @type {PointerEvent} */ event) => {
    const { top, height } = /** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect();
    return Math.min(Math.max(((event.clientY - top) / height) * 24, 0), 24);
  };
  const clock = (/** @type {number} */ hour) => `${String(Math.floor(hour % 24)).padStart(2, "0")}:00`;
  const up = (/** @type {PointerEvent} */ event) => {
    const to = hourAt(event);
    if (from !== null && onAdd && Math.abs(to - from) > 0.6) onAdd(clock(Math.min(from, to)), clock(Math.ceil(Math.max(from, to))));
    setFrom(null);
  };
  return html`<div class="column" onPointerDown=${onAdd && ((/** @type {PointerEvent} */ event) => setFrom(hourAt(event)))} onPointerUp=${onAdd && up}>
    ${blocks.filter((each) => each.from < end && each.to > begin).map((each) => html`<${Block} key=${each.from} mode=${modes.indexOf(each.mode)} name=${each.mode}
      from=${(Math.max(each.from, begin) - begin) / (end - begin)} to=${(Math.min(each.to, end) - begin) / (end - begin)} />`)}
  </div>`;
}

/** @param {{mode: number, name: string, from: number, to: number}} props */
function Block({ mode, name, from, to }) {
  const place = (/** @type {HTMLElement | null} */ block) => {
    if (!block) return;
    block.style.top = `${from * 100}%`;
    block.style.height = `${(to - from) * 100}%`;
  };
  return html`<span class="block" ref=${place} data-mode=${mode % 6} title=${name}></span>`;
}

/** @param {{entry: any, modes: string[], fixed: boolean, onChange: (values: any) => void, onRemove: () => void}} props */
function Entry({ entry, modes, fixed, onChange, onRemove }) {
  const days = simpleDays(entry.rule);
  const toggle = (/** @type {string} */ day) => {
    const next = WEEKDAYS.filter((each) => (each === day ? !days?.includes(day) : days?.includes(each)));
    if (next.length) onChange({ rule: `FREQ=WEEKLY;BYDAY=${next.join(",")}` });
  };
  return html`<fieldset class="entry" disabled=${fixed}><legend class="hidden">${entry.mode}</legend>
    <select aria-label=${t("week.mode")} value=${entry.mode} onChange=${(/** @type {any} */ event) => onChange({ mode: event.target.value })}>
      ${modes.map((mode) => html`<option key=${mode} selected=${mode === entry.mode}>${mode}</option>`)}</select>
    ${days ? html`<span class="days" role="group" aria-label=${t("week.days")}>${WEEKDAYS.map((day) => html`<button key=${day} type="button"
        aria-pressed=${days.includes(day)} onClick=${() => toggle(day)}>${t(`day.${day}`)}</button>`)}</span>`
    : html`<input aria-label=${t("week.rule")} value=${entry.rule} onInput=${(/** @type {any} */ event) => onChange({ rule: event.target.value })} />`}
    <${Field} type="time" aria-label=${t("week.start")} value=${entry.start} required onInput=${(/** @type {any} */ event) => onChange({ start: event.target.value })} />
    <span aria-hidden="true">–</span>
    <${Field} type="time" aria-label=${t("week.end")} value=${entry.end} required onInput=${(/** @type {any} */ event) => onChange({ end: event.target.value })} />
    <button type="button" class="quiet" onClick=${onRemove}>${t("action.remove")}</button>
  </fieldset>`;
}
