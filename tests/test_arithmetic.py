"""The calculator: Python's values within bounds, and an answer to anything that is typed."""

import operator
import sys
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from writ_gym.arithmetic import MAX_CHARS, MAX_DEPTH, calculate
from writ_gym.errors import ToolError

Number = int | float
Term = tuple[str, Number]
"""An expression in brackets where it needs them, and what Python makes of it."""

OPERATORS: dict[str, Callable[[Number, Number], Number]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
}
DIGITS = "0123456789+-*/(). "


def rounded(value: Number) -> str:
    return str(round(float(value), 2))


def error_of(expression: str) -> str:
    with pytest.raises(ToolError) as caught:
        calculate(expression)
    return str(caught.value)


# Values

INTEGERS = st.integers(0, 10**12).map(lambda n: (str(n), n))
DECIMALS = st.decimals(0, 10**6, places=3).map(lambda d: (f"{d:f}", float(d)))


@st.composite
def larger(draw: st.DrawFn, inner: st.SearchStrategy[Term]) -> Term:
    """Return a sign, a sum, a product or the like of smaller terms, with its value."""
    (left, a), space = draw(inner), draw(st.sampled_from(["", " ", "  "]))
    sign = draw(st.sampled_from(["+", "-", ""]))
    if sign:
        return f"{sign}{space}({left})", +a if sign == "+" else -a
    name, (right, b) = draw(st.sampled_from(list(OPERATORS))), draw(inner)
    assume(b or name not in ("/", "//"))
    return f"({space}{left}{space}){name}{space}({right})", OPERATORS[name](a, b)


@given(term=st.recursive(INTEGERS | DECIMALS, larger, max_leaves=20))
@settings(max_examples=500, deadline=None, derandomize=True)
def test_a_nested_expression_has_the_value_that_python_gives_it(term: Term) -> None:
    text, value = term
    assume(len(text) <= MAX_CHARS and abs(value) < 1e300)
    assert calculate(text) == rounded(value)


@given(
    first=INTEGERS | DECIMALS,
    rest=st.lists(st.tuples(st.sampled_from(list(OPERATORS)), INTEGERS | DECIMALS), max_size=12),
)
@settings(max_examples=500, deadline=None, derandomize=True)
def test_products_come_before_sums_and_each_goes_from_left_to_right(
    first: Term, rest: list[tuple[str, Term]]
) -> None:
    text = first[0] + "".join(f" {name} {term}" for name, (term, _) in rest)
    assume(all(value or name not in ("/", "//") for name, (_, value) in rest))
    terms, signs = [first[1]], []
    for name, (_, value) in rest:
        if name in "+-":
            signs.append(name)
            terms.append(value)
        else:
            terms[-1] = OPERATORS[name](terms[-1], value)
    total = terms[0]
    for name, value in zip(signs, terms[1:], strict=True):
        total = OPERATORS[name](total, value)
    assume(abs(total) < 1e300)
    assert calculate(text) == rounded(total)


@given(amounts=st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_a_sum_of_money_is_right_to_the_cent(amounts: list[int]) -> None:
    text = " + ".join(f"{cents // 100}.{cents % 100:02}" for cents in amounts)
    assert Fraction(calculate(text)).limit_denominator(100) == Fraction(sum(amounts), 100)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2+2", "4.0"),
        ("1/3", "0.33"),
        ("2.675*1", "2.67"),
        ("-0.001", "-0.0"),
        ("2**3", "8.0"),
        ("2**3**2", "512.0"),
        ("-2**2", "-4.0"),
        ("2**-1", "0.5"),
        ("2.0**0.5", "1.41"),
        ("(-8)**3", "-512.0"),
        ("7 // 2", "3.0"),
        ("-7//2", "-4.0"),
        ("2--2", "4.0"),
        ("2 - - 2", "4.0"),
        ("+-+5", "-5.0"),
        ("2*-3", "-6.0"),
        ("8/4/2", "1.0"),
        ("7-2-1", "4.0"),
        (".5+5.", "5.5"),
        ("  (1) ", "1.0"),
        ("00", "0.0"),
        ("007.5", "7.5"),
        ("10**22", "1e+22"),
        ("0**0", "1.0"),
        ("(12.5 + 3) * 2", "31.0"),
    ],
)
def test_an_expression_is_computed_as_python_does(expression: str, value: str) -> None:
    assert calculate(expression) == value


# Errors


