"""A reader of Server-Timing headers, as strict as their grammar: https://www.w3.org/TR/server-timing/#the-server-timing-header-field"""

import re

TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
QUOTED = r'"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"'
PARAMETER = rf"[ \t]*;[ \t]*{TOKEN}[ \t]*=[ \t]*(?:{TOKEN}|{QUOTED})"
METRIC = rf"{TOKEN}(?:{PARAMETER})*"
HEADER = re.compile(rf"{METRIC}(?:[ \t]*,[ \t]*{METRIC})*")
DURATION = re.compile(r";dur=(\d+\.\d{3})")


def read_server_timing(header: str) -> dict[str, float | None]:
    """The metrics of a header by name, each with its duration in milliseconds or None, in their order; fails where the
    header is not what the grammar says, names one twice, or its phases exceed the total.
    """
    assert HEADER.fullmatch(header), header
    metrics: dict[str, float | None] = {}
    for metric in re.split(r"[ \t]*,[ \t]*", header):
        name = metric.partition(";")[0]
        assert name not in metrics, header
        found = DURATION.fullmatch(metric, len(name))
        assert found or metric == name, header
        metrics[name] = float(found[1]) if found else None
    durations = {name: round(1000 * spent) for name, spent in metrics.items() if spent is not None}
    assert sum(durations.values()) - durations["total"] <= durations["total"], header
    return metrics
