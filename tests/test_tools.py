"""Tools: the schema that a function declares, the errors a model can mend, and calls as a whole."""

import json
import pickle
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from writ_gym.database import Database, Record, Table
from writ_gym.domains.retail.data import generate
from writ_gym.domains.retail.schema import RetailDB
from writ_gym.domains.retail.tools import TOOLS as RETAIL
from writ_gym.errors import InvalidArgumentsError, ToolError, UnknownToolError
from writ_gym.tools import MAX_ARGUMENT_CHARS, Answer, ToolSet, render


class Note(Record):
    """A record."""

    body: str


class Notes(Database):
    """A database of one table."""

    notes: Table[Note]


class Interruption(BaseException):
    """An exception that is no Exception, such as KeyboardInterrupt."""


TOOLS: ToolSet[Notes] = ToolSet()


@TOOLS.read
def find_notes(
    db: Notes,
    word: str,
    count: int,
    colour: Literal["red", "blue"],
    form: Literal["short"],
    weights: list[float],
    exact: bool = False,
    score: float = 0.5,
) -> list[Note]:
    """Find notes by a word.

    Slow; the first
    ones come first.

    Args:
        word: What to look for: a word,
            or two.
        count: How many.
        colour: The colour.
        form: The form.
        weights: The weights.
        exact: Whether it must be the whole text.
        score: The least score.

    Raises:
        ToolError: Never.
    """
    return list(db.notes.values())[:count]


@TOOLS.write
def write_note(db: Notes, key: str, text: str) -> Note:
    """Write a note, or fail half-way.

    Args:
        key: Where.
        text: What; "KeyError" and other names raise that, after writing.
    """
    note = db.notes.put(key, Note(body=text))
    db.notes.delete("first")
    errors: dict[str, BaseException] = {
        "ToolError": ToolError("No room"),
        "KeyError": KeyError("x"),
        "Interruption": Interruption(),
    }
    if text in errors:
        raise errors[text]
    return note


@TOOLS.generic
def nothing(db: Notes) -> str:
    """Do nothing."""
    return "done"


FIND = TOOLS["find_notes"]
VALID: dict[str, Any] = {
    "word": "a", "count": 1, "colour": "red", "form": "short", "weights": [1, 2.5],
}  # fmt: skip


@pytest.fixture
def session() -> Notes:
    return Notes.load({"notes": {"first": {"body": "hello"}}}).session()


@cache
def shop(seed: int = 0) -> RetailDB:
    return generate(seed, {"users": 5, "orders": 8, "products": 3, "variants": 12})


# Declaration


def test_a_function_becomes_an_openai_function_schema() -> None:
    assert FIND.schema == {
        "type": "function",
        "function": {
            "name": "find_notes",
            "description": "Find notes by a word. Slow; the first ones come first.",
            "parameters": {
                "type": "object",
                "properties": {
                    "word": {
                        "type": "string",
                        "description": "What to look for: a word, or two.",
                    },
                    "count": {"type": "integer", "description": "How many."},
                    "colour": {
                        "type": "string",
                        "enum": ["red", "blue"],
                        "description": "The colour.",
                    },
                    "form": {"type": "string", "const": "short", "description": "The form."},
                    "weights": {
                        "type": "array",
                        "items": {"type": "number"},
                        "description": "The weights.",
                    },
                    "exact": {
                        "type": "boolean",
                        "default": False,
                        "description": "Whether it must be the whole text.",
                    },
                    "score": {
                        "type": "number",
                        "default": 0.5,
                        "description": "The least score.",
                    },
                },
                "required": ["word", "count", "colour", "form", "weights"],
                "additionalProperties": False,
            },
        },
    }


def test_a_tool_without_parameters_has_an_empty_schema() -> None:
    assert TOOLS["nothing"].schema["function"]["parameters"] == {
        "type": "object",
        "properties": {},
        "required": [],
        "additionalProperties": False,
    }


def test_the_kind_of_a_tool_is_how_it_was_registered() -> None:
    assert {tool.name: tool.kind for tool in TOOLS} == {
        "find_notes": "read",
        "write_note": "write",
        "nothing": "generic",
    }
    assert {tool.requestor for tool in TOOLS} == {"assistant"}
    assert (len(TOOLS), "nothing" in TOOLS, "everything" in TOOLS) == (3, True, False)


def test_schemas_come_in_the_order_of_definition() -> None:
    names = [schema["function"]["name"] for schema in TOOLS.schemas]
    assert names == ["find_notes", "write_note", "nothing"]


