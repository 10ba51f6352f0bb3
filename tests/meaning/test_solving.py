"""Solvers as generators, and what is known while they run."""

from writ_gym.meaning.solving import Notebook, drive, read
from writ_gym.tasks import Call

A, B = Call("read", {"key": "a"}), Call("read", {"key": "b"})


def program():
    first = yield from read("read", key="a")
    second = yield from read("read", key="b")
    again = yield from read("read", key="a")
    return [first, second, again]


def test_each_read_is_made_once_and_recorded():
    result, made = drive(program(), Notebook(), lambda call: call.arguments["key"].upper())
    assert result == ["A", "B", "A"]
    assert made == (A, B)


def test_what_is_known_is_not_read_again():
    notebook = Notebook()
    notebook.note(A, "known")
    result, made = drive(program(), notebook, lambda call: "new")
    assert result == ["known", "new", "known"]
    assert made == (B,)


def test_what_is_stale_is_forgotten():
    notebook = Notebook()
    notebook.note(A, "old")
    notebook.note(B, "old")
    notebook.forget(lambda call: call == B)
    assert notebook.get(A) == "old"
    assert notebook.get(B) is None


def test_calls_are_the_same_whatever_the_order_of_their_arguments():
    assert Call("x", {"a": 1, "b": 2}).key == Call("x", {"b": 2, "a": 1}).key
    assert Call("x", {"a": 1}).key != Call("x", {"a": 2}).key
