"""How agents of a shop name things: what they ask for, and values that can be compared."""

import re

from writ_gym.understanding import Lexicon


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.I)


LEXICON = Lexicon(
    nouns={
        "order": "the order number",
        "reason": "the reason",
        "payment": "the payment method",
        "address": "the new address",
        "items": "which items you mean",
        "wish": "which options you would like instead",
        "topic": "what you would like to know",
        "figure": "which figure you need, and over which orders",
        "condition": "whether that depends on anything",
        "matter": "what exactly it is about",
        "product": "which product you mean",
    },
    identity_questions=(
        "Happy to help. May I have your e-mail address, or else your name and zip code?",
        "Sure. To find your account, could you tell me your e-mail address, or your full name "
        "and zip code?",
        "Of course. Please give me your e-mail address, or your full name and zip code, first.",
    ),
    identity_alternatives=(
        "No problem. Could you tell me your full name and your zip code instead?",
        "Then please give me your full name and zip code.",
    ),
    slots={
        "email": _words(r"e-?mail(?: address)?"),
        "name": _words(r"(?:full |first |last |your )name"),
        "zip": _words(r"(?:zip|postal)(?: ?code)?"),
        "order": _words(r"order (?:id|number|no\.?|reference)|which order|what order|order#"),
        "reason": _words(r"reason|why"),
        "payment": _words(
            r"payment (?:method|option)|how (?:would|do) you (?:like|want) to pay|refund(?:ed)? to"
            r"|refund method|which (?:card|method)"
            r"|(?:pay|settle|cover) (?:for )?the (?:price )?difference"
        ),
        "address": _words(
            r"(?:new|shipping|delivery|full|which|what|correct) address|address details"
        ),
        "items": _words(r"(?:which|what) (?:items?|products?|articles?)|items? (?:you|would you)"),
        "wish": _words(
            r"(?:new|different|other|preferred|desired|which|what) (?:options?|variants?|versions?"
            r"|colou?r|size|specifications?|item)|instead|in exchange|options (?:would|do) you"
        ),
        "topic": _words(
            r"(?:what|which detail) (?:exactly )?(?:you|would you|do you)(?: would)? "
            r"(?:like|want|wish|need) to (?:know|learn)|wh(?:at|ich) (?:information|detail)"
        ),
        "figure": _words(r"(?:which|what) (?:figure|orders|sum)|over which (?:of your )?orders"),
        "condition": _words(r"depends? on|(?:a|any|which|what|under what) conditions?"),
        "matter": _words(
            r"what (?:exactly )?(?:it is|is it|this is|is this|that is|is that)(?: all)? about"
            r"|what (?:exactly )?you (?:need|want|would like) (?:to have )?(?:arranged|done)"
        ),
        "product": _words(r"(?:which|what) product"),
    },
    mentions={
        "order": re.compile(r"#W\d{7}"),
        "payment": re.compile(
            r"(?P<card>credit[ _]card)|(?P<paypal>paypal)|(?P<gift>gift[ _]card)", re.I
        ),
        "last_four": re.compile(r"\bending (?:in|with) (\d{4})\b", re.I),
        "zip": re.compile(r"\b[A-Z]{2},? (\d{5})\b|\bzip(?: code)?:? (\d{5})\b", re.I),
        "reason": re.compile(
            r"(?P<unneeded>no longer need(?:ed)?)|(?P<mistake>by (?:mistake|accident))", re.I
        ),
    },
    identifying=frozenset({"order"}),
    stated={
        "email": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
        "zip": re.compile(r"\b\d{5}\b"),
    },
)
