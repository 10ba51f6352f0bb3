"""An airline's user agrees to the oracle's proposals, and to none with one value that is wrong."""

import re
from collections import Counter
from itertools import pairwise
from typing import NamedTuple

import pytest

from writ_gym.coroutines import finish
from writ_gym.domains.airline.lexicon import LEXICON
from writ_gym.domains.airline.texts.phrases import STATE
from writ_gym.domains.airline.timetable import AIRPORTS
from writ_gym.tasks import Fact, Request, Scenario
from writ_gym.understanding.reading import compared_in, is_yes
from writ_gym.users.agenda import Agenda
from writ_gym.users.facts import overdone
from writ_gym.users.guard import examine
from writ_gym.users.scripted import ScriptedUser
from writ_gym.users.simulators import UserTurn

CABINS = {"basic_economy": "basic economy", "economy": "economy", "business": "business"}
DAY, RECORD, STRANGER, FLIGHT = "2024-05-02", "ZZZ999", "Zoe Stranger", "HAT999"
WAYS, STOPS = ("one way", "as a round trip"), ("with one stop", "on direct flights")
REASONS = ("change of plans", "airline cancelled", "health", "weather", "other")
KINDS = ("credit_card", "gift_card", "certificate")


class Changed(NamedTuple):
    """A proposal with one value that was put in or changed, and whether it is right so."""

    slot: str
    what: str
    text: str
    right: bool = False


def put_in(slot, what, text, right, *wrong):
    """Yield a proposal of a booking or a change with a detail more, right and wrong."""
    detailed = re.sub(r"(?<=\d{4}-\d\d-\d\d) in (?=basic|econ|busi)", " {} in ", text)
    if detailed != text:
        yield Changed(slot, what, detailed.format(right), right=True)
        yield from (Changed(slot, what, detailed.format(each)) for each in wrong)


def of_reservation(value, text):
    for each in [value["id"]] if "id" in value else value.get("scope", []):
        if each in text and value.get("scope") != "all":
            yield Changed("reservation", "id", text.replace(each, RECORD))


def of_cabin(value, text):
    for name, words in CABINS.items():
        if name not in value["cabins"]:
            said = re.sub(r"\bin (?:basic economy|economy|business)\b", f"in {words}", text)
            yield Changed("cabin", "cabin", said)


def of_trip(value, text):
    ways = [value[way] for way in ("there", "back") if way in value]
    for way in ways:
        yield from of_way(way, [each for each in ways if each is not way], text)
    there = value.get("there", {})
    origins, destinations = there.get("origins"), there.get("destinations")
    if "ends" in there:
        (origin, destination), origins, destinations = there["ends"], *([e] for e in there["ends"])
    if origins and destinations:
        (origin, *_), (destination, *_) = origins, destinations
        other = next(code for code in AIRPORTS if code not in (*origins, *destinations, "LGA"))
        yield from put_in(
            "trip", "places", text, f"from {origin} to {destination}",
            f"from {origin} to {other}", f"from {other} to {destination}",
        )  # fmt: skip
        right = "back" in value
        yield from put_in("trip", "ways", text, WAYS[right], WAYS[not right])


def of_way(way, others, text):
    if "flights" in way:
        for flight in way["flights"]:
            yield Changed("trip", "flight", text.replace(flight["flight_number"], FLIGHT))
        days = [flight["date"] for flight in way["flights"]]
    else:
        days = way["dates"] if isinstance(way["dates"], list) else []
        if way["stops"] != "any" and len(others) == 0:
            right = way["stops"] == "direct"
            yield from put_in("trip", "stops", text, STOPS[right], STOPS[not right])
    if days and not others:
        yield Changed("trip", "date", re.sub(r"(?<!born )\d{4}-\d\d-\d\d", DAY, text))
    elif len(days) == 1 and text.count(days[0]) == 1:
        yield Changed("trip", "date", text.replace(days[0], DAY))


