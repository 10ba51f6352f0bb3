"""Token ids and log-probabilities as records hold them: tuples of numbers, packed."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar, Self, TypeVar, overload

import numpy as np
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

Number = TypeVar("Number", int, float)


class Numbers(Sequence[Number]):
    """Numbers that never change, and are equal to a tuple of them.

    A number takes four or eight bytes here, and some 36 in a tuple: there are thousands in each of
    the episodes in flight.
    """

    __slots__ = ("packed",)
    packed: "array[Any]"
    """The numbers, for libraries that take a buffer; not to be changed."""

    code: ClassVar[Any]
    """How ``array`` calls their type."""
    item: ClassVar[type]
    """Their type."""

    def __init__(self, numbers: Iterable[Number] = ()) -> None:
        """Take the numbers.

        Raises:
            ValueError: One is larger than there is room for.
        """
        try:
            self.packed = array(self.code, numbers)
        except OverflowError as error:
            raise ValueError(f"no {type(self).__name__}: {error}") from None

    def __len__(self) -> int:
        return len(self.packed)

    def __iter__(self) -> Iterator[Number]:
        return iter(self.packed)

    @overload
    def __getitem__(self, place: int) -> Number: ...
    @overload
    def __getitem__(self, place: slice) -> Self: ...
    def __getitem__(self, place: int | slice) -> Any:
        return type(self)(self.packed[place]) if isinstance(place, slice) else self.packed[place]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Numbers):
            return bool(self.packed == other.packed)
        return isinstance(other, tuple) and tuple(self.packed) == other

    def __hash__(self) -> int:
        return hash(tuple(self.packed))

    def __repr__(self) -> str:
        return repr(tuple(self.packed))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Say how a field of this type is checked and written: as a tuple of numbers is."""

        def take(value: Any, check: Callable[[Any], Iterable[Number]]) -> Any:
            return value if isinstance(value, cls) else cls(check(value))

        plain = core_schema.tuple_variable_schema(handler.generate_schema(cls.item))
        return core_schema.json_or_python_schema(
            json_schema=core_schema.no_info_after_validator_function(cls, plain),
            python_schema=core_schema.no_info_wrap_validator_function(take, plain),
            serialization=core_schema.plain_serializer_function_ser_schema(
                tuple, return_schema=plain
            ),
        )


class TokenIds(Numbers[int]):
    """Token ids, shape (tokens,)."""

    __slots__ = ()
    code = "i"
    item = int

    def shared_with(self, other: Self) -> int:
        """Return with how many token ids both begin."""
        both = min(len(self), len(other))
        mine, others = (np.asarray(each.packed)[:both] for each in (self, other))
        differing = np.flatnonzero(mine != others)
        return int(differing[0]) if differing.size else both


class LogProbs(Numbers[float]):
    """Log-probabilities in nats, shape (tokens,)."""

    __slots__ = ()
    code = "d"
    item = float
