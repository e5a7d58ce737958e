"""Ten thousand alerts for the page's inbox: one recorded answer of the service, dealt out anew."""

import json

from support.page_site import PageSite, made_alert

COUNT = 10_000
_SCRIPT = """
const deal = (row, i) => ({
  ...row, id: `many-${i}`, camera: `camera-${i % 16}`, person: `camera-${i % 16}/s1/1`,
  opened_at: row.opened_at - i * 400, closed_at: row.opened_at - i * 400 + 5,
});
const plain = fetch;
window.fetch = (address, options) => {
  const url = new URL(address);
  if (url.pathname.endsWith('/alerts')) {
    const alerts = url.searchParams.has('state') ? [] : Array.from({ length: COUNT }, (_, i) => deal(ROW, i));
    return Promise.resolve(new Response(JSON.stringify({ alerts, next: null })));
  }
  url.pathname = url.pathname.replace(/many-[0-9]+/, ROW.id);
  return plain(url, options);
};
"""  # noqa: E501 -- a script


def many_alerts(site: PageSite, count: int = COUNT) -> str:
    """Return the script that gives a page so many closed alerts, named `many-0` the newest."""
    made = site.put(made_alert(9000, "fall", closed_after_s=5.0))
    (row,) = (
        each for each in site.service.http.get("/alerts").json()["alerts"] if each["id"] == made.id
    )
    return _SCRIPT.replace("COUNT", str(count)).replace("ROW", json.dumps(row))