@pytest.mark.parametrize("tool", RETAIL, ids=lambda tool: tool.name)
def test_every_retail_parameter_is_described_and_none_is_hidden(tool: Any) -> None:
    function = tool.schema["function"]
    assert function["description"]
    assert all(field["description"] for field in tool.parameters.values())
    assert function["parameters"]["required"] == list(tool.parameters)
    assert json.loads(json.dumps(tool.schema)) == tool.schema


def no_hint(db, x):  # type: ignore[no-untyped-def]
    """Do it.

    Args:
        x: A thing.
    """


def no_description(db: Notes, x: str) -> None:
    """Do it.

    Args:
        y: Another thing.
    """


def no_arguments_section(db: Notes, x: str) -> None:
    """Do it."""


def no_docstring(db: Notes) -> None:
    pass


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (no_hint, "Parameter 'x' of tool 'no_hint' has no type hint"),
        (no_description, "Parameter 'x' of tool 'no_description' is not described"),
        (no_arguments_section, "Parameter 'x' of tool 'no_arguments_section' is not described"),
        (no_docstring, "Tool 'no_docstring' has no docstring"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_function_that_is_not_fully_told_is_an_error_at_once(function: Any, message: str) -> None:
    tools: ToolSet[Notes] = ToolSet()
    with pytest.raises(TypeError, match=message):
        tools.read(function)
    assert len(tools) == 0


def test_two_tools_of_one_name_are_an_error() -> None:
    tools: ToolSet[Notes] = ToolSet()
    tools.read(nothing)
    with pytest.raises(TypeError, match="There are two tools named 'nothing'"):
        tools.write(nothing)
    assert tools["nothing"].kind == "read"


def test_the_decorators_return_the_function_itself() -> None:
    assert nothing(Notes.load({"notes": {}})) == "done"


def test_a_tool_set_is_pickled_as_the_place_where_it_is_found() -> None:
    assert pickle.loads(pickle.dumps(RETAIL)) is RETAIL
    with pytest.raises(pickle.PicklingError, match="without an entry point"):
        pickle.dumps(TOOLS)


# Arguments


def test_arguments_are_parsed_by_name_with_defaults() -> None:
    wanted = {**VALID, "exact": False, "score": 0.5}
    assert FIND.parse(VALID) == FIND.parse(json.dumps(VALID)) == wanted
    assert FIND.parse({**VALID, "exact": True})["exact"] is True


def test_no_arguments_may_be_written_as_an_empty_object_or_not_at_all() -> None:
    for raw in ("", "{}", " { } ", {}):
        assert TOOLS["nothing"].parse(raw) == {}


def test_any_mapping_will_do_as_arguments() -> None:
    assert TOOLS["write_note"].parse(MappingProxyType({"key": "k", "text": "t"})) == {
        "key": "k",
        "text": "t",
    }


SEND = "Send one JSON object with the arguments by name."


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("{", ["The arguments of find_notes are not valid JSON (EOF", SEND]),
        ("word=a", ["not valid JSON (expected", "line 1 column 1", SEND]),
        ('{"word": "a"} and more', ["not valid JSON (trailing characters", SEND]),
        ("{'word': 'a'}", ["not valid JSON (key must be a string", SEND]),
        ('{"word": NaN}', ["not valid JSON", "line 1 column 10", SEND]),
        ('{"word": -Infinity}', ["not valid JSON", SEND]),
        ('{"word": ' + "[" * 300 + "]" * 300 + "}", ["not valid JSON (recursion limit", SEND]),
        ('{"count": ' + "9" * 5000 + "}", ["not valid JSON (number out of range", SEND]),
        ('{"word": "\\ud800"}', ["not valid JSON (", "line 1 column", SEND]),
        ('{"word": "\ud800"}', ["not valid JSON (", "surrogates not allowed", SEND]),
        ("\ud800", ["not valid JSON (", "surrogates not allowed", SEND]),
        ("[]", ["The arguments of find_notes must be a JSON object, not an array."]),
        ('"word"', ["must be a JSON object, not a string."]),
        ("null", ["must be a JSON object, not null."]),
        ("true", ["must be a JSON object, not a boolean."]),
        ("2.5", ["must be a JSON object, not a number."]),
        ("3", ["must be a JSON object, not a number."]),
        (" " * (MAX_ARGUMENT_CHARS + 1), [f"longer than {MAX_ARGUMENT_CHARS} characters"]),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_arguments_that_are_no_json_object_are_refused_with_advice(
    raw: str, words: list[str]
) -> None:
    with pytest.raises(InvalidArgumentsError) as caught:
        FIND.parse(raw)
    text = str(caught.value)
    assert "find_notes" in text
    assert [word for word in words if word not in text] == []
    text.encode()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"word": None}, "'word': input should be a valid string, got None"),
        ({"word": 5}, "'word': input should be a valid string, got 5"),
        ({"word": ["a"]}, "'word': input should be a valid string, got ['a']"),
        ({"count": "1"}, "'count': input should be a valid integer, got '1'"),
        ({"count": 1.5}, "'count': input should be a valid integer, got 1.5"),
        ({"count": True}, "'count': input should be a valid integer, got True"),
        ({"colour": "green"}, "'colour': input should be 'red' or 'blue', got 'green'"),
        ({"form": "long"}, "'form': input should be 'short', got 'long'"),
        ({"weights": "[1]"}, "'weights': input should be a valid list, got '[1]'"),
        ({"weights": {}}, "'weights': input should be a valid list, got {}"),
        ({"weights": [1, "2"]}, "'weights.1': input should be a valid number, got '2'"),
        ({"weights": [True]}, "'weights.0': input should be a valid number, got True"),
        ({"exact": "yes"}, "'exact': input should be a valid boolean, got 'yes'"),
        ({"exact": 1}, "'exact': input should be a valid boolean, got 1"),
        ({"note": 1}, "there is no argument 'note' (the arguments are: word, count, colour, "),
        ({"": 1}, "there is no argument '' (the arguments are: "),
        ({"n" * 500: 1}, f"there is no argument '{'n' * 100}' ("),
        ({"word": list(range(500))}, f"got {str(list(range(500)))[:77]}..."),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_a_wrong_argument_is_named_with_what_would_be_right(
    changes: dict[str, Any], message: str
) -> None:
    for arguments in ({**VALID, **changes}, json.dumps({**VALID, **changes})):
        with pytest.raises(InvalidArgumentsError) as caught:
            FIND.parse(arguments)
        assert str(caught.value).startswith("Invalid arguments for find_notes: ")
        assert message in str(caught.value)