def of_passengers(value, text):
    people = [*value.get("people", []), *value.get("swaps", {}).values()]
    for person in people:
        given = person.get("given", {})
        name = person.get("saved") or f"{given.get('first_name')} {given.get('last_name')}"
        if name in text:
            yield Changed("passengers", "name", text.replace(name, STRANGER))
    for new in value.get("swaps", {}).values():
        if "last_name" in new or "first_name" in new:
            yield Changed("passengers", "name", re.sub(r"\w+ \w+(?= \(born)", STRANGER, text))


PAID = re.compile(r"(?:not )?free of charge|\d+ of them not free")


def of_bags(value, text):
    count = re.compile(r"(?<=with |have )(\d+)(?= checked)")
    if "in_all" in value:
        wrong = count.sub(lambda match: str(int(match[0]) + 4), text)
        yield Changed("bags", "in all", wrong)
    elif "more" in value:
        said, more = text.replace("in all", "in all, {} more bags than now"), value["more"]
        yield Changed("bags", "more", said.format(more), right=True)
        yield Changed("bags", "more", said.format(more + 3))
    elif "free" in value:
        yield Changed("bags", "free", PAID.sub("3 of them not free", text))
    elif "each" in value:
        said, each = re.sub(r"(checked bags?)", r"\1 ({} bags each)", text), value["each"]
        yield Changed("bags", "each", said.format(each), right=True)
        yield Changed("bags", "each", said.format(each + 1))


def of_insurance(value, text):
    words = ["without travel insurance", "with travel insurance"]
    right, wrong = words if value == "no" else words[::-1]
    if right in text:
        yield Changed("insurance", "insurance", text.replace(right, wrong))


def of_payment(value, text):
    methods = value.get("split") or value.get("first_covering") or [value]
    keys = ("kind", "balance_of", "method")
    known = {next((each[key] for key in keys if key in each), "").rstrip("_0123456789")
             for each in methods}  # fmt: skip
    if "" not in known:
        ids = rf"\b(?:{'|'.join(KINDS)})_\d+"
        for other in sorted({*KINDS} - known):
            yield Changed("payment", "method", re.sub(ids, f"{other}_1234567", text))


def of_reason(value, text):
    for other in REASONS:
        if other != value and f"is: {value}." in text:
            yield Changed("reason", "reason", text.replace(f"is: {value}.", f"is: {other}."))


def of_claim(value, text):
    words = ["was cancelled", "was delayed"]
    right, wrong = words if value["what"] == "cancelled" else words[::-1]
    yield Changed("claim", "claim", text.replace(right, wrong, 1))


COST = re.compile(r"\$[\d,]+(?= in all| is charged)")
OTHER_SUMS = (
    "The new total of the reservation is $9,999, of which $9,000 were paid already; the balance of "
    "your gift card is $8,000, and your limit of ${most:,} is kept. "
)
DEAR = (
    "That is ${over:,} in total",
    "Total cost: ${over:,}.00",
    "You will be charged an additional ${over:,}",
    "The total to pay is $9 + ${over:,} = ${over:,}",
    "An additional charge of {over} dollars is due",
)


def of_condition(value, text):
    """Yield a proposal at the limit, with sums that are no cost, and above it in several words."""
    if "at_most" in value and COST.search(text):
        most = int(value["at_most"])
        yield Changed("condition", "limit", COST.sub(f"${most:,}", text), right=True)
        yield Changed("condition", "limit", COST.sub(f"${most + 1:,}", text))
        without = re.sub(r"(?:; paid with|, for which|; \$)[^.]*\.", ".", text)
        if "for which" in text or "will have" in text:
            others = OTHER_SUMS.format(most=most)
            yield Changed(
                "condition", "no cost", f"{others if 'for which' in text else ''}{text}", True
            )
        yield Changed("condition", "no sum", without, right=True)
        for dear in DEAR:
            said = dear.format(over=most + 50)
            yield Changed("condition", dear, without.replace(" Shall", f" {said}. Shall"))


