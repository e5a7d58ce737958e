"""What forms say of what is typed, the same in every browser."""

import json

from support.page_acts import fill, focused, go, has, lacks, press
from support.page_driver import Driver

WHAT_IS_SAID = """(() => {
  const fields = [...document.querySelectorAll('form [aria-invalid=true]')];
  const described = (field) => field.getAttribute('aria-describedby').split(' ')
    .map((id) => document.getElementById(id));
  return JSON.stringify(fields.map((field) => [
    field.name, ...described(field).filter((each) => each.role === 'alert')
      .map((each) => each.textContent),
  ]));
})()"""


def in_language(driver: Driver, url: str, language: str) -> None:
    """Read the page in a language."""
    go(driver, url, "settings?tab=own")
    driver.click(f"input[name=language][value={language}]")
    driver.becomes(f"document.documentElement.lang === '{language}'")


def faults(driver: Driver) -> dict[str, str]:
    """Return what the form says of each of its fields."""
    return dict(json.loads(driver.value(WHAT_IS_SAID)))


def send_camera(driver: Driver, name: str, source: str) -> None:
    """Send the form of a new camera, in Korean."""
    fill(driver, "input[name=name]", name)
    fill(driver, "input[name=source]", source)
    press(driver, "카메라 추가")


def send_nothing(driver: Driver, url: str) -> dict[str, str]:
    """Send the form of a new camera empty, in Korean; return what it says."""
    go(driver, url, "cameras/+")
    has(driver, "form input[name=name]")
    press(driver, "카메라 추가")
    has(driver, "form [role=alert]")
    focused(driver, "input[name=name]")
    return faults(driver)


def type_name(driver: Driver, name: str) -> dict[str, str]:
    """Type a camera's name; return what the form says."""
    fill(driver, "input[name=name]", name)
    lacks(driver, "form .field:has(input[name=name]) [role=alert]", "채우십시오")
    return faults(driver)
