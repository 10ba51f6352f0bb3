"""Facts said and unsaid: what a user has told so far, and what a proposal has to do with it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from writ_gym.tasks import Fact, Request, Scenario
from writ_gym.understanding.allowances import Barred, Only, Rule
from writ_gym.understanding.deeds import deeds_in, held_in, is_wanted
from writ_gym.understanding.reading import (
    Lexicon,
    compared_in,
    ids_in,
    mentions_in,
    overlap,
    refused_in,
    still_to_do,
    words_in,
)


class Key(NamedTuple):
    """Names one fact of a scenario."""

    request: int | None
    """Index of the request; None for a fact about who the user is."""
    slot: str


class FactTracker:
    """Which facts of a scenario the user has said, from the user's turns.

    A fact counts as said when its text is. A turn may state several requests: what follows the
    text of one belongs to that one, and what comes before the first to every request stated in
    earlier turns.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.turns = 0
        """The user's turns so far."""
        self._scenario = scenario
        self._identity = _keyed(None, scenario.identity)
        self._requests = [
            _keyed(index, request.facts) for index, request in enumerate(scenario.requests)
        ]
        self._stated: dict[int, int] = {}
        self._said: dict[Key, int] = {}
        self._mistaken: dict[Key, int] = {}

    def hear(self, text: str) -> None:
        """Take in one turn of the user."""
        places = [
            (place, index)
            for index, request in enumerate(self._scenario.requests)
            if (place := text.find(request.text)) >= 0
        ]
        self._note(self._identity, text)
        for index, part in self._parts(text, sorted(places)):
            self._note(self._requests[index], part)
        for _, index in places:
            self._stated.setdefault(index, self.turns)
        self.turns += 1

    def stated(self, index: int) -> int | None:
        """Return the turn that stated a request first, None if none has."""
        return self._stated.get(index)

    def said(self, key: Key) -> int | None:
        """Return the turn that said a fact first, None if none has."""
        return self._said.get(key)

    def mistaken(self, key: Key) -> int | None:
        """Return the turn that said the earlier value of a fact first, None if none has."""
        return self._mistaken.get(key)

    def unsaid(self, request: int | None) -> list[Fact]:
        """Return the facts of a request (None: of the identity) that were not said as they are."""
        return [fact for fact in self._facts(request) if Key(request, fact.slot) not in self._said]

    def outstanding(self) -> list[Key]:
        """Return the facts of which only the earlier value was said: not yet corrected."""
        return [key for key in self._mistaken if key not in self._said]

    def current(self, request: int | None) -> dict[str, Fact]:
        """Return by slot what the user now says to be so: the earlier value until corrected."""
        found = {}
        for fact in self._facts(request):
            key = Key(request, fact.slot)
            if key in self._said:
                found[fact.slot] = fact
            elif key in self._mistaken and fact.earlier:
                found[fact.slot] = fact.earlier
        return found

    def fact(self, key: Key) -> Fact:
        """Return the fact of a key, with its final value."""
        return next(fact for fact in self._facts(key.request) if fact.slot == key.slot)

    def _facts(self, request: int | None) -> tuple[Fact, ...]:
        scenario = self._scenario
        return scenario.identity if request is None else scenario.requests[request].facts

    def _note(self, facts: Iterable[tuple[Key, Fact]], text: str) -> None:
        for key, fact in facts:
            if fact.text in text:
                self._said.setdefault(key, self.turns)
            if fact.earlier and fact.earlier.text in text:
                self._mistaken.setdefault(key, self.turns)

    def _parts(self, text: str, places: Sequence[tuple[int, int]]) -> Iterator[tuple[int, str]]:
        """Yield the parts of a turn, each with the index of a request that it belongs to.

        Args:
            text: The turn.
            places: Where it states requests, in order, each with the request's index.
        """
        ends = [start for start, _ in places] + [len(text)]
        for index in self._stated:
            yield index, text[: ends[0]]
        for (start, index), end in zip(places, ends[1:], strict=True):
            yield index, text[start:end]


def _keyed(request: int | None, facts: Iterable[Fact]) -> list[tuple[Key, Fact]]:
    return [(Key(request, fact.slot), fact) for fact in facts]


class Likeness(NamedTuple):
    """How much a proposal is like a request; the larger, the likelier it is about it."""

    identity: int
    """Identifying mentions of the request that the proposal repeats, less those it leaves out."""
    words: float
    """Share of the request's words, its condition left aside, that the proposal has, and a tenth
    more for each of its other mentions, and for each choice of its facts, that it repeats."""


CONDITION = "condition"
"""The slot, the same in every domain, of what has to be so for anything to be done."""
SIMILAR = 0.2
"""Share of a request's words that a proposal has if it is clearly about it."""
DEED = "deed"
"""Stands among the slots that a proposal contradicts if it is for another kind of write."""