CHANGES = {
    "reservation": of_reservation,
    "trip": of_trip,
    "cabin": of_cabin,
    "passengers": of_passengers,
    "bags": of_bags,
    "insurance": of_insurance,
    "payment": of_payment,
    "reason": of_reason,
    "claim": of_claim,
    "condition": of_condition,
}
"""By slot, how a proposal may be otherwise than a user states it."""


def changed(request, text):
    """Yield a proposal as it is, and with one value changed or put in at a time."""
    yield Changed("", "as it is", text, right=True)
    for fact in request.facts:
        for each in CHANGES[fact.slot](fact.value, text) if fact.slot in CHANGES else ():
            if each.right or each.text != text:
                yield each


CABIN = re.compile(r"(?<=\d{4}-\d\d-\d\d)(?= in (?:basic economy|economy|business))")


def with_reservation(request, text):
    meant = request.values["reservation"]
    if "id" in meant and not re.search("'(?:scope|beside)'", str(request.values)):
        yield text.replace(meant["id"], f"{meant['id']} and {RECORD}")


def with_leg(request, text):
    ways = list(request.values["trip"].values())
    if request.intent != "book":
        return
    days = [[each["date"] for each in way.get("flights", [])] or way["dates"] for way in ways]
    if all("flights" in way for way in ways):
        yield CABIN.sub(f" and {FLIGHT} on {days[0][0]}", text)
    if not any(isinstance(each, dict) for each in days):
        yield CABIN.sub(f" and HAT001 on {DAY}", text)
    there = ways[0]
    if all(way.get("stops") == "direct" or len(way.get("flights", [])) == 1 for way in ways):
        origin, destination = there.get("ends") or (there["origins"][0], there["destinations"][0])
        other = next(code for code in ("SFO", "DEN", "MIA", "SEA", "ATL") if code not in str(ways))
        yield CABIN.sub(f" from {origin} to {destination} and then to {other}", text)


def with_passenger(request, text):
    if "people" in request.values["passengers"]:
        yield text.replace("), with", f"), and {STRANGER} (born 1991-02-03), with")
        yield text.replace("), with", f"); passengers: {STRANGER}, with")


def with_bags(request, text):
    bags = request.values["bags"]
    if "more" in bags:
        said = f"{bags['more']} more bags and {bags['more'] + 1} more bags"
        yield text.replace("in all", f"in all, {said},")
    elif "in_all" in bags and request.intent == "book":
        more = f" and with {bags['in_all'] + 3} bags,"
        yield re.sub(r"(checked bags?)(?: in all)?,", rf"\1{more}", text)


ADDITIONS = {
    "reservation": with_reservation,
    "trip": with_leg,
    "passengers": with_passenger,
    "bags": with_bags,
}
"""By slot, how a proposal may have more than a user states."""


def added(request, text):
    """Yield a proposal with one value more at a time, each with its slot."""
    for fact in request.facts:
        for more in ADDITIONS[fact.slot](request, text) if fact.slot in ADDITIONS else ():
            if more != text:
                yield fact.slot, more


def objections(said, request, heard, answer, *, told=True):
    """Return what the guard has against an answer of a user who has told its facts, or not yet."""
    agenda = Agenda(Scenario(identity=(), requests=(request,), seed=1), said.domain.lexicon, None)
    facts = request.facts if told else ()
    agenda.note(" ".join([request.text, *(fact.text for fact in facts)]))
    agenda.hear(heard)
    return examine(agenda, UserTurn(answer)).keys()


AIRLINE = pytest.mark.parametrize("said", ["airline"], indirect=True)


@AIRLINE
def test_users_agree_to_what_they_state_and_to_nothing_else(said):
    intents, wrong = set(), set()
    for request, outcome in said.proposals:
        for change in changed(request, outcome.statement) if outcome.writes else ():
            slot, _, text, right = change
            intents.add(request.intent)
            wrong |= set() if right else {slot}
            assert is_yes(said.answer_to(request, text).text) == right, (request, change)
            unfit = "accepts_wrong" in objections(said, request, text, "Yes, go ahead.")
            assert unfit != right, (request, change)
            if not right:
                assert "rejects_right" not in objections(said, request, text, "No."), change
    assert intents == {each.request.intent for each in said.proposals if each.outcome.writes}
    assert wrong == CHANGES.keys()


