"""Requests of clients and people: scores, sockets, sign-ins, the audit log."""

from service.adapters.metrics.definition import API, SITE, Metric

ACCESS_METRICS = (
    Metric(
        "score_requests_total",
        "counter",
        API,
        ("outcome",),
        "POST /score by outcome: `refused` the request is not valid, `busy` the queue was full, "
        "`expired` its turn did not come in time, `no_worker` none answered in time, `gone` its "
        "client left first.",
        {"outcome": ("ok", "refused", "busy", "expired", "no_worker", "gone", "error")},
    ),
    Metric(
        "score_requests_waiting",
        "gauge",
        API,
        (),
        "Requests of POST /score that wait for their turn.",
    ),
    Metric(
        "ws_clients",
        "gauge",
        API,
        ("feed",),
        "Open WebSocket clients.",
        {"feed": ("alerts", "live")},
    ),
    Metric(
        "ws_dropped_total",
        "counter",
        API,
        ("reason",),
        "Clients whose socket we closed: `slow` did not keep up, `store` Redis did not answer, "
        "`refused` a wrong key or message, `origin` a page of another host that "
        "`allowed_origins` does not name.",
        {"reason": ("slow", "store", "refused", "origin")},
    ),
    Metric(
        "access_refused_total",
        "counter",
        API,
        ("reason",),
        "Requests that were refused: `unknown` without a key or session that holds, `right` by one "
        "who lacks the right, `page` a change from another site's page.",
        {"reason": ("unknown", "right", "page")},
    ),
    Metric(
        "sign_ins_total",
        "counter",
        API,
        ("outcome",),
        "Attempts to sign in with a password; `waiting` came before its time, and was not tried.",
        {"outcome": ("ok", "wrong", "waiting")},
    ),
    Metric("audit_entries_total", "counter", SITE, (), "Entries written into the audit log."),
    Metric(
        "audit_entries_waiting",
        "gauge",
        SITE,
        (),
        "Audit entries that wait until the archive's database answers; at most 10 000.",
    ),
    Metric(
        "audit_entries_dropped_total",
        "counter",
        SITE,
        (),
        "Audit entries that were lost because too many waited; the service's log names them.",
    ),
)
