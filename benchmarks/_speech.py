"""What the messages of a recorded conversation do: what is asked for, agreed to, left open.

Independent of ``writ_gym.understanding`` and of the domains' lexicons, which are measured by it.
What counts against the scripted user is decided by loose words, what excuses it by narrow ones.
"""

import re
from collections.abc import Iterator

from _dialogues import Dialogue

_NAMES = {
    "airline": {
        "user_id": "user ?id|user name|customer id|account|profile",
        "reservation": "reservation|booking|confirmation (?:number|code)",
        "place": "origin|destination|from where|where|airports?|cit(?:y|ies)|route",
        "date": "dates?|when|days?",
        "stops": "direct|non-?stop|one[- ]stop|stops?|connecting",
        "cabin": "cabin|class",
        "person": "passengers?|names?",
        "birth": "birth|dob|passengers?",
        "bags": "bags?|baggages?|luggage|suitcases?",
        "insurance": "insurance",
        "payment": "payment|pay|cards?|certificates?|refund method",
        "reason": "reasons?|why",
        "limit": "what (?:[a-z]+ ){0,3}(?:budget|limit)|(?:budget|limit) (?:you|would)|price range",
        "last four": "cards?|payment|pay",
        "refund": "refund (?:or|you|would)|(?:like|want) (?:a|the) refund",
    },
    "retail": {
        "email": "e-?mail",
        "name": "names?",
        "zip": "zip|postal",
        "order": "orders?(?: id| number)?",
        "reason": "reasons?|why",
        "payment": "payment|pay|refund|cards?|paypal|method",
        "product": "items?|products?",
        "option": "options?|colou?rs?|sizes?|variants?|versions?|specifications?|features?"
        "|preferences?|prefer|kind|type|material|new item",
        "address": "address",
        "last four": "cards?|payment|pay|refund|method",
    },
}
_LOOSE = {
    "airline": {
        "reservation": "flights?|trips?",
        "place": "flights?|trips?|itinerary",
        "date": "flights?|trips?|itinerary",
        "stops": "flights?|options?",
    },
    "retail": {"option": "items?|products?|replacement", "product": "orders?"},
}
_ASKS = re.compile(
    r"\?|\b(?:please|could you|can you|may i|provide|tell me|let me know|share|need|confirm"
    r"|specify|what|which)\b",
    re.I,
)
_ITEM = re.compile(r"^\s*(?:[-•*]|\d+[.)])\s")
_CLOSING = re.compile(
    r"(?:any|some)thing else|(?:further|other|more|additional|any) (?:\w+ )?(?:assist\w*|help"
    r"|questions?|requests?|issues?)|feel free|need assistance",
    re.I,
)
_OPEN = re.compile(
    r"how (?:can|may) i (?:help|assist)|what (?:changes?|modifications?|would you|do you"
    r"|can i|specific\w*|exactly)|(?:provide|share|give|specify|need) (?:me )?(?:with )?(?:the "
    r"|some "
    r"|more |additional |further |any |following )*(?:details|information|specifics)"
    r"|let me know (?:what (?!payment)|the details)|how would you like to (?:do|go)|clarify",
    re.I,
)


def _parts(text: str) -> Iterator[str]:
    """Yield what may ask: sentences with words of asking, and the items of lists after such."""
    asking = False
    for line in text.split("\n"):
        if _ITEM.match(line):
            if asking or _ASKS.search(line):
                yield line
            continue
        if line.strip():
            asking = False
        for sentence in re.split(r"(?<=[.!?:])\s+", line):
            if _ASKS.search(sentence) and not _CLOSING.search(sentence):
                yield sentence
                asking = asking or line.rstrip().endswith(":")


def asked(text: str, kind: str, domain: str, *, broadly: bool = False) -> bool:
    """Say whether an agent's text may ask for values of a kind.

    Args:
        broadly: Count every text that asks something open, and looser words for the kind.
    """
    words = _NAMES[domain][kind]
    if broadly:
        loose = _LOOSE[domain].get(kind)
        words = f"{words}|{loose}" if loose else words
    named = re.compile(rf"\b(?:{words})\b", re.I)
    parts = list(_parts(text))
    if any(named.search(part) for part in parts):
        return True
    return broadly and any(_OPEN.search(part) for part in parts)