@AIRLINE
def test_users_agree_to_nothing_more_than_they_state(said):
    found = Counter()
    for request, outcome in said.proposals:
        for slot, text in added(request, outcome.statement) if outcome.writes else ():
            assert not is_yes(said.answer_to(request, text).text), (request, text)
            assert "accepts_wrong" in objections(said, request, text, "Yes, go ahead."), text
            assert "rejects_right" not in objections(said, request, text, "No."), text
            found[slot] += 1
    assert found.keys() == ADDITIONS.keys()


@AIRLINE
def test_what_one_request_leaves_out_may_be_for_another_one(said):
    drawn = [each for each in said.proposals if each.outcome.writes]
    for one, other in pairwise(drawn):
        text = f"{one.outcome.statement} And then: {other.outcome.statement}"
        both = [one.request, other.request]
        assert not overdone(both, text, said.domain.lexicon), (both, text)


@AIRLINE
def test_what_is_cancelled_need_not_be_as_what_is_wanted_if_it_cannot_be(said):
    dated = 0
    for request, _ in said.all:
        if request.intent == "cancel_or_change":
            meant, trip = request.values["reservation"], request.values["trip"]
            scope = meant.get("scope", "all")
            own = meant.get("id") or (RECORD if scope == "all" else scope[0])
            about = f"{own} (HAT998 on {DAY}, paid with gift_card_0000000)"
            text = f"I can cancel reservation {about} and refund $99. Shall I go ahead?"
            assert is_yes(said.answer_to(request, text).text), (request, text)
            assert "accepts_wrong" not in objections(said, request, text, "Yes, go ahead.")
            dated += any(isinstance(way.get("dates"), list) for way in trip.values() if way)
    assert dated


@AIRLINE
def test_the_guard_minds_another_reason_and_another_number_of_bags(said):
    asked = {"reason": "May I ask for the reason?", "bags": "How many checked bags do you want?"}
    minded = Counter()
    for request, _ in said.all:
        for fact in request.facts:
            for lie in lies(fact) if fact.slot in asked else ():
                for question in (asked[fact.slot], "What exactly would you like to have?"):
                    for text, false in (fact.text, False), (lie, True):
                        found = objections(said, request, question, text, told=False)
                        # No fact has a number of two digits like that one.
                        assert bool(found & {"contradicts", "invents"}) == false, (fact, text)
                        minded[fact.slot] += 1
    assert min(minded[slot] for slot in asked) > 50


def lies(fact):
    """Yield what is said instead of a fact by a user who gets it wrong."""
    if fact.slot == "reason":
        every = (STATE[f"reason_{other}"][0] for other in REASONS if other != fact.value)
        yield from every
    elif {"more", "in_all", "each"} & fact.value.keys() and re.search(r"\d", fact.text):
        yield re.sub(r"\d+", lambda match: str(int(match[0]) + 3), fact.text)


