"""What an agent says that something costs: amounts in US dollars, by what is said around them.

What is refunded, left on a card, was paid before, or is the most that a user would spend, is no
cost. Texts are in plain words: without markup.
"""

import re
from collections.abc import Iterator, Sequence
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from writ_gym.understanding.patterns import AnyCase

_AMOUNT = re.compile(
    r"(?<![-−–\w])(?:\$|USD|US\$) ?(?P<sum>\d+(?:,\d{3})*(?:\.\d+)?)"
    r"|(?<![-−–\w.,$])(?P<words>\d+(?:,\d{3})*(?:\.\d+)?) ?(?:dollars|USD)\b"
)
_ENDS = re.compile(r"[.;!?](?=\s|$)|\n")
_NO_COST = AnyCase(
    r"refund|reimburs|credited|\bback\b|\breceiv|\bsav(?:e|ed|es|ing|ings)\b|\boriginal|\bprevious"
    r"|\bold\b|\bearlier|\balready|\bpaid\b|\bbalance\b"
    r"|\b(?:within|under|below|over|above|up to|at most|(?:less|more|higher|lower) than|exceed\w*"
    r"|worth|value|budget|limit|maximum|cap)(?: (?:is|of|your|the|a|any|own|\w*budget|limit"
    r"|maximum|price|cap|fee|spending))*\W*$"
)
_IS_NO_COST = AnyCase(
    r"^[ -]?(?:balance|budget|limit|refund|credit(?! card)|certificate|voucher|gift card|value"
    r"|(?:(?:is|are|will be|would be|to be|can be|and|it|that) )*(?:also )?(?:refunded|credited"
    r"|returned|reimbursed|saved|left\b|remaining)|(?:go|goes|going) back|off\b)"
    r"|^ ?(?:per|/|a|each|every) ?(?:gb|gigabytes?|months?)\b|^ ?(?:monthly|in savings)\b"
)
_IS_TERM = AnyCase(r"^\W{0,2}(?:\([^()$]*\)|(?:per )?[a-z]+)?(?: ?[-+−–×*=x] ?)(?=[\d$]|us)")
"""Stands behind an amount of which another one is made."""
_GRAND = AnyCase(r"\b(?:grand|overall|combined|final|altogether|all together|in all|in total)\b")
_TOTAL = AnyCase(r"\b(?:totals?|sum|comes? to|amounts? to)\b")
_CHARGE = AnyCase(
    r"\bcharg(?:e|es|ed|ing)\b|\bpay(?:s|ing|able)?\b|\bpayment of\b|\bdifference|\badditional\b"
    r"|\bextra\b|\bsurcharge|\bdue\b|\bowe|\b(?:change|upgrade|modification) (?:cost|fee|price)"
    r"|\b(?:cost|price|fee) (?:of|for|to) (?:(?:the|this|that|these|your|such) )*(?:chang|upgrad"
    r"|modif)|\b(?:chang|upgrad|switch|modif)\w* .*\bcosts?\b"
)
_CHARGED = AnyCase(
    r"^,? ?(?:(?:is|are|will|would|to|be|being|get|which|that|now) )*(?:charged|due|payable|more"
    r"|extra|additional(?:ly)?)\b"
)
_PRICE = AnyCase(r"\b(?:prices?|fares?|costs?|fees?|amount)\b|\bfor \W?$")
_UNIT = AnyCase(r"\b(?:each|per)\b(?: \w+){0,6}\W*$")
_IS_UNIT = AnyCase(
    r"^,? ?(?:each|apiece|per|for (?:each|every)|a (?:bag|head|person|passenger|ticket))\b"
)
_WHOLE = AnyCase(
    r"\bnew (?:\w+ ){0,3}(?:totals?|prices?|fares?|costs?)\b"
    r"|\b(?:for|of|in) (?:(?:the|this|these|your|new|selected|both|all|an?) )*(?:bookings?|business"
    r"|economy|flights?|itinerary|options?|reservations?|tickets?|trips?)\b"
)
"""Of what something costs as a whole after it was changed."""
_REST = AnyCase(r"\b(?:refund|reimburs|origin|previous|paid\b|differen)")
"""Says that something of what it costs as a whole is not to be paid now."""
_TOO_MUCH = AnyCase(r"\bexceed|\b(?:above|over|beyond|(?:more|higher) than) (?:your|the|my)\b")