_LEFT_OPEN = re.compile(
    r"(?<!, )\bwhich\b|\b(?:what|specify|provide|either|or|choose|(?:method|reason|class"
    r"|option)s? you)\b",
    re.I,
)


def leaves_open(text: str, kind: str, domain: str) -> bool:
    """Say whether an agent's text asks for a kind of values without saying which it is to be."""
    named = re.compile(rf"\b(?:{_NAMES[domain][kind]})\b", re.I)
    return any(named.search(part) and _LEFT_OPEN.search(part) for part in _parts(text))


_YES = re.compile(
    r"^\W*(?:yes|yeah|yep|sure|ok(?:ay)?|absolutely|certainly|of course|perfect|great|please do"
    r"|sounds? good|that works|correct|confirmed|go ahead|please (?:go ahead|proceed|confirm))\b"
    r"|^\W*(?:fine|alright|all right)\b[^?]*(?:do it|go|proceed)|\bcan we (?:please )?proceed\b"
    r"|\b(?:please (?:go ahead|proceed|do (?:so|that|it))|go ahead (?:and|with)|let's (?:go|do"
    r"|proceed)|i(?:'d| would) like to (?:proceed|go ahead)|i (?:confirm|agree)|i'll (?:take|go"
    r"|proceed))\b",
    re.I,
)
_NO = re.compile(
    r"^\W*(?:no|nope|wait|not|actually|hold on|i don't|hmm,? wait|before)\b"
    r"|\b(?:hold off|too (?:high|expensive|much)|above my budget)\b",
    re.I,
)


def affirms(text: str) -> bool:
    """Say whether a user's answer agrees to something."""
    text = text.replace("’", "'")
    return bool(_YES.search(text)) and not declines(text)


def declines(text: str) -> bool:
    """Say whether a user's answer disagrees, or puts something off."""
    return bool(_NO.search(text.replace("’", "'")))


_CORRECTS = re.compile(
    r"^\W*(?:but|hmm|instead|before|are you)\b"
    r"|\b(?:hold off|too (?:high|expensive|much|low)|a bit (?:higher?|lower?|much)|budget"
    r"|actually|make sure|willing to pay|at most|rather|prefer|instead|in that case|never ?mind"
    r"|changed my mind|second thought|(?:don't|do not) want|not what|i said|not sure|more time"
    r"|later|keep|forget it|human|representative|supervisor|hop(?:ed|ing) for|wanted|just|only"
    r"|without|except|opposite|first|was expecting|if i can't)\b",
    re.I,
)


def corrects(text: str) -> bool:
    """Say whether a user's answer may be taken to want anything else than what is proposed."""
    return declines(text) or bool(_CORRECTS.search(text.replace("’", "'")))


_ACT = (
    r"(?:proceed|go ahead|continue|cancel|return|exchange|book|change|update|upgrade|downgrade"
    r"|modify|issue|process|use|add|refund|switch|transfer|connect|apply|send|make|keep|purchase"
    r"|buy|remove|pay|charge|initiate|finali[sz]e|complete|move|do)"
)
_DEFINITE = re.compile(
    rf"\b(?:would|do) you (?:still |also )?(?:like|want|wish) (?:me |us )?to {_ACT}\b[^?\n]*\?"
    rf"|\b(?:shall|should|may|can) (?:i|we) {_ACT}\b[^?\n]*\?"
    rf"|\b(?:confirm|let me know) (?:if|that|whether) you(?:'d| would)? (?:like|want|wish) "
    rf"(?:me )?to {_ACT}\b|\bconfirm to proceed\b"
    rf"|\bif you(?:'d| would) like (?:me )?to {_ACT}\b[^.\n]*\b(?:let me know|confirm)\b"
    r"|\b(?:is|are|does|if) (?:all )?(?:this|that|these|everything|the details)\b[^?\n]*"
    r"\b(?:correct|okay|ok|right|fine|acceptable|work|good|sound)\b|\byes\b",
    re.I,
)
"""Asks for a yes to something that is to be done, or to what is told."""
_CONFIRM = re.compile(r"\bconfirm(?:ed|ation)?\b|\bconsent\b|\bapproval\b", re.I)
_VALUE_OF = re.compile(
    r"\bconfirm (?:the|your) [^.]*\b(?:provide|specify|reason)\b"
    r"|\bconfirm (?:which|what|how|who|the \w+ (?:of|for)\b[^.]*\byou (?:want|need|prefer|like))"
    r"|\byou(?:'d| would)? (?:want|like|prefer)[.,]?\W*$",
    re.I,
)
_INDEFINITE = re.compile(
    r"\b(?:any (?:other|further|more|specific)|(?:an?|for|with|of|to) (?:other|another|different"
    r"|alternative)|(?:some|any|one) of|any \w+ (?:options?|changes?|modifications?))\b"
    r"|\b(?:shall|should|may|can) (?:i|we) (?:also )?(?:look|search|check|find)\b",
    re.I,
)
_OPENS = re.compile(
    r"\?|\b(?:provide|specify|choose|select|which|what|either|or|number of|if any|additional"
    r"|please|first name|date of birth)\b",
    re.I,
)


