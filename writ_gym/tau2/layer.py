"""tau2-bench's databases and tasks, and a domain's compatibility layer with it.

The domains do the right thing; a compatibility layer (``writ_gym.domains.NAME.tau2.COMPAT``) does
what tau2-bench does, its quirks included, and serves the replay of its records alone.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from writ_gym.arithmetic import calculate
from writ_gym.database import JSON, Changes, Database
from writ_gym.errors import StoreError, ToolError, WritGymError, first_error
from writ_gym.lines import StrPath
from writ_gym.tasks import Call, Instructions, Task

D = TypeVar("D", bound=Database)

Functions = Mapping[str, Callable[..., Any]]
"""Python functions by name; the database comes first, everything else by keyword."""


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


def data_folder(domain: str, data: StrPath) -> Path:
    """Return the folder of a domain's data.

    Raises:
        StoreError: There is none.
    """
    folder = Path(data) / domain
    if not folder.is_dir():
        raise StoreError(f"There is no folder {folder}: --data is the folder that holds {domain}/.")
    return folder


def load_database(domain: str, data: StrPath) -> Any:
    """Return tau2's database of a domain.

    Raises:
        StoreError: The file is missing or not readable.
        DatabaseError: It breaks the schema.
    """
    compat = compat_of(domain)
    return (compat.world or compat.load)(data_folder(domain, data))


def start_of(domain: str, data: StrPath, tasks: Sequence["Tau2Task"]) -> Iterator[Start]:
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
            _, failure = run(compat, db, action)
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


class Recorded(BaseModel):
    """Something that tau2 wrote; what else it holds does not matter."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class FunctionCall(Recorded):
    """A call of a tool or helper by the environment itself."""

    env_type: str
    func_name: str
    arguments: dict[str, Any]
    assert_value: bool = True
    passed: bool = True


def run(compat: Compat[D], db: D, call: FunctionCall) -> tuple[Any, str | None]:
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


class _Action(Recorded):
    name: str
    arguments: dict[str, Any] = {}
    requestor: str = "assistant"


class _Instructions(Recorded):
    reason_for_call: str | None = None
    known_info: str | None = None
    unknown_info: str | None = None
    task_instructions: str | None = None


class _Scenario(Recorded):
    persona: str | None = None
    instructions: _Instructions | str


class _Criteria(Recorded):
    actions: tuple[_Action, ...] | None = None
    communicate_info: tuple[str, ...] | None = None
    env_assertions: tuple[FunctionCall, ...] | None = None


class _Initial(Recorded):
    initialization_actions: tuple[FunctionCall, ...] | None = None


class Tau2Task(Recorded):
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
    def instructions(self) -> Instructions:
        """All that the user is told, without the parts that tell nothing: some are a mere "."."""
        told = self.user_scenario.instructions
        if isinstance(told, str):
            told = _Instructions(reason_for_call=told)
        parts = {"persona": self.user_scenario.persona, **told.model_dump()}
        texts = {name: (text or "").strip() for name, text in parts.items()}
        return Instructions(**{name: text for name, text in texts.items() if text != "."})

    @property
    def actions(self) -> list[tuple[str, dict[str, Any]]]:
        """The reference calls of both sides, in order."""
        criteria = self.evaluation_criteria or _Criteria()
        return [(action.name, action.arguments) for action in criteria.actions or ()]

    @property
    def communicate_info(self) -> tuple[str, ...]:
        """What the agent has to tell."""
        return (self.evaluation_criteria or _Criteria()).communicate_info or ()


def load_tasks(domain: str, data: StrPath) -> list[Tau2Task]:
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
