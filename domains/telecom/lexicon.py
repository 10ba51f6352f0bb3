"""How agents of a carrier name things: what they ask for, and values that can be compared."""

import re
from collections.abc import Iterator

from writ_gym.domains.telecom.allowed import (
    allowed,
    bill_prices_in,
    data_prices_in,
    payments_in,
    purchases_in,
)
from writ_gym.domains.telecom.catalog import MODELS, PLANS
from writ_gym.domains.telecom.choices import CHOICES, roaming_in
from writ_gym.domains.telecom.texts.words import MONTHS
from writ_gym.understanding.cues import Trade
from writ_gym.understanding.deeds import CARRIES_OUT
from writ_gym.understanding.patterns import AnyCase
from writ_gym.understanding.reading import Lexicon


def _words(pattern: str) -> AnyCase:
    return AnyCase(rf"\b(?:{pattern})\b")


_GIGABYTES = AnyCase(r"\b(\d+(?:\.\d+)?) ?(?:gb|gigabytes?)\b")


def gigabytes_in(text: str) -> Iterator[str]:
    """Yield the amounts of data in a text; 2.0 GB are 2 GB."""
    for match in _GIGABYTES.finditer(text):
        yield f"{float(match[1]):g}"


_PLANS = "|".join(plan.name for plan in PLANS)
_EXTRAS = _words(
    r"(?P<number>(?:new|different|another) (?:phone )?number)|(?P<esim>e-?sim)"
    r"|(?P<family>family plan)|(?P<insurance>(?:phone|device) insurance)"
    r"|(?P<porting>port(?:ing)? (?:my|the|this|that) number)|(?P<hotspot>(?:mobile )?hot ?spot)"
    r"|(?P<device>new (?:phone|handset|device|tablet))|(?P<unlimited>unlimited (?:data|plan))"
)
"""What carriers may have, and this one's agents cannot arrange."""
_MENDS = frozenset({"repair", "refuel", "roaming", "lift", "pay", "transfer"})
"""What it may take to mend something."""