def definite(dialogue: Dialogue, text: str) -> bool:
    """Say whether an agent's text proposes something definite: all that a yes is needed for.

    That is no choice between two values, nothing "other" or "different", and no details of which
    none is told.
    """
    text = text.replace("’", "'").replace("*", "")
    lines = text.split("\n")
    items = [line for line in lines if _ITEM.match(line)]
    prose = [line for line in lines if not _ITEM.match(line)]
    asked = [each for line in prose for each in re.split(r"(?<=[.!?:])\s+", line)]
    told = any(not _OPENS.search(item) for item in items) or not items
    for sentence in asked:
        if _INDEFINITE.search(sentence) or _chooses(dialogue, sentence):
            continue
        if _DEFINITE.search(sentence):
            return True
        if _CONFIRM.search(sentence) and told and not _VALUE_OF.search(sentence):
            return True
    return False


def _chooses(dialogue: Dialogue, sentence: str) -> bool:
    """Say whether a question names different values of one kind on the two sides of an "or"."""
    if not sentence.rstrip().endswith("?") or " or " not in sentence:
        return False
    one, _, other = sentence.partition(" or ")
    left, right = dialogue.values(one), dialogue.values(other)
    return any(not left[kind] & right[kind] for kind in left.keys() & right.keys())


_ALL = re.compile(r"\b(?:all|both|entire|whole|everything)\b", re.I)


def speaks_of_all(text: str) -> bool:
    """Say whether a text speaks of all that it names."""
    return bool(_ALL.search(text))


_LOOKING = re.compile(
    r"\b(?:search|look|check|find|explore|show|list|retrieve|see)\b[^?\n]*\?", re.I
)


def offers_to_look(text: str) -> bool:
    """Say whether an agent's text asks whether it should look something up."""
    return bool(_LOOKING.search(text))


_PROPOSAL = re.compile(
    r"\b(?:would|do) you (?:like|want|wish)\b[^?\n]*\?|\b(?:shall|should|may|can) (?:i"
    r"|we)\b[^?\n]*\?"
    r"|\bconfirm\b|\bif you(?:'d| would) like (?:me )?to\b[^.\n]*\blet me know\b"
    r"|\blet me know (?:if|whether)\b[^.\n]*\b(?:proceed|like|want|wish|go ahead)\b"
    r"|\b(?:is|are|does) (?:this|that|these|everything)\b[^?\n]*\?|\byes\b",
    re.I,
)


def proposes(text: str) -> bool:
    """Say whether an agent's text can be taken to ask for a yes at all."""
    return bool(_PROPOSAL.search(text))


_CANNOT = re.compile(
    r"\b(?:unfortunately|unable|can(?:no|')t|cannot|not (?:possible|allowed|eligible|permitted))\b",
    re.I,
)


def cannot(text: str) -> bool:
    """Say whether an agent's text says that something cannot be done."""
    return bool(_CANNOT.search(text.replace("’", "'")))


def invites(text: str) -> bool:
    """Say whether an agent's text leaves it to the user what comes next: it asks for no yes."""
    questions = [part for part in _parts(text) if _PROPOSAL.search(part)]
    return bool(_CLOSING.search(text) or _OPEN.search(text)) and not questions


_SHOWS = re.compile(
    r"\b(?:which|what|any|one|either|choose|select|pick|prefer\w*|another|different)\b[^.?\n]*"
    r"\b(?:flights?|options?|ones?|these|those|of them|reservations?|orders?|items?|alternatives?"
    r"|possibilit\w+|dates?|choice|others?|you(?:'d| would) like)\b",
    re.I,
)


