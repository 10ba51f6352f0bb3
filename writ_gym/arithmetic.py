"""A calculator for tools: parses arithmetic and computes it within bounds, never evaluates code."""

import ast
import math
import operator
from collections.abc import Callable

from writ_gym.errors import ToolError

MAX_CHARS = 1_000
MAX_POWER_BITS = 2_048
"""A power whose result would need more bits is refused before it is computed."""

MAX_DEPTH = 200
"""More operations inside one another are refused, wherever Python's own limit lies just then."""

_ALLOWED = frozenset("0123456789+-*/(). ")

_TOO_DEEP = "The expression is nested too deeply"
_TOO_LARGE = "The result is too large"

Number = int | float

_BINARY: dict[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}


def calculate(expression: str) -> str:
    """Return the value of an arithmetic expression, rounded to two decimals, as text.

    Numbers, ``+ - * / // **`` and parentheses; ``"2+2"`` gives ``"4.0"``.

    Raises:
        ToolError: Other characters, wrong syntax, too large, or a division by zero.
    """
    if not set(expression) <= _ALLOWED:
        raise ToolError("Invalid characters in expression")
    if len(expression) > MAX_CHARS:
        raise ToolError(f"The expression is longer than {MAX_CHARS} characters")
    try:
        tree = ast.parse(expression.lstrip(), "<string>", mode="eval")
        value = float(_value(tree.body, MAX_DEPTH))
    except SyntaxError as error:
        raise ToolError(str(error)) from None
    except (MemoryError, RecursionError):
        raise ToolError(_TOO_DEEP) from None
    except ZeroDivisionError as error:
        raise ToolError(str(error)) from None
    except OverflowError:
        raise ToolError(_TOO_LARGE) from None
    if not math.isfinite(value):
        raise ToolError(_TOO_LARGE)
    return str(round(value, 2))


def _value(node: ast.expr, depth: int) -> Number:
    if not depth:
        raise ToolError(_TOO_DEEP)
    depth -= 1
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand, depth)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, depth)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_value(left, depth), _value(right, depth))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _BINARY[type(op)](_value(left, depth), _value(right, depth))
        case _:
            raise ToolError("The expression must be arithmetic: numbers, + - * / and parentheses")


def _power(base: Number, exponent: Number) -> Number:
    whole = isinstance(base, int) and isinstance(exponent, int) and abs(base) > 1
    if whole and int(base).bit_length() * exponent > MAX_POWER_BITS:
        raise ToolError(_TOO_LARGE)
    result = base**exponent
    if isinstance(result, complex):
        raise ToolError("The result is not a real number")
    return float(result) if isinstance(result, float) else int(result)