LEXICON = Lexicon(
    nouns={
        "line": "which line it is about",
        "bill": "which bill you mean",
        "plan": "which plan you mean",
        "amount": "how much data you want",
        "refuel": "how much data I may add if that is needed",
        "pay": "whether you would pay what is overdue",
        "in_hand": "whether it is the phone that you are holding",
        "place": "whether you are at home or abroad",
        "goal": "how fast it has to be",
        "roaming": "how roaming should be set",
        "reason": "the reason",
        "condition": "whether that depends on anything",
        "figure": "which figure you need",
        "topic": "what you would like to know",
        "matter": "what exactly it is about",
    },
    identity_questions=(
        "Happy to help. May I have your phone number first?",
        "Sure. To find your account, could you tell me your phone number?",
        "Of course. Please give me your phone number first.",
    ),
    identity_alternatives=(
        "Then please tell me your customer id, or your full name and date of birth.",
        "I can also find you by customer id, or by your full name and date of birth. "
        "Could you give me these?",
    ),
    slots={
        "phone": _words(
            r"(?:your|the) (?:phone|mobile|telephone|cell|contact) ?(?:number)|phone number"
        ),
        "customer_id": _words(r"customer ?(?:id|number)|account (?:id|number)"),
        "name": _words(r"(?:your )(?:full |first |last )?name"),
        "birth": _words(r"date of birth|birth ?(?:date|day)|born"),
        "line": _words(
            r"(?:which|what) (?:\w+ )?(?:lines?|numbers?)|line (?:number|id)|number of the line"
            r"|(?:which|what) of (?:your|the) lines"
        ),
        "bill": _words(r"(?:which|what) (?:\w+ )?bills?|(?:bill|invoice) (?:id|number|no)"),
        "plan": _words(r"(?:which|what) (?:\w+ )?plans?|name of the plan"),
        "amount": _words(
            r"how (?:much|many) (?:\w+ )?(?:data|gb|gigabytes?)|amount of data"
            r"|(?:which|what) amount"
        ),
        "refuel": _words(
            r"how (?:much|many) (?:\w+ )?(?:data|gb|gigabytes?)|(?:re-?fuel|top[- ]up)"
            r"|(?:more|additional|extra) data|amount of data"
        ),
        "pay": _words(
            r"(?:would|will|can|could|are) you (?:\w+ )*?(?:pay|settle)"
            r"|(?:whether|if) you (?:would|want to|are ready to|can|could|will) (?:pay|settle)"
            r"|pay (?:what is|the|all|any|these|those|your) (?:overdue|open|outstanding|bills?)"
        ),
        "in_hand": _words(
            r"phone (?:that )?(?:you(?:'re| are) (?:holding|using|calling)|in your hand|at hand)"
            r"|(?:line|number) of the phone"
        ),
        "place": _words(
            r"abroad|travell?ing|(?:which|what) country|where (?:exactly )?(?:are you|you are)"
            r"|your (?:current )?location|outside (?:of )?(?:the|your) (?:home )?country"
        ),
        "goal": _words(
            r"how fast|(?:which|what) speed|speed (?:that )?(?:you|do you)|(?:slow|fast) enough"
        ),
        "roaming": _words(
            r"(?:how|whether) (?:\w+ )?roaming"
            r"|roaming (?:\w+ ){0,3}(?:on or off|off or on|enabled or disabled|set(?:ting)?)"
            r"|(?:enable|disable|turn (?:on|off)) roaming"
        ),
        "reason": _words(r"reason|why"),
        "condition": _words(r"depends? on|(?:a|any|which|what|under what) conditions?"),
        "figure": _words(r"(?:which|what) (?:figure|sum|number)|over which"),
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
        "line": re.compile(r"\b(\d{3}-\d{3}-\d{4})\b"),
        "bill": re.compile(r"\b(B[0-9a-f]{7,8})\b"),
        "gigabytes": gigabytes_in,
        "roaming": roaming_in,
    },
    compared={
        "purchase": purchases_in,
        "payment": payments_in,
        "data price": data_prices_in,
        "bill price": bill_prices_in,
    },
    allowed=allowed,
    choices=CHOICES,
    identifying=frozenset({"line", "bill"}),
    closed={
        "extra": _EXTRAS,
        "plan": re.compile(rf"\b(?:plan|tariff) ({_PLANS})\b|\b({_PLANS}) (?:plan|tariff)\b"),
        "model": _words("|".join(model.lower() for models in MODELS.values() for model in models)),
        "status": AnyCase(r"\bstatus (active|suspended|pending activation|closed)\b"),
        "month": re.compile(rf"\b((?:{'|'.join(MONTHS)}) \d{{4}})\b"),
    },
    stated={
        "phone": re.compile(r"\b\d{3}-\d{3}-\d{4}\b"),
        "customer_id": re.compile(r"\bC\d{5}\b"),
        "birth": re.compile(r"\b[A-Z][a-z]+ \d{1,2}, \d{4}\b"),
    },
    wishes=frozenset({"line", "bill", "plan", "amount", "roaming"}),
    deeds={
        "suspend": _words(
            r"suspend(?:ing)?|be suspended|on hold|out of use|(?:plac|put|arrang|set|start"
            r"|request)\w* "
            rf"(?:up )?(?:a |the |this |your )?suspension|{CARRIES_OUT}suspension"
        ),
        "lift": _words(
            r"(?:lift|end|remov|take off|tak)\w* (?:\w+ ){0,3}?suspension|resum\w*|re-?activat\w*"
            r"|un-?suspend\w*|(?:restor|bring)\w* (?:\S+ ){0,4}?(?:line|number|back|service)"
            r"|(?:active|in service|working) again|back (?:in|into|in to) service"
            r"|lift (?:it|that|this)"
        ),
        "pay": _words(
            r"pay(?:ing|ment)?(?: request)?|paid|settl\w*"
        ),
        "refuel": _words(
            r"re-?fuel\w*|top(?:ping)?[- ]up|top(?:ping)? (?:\S+ ){1,5}up"
            r"|(?:add|buy|sell|purchas)\w* (?:\S+ ){0,4}?(?:data|gb|gigabytes?)"
        ),
        "roaming": _words(
            r"(?:turn|switch|enabl|disabl|activat|deactivat|set|chang"
            r"|updat)\w* (?:\S+ ){0,5}?roaming"
            r"|roaming (?:\S+ ){0,4}?(?:on|off|enabled|disabled)"
        ),
        "plan": _words(
            r"(?:chang|switch|mov|upgrad|downgrad|put)\w* (?:\S+ ){0,5}?(?:plan|tariff)"
        ),
        "repair": _words(
            r"fix\w*|repair\w*|troubleshoot\w*|step by step|restart\w*|reboot\w*|reset\w*|reseat\w*"
            r"|get(?:ting)? (?:\S+ ){1,6}?going|(?:turn|switch"
            r"|toggl)\w* (?:\S+ ){0,3}?(?:airplane|mobile data"
            r"|data saver|wi-?fi|vpn)"
        ),
    },
    trade=Trade(
        things=r"apn|balance|bills?|data|device|lines?|number|phone|plan|roaming|screen|sim"
        r"|status bar",
        deals=r"re-?fuel\w*|suspension|refunds?",
        verbs=r"re-?fuel|top",
    ),
    aims={
        "fix_service": _MENDS,
        "fix_data": _MENDS,
        "fix_mms": _MENDS,
        "pay_bill": frozenset({"pay"}),
        "lift_suspension": frozenset({"lift"}),
        "suspend_line": frozenset({"suspend"}),
        "set_roaming": frozenset({"roaming"}),
        "refuel_data": frozenset({"refuel"}),
        "about_line": frozenset(),
        "about_bill": frozenset(),
        "about_figures": frozenset(),
        "about_plan": frozenset(),
        "compare_plans": frozenset(),
        "about_phone": frozenset(),
        "outside": frozenset({"transfer"}),
    },
    along={"lift": frozenset({"pay", "repair"})},
)  # fmt: skip
