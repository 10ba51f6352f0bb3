"""How agents of a shop name things: what they ask for, and values that can be compared."""

import re
from collections.abc import Iterator

from writ_gym.domains.retail.allowed import allowed
from writ_gym.domains.retail.catalog import CATALOG
from writ_gym.understanding.cues import Trade
from writ_gym.understanding.patterns import AnyCase
from writ_gym.understanding.reading import Lexicon


def _words(pattern: str) -> AnyCase:
    return AnyCase(rf"\b(?:{pattern})\b")


_PRODUCTS = _words("|".join(f"{each.name.lower()}s?" for each in CATALOG))


_SPARED = AnyCase(r"\b(?:except|apart from|other than|but not|excluding)\b[^.;\n]*")


def products_in(text: str) -> Iterator[str]:
    """Yield the products of the shop that a text names, less those that it leaves out."""
    for match in _PRODUCTS.finditer(_SPARED.sub("", text)):
        yield match[0].lower().removesuffix("s")


_CLAUSES = re.compile(r"[.;\n]+")
_STAYS = AnyCase(
    r"\b(?:stays?|remain(?:s|ing)?|(?:is|are|be) (?:kept|unchanged|untouched)|unaffected"
    r"|other (?:items?|products?))\b"
)
_KEPT = AnyCase(r"\b(?:keep(?:ing)?|without) [^,()]*")


def items_in(text: str) -> Iterator[str]:
    """Yield the products with which a proposal does something, less those that are kept."""
    done = (each for each in _CLAUSES.split(text) if not _STAYS.search(each))
    return products_in(_KEPT.sub("", ";".join(done)))


_PAYMENT = AnyCase(
    r"(?P<card>credit[ _]card|visa|master ?card|amex|american express)|(?P<paypal>paypal)"
    r"|(?P<gift>gift[ _]card)"
)
_EVERYDAY = frozenset(
    "copper cream forest gold mint natural olive orange rainbow rust sand silver tan".split()
)
"""Colors that are other things as well."""
_COLORS = sorted({c for each in CATALOG for c in each.options.get("color", ())} - _EVERYDAY)

_EXTRAS = _words(
    r"(?P<express>(?:express|expedited|overnight|next[- ]day|same[- ]day|priority|faster)"
    r" (?:shipping|delivery|shipment))|(?P<gift_wrap>gift[- ]?wrap\w*)"
    r"|(?P<gift_message>gift (?:message|note|receipt))|(?P<engraving>engrav\w*)"
    r"|(?P<code>(?:discount|promo(?:tion(?:al)?)?|coupon) codes?|coupons?)"
    r"|(?P<warranty>extended warrant(?:y|ies))|(?P<price_match>price match\w*)"
)
"""What shops may have, and this one's agents cannot arrange."""
_CHANGE = r"(?:chang|modif|updat|replac|switch|correct|set|sav|put|mov|adjust|redirect|edit)\w*"
_NOT_TO = (
    r"(?<!\bto )(?<!\bto the )(?<!\bto your )(?<!\bwith the )(?<!\bwith your )(?<!\bfrom your )"
)
"""Not as the new value of something else, such as "to your default address"."""
_OWN = r"(?:default|profile|account|home|user|saved|registered)"

