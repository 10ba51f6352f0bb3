"""Statistics as aligned text for a terminal."""

from collections.abc import Iterator, Sequence

from writ_gym.counting import number
from writ_gym.reports.statistics import KINDS, Statistics, spans

_TITLES = {
    "outcomes": "What the requests of a task come to",
    "reasons": "Why nothing may be written",
}


def tables(found: Statistics) -> str:
    """Return all statistics as text, a table after the other."""
    return "\n".join(_lines(found))


def _lines(found: Statistics) -> Iterator[str]:
    yield f"{found.counted} of {number(found.user_count, 'user')}"
    yield "\nWrite count (down) and evidence burden (across)"
    yield from plane(found)
    if found.rewards:
        yield "\nMean reward"
        yield from plane(found, rewards=True)
    for kind in KINDS:
        if found.counts[kind]:
            yield f"\n{_TITLES.get(kind, kind.capitalize())}"
            yield from _counts(found, kind)
    yield "\nDistributions"
    rows = [["", "min", "median", "mean", "p95", "max"]]
    for name, values in found.distributions().items():
        rows.append([_spelled(name), *(f"{value:,.6g}" for value in values.values())])
    yield from aligned(rows)
    yield "\nTexts of the scenarios, numbers masked"
    texts = found.text_figures()
    yield from aligned([[_spelled(name), f"{value:,}"] for name, value in texts.items()])


def plane(found: Statistics, rewards: bool = False) -> Iterator[str]:
    """Yield the plane as a table: counts, or mean rewards."""
    writes, burdens = spans(found.plane)
    rows = [["", *map(str, burdens)] + ([] if rewards else ["all"])]
    for write in writes:
        if rewards:
            means = [found.mean_reward((write, burden)) for burden in burdens]
            rows.append([str(write), *("" if mean is None else f"{mean:.2f}" for mean in means)])
        else:
            counts = [found.plane[write, burden] for burden in burdens]
            rows.append([str(write), *(str(n) if n else "." for n in [*counts, sum(counts)])])
    if not rewards:
        totals = [sum(found.plane[write, burden] for write in writes) for burden in burdens]
        rows.append(["all", *map(str, totals), str(found.count)])
    yield from aligned(rows)


def _counts(found: Statistics, kind: str) -> Iterator[str]:
    counter = found.counts[kind]
    rows = [
        [name, str(count), f"{count / counter.total():.1%}"]
        for name, count in counter.most_common()
    ]
    yield from aligned(rows)


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield rows as lines, the first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  ".join(["  " + row[0].ljust(widths[0]), *cells]).rstrip()


def _spelled(name: str) -> str:
    return name.replace("_", " ")
