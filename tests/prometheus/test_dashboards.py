"""What Grafana is given, without a Grafana."""

import re
from itertools import combinations
from pathlib import Path
from typing import Any

import yaml

from service.adapters.metrics.catalogue import METRICS
from service.adapters.metrics.definition import PREFIX

INPUT = "DS_PROMETHEUS"


def test_both_dashboards_are_there(dashboards: dict[str, Any], docker: Path) -> None:
    """Site and Pipeline have fixed addresses, and the provider looks where they are mounted."""
    provider = yaml.safe_load(
        (docker / "grafana" / "provisioning" / "dashboards" / "posewarden.yml").read_text()
    )

    assert {name: each["uid"] for name, each in dashboards.items()} == {
        "site": "posewarden-site",
        "pipeline": "posewarden-pipeline",
    }
    assert provider["providers"][0]["type"] == "file"


def test_panels_ask_the_source_that_is_chosen(dashboards: dict[str, Any], docker: Path) -> None:
    """Importing asks for the data source; provisioned, a variable of that name has the default."""
    sources = docker / "grafana" / "provisioning" / "datasources" / "prometheus.yml"
    (source,) = yaml.safe_load(sources.read_text())["datasources"]
    assert (source["type"], source["isDefault"]) == ("prometheus", True)

    for dashboard in dashboards.values():
        (asked,) = dashboard["__inputs"]
        assert (asked["name"], asked["pluginId"]) == (INPUT, "prometheus")
        chosen, *variables = dashboard["templating"]["list"]
        assert (chosen["type"], chosen["name"], chosen["query"]) == (
            "datasource",
            INPUT,
            "prometheus",
        )
        asking = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
        asking += [target for panel in asking for target in panel["targets"]]
        asking += variables
        assert {each["datasource"]["uid"] for each in asking} == {f"${{{INPUT}}}"}


def test_panels_have_their_own_place(dashboards: dict[str, Any]) -> None:
    """No two panels share an id or a spot of the grid; all fit its 24 columns."""
    for dashboard in dashboards.values():
        panels = dashboard["panels"]
        assert len({panel["id"] for panel in panels}) == len(panels)
        for panel in panels:
            assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24, panel["title"]
        for one, other in combinations(panels, 2):
            assert not _overlap(one["gridPos"], other["gridPos"]), (one["title"], other["title"])


def test_every_metric_is_looked_at(queries: list[tuple[str, str]]) -> None:
    """No dashboard asks for what nobody tells, and what is told stands in one of them."""
    told = {PREFIX + metric.name for metric in METRICS}
    asked = {
        name if name in told else re.sub("_(bucket|sum|count)$", "", name)
        for _, query in queries
        for name in re.findall(rf"\b{PREFIX}\w+", query)
    }

    assert asked == told


def _overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    return all(
        one[start] < other[start] + other[size] and other[start] < one[start] + one[size]
        for start, size in (("x", "w"), ("y", "h"))
    )
