"""How agents of an airline name things: what they ask for, and values that can be compared."""

import re

from writ_gym.understanding import Lexicon


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.I)


LEXICON = Lexicon(
    nouns={
        "reservation": "the reservation id",
        "trip": "from where to where and when you want to fly",
        "journey": "which flights you mean",
        "cabin": "the cabin",
        "passengers": "who the passengers are",
        "bags": "how many checked bags you want",
        "insurance": "whether you want travel insurance",
        "payment": "the payment method",
        "reason": "the reason",
        "claim": "what happened to the flight",
        "condition": "whether that depends on anything",
        "figure": "which figure you need, and over which reservations",
        "topic": "what you would like to know",
        "matter": "what exactly it is about",
    },
    identity_questions=(
        "Happy to help. May I have your user id first?",
        "Sure. To find your account, could you tell me your user id?",
        "Of course. Please give me your user id first.",
    ),
    identity_alternatives=(
        "I am sorry, I need the user id to find your account.",
        "Without your user id I cannot look up your account.",
    ),
    slots={
        "user_id": _words(r"user ?(?:id|name|number)|(?:customer|account|profile) (?:id|number)"),
        "name": _words(r"(?:your )(?:full |first |last )?name"),
        "reservation": _words(
            r"(?:reservation|booking|confirmation) (?:id|number|no\.?|code|reference)"
            r"|(?:which|what) (?:reservations?|bookings?|trips?)"
        ),
        "trip": _words(
            r"(?:which|what|new|preferred|other) (?:flights?|dates?|days?|routes?|airports?)"
            r"|from where|where (?:do|would) you|when (?:do|would) you (?:like|want|wish)"
            r"|(?:origin|destination|departure date|travel dates?|round[- ]trip|one[- ]way)"
        ),
        "journey": _words(
            r"(?:which|what) (?:flights?|dates?|days?|routes?|airports?)|from where"
            r"|(?:origin|destination|departure date|travel dates?)"
        ),
        "cabin": _words(
            r"(?:which|what|new|preferred|desired) (?:cabin|class)|the cabin|cabin class"
        ),
        "passengers": _words(
            r"passengers?(?:'s?)? (?:names?|details?|data|information|list)|(?:which|what|new)"
            r" passengers?|who (?:the passengers|(?:is|are|will be) (?:travell?ing|flying))"
            r"|dates? of birth"
        ),
        "bags": _words(
            r"how many (?:\w+ )?(?:bags|suitcases|pieces)|number of (?:\w+ )?(?:bags|suitcases)"
            r"|(?:checked )?(?:baggage|luggage)"
        ),
        "insurance": _words(r"(?:travel )?insurance"),
        "payment": _words(
            r"payment (?:method|option)s?|how (?:would|do) you (?:like|want) to pay"
            r"|refund(?:ed)? to|refund method|which (?:card|method)|pay (?:for (?:it|that|this))?"
        ),
        "reason": _words(r"reason|why"),
        "claim": _words(r"what (?:exactly )?happened|(?:which|what) flights? (?:was|were)"),
        "condition": _words(r"depends? on|(?:a|any|which|what|under what) conditions?"),
        "figure": _words(r"(?:which|what) (?:figure|reservations|sum)|over which"),
        "topic": _words(
            r"(?:what|which detail) (?:exactly )?(?:you|would you|do you)(?: would)? "
            r"(?:like|want|wish|need) to (?:know|learn)|wh(?:at|ich) (?:information|detail)"
        ),
        "matter": _words(
            r"what (?:exactly )?(?:it is|is it|this is|is this|that is|is that)(?: all)? about"
            r"|what (?:exactly )?you (?:need|want|would like) (?:to have )?(?:arranged|done)"
        ),
    },
    mentions={
        "reservation": re.compile(r"\b(?!HAT\d{3}\b)(?=[A-Z]*\d)[A-Z0-9]{6}\b"),
        "method": re.compile(r"\b((?:credit_card|gift_card|certificate)_\d{7})\b"),
        "birth": re.compile(r"\b((?:19|20)\d\d-\d\d-\d\d)\b(?<!2024-05-\d\d)"),
    },
    identifying=frozenset({"reservation"}),
    stated={"user_id": re.compile(r"\b[a-z]+_[a-z]+_\d{4}\b")},
)
