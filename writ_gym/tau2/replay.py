"""Replay of tool calls that tau2-bench recorded, through a domain's compatibility layer."""

import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from writ_gym.database import JSON, Database, Record
from writ_gym.errors import StoreError, ToolError, first_error
from writ_gym.lines import StrPath
from writ_gym.tau2.layer import Compat, FunctionCall, Recorded, compat_of, data_folder, run
from writ_gym.tau2.values import RandomIds, rendered

D = TypeVar("D", bound=Database)

DELETED = {"__deleted__": True}


class Answer(BaseModel):
    """What a call came to: the text, whether it is an error, and whether tau2 fixes the text."""

    model_config = ConfigDict(frozen=True)

    content: str
    error: bool
    fixed: bool = True


class RecordedCall(Recorded):
    """A tool call and what tau2 answered."""

    requestor: str = "assistant"
    name: str
    arguments: dict[str, Any]
    content: str
    error: bool


class Case(Recorded):
    """A recorded sequence of calls."""

    case: str
    domain: str = ""
    init: tuple[FunctionCall, ...] = ()
    calls: tuple[RecordedCall, ...]
    diff: dict[str, list[tuple[list[str | int], Any]]]
    assertions: tuple[FunctionCall, ...] = ()


@dataclass
class ReplayReport:
    """How many cases replay exactly, and what differs in the others."""

    cases: int = 0
    matched: int = 0
    mismatches: list[dict[str, JSON]] = field(default_factory=list)

    def to_json(self) -> dict[str, JSON]:
        """Return the report as JSON types."""
        return {"cases": self.cases, "matched": self.matched, "mismatches": self.mismatches}


def replay(domain: str, data: StrPath, vectors: Sequence[StrPath] = ()) -> ReplayReport:
    """Replay recorded calls and compare every answer, the final state and the assertions.

    Args:
        domain: Name of the domain.
        data: The folder that holds a folder for each domain.
        vectors: Files of cases; all of the domain's data folder if none are given.

    Raises:
        WritGymError: A file is missing or damaged; names it and the line.
    """
    compat = compat_of(domain)
    folder = data_folder(domain, data)
    files = list(map(Path, vectors)) or sorted(folder.glob("*.jsonl.gz"))
    if not files:
        raise StoreError(f"There are no recorded cases (*.jsonl.gz) in {folder}.")
    base = compat.load(folder)
    report = ReplayReport()
    for path in files:
        for case in read_cases(path):
            if case.domain not in ("", domain):
                raise StoreError(f"{path}: {case.case} is of the domain {case.domain!r}.")
            report.cases += 1
            found = [
                {"case": case.case, "where": where, "expected": expected, "got": got}
                for where, expected, got in _fewest_differences(compat, base, case)
            ]
            report.matched += not found
            report.mismatches += found
    return report


def read_cases(path: StrPath) -> Iterator[Case]:
    """Yield the cases of a JSONL file, compressed or not.

    Raises:
        StoreError: The file cannot be read, or a line is not a case; names the line.
    """
    path = Path(path)
    if path.is_dir():
        raise StoreError(f"{path} is a folder, not a file of recorded cases.")
    number = 0
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8") as lines
        ):
            for line in lines:
                number += 1
                if line.strip():
                    # Python's own reader: pydantic's refuses what tau2 was given and answered.
                    yield Case.model_validate(json.loads(line))
    except ValidationError as error:
        raise StoreError(f"{path}, line {number}: not a case: {first_error(error)}") from None
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise StoreError(f"Cannot read {path} after line {number}: {error}.") from None
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{path}, line {number}: not JSON ({error}).") from None


Difference = tuple[str, JSON, JSON]


def _fewest_differences(compat: Compat[D], base: D, case: Case) -> list[Difference]:
    fewest: list[Difference] | None = None
    for history in compat.histories:
        db = base.session()
        history(db)
        found = list(_differences(compat, base, db, case))
        if fewest is None or len(found) < len(fewest):
            fewest = found
        if not fewest:
            break
    return fewest or []


