"""An evaluation as aligned text for a terminal."""

from collections.abc import Iterator, Mapping

from writ_gym.counting import number
from writ_gym.evaluation.comparison import Comparison
from writ_gym.evaluation.figures import Evaluation, Group, Means, Rate
from writ_gym.reports.statistics import spans
from writ_gym.reports.tables import aligned

_MISSING = ("user_error", "agent_error", "infra_error", "timeout", "not_played")


def score_tables(found: Evaluation) -> str:
    """Return an evaluation as text, a table after the other."""
    return "\n".join(_lines(found))


def _lines(found: Evaluation) -> Iterator[str]:
    total, episodes = found.total, found.total.episodes
    tasks, trials, k = found.plan.tasks, found.plan.trials, _first(total).k
    yield (
        f"{number(tasks, 'task')}, {number(trials, 'episode')} each: {episodes.passed} of "
        f"{number(episodes.scored, 'scored episode')} passed"
    )
    if episodes.missing:
        why = ", ".join(
            f"{count} {_spelled(name)}" for name in _MISSING if (count := getattr(episodes, name))
        )
        planned = number(episodes.planned, "planned episode")
        yield f"without a score: {episodes.missing} of {planned} ({why})"
    yield ""
    yield from aligned(list(_rates(found, total)))
    yield f"\npass^{k} (and tasks) by write count (down) and evidence burden (across)"
    yield from _plane(found)
    for title, groups in (
        ("Domains", found.domains), ("Intents", found.intents),
        ("Why nothing may be written", found.reasons), ("Behaviours", found.behaviours),
    ):  # fmt: skip
        if len(groups) > 1:
            yield f"\n{title}"
            yield from _groups(groups)
    if total.causes:
        yield "\nMain causes of failure"
        yield from _causes(found)
    if total.means:
        yield "\nMeans of an episode"
        yield from aligned(list(_means(total.means)))


def comparison_tables(found: Comparison) -> str:
    """Return a comparison as text."""
    return "\n".join(_compared(found))


def _compared(found: Comparison) -> Iterator[str]:
    common = number(found.tasks, "task")
    yield f"{common} in common: {found.better} better here, {found.worse} worse"
    if found.only_here or found.only_there:
        here = number(found.only_here, "task")
        yield f"left out: {here} only here, {found.only_there} only there"
    yield ""
    rows = [["", "here", "there", "difference", f"{found.level:.0%} interval", "tasks"]]
    for name, differences in (("pass^", found.pass_hat), ("pass@", found.pass_at)):
        rows += [
            [f"{name}{each.k}", _share(each.here), _share(each.there), _signed(each.value),
             f"{_signed(each.low)} to {_signed(each.high)}", str(each.tasks)]
            for each in differences
        ]  # fmt: skip
    yield from aligned(rows)
    yield "\nDifference in pass^1 (and tasks) by write count (down) and evidence burden (across)"
    cells = {(cell.write_count, cell.evidence_burden): cell for cell in found.cells}
    yield from _grid({at: f"{_signed(cell.value)} ({cell.tasks})" for at, cell in cells.items()})


def _rates(found: Evaluation, total: Group) -> Iterator[list[str]]:
    head = ["", "value", f"{found.level:.0%} interval", "tasks"]
    missing = total.episodes.missing > 0
    yield [*head, "left out", "bounds"] if missing else head
    for name, rates in (("pass^", total.pass_hat), ("pass@", total.pass_at)):
        for rate in rates:
            row = [f"{name}{rate.k}", _share(rate.value), _range(rate.low, rate.high),
                   str(rate.tasks)]  # fmt: skip
            yield [*row, str(rate.left_out), _range(rate.least, rate.most)] if missing else row


def _plane(found: Evaluation) -> Iterator[str]:
    cells = {(cell.write_count, cell.evidence_burden): cell for cell in found.cells}
    yield from _grid(
        {at: f"{_share(_first(cell).value)} ({cell.tasks})" for at, cell in cells.items()}
    )


def _grid(texts: Mapping[tuple[int, int], str]) -> Iterator[str]:
    """Yield the plane with a text in each cell that has one."""
    if texts:
        writes, burdens = spans(texts)
        rows = ([str(w), *(texts.get((w, b), ".") for b in burdens)] for w in writes)
        yield from aligned([["", *map(str, burdens)], *rows])


def _groups(groups: Mapping[str, Group]) -> Iterator[str]:
    k = _first(next(iter(groups.values()))).k
    rows = [["", f"pass^{k}", "interval", "tasks"]]
    for name, group in groups.items():
        rate = _first(group)
        rows.append([name, _share(rate.value), _range(rate.low, rate.high), str(group.tasks)])
    yield from aligned(rows)


def _causes(found: Evaluation) -> Iterator[str]:
    causes, failed = found.total.causes, sum(found.total.causes.values())
    yield from aligned(
        [[_spelled(cause), str(count), f"{count / failed:.1%}", f"such as {found.examples[cause]}"]
         for cause, count in causes.items()]
    )  # fmt: skip


def _means(means: Means) -> Iterator[list[str]]:
    sides = {"agent": means.agent, "user": means.user}
    yield from _figures(means.model_dump(exclude=set(sides)))
    for side, use in sides.items():
        if use is not None:
            yield from _figures({f"{side}'s {n}": value for n, value in use.model_dump().items()})


def _figures(values: Mapping[str, float | None]) -> Iterator[list[str]]:
    for name, value in values.items():
        yield [_spelled(name), "unknown" if value is None else f"{value:,.4g}"]


def _first(group: Group) -> Rate:
    """Return pass^k of the smallest k."""
    return group.pass_hat[0]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.3f}"


def _range(low: float | None, high: float | None) -> str:
    return "-" if low is None else f"{_share(low)}-{_share(high)}"


def _spelled(name: str) -> str:
    return name.replace("_", " ")
