"""A carrier's user pays, buys and has changed what it states, and nothing besides."""

import re

import pytest

from writ_gym.domains.telecom.allowed import payments_in, purchases_in
from writ_gym.understanding.reading import is_yes

LINE, BILL = "555-000-0001", "B0000001"
ASKS = "Shall I go ahead?"


def with_pay(values, text):
    if values["pay"] is False:
        for said in (f"I will send you a payment request for bill {BILL} of $50.",
                     f"First I can have you pay what is open ({BILL} of $50.00)."):  # fmt: skip
            yield text.replace(ASKS, f"{said} {ASKS}")


def with_data(values, text):
    refuel = values["refuel"]
    if "nothing" in refuel:
        for said in ("I'd also add 2 GB of data for $9.", "On my side I refuel 2 GB for $9."):
            yield text.replace(ASKS, f"{said} {ASKS}")


def with_amount(values, text):
    amount = values["amount"]
    most = amount.get("at_most") or amount.get("dollars")
    if most:
        yield re.sub(r"\$[\d.]+", f"${most + 1:.2f}", text)
    if "amounts" in amount:
        yield re.sub(r"[\d.]+ GB", "7 GB", text)


def with_bill(values, text):
    bill = values["bill"]
    if "bill_id" in bill and "where" not in str(values):
        yield text.replace(bill["bill_id"], f"{bill['bill_id']} and bill {BILL}")
    if "budget" in bill:
        yield re.sub(r"\$[\d.,]+", f"${bill['budget'] + 1:.2f}", text)


def with_line(values, text):
    line = values["line"]
    if "number" in line and not re.search("where|charged_on", str(values)):
        yield text.replace(line["number"], f"{line['number']} and line {LINE}")


ADDITIONS = {
    "pay": with_pay, "refuel": with_data, "amount": with_amount, "bill": with_bill,
    "line": with_line,
}  # fmt: skip
"""By slot, how a proposal may have more, or cost more, than a user states."""


@pytest.mark.parametrize("said", ["telecom"], indirect=True)
def test_users_agree_to_nothing_more_than_they_state(said):
    slots = set()
    for request, outcome in said.proposals:
        text = outcome.statement
        if not outcome.writes:
            continue
        assert is_yes(said.answer_to(request, text).text), (request, text)
        for slot in ADDITIONS.keys() & request.values.keys():
            for more in ADDITIONS[slot](request.values, text):
                if more != text:
                    assert not is_yes(said.answer_to(request, more).text), (request, more)
                    slots.add(slot)
    assert slots == ADDITIONS.keys()


@pytest.mark.parametrize(
    ("text", "pays", "buys"),
    [
        ("I can refuel 2 GB for $9.", False, True),
        ("Shall I top up your line by 1 GB?", False, True),
        ("No additional data has to be bought.", False, False),
        ("I restore the service without a refuel.", False, False),
        ("You have used 12 GB of 10 GB.", False, False),
        ("I send you the request to pay bill B1234567 of $9.", True, False),
        ("Please settle your overdue bill first.", True, False),
        ("You do not have to pay the bill now.", False, False),
        ("If you pay the bill, the line is active again.", False, False),
        ("The bill of May is paid.", False, False),
    ],
)
def test_what_is_bought_and_paid_is_told_from_what_is_not(text, pays, buys):
    assert bool(list(payments_in(text))) == pays
    assert bool(list(purchases_in(text))) == buys
