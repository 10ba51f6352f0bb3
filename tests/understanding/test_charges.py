"""What an agent says that something costs is told from the other amounts beside it."""

import pytest

from writ_gym.understanding.charges import charges_in, costs_in, prices_in


def read(finder, text):
    return [float(each) for each in finder(text)]


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("The total cost is $255.", [255]),
        ("Paid with $450 from your certificate and $186 from your card, $636 in all.", [636]),
        ("You'd pay 1,350.50 dollars in total.", [1350.5]),
        ("Fare: $200 per passenger\nTotal: $600", [600]),
        ("2 bags at $50 each, so the price is $100.", [100]),
        ("The total is 2 x $50 = $100.", [100]),
        ("1 GB for $7.00, which goes on the next bill.", [7]),
        ("The total is $450, which is within your budget of $500.", [450]),
        ("The total is $650, which exceeds your limit of $600.", [650]),
        ("The total is $1200, which exceeds your $600. One seat will cost exactly $600.", [600]),
        ("Your gift card with $262 balance is used.", []),
        ("I can send you a travel certificate over $150.", []),
        ("I can send you a travel certificate worth $150.", []),
        ("I refund $99 to your card.", []),
        ("You save $40.", []),
        ("There is nothing to pay.", []),
    ],
)
def test_what_is_bought_has_its_price(text, price):
    assert read(prices_in, text) == price


@pytest.mark.parametrize(
    ("text", "charge"),
    [
        ("For that, $346 are charged to your card.", [346]),
        ("For that, $346 is charged to your card.", [346]),
        ("The new total is $1,300; the fare difference of $120 is charged.", [120]),
        ("The fare difference is $120, so the new total is $1,300.", [120]),
        ("Price Difference: $725 - $503 = $222", [222]),
        ("Total Upgrade Cost: $105 + $263 = $368", [368]),
        ("An additional $146 per passenger, for a total of $292.", [292]),
        ("Upgrading all of you will cost $1,200 in total.", [1200]),
        ("Total cost: $250", [250]),
        ("The total cost for the new flights will be $325.", []),
        ("The total is $207. Your original payment was $2787.", []),
        ("You get a refund of the difference, which is $2,544, back to your card.", []),
        ("For that, $28 are refunded to your card.", []),
        ("For that, $28 is refunded to your card.", []),
        ("$28 goes back to your card.", []),
    ],
)
def test_what_is_changed_has_its_charge_whatever_it_costs_as_a_whole(text, charge):
    assert read(charges_in, text) == charge


def test_a_cost_is_the_charge_or_else_the_price():
    assert read(costs_in, "3 extra bags at $50 each. The total cost is $150.") == [150]
    assert read(costs_in, "The ticket costs $900. $50 are charged for the bag.") == [50]