LEXICON = Lexicon(
    nouns={
        "order": "the order number",
        "reason": "the reason",
        "payment": "the payment method",
        "address": "the new address",
        "items": "which items you mean",
        "wish": "which options you would like instead",
        "topic": "what you would like to know",
        "figure": "which figure you need and over which orders",
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
        "email": _words(r"e-?mails?(?: address(?:es)?)?"),
        "name": _words(r"(?:full |first |last |your )names?|names? (?:and|along|with)"),
        "zip": _words(r"(?:zip|postal|post)(?: ?codes?)?"),
        "order": _words(
            r"orders? (?:ids?|numbers?|nos?\.?|references?|details)|(?:which|what) (?:\w+ )?orders?"
            r"|order#|(?:id|number)s? of (?:the|your) orders?|orders? (?:that |which )?(?:you"
            r"|would you)|orders? (?:in question|concerned|on file)"
            r"|(?:two|three|four|five|several|multiple|some|many|following|these|\d)"
            r" (?:\w+ )?orders"
        ),
        "reason": _words(r"reasons?|why|no longer needed|ordered by mistake"),
        "payment": _words(
            r"payment (?:methods?|options?|source|information|details|preferences?|types?)"
            r"|(?:form|method|mode|means)s? of payment|how (?:would |do )?you(?:'d)? (?:would )?"
            r"(?:like|want|prefer|wish) to pay|refund(?:ed)? to|refund (?:methods?|preference)"
            r"|(?:receive|get|have) (?:the|your|a) refund|refund (?:be |to be )?(?:issued"
            r"|processed)"
            r"|which (?:card|method)|(?:pay|settle|cover) (?:for )?the (?:price )?difference"
            r"|payments?|pay|cards?|paypal"
        ),
        "address": _words(
            r"(?:new|shipping|delivery|full|which|what|correct|updated|complete|mailing|street)"
            r" address|address details|where (?:would|should|do) |where to (?:send|ship|deliver)"
        ),
        "items": _words(
            r"(?:which|what|the|specific|exact|all|any|these|those) (?:\w+ )?"
            r"(?:items?|products?|articles?)|items? (?:that )?(?:you|would you)"
            r"|(?:product|item) (?:ids?|names?|details)|names? of the (?:product|item)"
            r"|items? to (?:be )?(?:return|exchang|modif|chang|cancel)\w*"
            r"|which (?:ones?|of (?:these|those|them))"
        ),
        "wish": _words(
            r"options?|variants?|versions?|models?|colou?rs?|sizes?|specifications?|preferences?"
            r"|features?|materials?|styles?|prefer|kinds?|types?|new (?:\w+ )?(?:items?|products?)"
            r"|replacements?|item ids?"
            r"|(?:which|what) (?:\w+ )?(?:items?(?! you mean)|changes|kind|type)|instead"
            r"|in exchange|(?:exchange|swap) (?:(?:it|them|this|that|these|those|the \w+) )?"
            r"(?:for|to|with)\b|replace (?:it|them|this|that|these|those|the \w+) (?:by|with)\b"
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
        "payment": _PAYMENT,
        "last_four": AnyCase(r"\bending (?:in|with) (\d{4})\b"),
        "house": re.compile(r"\b(\d{1,5} [A-Z][\w'-]+)[^\n;:]{0,80}?\b[A-Z]{2},? \d{5}\b"),
        "product": products_in,
        "zip": AnyCase(r"\b[a-z]{2},? (\d{5})\b|\bzip(?: code)?:? (\d{5})\b"),
        "reason": AnyCase(
            r"(?P<unneeded>no longer need(?:ed)?)|(?P<mistake>by (?:mistake|accident))"
        ),
    },
    compared={"item": items_in},
    allowed=allowed,
    identifying=frozenset({"order"}),
    wholes={
        "product": _words(
            r"(?:cancel|return|exchang|modify)\w* (?:all (?:of )?(?:the |these |those |your )?"
            r"(?:\w+ )?items|everything|(?:the|your|this) (?:entire|whole) order)"
        )
    },
    stated={
        "email": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
        "zip": re.compile(r"\b\d{5}\b"),
    },
    closed={
        "payment": _PAYMENT,
        "product": products_in,
        "color": _words("|".join(_COLORS)),
        "extra": _EXTRAS,
    },
    choices={
        "topic": AnyCase(
            r"\b(?:(?P<total>total amount)|(?P<status>the status)|(?P<count>number of items)"
            r"|(?P<tracking>tracking number))\b"
        )
    },
    wishes=frozenset({"order", "items", "wish", "product", "address"}),
    deeds={
        "cancel": _words(r"cancel\w*|call(?:ing)? off|called off"),
        "return": _words(
            r"(?<!no )returns?|returned|returning|(?:send|sending|take|taking) (?:\w+ ){0,3}back"
        ),
        "exchange": _words(
            r"exchang\w*|swap\w*|trad(?:e|ing) in|modif\w+ (?:(?:the|your|this|pending) )*items?"
            r"|(?:chang|modif|replac|switch|updat)\w* (?!(?:\S+ ){0,5}?(?:address|payment|paypal"
            r"|card|method|default|profile|account|charge|how)\b)"
            r"(?!(?:the |your |this |that )?(?:it|this|that|to|from|(?:pending )?order"
            r"|details)\b)(?=\w)"
            r"|(?:new|different|other) (?:version|variant|option)s?"
            r"|items? (?:\w+ )?(?:modification|change)"
        ),
        "address": _words(r"address|(?:sent|ship(?:ped|ping)?|deliver(?:y|ed|ing)?)(?: it)? to"),
        "order address": _words(
            rf"{_NOT_TO}(?:shipping|delivery) address"
            rf"|{_NOT_TO}address (?:of|for|on|in) (?:the |your |this |that )?(?:pending )?"
            r"(?:order|purchase|#?w\d+)|order(?: #\w+)?(?:'s)? (?:shipping |delivery )?address"
            r"|(?:send|ship|deliver|redirect)\w* (?:it|this|that|(?:the |your )?order(?: #\w+)?) to"
            r"|(?:be |get |it |order |#?w\d+ )(?:sent|shipped|delivered|redirected) to"
        ),
        "default address": _words(
            rf"{_NOT_TO}{_OWN}(?:'s)? (?:\w+ )?address"
            rf"|{_NOT_TO}address (?:\w+ ){{0,3}}(?:in|of|on|for) (?:the |your )?(?:user )?"
            r"(?:profile|account|file)|(?:in|on|to|update) your (?:user )?(?:profile|account)"
        ),
        "payment": _words(
            rf"{_CHANGE} (?!(?:\S+ ){{0,6}}?address)(?:\S+ ){{0,6}}?(?:payment|charge|method)"
            rf"|{_CHANGE} how (?:\S+ ){{1,4}}?(?:is |are |gets )?(?:paid|charged)"
            r"|(?:new|different|other) (?:payment )?method|payment (?:method )?(?:change"
            r"|modification|update)|payment method (?:of|for|on) (?:the |your )?(?:order|#?w\d+)"
            r"|charge (?:\S+ ){0,4}?(?:for|of) (?:the |your )?order"
            r"|pay(?:ing)? (?:for )?(?:the |your )?order"
        ),
        "gift": _words(
            r"(?:give|issue|grant|offer|send) (?:you )?(?:\S+ ){0,3}(?:voucher|coupon|gift card)"
        ),
    },
    trade=Trade(
        things=r"certificates?|items?|orders?|products?",
        deals=r"exchanges?|purchases?|refunds?|returns?",
    ),
    aims={
        "cancel_order": frozenset({"cancel"}),
        "cancel_or_return": frozenset({"cancel", "return"}),
        "change_order_address": frozenset({"address", "order address"}),
        "change_order_payment": frozenset({"payment"}),
        "change_order_items": frozenset({"exchange"}),
        "return_items": frozenset({"return"}),
        "exchange_items": frozenset({"exchange"}),
        "change_default_address": frozenset({"address", "default address"}),
        "about_order": frozenset(),
        "about_orders": frozenset(),
        "about_product": frozenset(),
        "about_gift_card": frozenset(),
        "outside": frozenset({"transfer"}),
    },
    along={
        "exchange": frozenset({"return", "payment"}),
        "cancel": frozenset({"payment"}),
        "return": frozenset({"payment"}),
        "address": frozenset({"exchange"}),
        "payment": frozenset({"exchange"}),
    },
)
