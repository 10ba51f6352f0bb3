"""What is wrong with the facts that a turn says: made up, contradicted, or said too early."""

import re
from collections.abc import Iterator, Sequence

from writ_gym.trace import marks_in
from writ_gym.understanding.allowances import Allowed
from writ_gym.understanding.reading import (
    choices_in,
    closed_in,
    mentions_in,
    overlap,
    sentences_in,
    unquoted,
    words_in,
)
from writ_gym.users.agenda import Agenda
from writ_gym.users.behaviours.base import askable
from writ_gym.users.behaviours.disclosure import forgotten
from writ_gym.users.facts import Key, rules_of
from writ_gym.users.goals import Stage, asks_ahead
from writ_gym.users.simulators import UserTurn
from writ_gym.users.wording import marks_of, states


def invents(agenda: Agenda, turn: UserTurn) -> str | None:
    """Object to an id, a number or a name that is nowhere to be found."""
    said = unquoted(turn.text)
    corpus = agenda.corpus.lower()
    new = sorted(m for m in marks_in(said) - agenda.marks if not _is_known(m, corpus))
    if new:
        return f"{new[0]!r} is in none of your facts: never make up ids, numbers or values"
    words = set(re.findall(r"[a-z]+", corpus))
    for name, of_person in _named(said):
        unknown = [word for word in re.findall(r"[a-z]+", name.lower()) if word not in words]
        if len(unknown) == len(name.split()) or (of_person and unknown):
            return f"{name!r} is in none of your facts: never make up names"
    if agenda.scenario.instructions:  # in prose, a wish may go by any name: "CC", "the other card"
        return None
    value = _strange(agenda, said) or _strange_place(agenda, said)
    return f"{value!r} is in none of your facts: never make up wishes" if value else None


_WISHES = re.compile(
    r"\b(?:i(?:'d| would)? (?:\w+ )?(?:want|need|like|prefer|wish|mean)|please"
    r"|(?:can|could) (?:you|i)|instead|rather|it(?:'s| is)|that(?:'s| is)|about|concerns|in mind"
    r"|i(?:'m| am) (?:interested in|looking at|referring to|thinking of))\b",
    re.I,
)


def _strange(agenda: Agenda, said: str) -> str | None:
    """Return a value of a closed set, such as a color, that is wished for and nobody knows of."""
    wishes = " ".join(each for each in sentences_in(said) if _WISHES.search(each))
    wished = closed_in(wishes, agenda.lexicon)
    known = closed_in(agenda.corpus, agenda.lexicon) if wished else {}
    strange = (values - known.get(kind, set()) for kind, values in wished.items())
    return min(set().union(*strange), default=None)


_WHERE = re.compile(
    r"\b(?:to|from|in|into|via) (?!(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|\w+day\b))"
    r"([A-Z][a-z]{2,})\b(?! [A-Z])"
)
"""Where something is to be, but for names of several words, which are looked at as such."""


def _strange_place(agenda: Agenda, said: str) -> str | None:
    """Return a place that is wished for, of no closed set, that nobody knows of."""
    wishes = (each for each in sentences_in(said) if _WISHES.search(each))
    named = [match[1] for each in wishes for match in _WHERE.finditer(each)]
    known = words_in(agenda.corpus, named) if named else set()
    new = (name for name in named if name not in known and not closed_in(name, agenda.lexicon))
    return next(new, None)


_ORDINAL = re.compile(r"\d{1,2}(?:st|nd|rd|th)$")
_HOUR = re.compile(r"\d{1,2}(?::\d\d)?(?:am|pm)?$")
_LETTERED = re.compile(r"[a-z](\d{6,})")
"""An id whose number may have been told without the letter before it."""
_PIECES = re.compile(r"[a-z]+|\d+")


def _is_known(mark: str, corpus: str) -> bool:
    """Say whether a mark only looks otherwise: an id in part, or a date in another way."""
    if _ORDINAL.match(mark) or (_HOUR.match(mark) and mark.endswith(("am", "pm"))):
        return True
    if mark.isdigit() and len(mark) >= 3 and mark in corpus:
        return True
    if (number := _LETTERED.fullmatch(mark)) and number[1] in corpus:
        return True
    pieces = _PIECES.findall(mark)
    joined = "".join(pieces)
    mixed = not joined.isdigit()
    if len(joined) >= (3 if mixed else 6) and joined in re.sub(r"[^a-z0-9\n]", "", corpus):
        return True
    found = {piece.lstrip("0") for piece in _PIECES.findall(corpus)}
    return not mixed and all(len(p) <= 2 and p.lstrip("0") in found for p in pieces)


