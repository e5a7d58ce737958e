"""An inbox of ten thousand alerts, of which only those on screen are there."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from support.many_alerts import COUNT, many_alerts
from support.page_site import PageSite

pytestmark = pytest.mark.slow
# Where it is scrolled to, and which rows are in sight; fast scrolling leaves no gap either.
IN_SIGHT = """async (part) => {
  const box = document.querySelector('.rows');
  box.scrollTop = part * (box.scrollHeight - box.clientHeight);
  const frame = () => new Promise(requestAnimationFrame);
  for (let turn = 0; turn < 4; turn += 1) await frame();
  const { top, bottom } = box.getBoundingClientRect();
  const rows = [...box.querySelectorAll('.placed')]
    .map((each) => [each, each.getBoundingClientRect()])
    .filter(([, place]) => place.bottom > top && place.top < bottom)
    .sort(([, one], [, other]) => one.top - other.top);
  const gaps = rows.slice(1).map(([, place], i) => Math.abs(place.top - rows[i][1].bottom));
  return {
    numbers: rows.map(([each]) => each.querySelector('[data-row]')?.dataset.row).filter(Boolean)
      .map((name) => Number(name.split('-')[1])),
    gap: Math.max(...gaps), covered: rows[0][1].top <= top && rows.at(-1)[1].bottom >= bottom - 1,
    elements: box.querySelectorAll('*').length,
  };
}"""


def test_ten_thousand_rows_are_a_screen_of_them(site: PageSite, visit: Callable[..., Page]) -> None:
    """Wherever one scrolls, the right rows follow each other there, and few elements exist."""
    page = visit("alerts", scripts=[many_alerts(site)])
    expect(page.locator("[data-row='many-0']")).to_be_visible()

    seen = {part: page.evaluate(IN_SIGHT, part) for part in (0.0, 0.1, 0.5, 0.9, 1.0)}

    for part, found in seen.items():
        numbers = found["numbers"]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), part
        assert abs(numbers[0] - part * COUNT) < 0.02 * COUNT, part
        assert found["gap"] <= 1, part
        assert found["covered"] or part in (0.0, 1.0), part
        assert found["elements"] < 2000, part
    assert seen[0.0]["numbers"][0] == 0
    assert seen[1.0]["numbers"][-1] == COUNT - 1


def test_the_chosen_row_keeps_the_focus_however_far_one_scrolls(
    site: PageSite, visit: Callable[..., Page]
) -> None:
    """Its element stays, so that the next key goes on from it."""
    page = visit("alerts", scripts=[many_alerts(site)])
    page.locator("[data-row='many-3']").focus()

    for part in (0.5, 0.0, 1.0):
        page.evaluate(IN_SIGHT, part)
        assert page.evaluate("document.activeElement.dataset.row") == "many-3"
    page.keyboard.press("j")

    expect(page.locator("[data-row='many-4']")).to_be_focused()
