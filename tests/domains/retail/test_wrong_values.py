"""A shop's user agrees to no order and no way to pay that its facts rule out."""

import re

import pytest

from writ_gym.understanding import is_yes

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
