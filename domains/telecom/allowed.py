"""What a right proposal may name of what a user states, whatever else has to be looked up."""

import re
from collections.abc import Iterator, Mapping

from writ_gym.database import JSON
from writ_gym.understanding.allowances import Allowed, AtMost, Only, Rule, has_key
from writ_gym.understanding.charges import prices_in
from writ_gym.understanding.patterns import AnyCase

_LOOKED_UP = frozenset({"where", "beside", "charged_on"})
"""Keys of wishes for lines or bills of which the user does not say which they are."""
_SENTENCES = re.compile(r"(?<=[.;:!?])\s+|\n+")
_NOT = AnyCase(r"\b(?:no|not|without|nothing|if|unless|should|instead|rather)\b|n't\b")
_BUYS = AnyCase(
    r"\bre-?fuel\w*|\btop(?:ping|ped)?[- ](?:\S+ ){0,5}?up\b"
    r"|\b(?:add|buy|purchas)\w* (?:\S+ ){0,4}?(?:data|gb|gigabytes?)\b"
)
_PAYS = AnyCase(
    r"\bpayment requests?\b|\brequests? (?:to pay|for payment)\b"
    r"|\b(?:pay|settl)(?:e|ing)? (?:(?:the|your|this|that|these|those|all|both|an?|overdue|open"
    r"|outstanding) )*(?:bills?\b|invoices?\b|b[0-9a-f]{7,8}\b|what is\b|what's\b)"
)


def allowed(values: Mapping[str, JSON]) -> Iterator[Rule]:
    """Yield what the facts of a request allow: lines, bills, data, and what it may cost.

    Args:
        values: The values of the facts, by slot.
    """
    if not has_key(values, _LOOKED_UP):
        match values.get("line"):
            case {"number": str(own)}:
                yield Only("line", "line", frozenset({own}))
        match values.get("bill"):
            case {"bill_id": str(own)}:
                yield Only("bill", "bill", frozenset({own.lower()}))
    match values.get("bill"):
        case {"budget": float() | int() as most}:
            yield AtMost("bill", "bill price", most)
    for slot in ("amount", "refuel"):
        yield from _data(slot, values.get(slot))
    if values.get("pay") is False:
        yield Only("pay", "payment", frozenset())


def _data(slot: str, value: JSON) -> Iterator[Rule]:
    """Yield how much data may be bought, and for how much."""
    match value:
        case {"amounts": [*amounts], "at_most": float() | int() as most}:
            yield Allowed(slot, "gigabytes", frozenset(f"{float(str(each)):g}" for each in amounts))
            yield AtMost(slot, "data price", most)
        case {"dollars": float() | int() as most}:
            yield AtMost(slot, "data price", most)
        case {"nothing": True}:
            yield Only(slot, "purchase", frozenset())


def purchases_in(text: str) -> Iterator[str]:
    """Yield that data is bought, if a text says so."""
    return ("data" for each in _saying(_BUYS, text) if not _NOT.search(each))


def payments_in(text: str) -> Iterator[str]:
    """Yield that bills are paid, if a text says so."""
    return ("bill" for each in _saying(_PAYS, text) if not _NOT.search(each))


def data_prices_in(text: str) -> Iterator[str]:
    """Yield what data that is bought costs."""
    return (price for each in _saying(_BUYS, text) for price in prices_in(each))


def bill_prices_in(text: str) -> Iterator[str]:
    """Yield what bills that are paid come to."""
    return (price for each in _saying(_PAYS, text) for price in prices_in(each))


def _saying(words: AnyCase, text: str) -> Iterator[str]:
    """Yield the sentences of a text that have some words."""
    return (each for each in _SENTENCES.split(text) if words.search(each))
