"""How agents at the desk name things, and what members get wrong at first."""

import re

import numpy as np

from writ_gym.grammar import Style
from writ_gym.tasks import Fact, Request
from writ_gym.understanding import Lexicon


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.I)


LEXICON = Lexicon(
    nouns={
        "loan": "which loan you mean",
        "fee": "which fee you mean",
        "hold": "which hold you mean",
        "book": "which book you mean",
        "matter": "what exactly you need",
    },
    identity_questions=(
        "Happy to help. May I have the number of your library card, or your e-mail address?",
        "Of course. What is your card number, or else your e-mail address?",
    ),
    identity_alternatives=(
        "No problem. Could you tell me your e-mail address or your card number instead?",
    ),
    slots={
        "card": _words(r"card(?: number)?|number of your (?:library )?card"),
        "email": _words(r"e-?mail(?: address)?"),
        "loan": _words(r"which (?:loan|of your loans)|(?:loan|number of the loan) (?:id|number)"),
        "fee": _words(r"which (?:fee|of your fees)|fee (?:id|number)"),
        "hold": _words(r"which (?:hold|of your holds)"),
        "book": _words(r"which book|book (?:id|number)"),
        "matter": _words(r"what (?:exactly )?you (?:need|want)"),
    },
    mentions={
        "loan": re.compile(r"\bL\d{5}\b"),
        "fee": re.compile(r"\bF\d{5}\b"),
        "book": re.compile(r"\bB\d{5}\b"),
    },
    identifying=frozenset({"loan", "fee", "book"}),
    stated={
        "card": re.compile(r"\b\d{4}-\d{4}\b"),
        "email": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    },
)


def mistake(style: Style, request: Request, fact: Fact, rng: np.random.Generator) -> Fact | None:
    """Return the fact as a member gets it wrong, an id with two digits swapped; None if not so."""
    key = fact.value.get("id") if isinstance(fact.value, dict) else None
    if key is None:
        return None
    places = [n for n in range(1, len(key) - 1) if key[n] != key[n + 1]]
    if not places:
        return None
    n = places[int(rng.random() * len(places))]
    wrong = key[:n] + key[n + 1] + key[n] + key[n + 2 :]
    return fact.model_copy(update={"value": {"id": wrong}, "text": fact.text.replace(key, wrong)})
