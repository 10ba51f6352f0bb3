"""Whether what an agent says tells the user what is due, and nothing else in its place."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from writ_gym.tasks import Due
from writ_gym.understanding.patterns import AnyCase
from writ_gym.understanding.reading import claims_in, is_refusal, numbers_in, words_in

MOST_NAMED = 2
"""Other values of what is due that a message may name, as in "that is for pending orders only"."""
MOST_CLAIMED = 1
"""How many of them may be said of something: an agent that says all of them tells nothing."""
MOST_GROUNDS = 3
"""Other grounds on which a refusal may say that it rests. Of 128 refusals by a language model none
has more, and one as many: it is about seven bookings."""

Others: TypeAlias = Callable[[str], Collection[str]]
"""Gives the values that what is due could have instead, such as the other statuses."""


def no_others(value: str) -> Collection[str]:
    """Return nothing: it is not known what a value could be instead."""
    return ()


def is_told(
    due: Due, said: Iterable[str], others: Others = no_others, grounds: Collection[str] = ()
) -> bool:
    """Say whether one of the agent's messages tells what is due, and all others stand by it.

    A value is not told as one of several that it could be, or as what may be so. It does not stand
    if it is taken back ("Actually, I can do that"), or if a later refusal names another one.

    Args:
        due: What is due.
        said: The messages.
        others: Gives what a value could be instead.
        grounds: What is due of many refusals in a domain, such as a status.
    """
    fact = _fact(due, others)
    left = _standing(fact, said)
    if fact.refuses and not _is_one_ground(fact, filter(is_refusal, left), grounds):
        return False
    telling = [place for place, text in enumerate(left) if _tells(fact, text)]
    return bool(telling) and not any(_says_another(fact, text) for text in left[telling[-1] + 1 :])


def is_telling(value: float | str) -> bool:
    """Say whether a value that is due is told by what is said of it alone.

    A "yes" or a "no" is in what is said of anything: "roaming is now off" would tell it as well.
    """
    return value not in _STATES


class _Fact(NamedTuple):
    """What is due, as it is looked for."""

    value: str
    own: str
    """The value in words."""
    instead: Collection[str]
    """What it could be instead, in words."""
    number: float | None
    """The value, if it is a number."""
    state: bool | None
    """Whether something is on, or so, if that is the value."""
    refuses: bool


def _fact(due: Due, others: Others) -> _Fact:
    value = str(due.value)
    is_number = due.kind == "number" or isinstance(due.value, float) or _AMOUNT.fullmatch(value)
    return _Fact(
        value=value,
        own=value.lower().replace("_", " "),
        instead=() if is_number else others(value),
        number=round(float(value), 2) if is_number else None,
        state=_STATES.get(value),
        refuses=due.kind == "refusal",
    )


_AMOUNT = re.compile(r"\d+\.\d\d")


def _tells(fact: _Fact, text: str) -> bool:
    """Say whether a text tells what is due, and not as one of many things."""
    if fact.refuses and not is_refusal(text):
        return False
    if fact.number is not None:
        is_named = fact.number in _numbers(text)
        return is_named and fact.number in _numbers(_NUMBERS_OPEN.sub(" ", text))
    if fact.state is not None:
        return state_in(text) is fact.state
    if not (_names(fact, text) and _names(fact, _without_guesses(fact, text))):
        return False
    if not fact.instead:
        return True
    named, claimed = claims_in(text, [fact.own, *fact.instead])
    return len(named - {fact.own}) <= MOST_NAMED and len(claimed - {fact.own}) <= MOST_CLAIMED


def _names(fact: _Fact, text: str) -> bool:
    return bool(words_in(text, [fact.value]))


def _is_one_ground(fact: _Fact, refusals: Iterable[str], grounds: Collection[str]) -> bool:
    """Say whether refusals, taken together, rest on what is due, and not on all there is."""
    text = "\n".join(refusals)
    _, values = claims_in(text, [fact.own, *fact.instead])
    _, given = claims_in(text, {fact.own, *(each.lower() for each in grounds)})
    few = len(values - {fact.own}) <= MOST_CLAIMED
    return few and len(given - {fact.own}) <= MOST_GROUNDS


def _says_another(fact: _Fact, text: str) -> bool:
    """Say whether a text refuses with another value of what is due."""
    if not (fact.instead and fact.refuses and is_refusal(text)):
        return False
    named, claimed = claims_in(_YET_TO_BE.sub(" ", text), [fact.own, *fact.instead])
    return fact.own not in named and bool(claimed)


_YET_TO_BE = re.compile(r"\b(?:once|when|after|as soon as|if|until|unless)\b[^.!?\n]*", re.I)


def _standing(fact: _Fact, said: Iterable[str]) -> list[str]:
    """Return the messages from where it was last taken back what was said before."""
    left: list[str] = []
    for text in said:
        taken_back = None
        for sentence in _LINE_OR_SENTENCE.finditer(text) if _CORRECTS.search(text) else ():
            if _takes_back(fact, sentence[0].replace("’", "'")):
                taken_back = sentence.start()
        left = [*left, text] if taken_back is None else [text[taken_back:]]
    return left


_LINE_OR_SENTENCE = re.compile(r"[^.!?\n](?:[^.!?\n]|[.!?](?!\s))*[.!?]?")
_CORRECTS = re.compile(
    r"\b(?:actually|correction|after all|scratch that|on second thoughts?|i misspoke"
    r"|(?:i was|i am|i'm|i stand) (?:wrong|mistaken|corrected)"
    r"|(?:i made|i have made|i've made|that was) an? (?:mistake|error)|my (?:mistake|error)"
    r"|that was (?:wrong|incorrect))\b",
    re.I,
)
_DOES = re.compile(
    r"\b(?:i|we)(?:'m| am|'re| are)? (?:can|will|could|able to|going to)\b|\b(?:i|we)'ll\b"
    r"|\b(?:it|that|this)(?:'s| is| will be| can be) (?:possible|allowed|done|fine|okay)\b",
    re.I,
)
"""Says that something can or will be done."""


def _takes_back(fact: _Fact, sentence: str) -> bool:
    """Say whether a sentence corrects what was said before into what is not due."""
    if sentence.endswith("?") or not _CORRECTS.search(sentence):
        return False
    if fact.refuses and not is_refusal(sentence) and _DOES.search(sentence):
        return True
    if fact.number is not None:
        numbers = _numbers(sentence)
        return bool(numbers) and fact.number not in numbers
    if fact.state is not None:
        return state_in(sentence) is (not fact.state)
    _, claimed = claims_in(sentence, [fact.own, *fact.instead])
    return bool(claimed) and fact.own not in claimed


def _numbers(text: str) -> set[float]:
    return {round(number, 2) for number in numbers_in(text)}


_MAY_BE = (
    r"\b(?:maybe|perhaps|possibly|either|(?:may|might|could) be|(?:may|might|could) have been)"
    r" (?:(?:an?|the|in|already) )?"
)
_NUMBER = r"(?<![\w.#])[$]?[-−]?\d[\d,]*(?:\.\d+)?(?!\w)(?: (?!or\b)[a-zA-Z]+)?"
_NUMBERS_OPEN = re.compile(
    rf"{_NUMBER}(?:, {_NUMBER}){{0,9}},? or (?:[a-z]+ ){{0,2}}{_NUMBER}"
    r"|(?<![\w.#$-])\d+(?:(?:[,;/]|,? and)? \d+){4,}(?![\w.])"
    rf"|{_MAY_BE}{_NUMBER}",
    re.I,
)
"""Numbers that are not told: alternatives, bare rows of them, and what may be so."""


_GUESSES = AnyCase(rf" or |{_MAY_BE}")


def _without_guesses(fact: _Fact, text: str) -> str:
    """Return a text without the values of which it says that one is so, or that they may be."""
    if not _GUESSES.search(text):
        return text
    values = sorted({fact.own, *fact.instead}, key=len, reverse=True)
    value = rf"(?<!\w)(?:{'|'.join(map(_in_any_case, values))})(?!\w)[\"'”*]*"
    either = rf"{value}(?:, [\"'“*]*{value}){{0,9}},? or (?:[a-z]+ ){{0,2}}?[\"'“*]*{value}"
    return re.sub(rf"{either}|{_MAY_BE}[\"'“*]*{value}", " ", text, flags=re.I)


def _in_any_case(value: str) -> str:
    return re.escape(value).replace("\\ ", "[ _]")


_STATES: Mapping[float | str, bool] = {"on": True, "off": False, "yes": True, "no": False}
"""Values that are words of every other sentence: they are told by what says that it is so."""
_END = r"(?=\W*(?:$|\n|[.,;:!)]|\b(?:for|at|right|and|but|so|as|since|while|because)\b))"
_STATE = re.compile(
    rf"""\b(?P<word>yes|no)\b(?=[^\w\s]|\s*$|\s*\n)
    |:[ ]*\W{{0,3}}(?P<named>on|off)\b{_END}
    |\b(?:turned|switched|set[ ]to)[ ](?P<turned>on|off)\b
    |\b(?:is|are|currently|now|already|stays?)[ ](?P<be>on|off)\b{_END}
    |\b(?P<good>enabled|activated|allowed|works|working|can[ ](?:now[ ])?(?:be[ ]sent|send)
        |(?:has|have|had)[ ](?!no[ ])(?:\w+[ ])?(?:service|signal))\b
    |\b(?P<bad>disabled|deactivated|no[ ](?:\w+[ ])?(?:service|signal|connection)
        |(?:cannot|can['’]t|unable[ ]to)[ ](?:be[ ]sent|send))\b""",
    re.I | re.X,
)
_DENIED = re.compile(r"(?:\b(?:not|never|no longer|cannot)|n['’]t)(?: \w+){0,2} $", re.I)
_NOT_SAID = re.compile(
    r"\b(?:if|whether|unless|until|once|when|please|check)\b"
    r"|\b(?:can|could|may|might|should|must|to) be $",
    re.I,
)
"""What stands before a state that nobody claims."""
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")


def state_in(text: str) -> bool | None:
    """Return whether a text says that something is on, or so: the first that it says; else None.

    What is asked, wished for or supposed is not said, nor is what only sounds like it ("hold on").

    >>> [state_in(text) for text in ("Roaming is turned off.", "It is enabled.", "Please hold on.")]
    [False, True, None]
    """
    for sentence in _SENTENCE.findall(text):
        for found in () if sentence.endswith("?") else _STATE.finditer(sentence):
            before = sentence[: found.start()]
            plain = found["word"] or found["named"]
            if plain:
                return plain.lower() in ("yes", "on")
            if not _NOT_SAID.search(before):
                good = found["good"] or (found["turned"] or found["be"] or "").lower() == "on"
                return bool(good) is not bool(_DENIED.search(before))
    return None