def is_about(likeness: Likeness) -> bool:
    """Say whether a proposal of such a likeness to a request is clearly about it."""
    return likeness.identity > 0 or likeness.words >= SIMILAR


def is_elsewhere(request: Request, text: str, lexicon: Lexicon) -> bool:
    """Say whether a text is about none of the records that a request names.

    What a request leaves to be looked up may be any record.
    """
    if not all(fact.literal for fact in request.facts):
        return False
    mentioned, own = mentions_in(text, lexicon), _ids_of(request, lexicon)
    return any(own[kind].isdisjoint(mentioned[kind]) for kind in own.keys() & mentioned.keys())


def meant_among(requests: Sequence[Request], text: str, lexicon: Lexicon) -> int:
    """Return the place of the request, of several, of which a text says what comes of it.

    That is the first one, unless the text is about other records than that one: an agent may deal
    with what it has heard in any order.
    """
    places = range(len(requests))
    return next((n for n in places if not is_elsewhere(requests[n], text, lexicon)), 0)


def refused_besides(requests: Sequence[Request], text: str, lexicon: Lexicon) -> int | None:
    """Return the place of a request that a text refuses beside what it says of other ones.

    It has to name a record of it in so many words; None if it does so of none.
    """
    refused = refused_in(text)
    named = (n for n, r in enumerate(requests) if compare(r, refused, lexicon)[0].identity > 0)
    return next(named, None) if refused else None


def adds_to(request: Request, other: Request, text: str, lexicon: Lexicon) -> bool:
    """Say whether a proposal for one request names a record, or a deed, that only another one has.

    Args:
        request: The other one.
        other: The one that the proposal is likest to be for.
        text: The proposal, with all that it is for.
        lexicon: The words of the domain.
    """
    own, known_ids = _ids_of(request, lexicon).values(), _ids_of(other, lexicon).values()
    if request.intent not in lexicon.aims or set().union(*own) - set().union(*known_ids):
        return True
    known = lexicon.aims.get(other.intent, frozenset())
    return bool(deeds_in(text, lexicon).any & lexicon.aims[request.intent] - known)


def _ids_of(request: Request, lexicon: Lexicon) -> dict[str, set[str]]:
    """Return by kind the ids of the records that a request names, if it names any."""
    found: dict[str, set[str]] = {}
    for stated in (mentions_in(fact.text, lexicon) for fact in request.facts if fact.literal):
        for kind in lexicon.identifying & stated.keys():
            found.setdefault(kind, set()).update(stated[kind])
    return found


def compare(
    request: Request, text: str, lexicon: Lexicon, before: str = ""
) -> tuple[Likeness, list[str]]:
    """Return how much a proposal is like the request, and the slots that it contradicts.

    Args:
        request: The request.
        text: The message of the agent that proposes.
        lexicon: The words of the domain.
        before: The agent's message before, for which a mere "Shall I go ahead?" may stand.
    """
    held = held_in(text, before, lexicon)
    likeness, wrong = _compare_values(request, held, lexicon)
    if held != text:
        wrong += [slot for slot in _compare_values(request, text, lexicon)[1] if slot not in wrong]
    wrong = [slot for slot in wrong if _is_concerned(slot, request, held, lexicon)]
    if not is_wanted(request, held, lexicon, likely=is_about(likeness)):
        wrong.append(DEED)
    return likeness, wrong


def _is_concerned(slot: str, request: Request, text: str, lexicon: Lexicon) -> bool:
    """Say whether a fact has to do with what a proposal is for, so far as that is known."""
    named = deeds_in(text, lexicon).any & lexicon.aims.get(request.intent, frozenset())
    return not named or bool(named & lexicon.concerns.get(slot, named))


def _compare_values(request: Request, text: str, lexicon: Lexicon) -> tuple[Likeness, list[str]]:
    """Return how much a proposal is like the request, and the slots of which it says otherwise."""
    mentioned = mentions_in(text, lexicon)
    beyond = _wholes_in(text, lexicon) - _wholes_in(request.text, lexicon)
    identity, details, wrong = 0, 0, []
    for fact in request.facts:
        stated = mentions_in(fact.text, lexicon) if fact.literal else {}
        for kind, values in stated.items():
            shared = values & mentioned.get(kind, set())
            repeats = bool(shared) if kind in lexicon.loose else shared == values
            if kind in lexicon.identifying:
                identity += 1 if repeats else -1
            else:
                details += repeats
            more = mentioned.get(kind, set()) - values if kind in beyond else set()
            if more or (mentioned.get(kind) and not repeats):
                wrong.append(fact.slot)
        details += not fact.literal and _is_among(fact, mentioned, lexicon)
        otherwise = False
        if fact.alternatives:
            wanted = words_in(fact.text, fact.alternatives)
            repeats = words_in(text, wanted) >= wanted
            details += bool(wanted) and repeats
            otherwise = not repeats and bool(words_in(text, set(fact.alternatives) - wanted))
        if otherwise or _repeats_earlier(fact, text):
            wrong.append(fact.slot)
    kept, ruled_out = _by_rules(request, text, lexicon)
    wrong += ruled_out
    # What a request hangs on is looked at before, and no part of what is proposed.
    proposed = (fact.text for fact in request.facts if fact.slot != CONDITION)
    statement = " ".join([request.text, *proposed])
    words = overlap(statement, text) + (details + kept) / 10
    return Likeness(identity, words), list(dict.fromkeys(wrong))