def test_a_number_too_large_for_a_float_is_refused() -> None:
    raw = json.dumps({**VALID, "score": 0}).replace('"score": 0', '"score": 1e999')
    with pytest.raises(InvalidArgumentsError, match="'score': input should be a finite number"):
        FIND.parse(raw)


def test_every_missing_argument_is_named() -> None:
    with pytest.raises(InvalidArgumentsError) as caught:
        FIND.parse('{"count": 1, "form": "short"}')
    assert str(caught.value) == (
        "Invalid arguments for find_notes: 'word' is missing; 'colour' is missing; "
        "'weights' is missing."
    )


def test_a_long_list_of_errors_is_cut_off() -> None:
    with pytest.raises(InvalidArgumentsError) as caught:
        FIND.parse({**VALID, "weights": ["x" * 100] * 100})
    assert str(caught.value).count("valid number") == 5
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    "arguments",
    [
        {"key": "\ud800", "text": "t"},
        {"key": "k", "text": "a\udfff"},
        {"key": "k", "text": float("nan")},
        {"key": "k", "text": object()},
        {"key": "k", "text": b"\xff"},
        {"key": "k", "text": {1j: 2}},
        {"key": "k", "text": 10**5000},
        {"key": "k", 5: "t"},
        None,
        [("key", "k"), ("text", "t")],
    ],
)
def test_parsed_arguments_are_judged_as_json_text_is(session: Notes, arguments: Any) -> None:
    with pytest.raises(InvalidArgumentsError, match="write_note"):
        TOOLS.call(session, "write_note", arguments)
    assert session.changes() == {}


def test_parsed_arguments_of_any_depth_are_answered() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InvalidArgumentsError, match="not valid JSON"):
        FIND.parse({**VALID, "word": deep})


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(
    arguments=st.one_of(
        JSON_VALUES,
        st.dictionaries(st.sampled_from([*VALID, "exact", "other"]), JSON_VALUES),
        st.text(st.characters(exclude_categories=())),
        st.fixed_dictionaries({name: st.just(value) for name, value in VALID.items()}),
    )
)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_parsing_gives_arguments_or_an_error_for_the_agent_and_nothing_else(arguments: Any) -> None:
    for form in (arguments, json.dumps(arguments)):
        try:
            parsed = FIND.parse(form)
        except InvalidArgumentsError:
            continue
        assert list(parsed) == list(FIND.parameters)
        assert FIND.parse(parsed) == parsed


# Calls


@pytest.mark.parametrize("name", ["write_nothing", "", "Find_notes", "find_notes ", "x" * 10_000])
def test_an_unknown_tool_is_an_error_that_names_the_tools(session: Notes, name: str) -> None:
    with pytest.raises(UnknownToolError) as caught:
        TOOLS.call(session, name, {})
    assert str(caught.value) == (
        f"There is no tool {name[:100]!r}. The tools are: find_notes, write_note, nothing."
    )


