"""Tools: one typed, documented function is the schema, the validation and the sampler."""

import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import or_
from pickle import PicklingError
from pkgutil import resolve_name
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar, get_type_hints

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic_core import ErrorDetails, from_json, to_json

from writ_gym.database import JSON, Database, Record, Table, to_plain
from writ_gym.errors import InvalidArgumentsError, ToolError, UnknownToolError

Kind: TypeAlias = Literal["read", "write", "generic"]
Requestor: TypeAlias = Literal["assistant", "user"]
Holder: TypeAlias = Literal["user", "agent", "nobody"]
"""Who has the user's tools in an episode."""

D = TypeVar("D", bound=Database)
F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R", bound=Record)

MAX_ARGUMENT_CHARS = 20_000
"""Longer raw arguments are refused before they are parsed."""
MOST_PARSED = 2048
MAX_KEPT_CHARS = 1_000
"""Arguments of a tool that are kept at most, and how long they may be."""
_UNCHANGING = (str, int, float, type(None), Record)


def find(table: Table[R], key: str) -> R:
    """Return a record for a tool.

    Raises:
        ToolError: There is none under ``key``.
    """
    record = table.get(key)
    if record is None:
        raise ToolError(f"There is no {table.record_type.__name__.lower()} {key!r}.")
    return record


class RandomValues(Protocol):
    """Where a sampler takes a plausible value for a parameter from; None if it knows none."""

    def __call__(self, parameter: str, rng: np.random.Generator) -> str | None:
        """Return a value for the parameter."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the agent (or the user's device) may call."""

    name: str
    kind: Kind
    requestor: Requestor
    function: Callable[..., Any]
    arguments: type[BaseModel]
    returns: object
    """The type of what the function returns."""
    schema: dict[str, JSON]
    """The OpenAI function schema: ``{"type": "function", "function": {...}}``."""
    _parsed: dict[str, dict[str, JSON]] = field(default_factory=dict, repr=False, compare=False)
    """Arguments that were validated, by their text: the same records are read again and again."""

    def parse(self, arguments: str | Mapping[str, JSON]) -> dict[str, JSON]:
        """Return the validated arguments.

        Args:
            arguments: Raw JSON text as a model wrote it, or an already parsed object.

        Raises:
            InvalidArgumentsError: Says which argument is wrong and what would be right.
        """
        raw = arguments if isinstance(arguments, str) else self._text(arguments)
        known = self._parsed.get(raw)
        if known is not None:
            return _copied(known)
        try:
            parsed = self.arguments.model_validate(self._object(raw), strict=True)
        except ValidationError as error:
            raise InvalidArgumentsError(self._explain(error.errors(include_url=False))) from None
        found = {name: getattr(parsed, name) for name in self.arguments.model_fields}
        if len(raw) <= MAX_KEPT_CHARS and all(map(_is_flat, found.values())):
            if len(self._parsed) >= MOST_PARSED:
                self._parsed.clear()
            self._parsed[raw] = found
            return _copied(found)
        return found

    def _text(self, arguments: object) -> str:
        """Return parsed arguments as JSON text, so that they are judged as a model's are."""
        try:
            plain = dict(arguments) if isinstance(arguments, Mapping) else arguments
            return to_json(plain, inf_nan_mode="constants").decode()
        except ValueError as error:
            raise self._no_json(error) from None

    def _object(self, raw: str) -> Mapping[str, JSON]:
        if len(raw) > MAX_ARGUMENT_CHARS:
            raise InvalidArgumentsError(
                f"The arguments of {self.name} are longer than {MAX_ARGUMENT_CHARS} characters."
            )
        try:
            value = from_json(raw.encode() or b"{}", allow_inf_nan=False)
        except ValueError as error:
            raise self._no_json(error) from None
        if not isinstance(value, dict):
            raise InvalidArgumentsError(
                f"The arguments of {self.name} must be a JSON object, not {_json_type(value)}."
            )
        return value

    def _no_json(self, error: ValueError) -> InvalidArgumentsError:
        return InvalidArgumentsError(
            f"The arguments of {self.name} are not valid JSON ({error}). "
            "Send one JSON object with the arguments by name."
        )

    def _explain(self, errors: Sequence[ErrorDetails]) -> str:
        parts = [_explain_one(error, self.parameters) for error in errors[:5]]
        return f"Invalid arguments for {self.name}: {'; '.join(parts)}."

    @property
    def parameters(self) -> dict[str, JSON]:
        """The JSON schema of each parameter, by name."""
        properties: dict[str, JSON] = self.schema["function"]["parameters"]["properties"]
        return properties

    def sample(
        self, rng: np.random.Generator, values: RandomValues | None = None
    ) -> dict[str, JSON]:
        """Return random arguments that the schema accepts.

        Args:
            rng: The random generator.
            values: Gives plausible strings by parameter name, such as ids seen before.
        """
        return {
            name: _sample_value(name, schema, rng, values)
            for name, schema in self.parameters.items()
        }


