"""What a proposal is for: the kinds of writes that an agent names, and whether a user wants them.

A kind of write, such as a return, is a deed. A domain's lexicon has its words (``deeds``), and
which deeds the requests of an intent can come to (``aims``). What is told of the past, ruled
out, or set as a condition is not proposed.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from writ_gym.tasks import Request
from writ_gym.understanding import cues
from writ_gym.understanding.patterns import AnyCase
from writ_gym.understanding.reading import Lexicon, mentions_in, sentences_in

TRANSFER = "transfer"
"""The deed, the same in every domain, that hands the user over to a human."""

CARRIES_OUT = (
    r"(?:(?:action|arrang|complet|confirm|execut|finali[sz]|initiat|perform|process|push|put|start"
    r"|submit|trigger|approv)(?:e|ing)?|get|carry(?:ing)? out|kick(?:ing)? off"
    r"|(?:go(?:ing)? ahead|mov(?:e|ing) (?:forward|ahead)|proceed(?:ing)?|okay) with)"
    r"(?: through| with)? (?:the |this |that |your |a )?"
)
"""Stands before the noun of a deed that is to be done, such as "push through the booking"."""


class Named(NamedTuple):
    """The deeds that a text names."""

    proposed: frozenset[str]
    """Deeds that are to be done."""
    possible: frozenset[str]
    """Those that are only said to be possible."""

    @property
    def any(self) -> frozenset[str]:
        """All of them."""
        return self.proposed | self.possible


_CLAUSES = AnyCase(
    r"[;:()—–]|,\s|\s-\s"
    r"|\b(?=(?:because|since|so that|although|while|whereas|but|once|after|when|unless|until|if"
    r"|which|who|that (?:was|were|has|have|had|is|are|can|must)"
    r"|as (?:you|it|i|we|they|this|that|there))\b)"
)
_ASIDE = AnyCase(
    r"^\W*(?:because|since|so that|although|while|whereas|once|after|when|as|unless|until|which"
    r"|who|that|please note|note that|keep in mind|be aware|remember"
    r"|you (?:can|may|could|will be able)"
    r"|if (?!i\b|we\b|you(?:'d| would)? (?:like|want|wish|agree|confirm)))\b"
    r"|\bonly (?:once|one)\b|\b(?:once|one \w+) only\b"
)
"""Clauses that say what is the case, or what goes before or after."""
_NOT = AnyCase(
    r"\b(?:not|neither|nor|never|no longer|cannot|without|afterwards|instead of|rather than)\b"
    r"|n't\b"
)
"""Stands before what is not to be."""
_PARTICIPLE = AnyCase(r"(?:ed|sent|paid|put)\W*$")
_TO_BE = AnyCase(r"(?:\b(?:be|get|it|them|have|having)|\d\w*)\W+(?:\w+ly\W+)?$")
"""Stands before a participle of what is to be done."""
_CAN_BE = AnyCase(
    r"\b(?:can|could|may|might) (?:also |still |only |either )?be\W+(?:\w+\W+or\W+)?$"
)


@lru_cache(8192)
def deeds_in(text: str, lexicon: Lexicon) -> Named:
    """Return the deeds that a text of an agent names."""
    proposed, possible = set[str](), set[str]()
    for sentence in sentences_in(text.replace("**", "")):
        if cues.offers_transfer(sentence):
            proposed.add(TRANSFER)
        for clause in () if cues.reports(sentence) else _clauses(sentence):
            for deed, words in lexicon.deeds.items():
                for match in words.finditer(clause):
                    before = clause[: match.start()]
                    if _NOT.search(before):
                        continue
                    if _CAN_BE.search(before):
                        possible.add(deed)
                    elif not _PARTICIPLE.search(match[0]) or _TO_BE.search(before):
                        proposed.add(deed)
    return Named(frozenset(proposed), frozenset(possible - proposed))


def _clauses(sentence: str) -> Iterator[str]:
    """Yield the clauses of a sentence that may say what is to be done."""
    for clause in _CLAUSES.split(sentence):
        if clause and not _ASIDE.search(clause):
            yield clause


_IDLE = frozenset(
    "a about agree agreed ahead all alright am and any are as be before begin can confirm "
    "confirmation confirmed continue correct could details do does everything fine for forward "
    "give go going good great have i if in is it just know let like look looks may me move my need "
    "no now of ok okay on or perform please proceed process ready reply request requested right "
    "say shall should so sound sounds start sure take thank thanks that the them then these this "
    "those to type understood until us want we will wish with would write yes you your i'll i'd "
    "you'd action actions change changes step update updates approval consent go-ahead permission "
    "happy great anything make that's let's acceptable approve".split()
)
_WORD = re.compile(r"[a-z0-9#$][\w'#$.-]*")


def is_bare(text: str) -> bool:
    """Say whether a text asks for a yes and says nothing of what for."""
    words = _WORD.findall(text.lower().replace("’", "'"))
    return all(word.rstrip(".") in _IDLE for word in words)


def held_in(text: str, before: str, lexicon: Lexicon) -> str:
    """Return what a proposal is to be taken for: with what was said before, if it names no deed.

    Args:
        text: A message of the agent.
        before: Its message before that.
        lexicon: The words of the domain.
    """
    if deeds_in(text, lexicon).any or not deeds_in(before, lexicon).proposed:
        return text
    own = mentions_in(text, lexicon).keys() & lexicon.identifying
    return text if own else f"{before}\n{text}"


_PLANS = AnyCase(
    r"\b(?:(?:i|we)(?:'ll|'d| will| can| could| would| shall"
    r"|(?:'m|'re| am| are) (?:going|about) to)|(?:may|can|could|shall|should|if) (?:i|we)|me to"
    r"|proceed (?:with|to)|go(?:ing)? ahead (?:and|with))"
    r"(?: (?:now|then|also|just|like to|please|the|your|a|an|go ahead and|proceed to))*"
    r" (?P<verb>[a-z]+)"
)


def _acts(text: str) -> bool:
    """Say whether an agent tells of something that it is going to do."""
    return any(match["verb"].lower() not in _IDLE for match in _PLANS.finditer(text))


def is_wanted(request: Request, text: str, lexicon: Lexicon, *, likely: bool) -> bool:
    """Say whether a proposal is for something that a request can come to.

    Args:
        request: The request.
        text: The proposal, with all that it is for.
        lexicon: The words of the domain.
        likely: Whether it is clearly about the request, if it does not say what is to be done.
    """
    aims = lexicon.aims.get(request.intent)
    if aims is None:
        return True
    named = deeds_in(text, lexicon).any
    if named:
        return bool(named & aims)
    return is_bare(text) or (likely and not _acts(text))


def unwanted(
    requests: Sequence[Request], text: str, lexicon: Lexicon, before: str = ""
) -> frozenset[str]:
    """Return the deeds that are proposed along with others, and that no request can come to.

    Args:
        requests: What the user has asked for.
        text: A message of the agent that proposes.
        lexicon: The words of the domain.
        before: The agent's message before.
    """
    if any(request.intent not in lexicon.aims for request in requests):
        return frozenset()
    return deeds_in(held_in(text, before, lexicon), lexicon).proposed - _welcome(requests, lexicon)


def _welcome(requests: Iterable[Request], lexicon: Lexicon) -> frozenset[str]:
    """Return what requests can come to, and what goes along with it."""
    aims = frozenset[str]().union(*(lexicon.aims[request.intent] for request in requests))
    return aims.union(*(lexicon.along.get(deed, frozenset()) for deed in aims))