def test_a_proposal_is_for_the_request_whose_values_it_keeps_whatever_words_it_shares():
    def which(condition, **by):
        return {"where": [condition], "extreme": "highest", "rank": 1, "scope": "all", **by}

    taken = which({"attribute": "flight", "test": "has", "value": "HAT004"})
    first = which({"attribute": "origin", "test": "is", "value": "MCO"})
    later = {"origins": [], "destinations": [], "where": [], "stops": "any", "extreme": "highest"}
    cheap = asked("change_flights", "Please change the flights of one of my reservations.", {
        "reservation": (
            "It is about the one trip out of all my reservations that includes flight HAT004.",
            taken,
        ),
        "trip": (
            "I want to fly there on the date 1 day after, 2 days after or 3 days after the current "
            "date; of the connections (nonstop or with one stop) I would like the one with the "
            "second longest travel time. Back on the date 1 day after, 2 days after, 3 days after, "
            "4 days after or 5 days after the date that it has now; what I want of the connections "
            "with one stop is the one with the most expensive fare.",
            {
                "there": {**later, "by": "duration", "rank": 2, "dates": {"days": [1, 2]}},
                "back": {**later, "by": "price", "rank": 1, "dates": {"days": [1, 2, 3]}},
            },
        ),
        "cabin": ("Please make it economy.", {"cabins": ["economy"]}),
        "payment": ("Payment: the original payment method.", {"original": True}),
        "condition": ("Price up to $950.", {"at_most": 950.0}),
    })  # fmt: skip
    other = asked("change_cabin", "Change of cabin.", {
        "reservation": (
            "I am talking about the trip that I booked right after the only one of all my "
            "reservations that departs from MCO.",
            {"beside": first, "step": 1, "order": "created"},
        ),
        "cabin": ("As for the cabin, business.", {"cabins": ["business"]}),
        "payment": ("Payment: credit_card_4226385.", {"method": "credit_card_4226385"}),
    })  # fmt: skip
    scenario = Scenario(identity=(), requests=(cheap, other), disclosure="all_at_once", seed=1)
    proposal = (
        "I can change reservation 8H7ZJQ to HAT078 on 2024-05-19 and HAT196 on 2024-05-28 in "
        "economy, for which ${} is charged to credit_card_4226385. Shall I go ahead? (yes/no)"
    )
    for price, agrees in ((920, True), (980, False)):
        user = ScriptedUser(scenario, LEXICON)
        finish(user.open())
        assert is_yes(finish(user.respond(proposal.format(price))).text) is agrees


def asked(intent, text, facts):
    """Return a request by its facts: by slot, what is said and what that means."""
    stated = (
        Fact(slot=slot, value=value, text=said, literal="method" in value)
        for slot, (said, value) in facts.items()
    )
    return Request(intent=intent, text=text, facts=tuple(stated))


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("from Charlotte (CLT) to Denver", "origin", {"clt"}),
        ("from Charlotte (CLT) to Denver", "destination", {"den"}),
        ("- SEA → DEN, then DEN-BOS", "origin", {"sea", "den"}),
        ("- SEA → DEN, then DEN-BOS", "destination", {"den", "bos"}),
        ("**From:** New York (JFK)\n**To:** New York", "destination", {"nyc"}),
        ("- Denver at noon", "destination", None),
        ("from economy to business", "cabin", {"business"}),
        ("Economy becomes business.", "cabin", {"economy", "business"}),
        ("It is one way; a one-way fare.", "ways", {"one_way"}),
        ("Passengers: Ann Lee, Liam O'Neil", "person", {"ann lee", "liam o'neil"}),
        ("for Ann-Marie Lee (born 1980-01-02)", "person", {"ann-marie lee"}),
        ("Passengers: 2, Business Class", "person", None),
        ("with 4 checked bags, 2 of them not free", "bags", {"4"}),
        ("with 4 checked bags, 2 of them not free", "paid bags", {"2"}),
        ("with 1 checked bag in all, not free of charge", "paid bags", {"1"}),
        ("with no checked bags, without travel insurance", "bags", {"0"}),
        ("Checked bags: 3 (1 paid)", "bags", {"3"}),
        ("Non-free checked bags: 0", "bags", None),
        ("You are entitled to 2 checked bags.", "bags", None),
        ("I will add 2 checked bags.", "more bags", {"2"}),
        ("one more bag", "more bags", {"1"}),
        ("3 checked bags each", "bags each", {"3"}),
        ("3 checked bags per passenger are free", "bags each", None),
        ("The airline has cancelled it.", "reason", {"airline"}),
        ("The reason is: other.", "reason", {"other"}),
        ("I'm sick of waiting.", "reason", None),
        ("Why (change of plans, weather or other reasons)?", "reason", None),
        ("As flight HAT012 was delayed, I can cancel it.", "trouble", {"delayed"}),
    ],
)
def test_values_of_proposals_are_found_however_they_are_written(text, kind, values):
    assert (compared_in(text, kind, LEXICON) or None) == values