class _Rank(IntEnum):
    """How surely an amount is all that something costs."""

    PRICE = 0
    """Of a part, be it of one of several bags or passengers."""
    CHARGE = 1
    TOTAL = 2
    GRAND = 3


class _Cost(NamedTuple):
    """An amount that something costs."""

    amount: float
    rank: _Rank
    charged: bool
    """Whether it is what is to be paid now, rather than what something is worth."""
    whole: bool
    """Whether it is what something costs as a whole, of which part may have been paid."""


def prices_in(text: str) -> Iterator[str]:
    """Yield what all that is bought costs; the dearest of its parts if no more is told."""
    costs = _best(_costs_in(text))
    amounts = [each.amount for each in costs]
    if costs and costs[0].rank == _Rank.PRICE:
        amounts = [max(amounts)]
    yield from map(str, amounts)


def charges_in(text: str) -> Iterator[str]:
    """Yield what is charged for a change, whatever that which is changed costs as a whole."""
    costs = _costs_in(text)
    charged = [each for each in costs if each.charged]
    if not charged and not _REST.search(text):
        charged = [each for each in costs if each.rank >= _Rank.TOTAL and not each.whole]
    yield from (str(each.amount) for each in _best(charged))


def costs_in(text: str) -> Iterator[str]:
    """Yield what is charged, or else what all that is bought costs."""
    charged = _best([each for each in _costs_in(text) if each.charged])
    is_whole = charged and charged[0].rank > _Rank.PRICE
    return charges_in(text) if is_whole else prices_in(text)


def _best(costs: Sequence[_Cost]) -> Sequence[_Cost]:
    """Return those that are most surely the whole cost."""
    best = max((each.rank for each in costs), default=None)
    return [each for each in costs if each.rank == best]


@lru_cache(256)
def _costs_in(text: str) -> Sequence[_Cost]:
    """Return the amounts of a text that something costs.

    What is said to be too much is left out if there are others, which are then proposed instead.
    """
    if "$" not in text and "dollar" not in text and "USD" not in text:
        return ()
    found = list(_labelled(text))
    fine = [cost for cost, too_much in found if not too_much]
    return fine or [cost for cost, _ in found]


def _labelled(text: str) -> Iterator[tuple[_Cost, bool]]:
    """Yield what something costs, and whether it is said to be too much."""
    last = start = 0
    for match in _AMOUNT.finditer(text):
        for end in _ENDS.finditer(text, last, match.start()):
            start = last = end.end()
        is_sum = text[last : match.start()].rstrip().endswith("=")
        sentence = text[start : match.start()]
        before = sentence if is_sum else text[last : match.start()]
        last = match.end()
        stop = _ENDS.search(text, last)
        after = text[last : stop.start() if stop else len(text)]
        if not _IS_TERM.match(after) and (cost := _cost(match, sentence, before, after)):
            yield cost, bool(_TOO_MUCH.search(after))


def _cost(match: re.Match[str], sentence: str, before: str, after: str) -> _Cost | None:
    """Return the cost that an amount is by the words around it; None if it is none.

    Args:
        match: The amount.
        sentence: What its sentence says before it.
        before: What it says since the last amount.
        after: What it says behind it.
    """
    if _NO_COST.search(before) or _IS_NO_COST.search(after):
        return None
    charged = bool(_CHARGE.search(before) or _CHARGED.search(after))
    head = " ".join(after.split()[:2])
    if _GRAND.search(before) or _GRAND.match(head):
        rank = _Rank.GRAND
    elif _TOTAL.search(before) or _TOTAL.match(head):
        rank = _Rank.TOTAL
    elif _UNIT.search(before) or _IS_UNIT.search(after):
        rank = _Rank.PRICE
    elif charged:
        rank = _Rank.CHARGE
    elif _PRICE.search(before):
        rank = _Rank.PRICE
    else:
        return None
    whole = bool(_WHOLE.search(before))
    charged |= rank >= _Rank.TOTAL and not whole and bool(_CHARGE.search(sentence))
    amount = float((match["sum"] or match["words"]).replace(",", ""))
    return _Cost(amount, rank, charged, whole)