class _Same:
    """A request that equals itself alone: its facts hold values that cannot be hashed."""

    __slots__ = ("request",)

    def __init__(self, request: Request) -> None:
        self.request = request

    def __hash__(self) -> int:
        return id(self.request)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.request is other.request


@lru_cache(256)
def _found_rules(same: _Same, lexicon: Lexicon) -> Sequence[Rule]:
    return tuple(lexicon.allowed(same.request.values))


def rules_of(request: Request, lexicon: Lexicon) -> Sequence[Rule]:
    """Return what the facts of a request let a right proposal name; it is found but once."""
    return _found_rules(_Same(request), lexicon)


def _by_rules(request: Request, text: str, lexicon: Lexicon) -> tuple[int, list[str]]:
    """Return how many rules of a request a proposal keeps, and the slots that rule it out.

    A rule is kept where something of its kind is named.
    """
    kept, ruled_out = 0, []
    for rule in rules_of(request, lexicon):
        if isinstance(rule, Only) or not (named := compared_in(text, rule.kind, lexicon)):
            continue
        if rule.rules_out(named):
            ruled_out.append(rule.slot)
        else:
            kept += not isinstance(rule, Barred)
    return kept, ruled_out


def overdone(
    requests: Sequence[Request], text: str, lexicon: Lexicon, before: str = ""
) -> frozenset[str]:
    """Return the slots of which a proposal names values beside those that requests can come to.

    What it reports or refuses along with that is not proposed.

    Args:
        requests: What it may be for.
        text: A message of the agent that proposes.
        lexicon: The words of the domain.
        before: The agent's message before.
    """
    held = held_in(text, before, lexicon)
    named = deeds_in(held, lexicon).any
    aims = [(each, lexicon.aims.get(each.intent, named)) for each in requests]
    concerned = [each for each, its in aims if not named or named & its]
    return _beside(concerned, held, lexicon) and _beside(concerned, still_to_do(held), lexicon)


def _beside(requests: Sequence[Request], text: str, lexicon: Lexicon) -> frozenset[str]:
    """Return the slots of which a text names more values than all of some requests have."""
    rules = [
        {rule.kind: rule for rule in rules_of(each, lexicon) if isinstance(rule, Only)}
        for each in requests
    ]
    facts = "\n".join(fact.text for each in requests for fact in each.facts)
    slots = set[str]()
    for kind in rules[0] if rules else ():
        known = [each[kind] for each in rules if kind in each]
        if len(known) < len(rules):
            continue  # one of them leaves open what there may be of the kind
        others = sum(rule.others for rule in known)
        strange = set(compared_in(text, kind, lexicon)).difference(*(r.values for r in known))
        if len(strange) > others:
            strange -= compared_in(facts, kind, lexicon)
        if len(strange) > others:
            slots.add(known[0].slot)
    return frozenset(slots)


@lru_cache(1024)
def _wholes_in(text: str, lexicon: Lexicon) -> frozenset[str]:
    """Return the kinds of mentions of which a text wants something done to all that it names."""
    return frozenset(kind for kind, words in lexicon.wholes.items() if words.search(text))


def _is_among(fact: Fact, mentioned: Mapping[str, set[str]], lexicon: Lexicon) -> bool:
    """Say whether a proposal names one of the records that a reference, such as a rank, is over."""
    named = ids_in(fact.text, lexicon)
    return any(values & mentioned.get(kind, set()) for kind, values in named.items())


def has_all(text: str, statement: str, lexicon: Lexicon) -> bool:
    """Say whether a text has a value of every kind that a statement mentions, and it does so."""
    stated, shown = mentions_in(statement, lexicon), mentions_in(text, lexicon)
    return bool(stated) and all(values & shown.get(kind, set()) for kind, values in stated.items())


def _repeats_earlier(fact: Fact, text: str) -> bool:
    """Say whether ``text`` has a number of the fact's earlier value instead of the final one."""
    if fact.earlier is None or not fact.literal:
        return False
    earlier, final = numerals_in(fact.earlier.text), numerals_in(fact.text)
    shown = numerals_in(text)
    return bool(shown & (earlier - final)) and not shown >= final - earlier


_NUMERALS = re.compile(r"#?\w*\d\w*")


def numerals_in(text: str) -> set[str]:
    """Return the words in ``text`` that have a digit: ids, house numbers, sizes."""
    return set(_NUMERALS.findall(text))