def shows_alternatives(text: str) -> bool:
    """Say whether an agent shows what it has found, two things or more, for the user to choose."""
    items = sum(bool(_ITEM.match(line)) or line.startswith("#") for line in text.split("\n"))
    return items > 1 and any(_SHOWS.search(part) for part in re.split(r"[.?!\n]", text))


_LEAVES = re.compile(
    r"thank|thanks|appreciate|bye|get back to you|be in touch|reach out|talk soon|take care"
    r"|you too|that's all|have a (?:great|good|nice)",
    re.I,
)


def leaves(text: str) -> bool:
    """Say whether a user's message asks for nothing more, but thanks or says goodbye."""
    text = text.replace("’", "'")
    return not text or (
        "?" not in text
        and bool(_LEAVES.search(text))
        and not _wishes(text)
        and not re.search(
            r"\b(?:yes|correct|proceed|go ahead|sounds|confirm|perfect)\b", text, re.I
        )
    )


_WISHES = re.compile(
    r"\b(?:can|could|would|will) you\b|\bi(?:'d| would)(?: also| still)? (?:like|prefer|love)\b"
    r"|\bi (?:also |really |still |just )?(?:want|need)\b|\blet's\b|\bhelp me\b|\bplease\b"
    r"|\bhow (?:about|can|do|much|many)\b|\bcan (?:i|we)\b|\bis (?:it|there)\b",
    re.I,
)


def _wishes(text: str) -> bool:
    return bool(_WISHES.search(text))


_HUMAN = re.compile(
    r"\b(?:human|representative|supervisor|manager|real person|live agent|transfer(?:red)?"
    r"|escalat\w+|someone)\b",
    re.I,
)


def wants_human(text: str) -> bool:
    """Say whether a user's message speaks of being handed over to somebody else."""
    return bool(_HUMAN.search(text))


_VERBS = {
    "cancel": r"cancel\w*",
    "return": r"return (?:it|the|a|an|my|some|this|that|them|\w+ items?)|returning",
    "exchange": r"exchang\w*|swap\w*",
    "change": r"chang(?:e|ing)|modify\w*|switch\w*|updat\w+|mov(?:e|ing)",
    "book": r"book(?:ing)? (?:a|the|that|it|me|this|one|another)",
    "upgrade": r"upgrad\w+|downgrad\w+",
    "add": r"add(?:ing)?",
    "remove": r"remov\w+",
    "refund": r"refund\w*|compensat\w+",
    "find": r"find|check|look|track\w*|tell me|know|how (?:many|much)",
}


def verbs_in(text: str) -> frozenset[str]:
    """Return what a user's message wants to have done."""
    return frozenset(v for v, words in _VERBS.items() if re.search(rf"\b(?:{words})\b", text, re.I))


_SETTLES = re.compile(
    r"\b(?:unfortunately|unable|can(?:no|')t|cannot|not (?:possible|allowed|available|eligible"
    r"|permitted)|policy|successfully|has been|have been|(?:any|some)thing else|sorry|apologi[sz]e"
    r"|further assistance|other questions|more questions)\b",
    re.I,
)
_ANOTHER = re.compile(r"\b(?:other|another|instead|in that case|next|one (?:more|last))\b", re.I)


def brings_new(dialogue: Dialogue, index: int, before: frozenset[str]) -> bool:
    """Say whether a user's answer brings another request, and does not go on with the last.

    It does if the agent has just said that something was done or cannot be, or has asked whether
    there is more, and the user wants something else to be done, or of something else; and does
    not if the agent asked openly, or for a value that the user then gives.

    Args:
        index: Which of the agent's messages is answered, from 1.
        before: What the user wanted to have done so far.
    """
    turn = dialogue.turns[index - 1]
    agent, text = turn.agent.replace("’", "'"), turn.user.replace("’", "'")
    if not (_SETTLES.search(agent) and _wishes(text)) or any(map(_OPEN.search, _parts(agent))):
        return False
    if any(asked(agent, kind, dialogue.domain) for kind in dialogue.values(text)):
        return False
    return bool(verbs_in(text) - before or _ANOTHER.search(text))
