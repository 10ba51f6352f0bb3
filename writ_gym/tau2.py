"""Replay of tool calls that tau2-bench recorded, through a domain's compatibility layer.

The domains do the right thing; a compatibility layer (``writ_gym.domains.NAME.tau2.COMPAT``) does
what tau2-bench does, its quirks included, and serves this replay alone.
"""

import gzip
import json
import re
import tomllib
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from writ_gym.arithmetic import calculate
from writ_gym.database import JSON, Changes, Database, Record
from writ_gym.errors import StoreError, ToolError, WritGymError, first_error
from writ_gym.tasks import Call, Task
from writ_gym.tau2_values import RandomIds, rendered

D = TypeVar("D", bound=Database)

Functions = Mapping[str, Callable[..., Any]]
"""Python functions by name; the database comes first, everything else by keyword."""

DELETED = {"__deleted__": True}


@dataclass(frozen=True)
class Start:
    """What a recorded task begins with."""

    caller: str = ""
    """Who the user is, where the user has tools."""
    identification: tuple[Call, ...] = ()
    """The reads that find out who that is."""
    records: Changes = field(default_factory=dict)
    """The records that are not as they are in the database."""


@dataclass(frozen=True)
class Compat(Generic[D]):
    """What a domain's tau2 layer provides."""

    load: Callable[[Path], D]
    """Loads the database from the domain's data folder."""
    tools: Mapping[str, Functions]
    """By requestor ("assistant", "user"), the tools."""
    functions: Mapping[str, Functions] = field(default_factory=dict)
    """By side, what initial actions and assertions may call beside the tools."""
    sync: Callable[[D], None] = lambda db: None
    """Runs after every call."""
    states: Mapping[str, Callable[[D], JSON]] = field(default_factory=dict)
    """By side ("agent", "user"), the whole state as tau2 has it; only for where that is not the
    agent's tables, by key."""
    random_ids: re.Pattern[str] | None = None
    """What the ids look like that tau2 draws at random."""
    histories: Sequence[Callable[[D], None]] = (lambda db: None,)
    """What earlier cases may have left behind in tau2's process. Which they did is not recorded:
    a case has to match after one of them."""
    world: Callable[[Path], Database] | None = None
    """Loads the database that tasks are played in with the domain's own tools, if it is another."""
    start: Callable[[D], "Start"] | None = None
    """Says what that database is like after the initial actions of a task, if there are any."""