def test_a_call_runs_the_tool_and_returns_its_result(session: Notes) -> None:
    assert TOOLS.call(session, "write_note", '{"key": "k", "text": "t"}') == Note(body="t")
    assert session.changes() == {("notes", "k"): Note(body="t"), ("notes", "first"): None}
    assert TOOLS.call(session, "find_notes", VALID) == [Note(body="t")]


@pytest.mark.parametrize("error", [ToolError, KeyError, Interruption])
def test_a_write_that_fails_leaves_no_trace(session: Notes, error: type[BaseException]) -> None:
    TOOLS.call(session, "write_note", {"key": "k", "text": "kept"})
    before = session.changes()
    for key in ("k", "new"):
        with pytest.raises(error):
            TOOLS.call(session, "write_note", {"key": key, "text": error.__name__})
        assert session.changes() == before
    assert list(session.notes.items()) == [("k", Note(body="kept"))]


def test_only_a_tool_error_becomes_an_answer(session: Notes) -> None:
    refused = {"key": "k", "text": "ToolError"}
    assert TOOLS.answer(session, "write_note", refused) == ("Error: No room", True)
    assert TOOLS.answer(session, "write_note", "{}")[1] is True
    assert TOOLS.answer(session, "forget", "{}")[1] is True
    with pytest.raises(KeyError):
        TOOLS.answer(session, "write_note", {"key": "k", "text": "KeyError"})
    assert session.changes() == {}


def test_a_good_call_is_answered_with_the_rendered_result(session: Notes) -> None:
    assert TOOLS.answer(session, "nothing", "") == ("done", False)
    assert TOOLS.answer(session, "find_notes", VALID) == ('[{"body": "hello"}]', False)


def test_a_write_keeps_what_was_written_before_it(session: Notes) -> None:
    for number in range(3):
        TOOLS.call(session, "write_note", {"key": str(number), "text": "t"})
    assert set(session.notes) == {"0", "1", "2"}


@given(seed=st.integers(0, 2**32))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_reads_change_nothing_whatever_they_are_asked(seed: int) -> None:
    session, rng = shop().session(), np.random.default_rng(seed)
    known = [*session.orders, *session.users, *session.products]
    known += [item for product in session.products.values() for item in product.variants]
    for tool in RETAIL:
        if tool.kind != "write":
            arguments = tool.sample(rng, lambda name, rng: known[int(rng.integers(len(known)))])
            RETAIL.answer(session, tool.name, arguments)
            RETAIL.answer(session, tool.name, "{")
    assert session.changes() == {}
    assert session.fingerprint() == shop().session().fingerprint()


# Arguments that are objects


class Frame(Record):
    """Where something is put."""

    title: str = Field(description="What is written on it.")
    colour: Literal["red", "blue"] | None = None


def hang(db: Notes, frames: list[Frame], last: Frame) -> str:
    """Hang frames.

    Args:
        frames: The frames.
        last: One more.
    """
    return last.title


HANG = ToolSet[Notes]()
HANG.write(hang)
FRAME = {"title": "a", "colour": "red"}


def test_an_object_is_described_where_it_is_needed() -> None:
    described = {
        "type": "object",
        "description": "Where something is put.",
        "properties": {
            "title": {"type": "string", "description": "What is written on it."},
            "colour": {
                "anyOf": [{"type": "string", "enum": ["red", "blue"]}, {"type": "null"}],
                "default": None,
            },
        },
        "required": ["title"],
        "additionalProperties": False,
    }
    parameters = HANG["hang"].parameters
    assert parameters["frames"] == {
        "type": "array", "items": described, "description": "The frames."
    }  # fmt: skip
    assert parameters["last"] == {**described, "description": "One more."}
    assert list(HANG["hang"].schema["function"]["parameters"]) == [
        "type", "properties", "required", "additionalProperties",
    ]  # fmt: skip


def test_objects_are_parsed_into_records() -> None:
    parsed = HANG["hang"].parse({"frames": [FRAME, {"title": "b"}], "last": FRAME})
    assert parsed == {"frames": [Frame(**FRAME), Frame(title="b")], "last": Frame(**FRAME)}


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ({"title": 1}, "'frames.0.title': input should be a valid string, got 1"),
        ({}, "'frames.0.title' is missing"),
        ({**FRAME, "size": 3}, "'frames.0.size' is not part of it"),
        ("a", "'frames.0': input should be"),
    ],
)
def test_a_wrong_field_of_an_object_is_named(frame: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentsError) as caught:
        HANG["hang"].parse({"frames": [frame], "last": FRAME})
    assert message in str(caught.value)