def _is_flat(value: JSON) -> bool:
    """Say whether a value is a scalar or a record, or a list of such."""
    return isinstance(value, _UNCHANGING) or (
        isinstance(value, list) and all(isinstance(each, _UNCHANGING) for each in value)
    )


def _copied(arguments: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return arguments that a tool may do with as it likes."""
    return {
        name: list(value) if isinstance(value, list) else value for name, value in arguments.items()
    }


class ToolSet(Generic[D]):
    """The tools of one domain in definition order, and the way to call them."""

    def __init__(self, entry_point: str = "", requestor: Requestor = "assistant") -> None:
        """Begin an empty set.

        Args:
            entry_point: Where the set is found, such as "writ_gym.domains.retail.tools:TOOLS";
                it is pickled so.
            requestor: Whose tools they are.
        """
        self._entry_point = entry_point
        self._requestor: Requestor = requestor
        self._tools: dict[str, Tool] = {}
        self._parts: tuple[ToolSet[D], ...] = ()

    def __or__(self, other: "ToolSet[D]") -> "ToolSet[D]":
        """Return the tools of both sets.

        Raises:
            TypeError: A name is in both.
        """
        both: ToolSet[D] = ToolSet()
        both._parts = (self, other)
        both._tools = {tool.name: tool for tool in (*self, *other)}
        if len(both) < len(self) + len(other):
            twice = next(tool.name for tool in self if tool.name in other)
            raise TypeError(f"There are two tools named {twice!r}.")
        return both

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Pickle the set as the place where it is found, or as the sets that it joins."""
        if self._parts:
            return or_, self._parts
        if not self._entry_point:
            raise PicklingError("A ToolSet without an entry point cannot be pickled.")
        return resolve_name, (self._entry_point,)

    def read(self, function: F) -> F:
        """Register a tool that looks at the database."""
        return self.add(function, "read")

    def write(self, function: F) -> F:
        """Register a tool that changes the database."""
        return self.add(function, "write")

    def generic(self, function: F) -> F:
        """Register a tool that has nothing to do with the database."""
        return self.add(function, "generic")

    def add(self, function: F, kind: Kind) -> F:
        """Register ``function`` and return it.

        Raises:
            TypeError: A parameter lacks a type hint or a description, or the name is taken.
        """
        tool = _declare(function, kind, self._requestor)
        if tool.name in self._tools:
            raise TypeError(f"There are two tools named {tool.name!r}.")
        self._tools[tool.name] = tool
        return function

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    def __len__(self) -> int:
        return len(self._tools)

    def __contains__(self, name: object) -> bool:
        return name in self._tools

    def __getitem__(self, name: str) -> Tool:
        tool = self._tools.get(name)
        if tool is None:
            known = ", ".join(self._tools)
            raise UnknownToolError(f"There is no tool {name[:100]!r}. The tools are: {known}.")
        return tool

    @property
    def schemas(self) -> list[dict[str, JSON]]:
        """The OpenAI function schemas, in definition order."""
        return [tool.schema for tool in self]

    def call(self, db: D, name: str, arguments: str | Mapping[str, JSON]) -> Any:
        """Run a tool and return its result; a call that raises leaves ``db`` as it was.

        Raises:
            ToolError: The agent's fault: unknown tool, invalid arguments, or the tool refuses.
        """
        tool = self[name]
        parsed = tool.parse(arguments)
        if tool.kind != "write":
            return tool.function(db, **parsed)
        db.begin()
        try:
            result = tool.function(db, **parsed)
        except BaseException:
            db.roll_back()
            raise
        db.commit()
        return result

    def answer(self, db: D, name: str, arguments: str | Mapping[str, JSON]) -> tuple[str, bool]:
        """Return what the agent reads after a call, and whether it is an error."""
        try:
            return render(self.call(db, name, arguments)), False
        except ToolError as error:
            return f"Error: {error}", True


class Answer:
    """What a tool returns if its text takes long: it is made where somebody reads it.

    Two are equal if their texts are.
    """

    __slots__ = ()

    @property
    def text(self) -> str:
        """What the agent reads."""
        raise NotImplementedError


def render(result: object) -> str:
    """Return a tool's result as the text that the agent reads: JSON, or a string as it is."""
    if isinstance(result, str):
        return result
    if isinstance(result, Record | Answer):
        return result.text
    if isinstance(result, list | tuple) and all(isinstance(each, Record) for each in result):
        return f"[{', '.join(each.text for each in result)}]"  # each text is made once
    return json.dumps(to_plain(result))


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def _declare(function: Callable[..., Any], kind: Kind, requestor: Requestor) -> Tool:
    name = function.__name__
    summary, descriptions = _parse_docstring(function)
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        if parameter.name not in hints:
            raise TypeError(f"Parameter {parameter.name!r} of tool {name!r} has no type hint.")
        if parameter.name not in descriptions:
            raise TypeError(f"Parameter {parameter.name!r} of tool {name!r} is not described.")
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        field = Field(default, description=descriptions[parameter.name])
        fields[parameter.name] = (hints[parameter.name], field)
    arguments = create_model(name, __base__=_Arguments, **fields)
    schema = {
        "type": "function",
        "function": {"name": name, "description": summary, "parameters": _json_schema(arguments)},
    }
    return Tool(name, kind, requestor, function, arguments, hints.get("return"), schema)


def _json_schema(arguments: type[BaseModel]) -> dict[str, JSON]:
    schema = arguments.model_json_schema()
    properties = {
        name: _inlined(field, schema.get("$defs", {}))
        for name, field in schema.get("properties", {}).items()
    }
    required = schema.get("required", [])
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _inlined(schema: JSON, definitions: Mapping[str, JSON]) -> JSON:
    """Return a JSON schema without titles, and with what it refers to in place."""
    if isinstance(schema, list):
        return [_inlined(part, definitions) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        rest = {key: part for key, part in schema.items() if key != "$ref"}
        schema = {**definitions[schema["$ref"].rpartition("/")[2]], **rest}
    return {
        key: _inlined(part, definitions)
        for key, part in schema.items()
        if key != "title" or isinstance(part, dict)  # which is a field of that name
    }


def _parse_docstring(function: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    """Return the text before ``Args:`` and the description of each argument."""
    text, _, rest = inspect.cleandoc(function.__doc__ or "").partition("\nArgs:\n")
    if not text:
        raise TypeError(f"Tool {function.__name__!r} has no docstring.")
    descriptions: dict[str, str] = {}
    last = ""
    for line in rest.splitlines():
        if line and not line.startswith(" "):
            break
        if line.startswith("        ") and last:
            descriptions[last] += " " + line.strip()
        elif ":" in line:
            last, _, description = line.strip().partition(":")
            descriptions[last] = description.strip()
    return " ".join(text.split()), descriptions


def _explain_one(error: ErrorDetails, parameters: Mapping[str, JSON]) -> str:
    where = ".".join(str(part) for part in error["loc"])
    match error["type"]:
        case "missing":
            return f"{where!r} is missing"
        case "extra_forbidden" if len(error["loc"]) > 1:
            return f"{where[:100]!r} is not part of it"
        case "extra_forbidden":
            known = ", ".join(parameters) or "none"
            return f"there is no argument {where[:100]!r} (the arguments are: {known})"
        case _:
            got = repr(error["input"])
            shown = got if len(got) <= 80 else f"{got[:77]}..."
            return f"{where!r}: {error['msg'][0].lower()}{error['msg'][1:]}, got {shown}"


_JSON_TYPES = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}


def _json_type(value: JSON) -> str:
    return _JSON_TYPES.get(type(value), "a number")


def _sample_value(
    name: str, schema: Mapping[str, JSON], rng: np.random.Generator, values: RandomValues | None
) -> JSON:
    if "anyOf" in schema:
        schema = schema["anyOf"][int(rng.integers(len(schema["anyOf"])))]
    choices = [schema["const"]] if "const" in schema else schema.get("enum")
    if choices:
        return choices[int(rng.integers(len(choices)))]
    match schema.get("type"):
        case "null":
            return None
        case "object":
            fields = schema.get("properties", {})
            return {key: _sample_value(key, field, rng, values) for key, field in fields.items()}
        case "array":
            count = int(rng.integers(1, 3))
            return [_sample_value(name, schema["items"], rng, values) for _ in range(count)]
        case "integer":
            return int(rng.integers(0, 100))
        case "number":
            return round(float(rng.uniform(0, 100)), 2)
        case "boolean":
            return bool(rng.integers(2))
        case "string":
            found = values(name, rng) if values else None
            return found if found is not None else _random_string(rng)
        case other:
            raise TypeError(f"Cannot sample parameter {name!r} of JSON type {other!r}.")


def _random_string(rng: np.random.Generator) -> str:
    if rng.random() < 0.5:
        return str(int(rng.integers(10**9, 10**10)))
    return "".join(chr(97 + int(n)) for n in rng.integers(0, 26, size=8))
