"""Replay of tau2's records: every difference is found, and named."""

import gzip
import hashlib
import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from writ_gym.cli import main
from writ_gym.database import Database, FrozenDict, FrozenMap, Record, Table
from writ_gym.domain import Domain
from writ_gym.errors import DatabaseError, StoreError, ToolError, WritGymError
from writ_gym.tau2.layer import Compat, as_method, compat_of, load_database, load_tasks
from writ_gym.tau2.replay import Case, dispatch, read_cases, replay, state_difference

Plain = dict[str, Any]

TAU2 = Path(__file__).parents[3] / "shared" / "tau2"
needs_tau2 = pytest.mark.skipif(
    not (TAU2 / "retail").is_dir(), reason=f"tau2's data is not there: {TAU2} has no retail/"
)


# The real records


RECORDED = {
    "airline": {"fuzz": 300, "gold-train": 30},
    "retail": {"fuzz": 300, "gold-train": 74},
}
"""By domain, how many cases each file of the data folder holds."""


@needs_tau2
@pytest.mark.parametrize(
    ("domain", "name"), [(domain, name) for domain, files in RECORDED.items() for name in files]
)
def test_what_tau2_recorded_replays_exactly(domain: str, name: str) -> None:
    cases = RECORDED[domain][name]
    report = replay(domain, TAU2, [TAU2 / domain / f"{name}.jsonl.gz"])
    assert report.mismatches == []
    assert report.to_json() == {"cases": cases, "matched": cases, "mismatches": []}


@needs_tau2
def test_without_vectors_all_of_the_data_folder_is_replayed() -> None:
    result = CliRunner().invoke(
        main, ["tau2", "replay", "--data", str(TAU2), "--domain", "retail", "--json"]
    )
    assert result.exit_code == 0
    cases = sum(RECORDED["retail"].values())
    assert json.loads(result.output) == {"cases": cases, "matched": cases, "mismatches": []}


@needs_tau2
@pytest.mark.parametrize(
    ("domain", "sizes"),
    [
        ("airline", {"flights": 300, "users": 500, "reservations": 2000}),
        ("retail", {"products": 50, "users": 500, "orders": 1000}),
    ],
)
def test_all_of_tau2s_database_is_loaded(domain: str, sizes: dict[str, int]) -> None:
    db = load_database(domain, TAU2)
    assert {name: len(getattr(db, name)) for name in db.tables} == sizes


@needs_tau2
def test_tau2s_database_has_the_digest_that_its_description_gives() -> None:
    # There 1 and 1.0 hash differently (QUIRK G-9).
    text = json.dumps(load_database("retail", TAU2).plain(), sort_keys=True)
    assert hashlib.sha256(text.encode()).hexdigest() == (
        "b25c9cb211f5efcaee5dd646054a73c4a9f43f4f5acc32c10713cd9f9ac20e9c"
    )


@needs_tau2
def test_what_is_not_a_number_replays_although_it_equals_nothing(tmp_path: Path) -> None:
    compat = compat_of("telecom")
    base = compat.load(TAU2 / "telecom")
    db, rows = base.session(), []
    line = {"customer_id": "C1001", "line_id": "L1001"}
    for name, arguments in (
        ("refuel_data", {**line, "gb_amount": float("nan")}),
        ("get_data_usage", line),
    ):
        answer = dispatch(compat, db, "assistant", name, arguments)
        assert not answer.error
        assert "nan" in answer.content.lower()
        rows.append({"requestor": "assistant", "name": name, "arguments": arguments,
                     "content": answer.content, "error": False})  # fmt: skip
    diff = {"agent": state_difference(base, db, "agent", compat.states)}
    case = {"case": "nan", "domain": "telecom", "split": "none", "init": [], "calls": rows,
            "diff": diff, "assertions": []}  # fmt: skip
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps(case))
    assert replay("telecom", TAU2, [path]).mismatches == []
    assert "NaN" in json.dumps(diff)
    path.write_text(json.dumps(case).replace("NaN", "1.5", 3))
    assert replay("telecom", TAU2, [path]).mismatches != []


# Differences