_INTRODUCES = re.compile(
    r"\b(?:[Mm]y (?:full )?name(?: is|'s)|[Tt]his is|[Ii](?: a|')m|[Nn]ame:|in the name of)"
    r" ((?:[A-Z][\w'’-]+)(?: [A-Z][\w'’.-]+)+)"
)  # fmt: skip
_PLACE = re.compile(r"(?:San|Santa|Los|Las|El|New|Fort|Saint|Salt|Kansas|Oklahoma|United) ")
"""Cities may be named for a code that the facts have, such as that of an airport."""
_FULL_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z]+)+")


def _named(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the names that a user gives, and whether it is a person who is introduced by it."""
    for sentence in sentences_in(text):
        for match in _INTRODUCES.finditer(sentence):
            yield match[1].rstrip("."), True
        for match in _FULL_NAME.finditer(sentence):
            if "I" not in match[0].split() and not _PLACE.match(match[0]):
                yield match[0], False


_DIRECTIONS = tuple(
    re.compile(rf"\b(?:{words})\b", re.I)
    for words in (
        "cheapest|least expensive|lowest|smallest|least costly|fewest|(?<!at )least",
        "most expensive|dearest|priciest|highest|largest|biggest|greatest|most costly",
        "shortest|fastest|quickest",
        "longest|slowest",
        "latest|newest|most recent",
        "earliest(?! convenience)|oldest|soonest",
    )
)
_RANKS = tuple(
    re.compile(rf"\b(?:{words})[ -](?=(?:most|least|[a-z]+est|last|one)\b)", re.I)
    for words in ("second|2nd", "third|3rd", "fourth|4th")
)
"""How superlatives and ranks are said; a line has those that come to the same."""
ALIKE = 0.6
"""Share of the words of a fact's sentence that a sentence of the user has, if it says it."""


def contradicts(agenda: Agenda, turn: UserTurn) -> str | None:
    """Object to a value, a rank or an option that is not that of the facts."""
    said = unquoted(turn.text)
    found = _other_mention(agenda, said) or _other_rank(agenda, said) or _other_option(agenda, said)
    if found:
        return f"{found!r} contradicts your facts"
    if chosen := _other_choice(agenda, said):
        return f"that is not so; say it as it is: {chosen}"
    other = _others_fact(agenda, said)
    return f"that belongs to another request of yours: {other}" if other else None


def _other_mention(agenda: Agenda, said: str) -> str | None:
    """Return a value of a kind that the domain compares, which the user has otherwise."""
    stated = _stated(agenda)
    heard = mentions_in("\n".join([agenda.agent, *agenda.due]), agenda.lexicon)
    for kind, values in mentions_in(said, agenda.lexicon).items():
        other = values - stated.get(kind, set()) - heard.get(kind, set())
        known = [value for value in other if marks_in(value) <= agenda.marks]
        if known and kind in stated:
            return min(known)
        wanted = _asked_for(agenda, kind)
        if wanted and not values & wanted:
            return min(values)
    return None


def _stated(agenda: Agenda) -> dict[str, set[str]]:
    """Return the values that the scenario states, by kind: in its texts, or as its facts' values.

    A text may say in words of its own what the value of its fact says.
    """
    found = {k: set(v) for k, v in mentions_in(agenda.statements, agenda.lexicon).items()}
    for request in agenda.scenario.requests:
        for rule in rules_of(request, agenda.lexicon):
            if isinstance(rule, Allowed):
                found.setdefault(rule.kind, set()).update(rule.values)
    return found


def _asked_for(agenda: Agenda, kind: str) -> set[str]:
    """Return the values that the user has to give, if it is asked for a slot of this kind."""
    if agenda.reading is None or kind not in agenda.reading.asks:
        return set()
    asked = (
        fact
        for key, fact in agenda.facts()
        if key.slot == kind and key.request is not None
        and agenda.stages[key.request] != Stage.WAITING
    )  # fmt: skip
    texts = (f"{fact.text}\n{fact.earlier.text if fact.earlier else ''}" for fact in asked)
    each = [mentions_in(text, agenda.lexicon).get(kind, set[str]()) for text in texts]
    # Who means one of them without such a value may name others, in the place of another fact.
    return set().union(*each) if all(each) else set()


def _other_choice(agenda: Agenda, said: str) -> str | None:
    """Return a fact that has one of a few values, of which the user says another one."""
    stated = choices_in(agenda.statements, agenda.lexicon)
    heard = choices_in("\n".join([agenda.agent, *agenda.due]), agenda.lexicon)
    asked = agenda.reading.asks if agenda.reading and not agenda.reading.proposes else ()
    for slot, values in choices_in(said, agenda.lexicon).items():
        facts = [
            text
            for key, fact in agenda.facts()
            if key.slot == slot and (slot in asked or not _is_answered(agenda, key))
            for text in (fact.text, fact.earlier.text if fact.earlier else "")
        ]
        wanted = choices_in("\n".join(facts), agenda.lexicon).get(slot, set())
        other = values - stated.get(slot, set()) - heard.get(slot, set())
        if wanted and (other or (slot in asked and not values & wanted)):
            return facts[0]
    return None


def _is_answered(agenda: Agenda, key: Key) -> bool:
    """Say whether a fact belongs to a question that was asked, so that others may follow."""
    if key.request is None or key not in agenda.said:
        return False
    return agenda.scenario.requests[key.request].answer == "information"


def _others_fact(agenda: Agenda, said: str) -> str | None:
    """Return a fact that the user is asked for, and gives as another request has it."""
    for slot in sorted(agenda.reading.asks) if agenda.reading else ():
        facts = [(key, fact) for key, fact in agenda.facts() if key.slot == slot]
        mine = [fact for key, fact in facts if key.request in agenda.on_table()]
        others = [
            fact
            for key, fact in facts
            if key.request not in agenda.on_table() and not _is_left(agenda, key)
        ]
        own = {mark for fact in mine for mark in marks_of(fact.text)}
        for fact in others if own else ():
            if states(fact, said) and marks_of(fact.text) - own and not own & marks_of(said):
                return fact.text
    return None


def _is_left(agenda: Agenda, key: Key) -> bool:
    """Say whether a request was taken for dealt with before this fact of it was said."""
    closed = key.request is not None and agenda.stages[key.request] == Stage.CLOSED
    return closed and key not in agenda.said


def _other_rank(agenda: Agenda, said: str) -> str | None:
    """Return a superlative or a rank that is not that of the fact which is said."""
    kinds = (*_DIRECTIONS[:4], *_RANKS)
    known = f"{agenda.statements}\n{agenda.corpus}"
    for words in kinds:
        if (match := words.search(said)) and not words.search(known):
            return match[0].strip()
    facts = [part for _, fact in agenda.facts() if _has(fact.text, _DIRECTIONS)
             for part in sentences_in(fact.text)]  # fmt: skip
    facts += [part for _, fact in agenda.facts() if fact.earlier
              for part in sentences_in(fact.earlier.text)]  # fmt: skip
    for sentence in sentences_in(said) if facts else ():
        likest = max(facts, key=lambda fact: overlap(fact, sentence))
        if overlap(likest, sentence) >= ALIKE and _ranks_otherwise(likest, sentence):
            return sentence
    return None


def _ranks_otherwise(fact: str, sentence: str) -> bool:
    """Say whether a sentence has another direction than a fact, or another rank."""
    wanted, found = _has(fact, _DIRECTIONS), _has(sentence, _DIRECTIONS)
    if wanted - found and found - wanted:
        return True
    return bool(found & wanted) and _has(fact, _RANKS) != _has(sentence, _RANKS)


def _has(text: str, kinds: Sequence[re.Pattern[str]]) -> set[int]:
    return {place for place, words in enumerate(kinds) if words.search(text)}


def _other_option(agenda: Agenda, said: str) -> str | None:
    """Return an option that is none of those wanted, where these are told."""
    asks = agenda.reading.asks if agenda.reading else frozenset[str]()
    for key, fact in agenda.facts():
        wanted = words_in(fact.text, fact.alternatives)
        unwanted = words_in(said, set(fact.alternatives) - wanted)
        unwanted -= words_in(f"{agenda.statements}\n{agenda.agent}", unwanted)
        if unwanted and (key.slot in asks or words_in(said, wanted)):
            return min(unwanted)
    return None


def leaks(agenda: Agenda, turn: UserTurn) -> str | None:
    """Object to what is said before its time: unasked, or as the next request too early."""
    reading = agenda.reading
    if turn.calls:
        return None
    requests = agenda.newly_stated(turn.text)
    if first := _left_out(agenda, requests):
        return f"before that, you want this: {first}"
    if reading and (reading.proposes or reading.refuses or reading.transfers):
        return None
    if request := _early(agenda, requests):
        return f"it is too early for this: {request}"
    asks = reading.asks if reading else frozenset[str]()
    if reading and not asks and not reading.offers_more:
        return None  # who is asked in words that are not understood may say anything
    facts = dict(agenda.facts())
    said = agenda.newly_said(turn.text)
    early = [key for key in said if not _may_say(agenda, key, requests, asks)]
    rest = " ".join(
        fact.text
        for key, fact in facts.items()
        if key not in early and (key in said or key in agenda.said or fact.text in turn.text)
    )
    for key in early:
        if marks_in(facts[key].text) - marks_in(rest):
            return f"nobody has asked you for this yet: {facts[key].text}"
    return None


def _left_out(agenda: Agenda, requests: Sequence[int]) -> str | None:
    """Return the request that is due before those that are brought up; one often needs another."""
    if agenda.reading is None or agenda.opens != 1 or not requests:
        return None
    due = agenda.stages.index(Stage.WAITING)
    return None if due in requests else agenda.scenario.requests[due].text


def _early(agenda: Agenda, requests: Sequence[int]) -> str | None:
    """Return a request that is brought up before its turn."""
    texts = agenda.scenario.requests
    if agenda.reading is None:
        return texts[requests[-1]].text if len(requests) > agenda.opens else None
    busy = agenda.reading.asks or agenda.reading.proposes
    ahead = asks_ahead(texts, agenda.stages, agenda.reading.asks)
    open_ones = any(stage in (Stage.STATED, Stage.CONFIRMED) for stage in agenda.stages)
    staged = agenda.scenario.disclosure == "staged" and agenda.opens == 1
    too_early = requests and busy and open_ones and staged and not ahead
    return texts[requests[0]].text if too_early else None


def _may_say(agenda: Agenda, key: Key, requests: Sequence[int], asks: frozenset[str]) -> bool:
    """Say whether a fact may come in this turn."""
    mine = _own_slots(agenda)
    if key == _forgotten(agenda) and key.slot in asks:
        return not may_lack(agenda, key)
    if key.slot in asks or key.slot in agenda.volunteered[key.request]:
        return True
    if key.request is None:
        return agenda.reading is not None and (bool(asks & mine) or not asks)
    if _is_told_openly(agenda, key):
        return True
    fact = next(fact for other, fact in agenda.facts() if other == key)
    if not askable(fact, agenda.lexicon):
        return True
    return not asks and key.request not in requests


def may_lack(agenda: Agenda, key: Key) -> bool:
    """Say whether the user has to claim not to have a fact: it does so once, when first asked."""
    own = (Key(None, slot) for slot in _own_slots(agenda))
    alike = own if key.request is None else [key]
    return key == _forgotten(agenda) and not any(agenda.asked[each] for each in alike)


def _own_slots(agenda: Agenda) -> set[str]:
    """Return the slots of who the user is, those that it does not know included."""
    return {fact.slot for fact in agenda.scenario.identity} | set(agenda.scenario.unknown)


def _is_told_openly(agenda: Agenda, key: Key) -> bool:
    """Say whether the user tells a fact because the agent asks what it wants."""
    if key.request is None or agenda.stages[key.request] != Stage.STATED:
        return False
    return agenda.is_asked_openly and key.slot in agenda.told_openly[key.request]


def _forgotten(agenda: Agenda) -> Key | None:
    """Return the fact that the user has to claim once not to have."""
    claims = "forgot_id" in agenda.scenario.behaviours
    return forgotten(agenda.scenario, agenda.lexicon) if claims else None