@pytest.mark.parametrize(
    "expression",
    [
        "2+a",
        "__import__",
        "1e5",
        "0x1f",
        "1_000",
        "2^3",
        "5%",
        "$5",
        "1,5",
        "1\n",
        "٣",
        "1\x00",
        "[",
    ],
)
def test_other_characters_are_refused(expression: str) -> None:
    assert error_of(expression) == "Invalid characters in expression"


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "invalid syntax (<string>, line 0)"),
        ("   ", "invalid syntax (<string>, line 0)"),
        ("1 +", "invalid syntax (<string>, line 1)"),
        ("1 2", "invalid syntax (<string>, line 1)"),
        ("*5", "invalid syntax (<string>, line 1)"),
        ("1.2.3", "invalid syntax (<string>, line 1)"),
        ("(1 + 2", "'(' was never closed (<string>, line 1)"),
        ("1)", "unmatched ')' (<string>, line 1)"),
        ("007", "leading zeros in decimal integer literals are not permitted"),
    ],
)
def test_wrong_syntax_is_told_as_python_tells_it(expression: str, message: str) -> None:
    assert error_of(expression).startswith(message)


@pytest.mark.parametrize(
    "expression", ["...", "()", "1 (2)", "(1)(2)", "1()", "5(*(1))", "(...)+1", "-()", "...**2"]
)
def test_syntax_that_is_no_arithmetic_is_refused(expression: str) -> None:
    assert error_of(expression).startswith("The expression must be arithmetic: numbers, + - * /")


@pytest.mark.parametrize("expression", ["1/0", "1/(2-2)", "1//0", "1.5/0.0", "0**-1"])
def test_a_division_by_zero_is_told_as_this_python_tells_it(expression: str) -> None:
    with pytest.raises(ZeroDivisionError) as told:
        eval(expression)  # noqa: S307 - one of those above
    assert error_of(expression) == str(told.value)


@pytest.mark.parametrize(
    "expression",
    [
        "9**9**9",
        "9**9**9**9",
        "9**9**9**9**9**9",
        "-9**9**9",
        "2**-9**9**9",
        "9.9**9**9",
        "9.0**999.0",
        "(9**600)**(9**600)",
        "(9**600)**1.5",
        "9" * 400,
        "9" * 400 + ".0",
        "9" * 400 + ".0 - " + "9" * 400 + ".0",
        "0 * " + "9" * 400 + ".0",
        "10.0**308 * 10",
        "9**600 * 1.5",
        "*".join(["(9**600)"] * 100),
    ],
    ids=lambda text: text[:30],
)
def test_a_result_beyond_all_measure_is_refused_before_it_is_computed(expression: str) -> None:
    assert error_of(expression) == "The result is too large"


@pytest.mark.parametrize("expression", ["(-8)**0.5", "(-8)**(1/3)", "(-0.5)**1.5"])
def test_a_complex_result_is_refused(expression: str) -> None:
    assert error_of(expression) == "The result is not a real number"


def test_a_long_expression_is_refused_and_one_within_the_limit_is_not() -> None:
    assert calculate("1" + " " * (MAX_CHARS - 1)) == "1.0"
    assert (
        error_of("1" + " " * MAX_CHARS) == f"The expression is longer than {MAX_CHARS} characters"
    )
    assert error_of("9" * 10**6) == f"The expression is longer than {MAX_CHARS} characters"


@pytest.mark.parametrize(
    "expression",
    ["-" * 999 + "1", "+".join("1" * 500), "**".join("1" * 300), "1-" * 201 + "1"],
    ids=lambda text: text[:8],
)
def test_deep_nesting_is_refused(expression: str) -> None:
    assert error_of(expression) == "The expression is nested too deeply"


def test_many_brackets_are_answered() -> None:
    assert calculate("(" * 100 + "1" + ")" * 100) == "1.0"
    assert "too many nested parentheses" in error_of("(" * 400 + "1" + ")" * 400)
    error_of("(" * 999)


def at_depth(depth: int, function: Callable[[], str]) -> str:
    return function() if depth == 0 else at_depth(depth - 1, function)


@pytest.mark.parametrize("terms", [MAX_DEPTH, MAX_DEPTH + 1])
def test_the_answer_does_not_depend_on_how_deep_the_caller_is(terms: int) -> None:
    def answer() -> str:
        try:
            return calculate("+".join(["1"] * terms))
        except ToolError as error:
            return str(error)

    deep = sys.getrecursionlimit() - 600
    assert at_depth(deep, answer) == answer()
    assert (answer() == f"{terms}.0") is (terms <= MAX_DEPTH)


@given(expression=st.text(st.sampled_from(DIGITS), max_size=40) | st.text(max_size=10))
@settings(max_examples=1_000, deadline=None, derandomize=True)
def test_whatever_is_typed_gives_a_number_or_an_error_for_the_agent(expression: str) -> None:
    try:
        answer = calculate(expression)
    except ToolError:
        return
    assert answer == rounded(float(answer))
    assert set(expression) <= set(DIGITS)