@pytest.fixture(scope="module")
def folder(retail: Domain[Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with a small shop."""
    data = tmp_path_factory.mktemp("tau2")
    size = {"users": 5, "orders": 12, "products": 3, "variants": 12}
    (data / "retail").mkdir()
    (data / "retail" / "db.json").write_text(json.dumps(retail.generate(0, size).plain()))
    return data


@pytest.fixture(scope="module")
def case(folder: Path) -> Plain:
    """Return a true case: calls 0 to 2 succeed, 3 fails as tau2 words it, 4 as Python does."""
    compat, base = compat_of("retail"), load_database("retail", folder)
    db = base.session()
    order = next(order for order in db.orders.values() if order.status == "pending")
    calls = [
        ("get_order_details", {"order_id": order.order_id}),
        ("calculate", {"expression": "8/2"}),
        ("cancel_pending_order", {"order_id": order.order_id, "reason": "no longer needed"}),
        ("get_user_details", {"user_id": 7}),
        ("find_user_id_by_email", {"email": 7}),
    ]
    rows = []
    for name, arguments in calls:
        answer = dispatch(compat, db, "assistant", name, arguments)
        rows.append({"requestor": "assistant", "name": name, "arguments": arguments,
                     "content": answer.content, "error": answer.error})  # fmt: skip
    return {"case": "true", "domain": "retail", "split": "none", "init": [], "calls": rows,
            "diff": {"agent": state_difference(base, db, "agent")}, "assertions": []}  # fmt: skip


Replayed = Callable[..., list[Plain]]


@pytest.fixture
def replayed(folder: Path, tmp_path: Path) -> Replayed:
    """Return what writes cases into a file and returns the mismatches of its replay."""

    def run(*cases: Plain) -> list[Plain]:
        path = tmp_path / "cases.jsonl"
        path.write_text("".join(json.dumps(case) + "\n" for case in cases))
        report = replay("retail", folder, [path])
        assert report.cases == len(cases)
        assert report.matched == len(cases) - len({m["case"] for m in report.mismatches})
        return report.mismatches

    return run


@pytest.fixture
def tampered(case: Plain) -> Callable[[Callable[[Plain], Any]], Plain]:
    """Return what gives a copy of the true case in which something was changed."""

    def tamper(change: Callable[[Plain], Any]) -> Plain:
        copy = json.loads(json.dumps({**case, "case": "tampered"}))
        change(copy)
        return copy

    return tamper


def content(index: int, text: str) -> Callable[[Plain], Any]:
    return lambda case: case["calls"][index].update(content=text)


def edited(index: int, old: str, new: str) -> Callable[[Plain], Any]:
    def edit(case: Plain) -> None:
        call = case["calls"][index]
        assert old in call["content"]
        call["content"] = call["content"].replace(old, new, 1)

    return edit


def respaced(case: Plain) -> None:
    call = case["calls"][0]
    call["content"] = json.dumps(json.loads(call["content"]), sort_keys=True, indent=1)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (edited(0, '"pending"', '"processed"'), "calls[0].content"),
        (edited(0, '"zip": "', '"zip": "0'), "calls[0].content"),
        (edited(2, '"cancelled"', '"pending"'), "calls[2].content"),
        (content(0, "null"), "calls[0].content"),
        (content(1, "4.01"), "calls[1].content"),
        (content(3, "Error: User not found."), "calls[3].content"),
        (content(3, "User not found"), "calls[3].content"),
        (content(3, "Error: 'int' object has no attribute 'lower'"), "calls[3].content"),
        (content(4, "Error: User not found"), "calls[4].content"),
        (lambda case: case["calls"][0].update(error=True), "calls[0].error"),
        (lambda case: case["calls"][3].update(error=False), "calls[3].error"),
        (lambda case: case["calls"][4].update(error=False), "calls[4].error"),
        (lambda case: case["calls"][4].update(name="get_user"), "calls[4].content"),
        (lambda case: case["calls"][3].update(requestor="user"), "calls[3].content"),
        (lambda case: case["calls"].pop(2), "diff.agent"),
        (lambda case: case["diff"]["agent"].pop(), "diff.agent"),
        (lambda case: case["diff"]["agent"].clear(), "diff.agent"),
        (lambda case: case["diff"].clear(), "diff.agent"),
        (lambda case: case["diff"]["agent"][0].__setitem__(1, "delivered"), "diff.agent"),
        (lambda case: case["diff"]["agent"][0][0].append("x"), "diff.agent"),
        (lambda case: case["diff"]["agent"].append([["users", "x"], None]), "diff.agent"),
        (lambda case: case["diff"].update(user=[[["phone"], 1]]), "diff.user"),
    ],
)
def test_what_was_tampered_with_is_reported_where_it_is(
    change: Callable[[Plain], Any],
    where: str,
    case: Plain,
    tampered: Callable[..., Plain],
    replayed: Replayed,
) -> None:
    found = replayed(case, tampered(change))
    assert [(row["case"], row["where"]) for row in found] == [("tampered", where)]
    assert found[0]["expected"] != found[0]["got"]


@pytest.mark.parametrize(
    "change",
    [
        lambda case: None,
        respaced,
        content(1, "4"),
        content(1, "4.00"),
        content(4, "Error: 'int' object has lost its attribute 'lower'"),
        content(4, "Error: 1 validation error for Email\nemail\n  Input should be a string"),
        content(4, "Error: RetailTools.find_user_id_by_email() got an int"),
        content(4, "Error: Exceeds the limit (4300 digits) for integer string conversion"),
        content(4, "Error: 0.0 cannot be raised to a negative power"),
        content(4, "Error: 2 argument after * must be an iterable, not int"),
        content(4, "Error: (34, 'Numerical result out of range')"),
        content(4, "Error: "),  # MemoryError
        lambda case: case["diff"]["agent"].reverse(),
        lambda case: case["diff"].update(user=[]),
        lambda case: case.pop("init"),
        lambda case: case.pop("assertions"),
        lambda case: case.update(recorder={"version": 2}),
        lambda case: case["calls"][0].pop("requestor"),
    ],
)
def test_what_does_not_matter_is_not_reported(
    change: Callable[[Plain], Any], tampered: Callable[..., Plain], replayed: Replayed
) -> None:
    assert replayed(tampered(change)) == []


def test_a_mismatch_tells_both_values(
    case: Plain, tampered: Callable[..., Plain], replayed: Replayed
) -> None:
    path, value = case["diff"]["agent"][0]
    assert replayed(tampered(lambda case: case["diff"]["agent"].pop(0))) == [
        {"case": "tampered", "where": "diff.agent", "expected": {},
         "got": {json.dumps(path): value}}
    ]  # fmt: skip
    assert replayed(tampered(content(3, "Error: No such user"))) == [
        {"case": "tampered", "where": "calls[3].content", "expected": "Error: No such user",
         "got": "Error: User not found"}
    ]  # fmt: skip


def test_cases_know_nothing_of_one_another(case: Plain, replayed: Replayed) -> None:
    assert replayed(*({**case, "case": str(number)} for number in range(3))) == []


@pytest.mark.parametrize(
    "value",
    ["\ud800", [[[]]], float("nan"), 10**400, "[" * 500, "é\u2028", None],
    ids=["half a character", "list", "nan", "large", "brackets", "separator", "null"],
)
def test_an_argument_may_be_whatever_tau2_could_read(
    value: Any, case: Plain, replayed: Replayed
) -> None:
    call = {"name": "transfer_to_human_agents", "arguments": {"summary": value, "x\ud800": 1}}
    failed = {**call, "content": "Error: RetailTools.x() got something else", "error": True}
    passed = {**call, "arguments": {"summary": value}, "content": "Transfer successful",
              "error": False}  # fmt: skip
    assert replayed({**case, "calls": [passed, failed], "diff": {}}) == []


def test_an_argument_may_be_deeply_nested(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    nested = "[" * 400 + "]" * 400
    path.write_text(
        '{"case": "a", "diff": {}, "calls": [{"name": "transfer_to_human_agents", "arguments": '
        f'{{"summary": {nested}}}, "content": "Transfer successful", "error": false}}]}}'
    )
    assert replay("retail", folder, [path]).mismatches == []


def test_the_command_fails_if_anything_differs(
    case: Plain, tampered: Callable[..., Plain], folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "cases.jsonl.gz"

    def run(*options: str) -> Any:
        arguments = ["tau2", "replay", "--data", str(folder), "--domain", "retail"]
        return CliRunner().invoke(main, [*arguments, "--vectors", str(path), *options])

    path.write_bytes(gzip.compress(json.dumps(case).encode()))
    assert (run().exit_code, run().output) == (0, "Matching: 1 of 1 case.\n")
    wrong = tampered(content(3, "Error: No"))
    path.write_bytes(gzip.compress(f"{json.dumps(case)}\n\n{json.dumps(wrong)}\n".encode()))
    assert run().exit_code == 1
    assert run().output.startswith("Matching: 1 of 2 cases.\n{\n")
    report = json.loads(run("--json").output)
    assert (report["cases"], report["matched"], len(report["mismatches"])) == (2, 1, 1)


# Files


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{not json}", "line 2: not JSON"),
        ('{"case": ', "line 2: not JSON"),
        ("[" * 100_000, "line 2: not JSON"),
        ("[]", "line 2: not a case: Input should be a valid dictionary"),
        ("{}", "line 2: not a case: case: Field required"),
        ({"case": 7}, "line 2: not a case: case: Input should be a valid string"),
        ({"calls": None}, "line 2: not a case: calls: Input should be"),
        ({"calls": [{"name": "x"}]}, "line 2: not a case: calls.0.arguments: Field required"),
        ({"diff": []}, "line 2: not a case: diff: Input should be a valid dictionary"),
        ({"diff": {"agent": [[["a"]]]}}, "line 2: not a case: diff.agent.0.1: Field required"),
    ],
)
def test_a_line_that_is_no_case_is_named(
    line: Any, message: str, case: Plain, folder: Path, tmp_path: Path
) -> None:
    text = line if isinstance(line, str) else json.dumps({**case, **line})
    path = tmp_path / "cases.jsonl.gz"
    path.write_bytes(gzip.compress(f"{json.dumps(case)}\n{text}\n{json.dumps(case)}".encode()))
    with pytest.raises(StoreError) as caught:
        replay("retail", folder, [path])
    assert str(caught.value).startswith(f"{path}, {message}")
    assert "\n" not in str(caught.value)


def test_a_damaged_file_is_named(case: Plain, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl.gz"
    whole = gzip.compress(f"{json.dumps(case)}\n".encode() * 50)
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 255
    for damaged in (whole[: len(whole) // 2], bytes(flipped), b"no gzip", gzip.compress(b"\xff{")):
        path.write_bytes(damaged)
        with pytest.raises(StoreError, match=r"cases\.jsonl\.gz.* line \d") as caught:
            replay("retail", folder, [path])
        assert "\n" not in str(caught.value)


def test_an_empty_file_holds_no_cases(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text("\n \n")
    assert list(read_cases(path)) == []


def test_a_folder_is_no_file_of_cases(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"{tmp_path} is a folder, not a file of recorded cases"):
        list(read_cases(tmp_path))


def test_a_missing_file_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"absent\.jsonl"):
        replay("retail", folder, [tmp_path / "absent.jsonl"])
    with pytest.raises(StoreError, match=r"no recorded cases .*retail"):
        replay("retail", folder)
    with pytest.raises(StoreError, match="no tasks"):
        load_tasks("retail", folder)


def test_a_case_of_another_domain_is_named(case: Plain, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps({**case, "domain": "airline"}))
    with pytest.raises(StoreError, match=r"cases\.jsonl.* true .*'airline'"):
        replay("retail", folder, [path])


@pytest.mark.parametrize("use", [replay, load_database, load_tasks])
def test_a_missing_folder_is_named(use: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"There is no folder .*nowhere.retail.*holds retail/"):
        use("retail", tmp_path / "nowhere")


@pytest.mark.parametrize("use", [replay, load_database])
@pytest.mark.parametrize("name", ["bank", "retail.tools", ""])
def test_a_domain_without_a_compatibility_layer_is_named(
    use: Callable[..., Any], name: str, tmp_path: Path
) -> None:
    with pytest.raises(WritGymError, match=f"The domain {name!r} cannot replay"):
        use(name, tmp_path)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (None, StoreError, "Cannot read"),
        ("{", StoreError, "not JSON"),
        ("[]", DatabaseError, "expected tables"),
        ("{}", DatabaseError, "expected the tables"),
        ('{"products": {}, "users": {"a": {}}, "orders": {}}', DatabaseError, "users 'a'"),
    ],
)
def test_a_database_that_cannot_be_loaded_is_named(
    text: str | None, error: type[WritGymError], message: str, tmp_path: Path
) -> None:
    (tmp_path / "retail").mkdir()
    if text is not None:
        (tmp_path / "retail" / "db.json").write_text(text)
    with pytest.raises(error, match=message) as caught:
        load_database("retail", tmp_path)
    assert "db.json" in str(caught.value)


# What a domain's layer may do


class Page(Record):
    """A page."""

    title: str | None = None
    lines: tuple[int, ...] = ()
    notes: FrozenMap[str, FrozenMap[str, int]] = FrozenDict()


class Book(Database):
    """A book."""

    pages: Table[Page]


def write(db: Book, key: str, title: Any = None) -> Page:
    page = db.pages.put(key, Page(title="half"))
    if title == "refuse":
        raise ToolError("No ink")
    return db.pages.put(key, page.replace(title=title))


def erase(db: Book, key: str) -> str:
    db.pages.delete(key)
    return "erased"


def too_long(db: Book) -> None:
    if len(db.pages) > 2:
        raise KeyError("third")


def has(db: Book, key: str) -> bool:
    return db.pages[key].title is not None


def no_book(folder: Path) -> Book:
    raise StoreError("There is no book on file.")


BOOKS: Compat[Book] = Compat(
    load=no_book,
    tools={
        "assistant": {"write": as_method("Tools", write)},
        "user": {"erase": as_method("UserTools", erase)},
    },
    functions={"assistant": {"has": has}},
    sync=too_long,
)


@pytest.fixture
def base() -> Book:
    pages = {"1": {"title": "one", "lines": [1, 2]}, "2": {"title": "two"}}
    return Book.load({"pages": pages})


def test_each_side_has_its_own_tools(base: Book) -> None:
    db = base.session()
    assert dispatch(BOOKS, db, "user", "write", {"key": "1"}).content == (
        "Error: Tool 'write' not found."
    )
    assert dispatch(BOOKS, db, "assistant", "erase", {"key": "1"}).error
    assert dispatch(BOOKS, db, "user", "erase", {"key": "1"}).content == "erased"
    assert dispatch(BOOKS, db, "assistant", "has", {"key": "1"}).error  # no tool


def test_what_a_failed_call_wrote_stays(base: Book) -> None:
    db = base.session()
    refused = dispatch(BOOKS, db, "assistant", "write", {"key": "1", "title": "refuse"})
    assert (refused.content, refused.error, refused.fixed) == ("Error: No ink", True, True)
    assert db.pages["1"].title == "half"
    invalid = dispatch(BOOKS, db, "assistant", "write", {"key": "2", "title": 7})
    assert (invalid.error, invalid.fixed, db.pages["2"].title) == (True, False, "half")
    unknown = dispatch(BOOKS, db, "assistant", "write", {"key": "2", "colour": "red"})
    assert unknown.content == "Error: Tools.write() got an unexpected keyword argument 'colour'"


def test_the_answer_is_the_error_of_the_sync_though_the_tool_had_its_effect(base: Book) -> None:
    db = base.session()  # QUIRK G-3
    answer = dispatch(BOOKS, db, "assistant", "write", {"key": "3", "title": "three"})
    assert (answer.content, answer.error, answer.fixed) == ("Error: 'third'", True, False)
    assert db.pages["3"].title == "three"


def test_a_difference_goes_as_deep_as_lists_of_equal_length(base: Book) -> None:
    db = base.session()
    db.pages.put("1", Page(title=None, lines=(1, 3)))
    db.pages.put("2", Page(title="two", lines=(4,)))
    assert state_difference(base, db, "agent") == [
        (["pages", "1", "title"], None),
        (["pages", "1", "lines", 1], 3),
        (["pages", "2", "lines"], [4]),
    ]
    db.pages.put("1", base.pages["1"])
    db.pages.delete("2")
    db.pages.put("3", Page(title="three"))
    assert state_difference(base, db, "agent") == [
        (["pages", "2"], {"__deleted__": True}),
        (["pages", "3"], {"title": "three", "lines": [], "notes": {}}),
    ]


def test_an_object_that_is_new_or_gone_is_one_difference(base: Book) -> None:
    noted = base.pages["1"].replace(notes={"a": {"x": 1}, "b": {"x": 1}})
    book = Book.load({"pages": {"1": noted}})
    db = book.session()
    db.pages.put("1", noted.replace(notes={"b": {"x": 2}, "c": {"x": 1}}))
    assert state_difference(book, db, "agent") == [
        (["pages", "1", "notes", "a"], {"__deleted__": True}),
        (["pages", "1", "notes", "b", "x"], 2),
        (["pages", "1", "notes", "c"], {"x": 1}),
    ]


@pytest.fixture
def play_case(
    base: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Plain], list[Plain]]:
    """Return what replays a case of the book."""
    compat = Compat(lambda folder: base, BOOKS.tools, BOOKS.functions)
    monkeypatch.setattr("writ_gym.tau2.replay.compat_of", lambda domain: compat)
    (tmp_path / "books").mkdir()

    def run(case: Plain) -> list[Plain]:
        path = tmp_path / "cases.jsonl"
        path.write_text(json.dumps({"case": "a", "calls": [], "diff": {"agent": []}, **case}))
        return replay("books", tmp_path, [path]).mismatches

    return run


def function(name: str, **more: Any) -> Plain:
    return {"env_type": "assistant", "func_name": name, "arguments": {"key": "1"}, **more}


def test_initial_actions_come_first_and_assertions_last(
    play_case: Callable[[Plain], list[Plain]],
) -> None:
    gone = [[["pages", "1", "title"], None], [["pages", "1", "lines"], []]]
    case = {"init": [function("write")], "diff": {"agent": gone}}
    no, wrong = function("has", assert_value=False), function("has")
    assert play_case({**case, "assertions": [no, {**wrong, "passed": False}]}) == []
    assert play_case({**case, "assertions": [no, wrong]}) == [
        {"case": "a", "where": "assertions[1]", "expected": True, "got": False}
    ]


@pytest.mark.parametrize(
    ("name", "more", "message"),
    [
        ("unknown", {}, "there is no function 'unknown' for 'assistant'"),
        ("write", {"env_type": "user"}, "there is no function 'write' for 'user'"),
        ("has", {"arguments": {"key": "9"}}, "KeyError: '9'"),
        ("has", {"arguments": {}}, "TypeError: has() missing 1 required"),
        ("write", {"arguments": {"key": "1", "title": "refuse"}}, "ToolError: No ink"),
    ],
)
def test_a_function_that_fails_is_a_mismatch_of_its_case(
    name: str, more: Plain, message: str, play_case: Callable[[Plain], list[Plain]]
) -> None:
    call = function(name, **more)
    for part in ("init", "assertions"):
        found = {row["where"]: row["got"] for row in play_case({part: [call]})}
        assert found[f"{part}[0]"].startswith(message)
    expected = {**call, "passed": False}
    found = [row["where"] for row in play_case({"assertions": [expected]})]
    assert "assertions[0]" not in found


def test_a_case_is_not_changed_by_its_replay(case: Plain, folder: Path) -> None:
    parsed = Case.model_validate(case)
    before = deepcopy(parsed.model_dump())
    compat, db = compat_of("retail"), load_database("retail", folder).session()
    for call in parsed.calls:
        dispatch(compat, db, call.requestor, call.name, call.arguments)
    assert parsed.model_dump() == before