def test_objects_are_sampled_field_by_field() -> None:
    rng = np.random.default_rng(0)
    parsed = [
        HANG["hang"].parse(HANG["hang"].sample(rng, lambda name, rng: name)) for _ in range(99)
    ]
    assert {each["last"].title for each in parsed} == {"title"}
    assert {each["last"].colour for each in parsed} == {"red", "blue", None}


# Samples


@given(seed=st.integers(0, 2**32), known=st.none() | st.text(max_size=10))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_a_tool_accepts_the_arguments_that_it_samples(seed: int, known: str | None) -> None:
    for tool in [*RETAIL, *TOOLS]:
        rng = np.random.default_rng(seed)
        arguments = tool.sample(rng, lambda name, rng: known)
        assert tool.parse(arguments) == arguments
        assert tool.parse(json.dumps(arguments)) == arguments
        assert tool.sample(np.random.default_rng(seed), lambda name, rng: known) == arguments


def test_a_record_is_sampled_as_an_object_of_its_fields() -> None:
    class Settings(Record):
        name: Literal["a", "b"] = "a"
        port: int | None = None

    def configure(db: Database, settings: Settings, others: list[Settings]) -> str:
        """Set it.

        Args:
            settings: The settings.
            others: More of them.
        """
        return settings.text

    tools: ToolSet[Database] = ToolSet(requestor="user")
    tools.write(configure)
    tool, rng = tools["configure"], np.random.default_rng(0)
    parsed = [tool.parse(tool.sample(rng)) for _ in range(100)]
    assert {each["settings"].name for each in parsed} == {"a", "b"}
    assert {each["settings"].port is None for each in parsed} == {True, False}
    assert {type(each["others"][0]) for each in parsed} == {Settings}
    assert tool.requestor == "user"


def test_two_sets_can_be_joined_and_pickled_as_what_they_join(toy: Any) -> None:
    both = toy.TOOLS | toy.USER_TOOLS
    assert [tool.name for tool in both] == [t.name for t in (*toy.TOOLS, *toy.USER_TOOLS)]
    assert {tool.requestor for tool in both} == {"assistant", "user"}
    again = pickle.loads(pickle.dumps(both))
    assert again.schemas == both.schemas
    assert again["toggle_lock"] is toy.USER_TOOLS["toggle_lock"]


def test_sets_with_a_name_in_common_cannot_be_joined(toy: Any) -> None:
    with pytest.raises(TypeError, match="two tools named 'look_at_display'"):
        toy.USER_TOOLS | toy.USER_TOOLS


def test_samples_vary_and_cover_the_choices() -> None:
    rng = np.random.default_rng(0)
    samples = [FIND.sample(rng) for _ in range(200)]
    assert {sample["colour"] for sample in samples} == {"red", "blue"}
    assert {sample["exact"] for sample in samples} == {False, True}
    assert {len(sample["weights"]) for sample in samples} == {1, 2}
    assert len({sample["word"] for sample in samples}) == 200


def test_a_sample_takes_the_values_that_it_is_given() -> None:
    tool = RETAIL["return_delivered_order_items"]
    sample = tool.sample(
        np.random.default_rng(0), lambda name, rng: "#W1" if name == "order_id" else None
    )
    assert sample["order_id"] == "#W1"
    assert sample["payment_method_id"] != "#W1"


# Rendering


@given(value=JSON_VALUES)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_json_is_rendered_as_json_and_a_string_as_it_is(value: Any) -> None:
    assert render(value) == (value if isinstance(value, str) else json.dumps(value))


def test_an_answer_is_rendered_as_its_text() -> None:
    class Slow(Answer):
        @property
        def text(self) -> str:
            return "after a while"

    assert render(Slow()) == "after a while"
    with pytest.raises(NotImplementedError):
        render(Answer())


def test_records_are_rendered_as_json_alone_and_in_lists() -> None:
    for table in (shop().users, shop().orders, shop().products):
        rows = list(table.values())
        dumped = [row.model_dump(mode="json") for row in rows]
        assert [render(row) for row in rows] == [json.dumps(row) for row in dumped]
        assert render(rows) == render(tuple(rows)) == json.dumps(dumped)
        assert render({"rows": rows}) == json.dumps({"rows": dumped})


def test_text_outside_ascii_is_escaped_in_json_only() -> None:
    assert render(Note(body="né 😀")) == '{"body": "n\\u00e9 \\ud83d\\ude00"}'
    assert render("né 😀") == "né 😀"