def as_method(of: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` under the name that Python's own argument errors show in tau2."""
    function.__qualname__ = f"{of}.{function.__name__}"
    return function


def compute(expression: Any) -> str:
    """Compute an expression as tau2's ``calculate`` does: every character is checked first.

    Raises:
        ToolError: A character is none of arithmetic.
        TypeError: It is not a string.
        ValueError: It cannot be computed; the text is Python's in tau2.
    """
    if not all(character in "0123456789+-*/(). " for character in expression):
        raise ToolError("Invalid characters in expression")
    if not isinstance(expression, str):
        raise TypeError("eval() arg 1 must be a string, bytes or code object")
    try:
        return calculate(expression)
    except ToolError as error:
        raise ValueError(str(error)) from None


def compat_of(domain: str) -> Compat[Any]:
    """Return the compatibility layer of a domain.

    Raises:
        WritGymError: The domain has none.
    """
    name = f"writ_gym.domains.{domain}.tau2"
    try:
        compat: Compat[Any] = import_module(name).COMPAT
    except ModuleNotFoundError as error:
        if error.name not in (name, name.removesuffix(".tau2")):
            raise
        raise WritGymError(f"The domain {domain!r} cannot replay tau2's records.") from None
    return compat


def data_folder(domain: str, data: Path) -> Path:
    """Return the folder of a domain's data.

    Raises:
        StoreError: There is none.
    """
    folder = data / domain
    if not folder.is_dir():
        raise StoreError(f"There is no folder {folder}: --data is the folder that holds {domain}/.")
    return folder


def load_database(domain: str, data: Path) -> Any:
    """Return tau2's database of a domain.

    Raises:
        StoreError: The file is missing or not readable.
        DatabaseError: It breaks the schema.
    """
    compat = compat_of(domain)
    return (compat.world or compat.load)(data_folder(domain, data))


def start_of(domain: str, data: Path, tasks: Sequence["Tau2Task"]) -> Iterator[Start]:
    """Yield what tasks begin with: the database after their initial actions.

    Raises:
        WritGymError: An action fails; names the task.
    """
    compat = compat_of(domain)
    base = compat.load(data_folder(domain, data)) if compat.start else None
    for task in tasks:
        if base is None or compat.start is None:
            yield Start()
            continue
        db = base.session()
        for action in task.initial_actions:
            _, failure = _run(compat, db, action)
            if failure:
                raise WritGymError(f"{task.id} cannot begin: {action.func_name}: {failure}")
        yield compat.start(db)


def holds(task: Task, session: Database) -> bool | None:
    """Say whether what a task asserts of its final state is true; None if it asserts nothing."""
    if not task.assertions:
        return None
    functions = compat_of(task.domain).functions
    return all(
        functions[each.side][each.name](session, **each.arguments) == each.value
        for each in task.assertions
    )


def read_json(path: Path) -> JSON:
    """Return what a JSON file holds.

    Raises:
        StoreError: It is missing, or not JSON.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise StoreError(f"Cannot read {path}: {error.strerror}.") from None
    except ValueError as error:
        raise StoreError(f"{path}: not JSON ({error}).") from None


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a TOML file holds.

    Raises:
        StoreError: It is missing, or not TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise StoreError(f"Cannot read {path}: {error.strerror}.") from None
    except ValueError as error:
        raise StoreError(f"{path}: not TOML ({error}).") from None


class Answer(BaseModel):
    """What a call came to: the text, whether it is an error, and whether tau2 fixes the text."""

    model_config = ConfigDict(frozen=True)

    content: str
    error: bool
    fixed: bool = True


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class RecordedCall(_Model):
    """A tool call and what tau2 answered."""

    requestor: str = "assistant"
    name: str
    arguments: dict[str, Any]
    content: str
    error: bool


class FunctionCall(_Model):
    """A call of a tool or helper by the environment itself."""

    env_type: str
    func_name: str
    arguments: dict[str, Any]
    assert_value: bool = True
    passed: bool = True


class Case(_Model):
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


def replay(domain: str, data: Path, vectors: Sequence[Path] = ()) -> ReplayReport:
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
    files = list(vectors) or sorted(folder.glob("*.jsonl.gz"))
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


def read_cases(path: Path) -> Iterator[Case]:
    """Yield the cases of a JSONL file, compressed or not.

    Raises:
        StoreError: The file cannot be read, or a line is not a case; names the line.
    """
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
        _, failure = _run(compat, db, action)
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
        if wanted != got:
            yield f"diff.{side}", _only(wanted, got), _only(got, wanted)
    for index, assertion in enumerate(case.assertions):
        result, failure = _run(compat, db, assertion)
        passed = failure is None and result == assertion.assert_value
        if passed != assertion.passed:
            yield f"assertions[{index}]", assertion.passed, failure or passed


def _only(of: Mapping[str, JSON], other: Mapping[str, JSON]) -> dict[str, JSON]:
    return {path: value for path, value in of.items() if path not in other or other[path] != value}


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
    r"|(?:\S+ argument|Value) after \*|Exceeds the limit|Parser stack)"
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
        return json.loads(content)
    except ValueError:
        return content


def _run(compat: Compat[D], db: D, call: FunctionCall) -> tuple[Any, str | None]:
    """Return what a function of the environment returns, and its error if it raises."""
    functions = {**compat.tools.get(call.env_type, {}), **compat.functions.get(call.env_type, {})}
    if call.func_name not in functions:
        return None, f"there is no function {call.func_name!r} for {call.env_type!r}"
    try:
        result = functions[call.func_name](db, **call.arguments)
        compat.sync(db)
    except Exception as error:  # reported as a difference of the case
        return None, f"{type(error).__name__}: {error}"
    return result, None


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


class _Action(_Model):
    name: str
    arguments: dict[str, Any] = {}
    requestor: str = "assistant"


class _Instructions(_Model):
    reason_for_call: str | None = None
    known_info: str | None = None


class _Scenario(_Model):
    instructions: _Instructions | str


class _Criteria(_Model):
    actions: tuple[_Action, ...] | None = None
    communicate_info: tuple[str, ...] | None = None
    env_assertions: tuple[FunctionCall, ...] | None = None


class _Initial(_Model):
    initialization_actions: tuple[FunctionCall, ...] | None = None


class Tau2Task(_Model):
    """A task of tau2-bench, as far as it is used here."""

    id: str
    user_scenario: _Scenario
    evaluation_criteria: _Criteria | None = None
    initial_state: _Initial | None = None

    @property
    def initial_actions(self) -> tuple[FunctionCall, ...]:
        """What is done before the conversation begins."""
        return (self.initial_state or _Initial()).initialization_actions or ()

    @property
    def assertions(self) -> tuple[FunctionCall, ...]:
        """What has to be so at the end."""
        return (self.evaluation_criteria or _Criteria()).env_assertions or ()

    @property
    def reason_for_call(self) -> str:
        """What the user wants, addressed to the user."""
        instructions = self.user_scenario.instructions
        if isinstance(instructions, str):
            return instructions
        return instructions.reason_for_call or ""

    @property
    def known_info(self) -> str:
        """What the user knows of themselves, addressed to the user."""
        instructions = self.user_scenario.instructions
        return "" if isinstance(instructions, str) else instructions.known_info or ""

    @property
    def actions(self) -> list[tuple[str, dict[str, Any]]]:
        """The reference calls of both sides, in order."""
        criteria = self.evaluation_criteria or _Criteria()
        return [(action.name, action.arguments) for action in criteria.actions or ()]

    @property
    def communicate_info(self) -> tuple[str, ...]:
        """What the agent has to tell."""
        return (self.evaluation_criteria or _Criteria()).communicate_info or ()


def load_tasks(domain: str, data: Path) -> list[Tau2Task]:
    """Return the tasks in a domain's ``tasks*.json``, each id once.

    Raises:
        StoreError: There is no such file, or it does not hold tasks.
    """
    folder = data_folder(domain, data)
    files = sorted(folder.glob("tasks*.json"))
    if not files:
        raise StoreError(f"There are no tasks (tasks*.json) in {folder}.")
    tasks: dict[str, Tau2Task] = {}
    for path in files:
        rows = read_json(path)
        if not isinstance(rows, list):
            raise StoreError(f"{path}: expected a list of tasks, got {type(rows).__name__}.")
        for index, row in enumerate(rows):
            try:
                task = Tau2Task.model_validate(row)
            except ValidationError as error:
                raise StoreError(f"{path}, task {index}: {first_error(error)}") from None
            tasks.setdefault(task.id, task)
    return list(tasks.values())
