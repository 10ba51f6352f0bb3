"""Where the arguments of writes come from: as brute force says, and to be found there."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from writ_gym.database import leaves
from writ_gym.meaning.proofs import Proof, UnclearError
from writ_gym.tasks import Call, GoldWrite, Request

_BEGINS = re.compile(r"[\w.#-]")
_GOES_ON = re.compile(r"\w|[.-]\w")
"""What stands before, or after, a value that is a part of another one."""


def wrong_sources(
    proof: Proof[Any],
    request: Request,
    writes: Iterable[GoldWrite],
    reads: Sequence[Call],
    answer: Callable[[Call], str],
) -> Iterator[str]:
    """Yield what is wrong with where the arguments of a request's writes are said to come from.

    Args:
        proof: The domain's.
        request: The request.
        writes: What it comes to.
        reads: The reads that were made by then, those first that are looked through first.
        answer: Gives the answer of a read.
    """
    facts = {str(leaf) for leaf in leaves([fact.value for fact in request.facts])}
    for write in writes:
        try:
            right = proof.sources(request, Call(write.name, write.arguments))
        except (KeyError, UnclearError):  # it is none that the request comes to
            continue
        if dict(write.provenance) != dict(right):
            yield f"{write.name}: the arguments are from {right}, not {write.provenance}"
        for name, source in write.provenance.items():
            for leaf in map(str, leaves(write.arguments.get(name))):
                if source == "user" and leaf not in facts:
                    yield f"{write.name}: the user does not state {name} = {leaf!r}"
                if source == "read" and not any(_shows(answer(call), leaf) for call in reads):
                    yield f"{write.name}: no read shows {name} = {leaf!r}"


def _shows(answer: str, leaf: str) -> bool:
    """Say whether an answer has a value, and not as a part of another one."""
    if not leaf:
        return '""' in answer
    place = answer.find(leaf)
    while place >= 0:
        end = place + len(leaf)
        before, after = answer[max(0, place - 1) : place], answer[end : end + 2]
        if not (_BEGINS.match(before) or _GOES_ON.match(after)):
            return True
        place = answer.find(leaf, end)
    return False
