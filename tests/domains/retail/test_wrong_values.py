"""A shop's user agrees to no order and no way to pay that its facts rule out."""

import re
from collections import Counter

import pytest

from writ_gym.understanding.reading import is_yes

KINDS = {"credit_card": "credit card", "gift_card": "gift card", "paypal": "PayPal"}


def changed(values, text):
    """Yield a proposal with another order, or with another way to pay."""
    scope = values.get("order", {}).get("scope", "all")
    named = [each for each in scope if each in text] if scope != "all" else []
    yield from (text.replace(each, "#W9999999") for each in named)
    known = {each["kind"] for each in values.get("payment", {}).get("first_covering", ())}
    methods = re.compile(
        rf"(?:your |to )?(?:{'|'.join(KINDS.values())})? ?\b(?:{'|'.join(KINDS)})_\d+"
    )
    for kind in KINDS.keys() - known if known and methods.search(text) else ():
        yield methods.sub(f" to {KINDS[kind]} {kind}_1234567", text)


@pytest.mark.parametrize("said", ["retail"], indirect=True)
def test_users_agree_to_what_they_state_and_to_nothing_else(said):
    asked = 0
    for request, outcome in said.proposals:
        for text in changed(request.values, outcome.statement) if outcome.writes else ():
            assert not is_yes(said.answer_to(request, text).text), (request, text)
            asked += 1
    assert asked > 30


def added(request, text):
    """Yield a proposal with another order, or with one item more."""
    values = request.values
    order, items = values.get("order", {}), values.get("items", {})
    if "id" in order and not re.search("'(?:scope|beside)'", str(values)):
        yield text.replace(order["id"], f"{order['id']} and of order #W9999999")
    known = " ".join(fact.text for fact in request.facts)
    strange = "Toaster" if "Toaster" not in known else "Humidifier"
    one_more = [strange] if "names" in items and strange not in known else []
    for name in [*one_more, *items.get("all_but", [])]:
        for wording in (f"{name} 1234567890 and ", f"{name} (to be sent back as well) and "):
            yield re.sub(r"(?<=I can )(return |change |exchange )", rf"\1{wording}", text)


@pytest.mark.parametrize("said", ["retail"], indirect=True)
def test_users_agree_to_nothing_more_than_they_state(said):
    asked = Counter()
    for request, outcome in said.proposals:
        for text in added(request, outcome.statement) if outcome.writes else ():
            if text != outcome.statement:
                assert not is_yes(said.answer_to(request, text).text), (request, text)
                asked[request.intent] += 1
    assert {"return_items", "exchange_items", "change_order_items"} <= asked.keys()


@pytest.mark.parametrize("said", ["retail"], indirect=True)
def test_what_stays_may_be_named(said):
    stays = (
        "The Blender stays with you.", "All other items (Blender, Toaster) remain as they are.",
        "You keep the Blender.",
    )  # fmt: skip
    named = 0
    for request, outcome in said.proposals:
        if outcome.writes and "names" in request.values.get("items", {}):
            for each in stays:
                text = outcome.statement.replace("Shall I", f"{each} Shall I")
                assert is_yes(said.answer_to(request, text).text), (request, text)
                named += 1
    assert named > 10
