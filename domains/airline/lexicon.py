"""How agents of an airline name things: what they ask for, and values that can be compared."""

import re

from writ_gym.domains.airline.allowed import allowed
from writ_gym.domains.airline.mentions import (
    BAGS,
    FLIGHTS,
    PAYMENT,
    STOPS,
    TROUBLES,
    WAYS,
    bags_each,
    bags_in_all,
    cabins_in,
    days_in,
    destinations_in,
    more_bags,
    origins_in,
    paid_bags,
    passengers_in,
    people_in,
    places_in,
    reasons_in,
    refunds_in,
    travellers_in,
)
from writ_gym.understanding.charges import charges_in, costs_in, prices_in
from writ_gym.understanding.cues import Trade
from writ_gym.understanding.deeds import CARRIES_OUT
from writ_gym.understanding.patterns import AnyCase
from writ_gym.understanding.reading import Lexicon


def _words(pattern: str) -> AnyCase:
    return AnyCase(rf"\b(?:{pattern})\b")


_CHANGE = r"(?:chang|modif|updat|replac|switch|correct|set|mov|adjust|edit|add|increas|reduc)\w*"
_FEW = r"(?:\S+ ){0,5}?"
_EXTRAS = _words(
    r"(?P<first_class>first[- ]class)|(?P<premium_economy>premium[- ]economy)"
    r"|(?P<seat>(?:window|aisle|exit[- ]row|front[- ]row|bulkhead)[- ]seats?"
    r"|seats? (?:(?:by|at|near|next to|on|in) )+(?:the|a|an) (?:window|aisle|exit)|leg ?room)"
    r"|(?P<meal>(?:special|vegetarian|vegan|kosher|halal|gluten[- ]free|in-?flight) meals?)"
    r"|(?P<pet>(?:with|bring|take|taking|bringing) (?:a|my|our|the) (?:\w+ )?(?:pet|dog|cat)s?)"
    r"|(?P<wheelchair>wheelchairs?)|(?P<bassinet>bassinets?)|(?P<lounge>lounge access)"
    r"|(?P<boarding>priority boarding)|(?P<carry_on>carry-?ons?)|(?P<wifi>in-?flight wi-?fi)"
)
"""What airlines may have, and this one's agents cannot arrange."""

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
        "claim": "what exactly happened",
        "condition": "whether that depends on anything",
        "figure": "which figure you need and over which reservations",
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
        "user_id": _words(
            r"user ?(?:ids?|names?|numbers?)|(?:customer|account|profile|member|login) (?:ids?"
            r"|numbers?)"
            r"|your ids?|(?:account|profile) (?:details|information)|your identity"
            r"|identify yourself"
        ),
        "name": _words(r"your (?:full |first |last )?(?:and last )?name"),
        "reservation": _words(
            r"(?:reservation|booking|confirmation)s? (?:ids?|numbers?|nos?\.?|codes?|references?)"
            r"|(?:which|what) (?:\w+ )?(?:reservations?|bookings?|trips?)|record locators?"
            r"|(?:details|number|id)s? of (?:the|your) (?:reservation|booking)"
            r"|(?:reservation|booking) (?:details|information)"
            r"|(?:reservations?|bookings?|trips?|flights?) (?:that |which )?(?:you|would you)"
            r"|(?:confirm|verify|provide|share|specify|know|identify|about) (?:the |your |which "
            r"|if |this "
            r"|that |it |is )*(?:reservation|booking)s?"
        ),
        "trip": _words(
            r"flights? (?:details|information|preferences|dates?|times?|you|that|on|from)"
            r"|(?:any|another|the|your) (?:\w+ )?flights?|"
            r"(?:which|what|new|preferred|other) (?:\w+ )?(?:flights?|options?|dates?|days?|routes?"
            r"|airports?)|from where|where (?:do|would|are) you|when (?:do|would|are|will) you"
            r"|(?:fly|depart|leav)(?:ing)? from|flying to|(?:departure|arrival) (?:city|cities"
            r"|airports?)|origin|destination|(?:iata|airport) codes?"
            r"|(?:departure|travel|return|flight|outbound|preferred) (?:dates?|times?)"
            r"|round[- ]trip|one[- ]way|direct|non-?stop|one[- ]stop|itinerary|travel (?:details"
            r"|plans)"
            r"|(?:the|your|exact|specific) (?:\w+ )?(?:dates?|days?|city|cities|airports?|route)"
        ),
        "journey": _words(
            r"flights? (?:details|information|preferences|dates?|times?|you|that|on|from)"
            r"|(?:any|another|the|your) (?:\w+ )?flights?|"
            r"(?:which|what) (?:\w+ )?(?:flights?|options?|dates?|days?|routes?|airports?)"
            r"|from where"
            r"|origin|destination|(?:iata|airport) codes?"
            r"|(?:departure|travel|return|flight|outbound) dates?"
            r"|direct|non-?stop|one[- ]stop"
            r"|(?:the|your|exact|specific) (?:\w+ )?(?:dates?|days?|city|cities|airports?|route)"
        ),
        "cabin": _words(
            r"cabins?|(?:which|what|new|preferred|desired|the|your|travel|service|ticket|seat|fare"
            r"|booking) class|class of (?:service|travel)|(?:basic )?economy|business(?: class)?"
            r"|first class"
        ),
        "passengers": _words(
            r"(?:passengers?|travell?ers?)(?:'s?)? (?:\w+ )?(?:names?|details?|data|information"
            r"|list)"
            r"|(?:which|what|new|each|all|other|additional|many) (?:passengers?|travell?ers?"
            r"|people)"
            r"|who (?:the passengers|else|(?:is|are|will be) (?:travell?ing|flying))"
            r"|names? of|first (?:name|and last)|dates? of birth|dob"
            r"|(?:number|details|information) (?:of|for|about) (?:the |each |all )?passengers?"
        ),
        "bags": _words(
            r"how many (?:\w+ )*?(?:bags|suitcases|pieces)|number of (?:\w+ )*?(?:bags|suitcases)"
            r"|baggages?|luggage|(?:checked|extra|additional|any|more) (?:checked )?bags?"
            r"|suitcases?"
        ),
        "insurance": _words(r"(?:travel )?insurance"),
        "payment": _words(
            r"payment (?:methods?|options?|source|information|details|preferences?|types?)"
            r"|(?:form|method|mode|means)s? of payment|how (?:would |do )?you(?:'d)? (?:would )?"
            r"(?:like|want|prefer|wish) to pay|refund(?:ed)? to|refund (?:method|preference)"
            r"|which (?:card|method)|pay (?:for (?:it|that|this)|with)|charged? (?:it )?to"
            r"|payments?|cards?|certificates?"
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
        "payment": PAYMENT,
        "cabin": cabins_in,
        "insurance": AnyCase(
            r"(?P<without>(?:\b(?:no|without|not? (?:to )?(?:want|wish|need|have|include|add|buy"
            r"|purchase|require|take)|declin\w+|skip|opt\w* out of)|n't (?:want|wish|need|have"
            r"|require|take))\b[^.;:\n]{0,20}\binsurance\b"
            r"|\binsurance\b(?: \(?\w+\)?)?(?: (?:is|was|has))?(?: been)? ?[:(–-]? ?(?:no\b|not"
            r"|none|n/a|declined|\$0\b))"
            r"|(?P<with>\binsurance\b(?!\W+(?:does|do|did|typically|usually|would|will|covers?"
            r"|may|can"
            r"|polic\w+|was purchased)\b))"
        ),
        "date": days_in,
        "stops": STOPS,
        "last_four": AnyCase(r"\bending (?:in|with) (\d{4})\b"),
        "refund": refunds_in,
        "passenger": passengers_in,
        "birth": re.compile(r"\b((?:19|20)\d\d-\d\d-\d\d)\b(?<!2024-\d\d-\d\d)"),
        "bags": bags_in_all,
        "more bags": more_bags,
        "bags each": bags_each,
        "reason": reasons_in,
    },
    compared={
        "origin": origins_in,
        "destination": destinations_in,
        "ways": WAYS,
        "flight": FLIGHTS,
        "person": people_in,
        "traveller": travellers_in,
        "paid bags": paid_bags,
        "trouble": TROUBLES,
        "price": prices_in,
        "charge": charges_in,
        "cost": costs_in,
    },
    allowed=allowed,
    identifying=frozenset({"reservation"}),
    closed={
        "place": places_in,
        "payment": PAYMENT,
        "extra": _EXTRAS,
        "cabin": _words(r"(?P<economy>(?:basic[ -])?economy)|(?<!on )(?P<business>business)"),
    },
    stated={"user_id": re.compile(r"\b[a-z]+_[a-z]+_\d{4}\b")},
    loose=frozenset({"payment", "cabin", "date", "passenger", "reason"}),
    wishes=frozenset({"reservation", "trip", "journey", "cabin", "passengers", "bags"}),
    deeds={
        "book": _words(
            r"book(?! under)|booking (?:you|this|the|these|a|your) (?:\w+ )?(?:flights?|trip"
            r"|ticket|seat)\w*"
            r"|(?:be|get) booked|reserve|(?:mak|creat|plac)(?:e|ing) (?:a |the |this "
            r"|your )?(?:new )?"
            r"(?:reservation|booking)|new (?:reservation|booking)"
            rf"|{CARRIES_OUT}(?:flight )?booking(?! (?:change|update|modification))"
        ),
        "cancel": _words(r"cancel\w*|call(?:ing)? off|called off"),
        "flights": _words(
            rf"{_CHANGE} (?!{_FEW}(?:{BAGS}|passengers?|names?|insurance|certificate))"
            r"(?:\S+ ){0,6}?(?:flights?|reservation|booking|trip|itinerary|cabin|class|seats?"
            r"|economy"
            r"|business|hat\d{3}|dates?)|re-?book\w*|upgrad\w*|downgrad\w*|(?:new|other|different)"
            r" (?:flights?|cabin|class|itinerary)|(?:flight|cabin|itinerary) (?:change"
            r"|modification|update)"
        ),
        "bags": _words(
            rf"{_CHANGE} {_FEW}{BAGS}|will have \d+ (?:\w+ )?{BAGS}|(?:new|extra|additional) "
            rf"(?:\w+ ){{0,2}}{BAGS}|\d+ (?:\w+ )?{BAGS}|{BAGS} (?:change|update)"
        ),
        "passengers": _words(
            rf"{_CHANGE} {_FEW}(?:passengers?|names?|travell?ers?)|(?:passengers?"
            rf"|travell?ers?) (?:of|on|for|in) "
            r"(?:\S+ ){1,3}?(?:will be|are to be|to)|(?:new|different) (?:passengers?|names?)"
            r"|passengers? (?:\w+ )?(?:change|update|modification|list)"
        ),
        "insurance": _words(r"(?:add|purchas|buy|tak|includ|get)(?:e|ing)? (?:\w+ ){0,3}insurance"),
        "certificate": _words(
            r"(?:send|issue|offer|give|provide|grant|sending|issuing) (?:\S+ ){0,5}?"
            r"(?:certificate|voucher|compensation|credit)|compensat\w+"
            rf"|{CARRIES_OUT}(?:travel )?(?:certificate|voucher)"
        ),
    },
    trade=Trade(
        things=r"bags?|baggage|budget|cabin|certificates?|class|departure|destination|direct"
        r"|flights?|insurance|itinerary|nonstop|one-stop|outbound|passengers?|reservations?|seats?"
        r"|tickets?|trips?",
        deals=r"exchanges?|refunds?|returns?|travel certificate",
    ),
    aims={
        "book": frozenset({"book"}),
        "change_flights": frozenset({"flights"}),
        "change_cabin": frozenset({"flights"}),
        "add_bags": frozenset({"bags"}),
        "change_passengers": frozenset({"passengers"}),
        "cancel": frozenset({"cancel", "transfer"}),
        "cancel_or_change": frozenset({"cancel", "flights", "transfer"}),
        "compensation": frozenset({"certificate", "cancel", "flights"}),
        "add_insurance": frozenset({"insurance"}),
        "about_reservation": frozenset(),
        "about_reservations": frozenset(),
        "about_flights": frozenset(),
        "about_allowance": frozenset(),
        "outside": frozenset({"transfer"}),
    },
    concerns={
        "trip": frozenset({"book", "flights"}),
        "payment": frozenset({"book", "flights", "bags", "passengers", "insurance"}),
        "condition": frozenset({"book", "flights", "bags"}),
    },
    along={
        "book": frozenset({"bags", "passengers", "insurance"}),
        "bags": frozenset({"flights"}),
        "passengers": frozenset({"flights"}),
        "flights": frozenset({"book"}),
    },
)