def _differences(compat: Compat[D], base: D, db: D, case: Case) -> Iterator[Difference]:
    ids = RandomIds(compat.random_ids)
    for index, action in enumerate(case.init):
        _, failure = run(compat, db, action)
        if failure:
            yield f"init[{index}]", "no error", failure
    for index, call in enumerate(case.calls):
        arguments = ids.translated(call.arguments)
        answer = dispatch(compat, db, call.requestor, call.name, arguments)
        ids.pair(call.content, answer.content)
        if answer.error != call.error:
            yield f"calls[{index}].error", call.error, answer.error
        elif not _same(call.error, ids.translated(call.content), answer):
            yield f"calls[{index}].content", call.content, answer.content
    for side in {"agent": (), **case.diff}:
        changed = state_difference(base, db, side, compat.states)
        got = {json.dumps(path): value for path, value in changed}
        wanted = {json.dumps(path): value for path, value in case.diff.get(side, ())}
        ids.pair(json.dumps(wanted, sort_keys=True), json.dumps(got, sort_keys=True))
        wanted = ids.translated(wanted)
        if _comparable(wanted) != _comparable(got):
            yield f"diff.{side}", _only(wanted, got), _only(got, wanted)
    for index, assertion in enumerate(case.assertions):
        result, failure = run(compat, db, assertion)
        passed = failure is None and result == assertion.assert_value
        if passed != assertion.passed:
            yield f"assertions[{index}]", assertion.passed, failure or passed


def _only(of: Mapping[str, JSON], other: Mapping[str, JSON]) -> dict[str, JSON]:
    return {
        path: value
        for path, value in of.items()
        if path not in other or _comparable(other[path]) != _comparable(value)
    }


def _comparable(value: JSON) -> JSON:
    """Return a value in which what is not a number, which equals nothing, is a text (W-5)."""
    return json.loads(json.dumps(value), parse_constant=str)


def dispatch(
    compat: Compat[D], db: D, requestor: str, name: str, arguments: Mapping[str, JSON]
) -> Answer:
    """Make a call as tau2 does: arguments unchecked, nothing rolled back, any error answered."""
    if collision := _collision(arguments):
        return _error(collision, fixed=False)
    tools = compat.tools.get(requestor)
    if tools is None:
        return _error("User tools not available")
    if name not in tools:
        return _error(f"Tool '{name}' not found.")
    try:
        result = tools[name](db, **arguments)
        compat.sync(db)
    except ToolError as error:
        return _error(str(error))
    except Exception as error:  # tau2 answers its own bugs, too
        return _error(str(error), fixed=False)
    return Answer(content=rendered(result), error=False)


def _collision(arguments: Mapping[str, JSON]) -> str | None:
    """QUIRK G-2: return what Python says of an argument named like one of tau2's dispatcher."""
    where, several = "Environment.make_tool_call()", "got multiple values for"
    if "requestor" in arguments:
        return f"tau2.environment.environment.{where} {several} keyword argument 'requestor'"
    taken = [name for name in arguments if name in ("self", "tool_name")]
    return f"{where} {several} argument '{taken[0]}'" if taken else None


def _error(text: str, fixed: bool = True) -> Answer:
    return Answer(content=f"Error: {text}", error=True, fixed=fixed)


_OF_PYTHON = re.compile(
    r"Error: (?:$|[a-z'\"(]|\d+ validation errors? for |[\w.]+\(\) |\S+ cannot be raised "
    r"|(?:\S+ argument|Value) after \*|Invalid star|Exceeds the limit|Parser stack)"
)
"""How errors of Python and pydantic begin; their texts differ between versions (QUIRK G-7). Those
of tau2 begin with a capital letter, or with an id that was given."""


def _same(error: bool, content: str, answer: Answer) -> bool:
    """Say whether an answer equals the recorded one, by value."""
    if answer.content == content:
        return True
    if error:
        return not answer.fixed and bool(_OF_PYTHON.match(content))
    return bool(_parsed(answer.content) == _parsed(content))


def _parsed(content: str) -> JSON:
    try:
        return json.loads(content, parse_constant=str)
    except ValueError:
        return content


def state_difference(
    base: Database,
    db: Database,
    side: str,
    states: Mapping[str, Callable[[Any], JSON]] | None = None,
) -> list[tuple[list[Any], JSON]]:
    """Return what ``db`` changed as tau2 records it: pairs of a path and the value now there.

    Args:
        base: The database at first.
        db: A session of it.
        side: Whose state it is, "agent" or "user".
        states: By side, what gives its whole state, where that is not the agent's tables.
    """
    if states and side in states:
        return list(_compare(states[side](base), states[side](db), []))
    if side != "agent":
        return []
    found: list[tuple[list[Any], JSON]] = []
    for (table, key), record in db.changes().items():
        before: Record | None = getattr(base, table).get(key)
        old = None if before is None else before.plain
        found += _compare(old, DELETED if record is None else record.plain, [table, key])
    return found


def _compare(old: JSON, new: JSON, path: list[Any]) -> Iterator[tuple[list[Any], JSON]]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict) and DELETED not in (old, new):
        for key in {**old, **new}:
            yield from _compare(old.get(key, DELETED), new.get(key, DELETED), [*path, key])
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _compare(before, after, [*path, index])
    else:
        yield path, new
