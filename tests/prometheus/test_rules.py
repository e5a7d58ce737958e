"""Prometheus' own checker over what the site's Prometheus is given."""

import re
import shutil
import subprocess
from pathlib import Path

import yaml

from service.adapters.metrics.catalogue import METRICS
from service.adapters.metrics.definition import PREFIX

UNIT_TESTS = tuple(
    Path(__file__).with_name(name) for name in ("posewarden_test.yml", "posewarden_hours_test.yml")
)
SUFFIXES = "(_bucket|_sum|_count)?"


def check(*command: str | Path) -> None:
    """Run promtool; show what it says if it is not content."""
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_configuration_is_valid(promtool: str, docker: Path, tmp_path: Path) -> None:
    """With the API key's file in place `promtool check config` is content, rules included."""
    folder = shutil.copytree(docker / "prometheus", tmp_path / "prometheus")
    (folder / "secrets").mkdir(exist_ok=True)
    (folder / "secrets" / "api_key").write_text("a-key-of-the-site")

    for name in ("prometheus.yml", "single.yml"):
        check(promtool, "check", "config", folder / name)


def test_the_rules_do_what_they_say(promtool: str, docker: Path, tmp_path: Path) -> None:
    """The unit tests beside this file: every alert fires in time, and is silent at a calm site."""
    rules = docker / "prometheus" / "rules" / "posewarden.yml"
    check(promtool, "check", "rules", rules)
    shutil.copy(rules, tmp_path)

    check(promtool, "test", "rules", *(shutil.copy(file, tmp_path) for file in UNIT_TESTS))


def test_every_alert_is_tested_and_tells_what_to_do(docker: Path) -> None:
    """No rule without a case in which it fires, a severity, and a description."""
    content = yaml.safe_load((docker / "prometheus" / "rules" / "posewarden.yml").read_text())
    rules = [rule for group in content["groups"] for rule in group["rules"] if "alert" in rule]
    cases = [
        case
        for file in UNIT_TESTS
        for test in yaml.safe_load(file.read_text())["tests"]
        for case in test["alert_rule_test"]
    ]
    names = {rule["alert"] for rule in rules}

    assert {case["alertname"] for case in cases if case.get("exp_alerts")} == names
    assert {case["alertname"] for case in cases if not case.get("exp_alerts")} >= names
    for rule in rules:
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert len(rule["annotations"]["description"]) > 30


def test_rules_ask_for_metrics_that_exist(docker: Path) -> None:
    """A rule about a renamed metric would be silent for ever."""
    text = (docker / "prometheus" / "rules" / "posewarden.yml").read_text()
    known = "|".join(PREFIX + metric.name for metric in METRICS)
    asked = set(re.findall(rf"(?<!:)\b{PREFIX}\w+", text)) - {"posewarden_up"}

    assert {name for name in asked if not re.fullmatch(f"({known}){SUFFIXES}", name)} == set()
