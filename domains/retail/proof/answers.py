"""What each intent that asks for something to be told comes to."""

from collections.abc import Mapping
from typing import Literal

from pydantic import TypeAdapter

from writ_gym.domains.retail.proof.actions import TEXT, figure_of, one_order
from writ_gym.domains.retail.proof.references import Case, gift_cards, total
from writ_gym.domains.retail.wishes import FIGURE
from writ_gym.meaning.brute_force import Values, parsed
from writ_gym.meaning.proofs import Meaning, UnclearError
from writ_gym.tasks import Config


class ProductQuestion(Config):
    """What the user asks about a product."""

    name: str
    options: Mapping[str, str] = {}
    figure: Literal["count", "price"]


PRODUCT: TypeAdapter[ProductQuestion] = TypeAdapter(ProductQuestion)


def about_order(case: Case, values: Values) -> Meaning:
    """Tell the total, status, number of items or tracking numbers of an order."""
    order = one_order(case, values)
    if order.user_id != case.user.user_id:
        case.forbid("other_user", order.order_id)
    match values["topic"]:
        case "total":
            return Meaning(tells=(total(order),))
        case "status":
            return Meaning(tells=(order.status,))
        case "count":
            return Meaning(tells=(float(len(order.items)),))
        case "tracking":
            numbers = [number for parcel in order.fulfillments for number in parcel.tracking_id]
            if numbers:
                return Meaning(tells=tuple(numbers))
    raise UnclearError("The order has nothing like that.")


def about_orders(case: Case, values: Values) -> Meaning:
    """Tell the sum of the totals, or the number, of some orders."""
    return Meaning(tells=(figure_of(case, parsed(FIGURE, values["figure"])),))


def about_product(case: Case, values: Values) -> Meaning:
    """Tell how many variants in stock have the options, or the lowest price of them."""
    question = parsed(PRODUCT, values["product"])
    product = case.product_named(question.name)
    prices = [
        variant.price
        for variant in product.variants.values()
        if variant.available and question.options.items() <= variant.options.items()
    ]
    if question.figure == "count":
        return Meaning(tells=(float(len(prices)),))
    if not prices:
        raise UnclearError("What is not in stock has no price.")
    return Meaning(tells=(min(prices),))


def about_gift_card(case: Case, values: Values) -> Meaning:
    """Tell the balance of the caller's only gift card."""
    cards = gift_cards(case.user.payment_methods.values())
    if len(cards) != 1:
        raise UnclearError(f"The caller has {len(cards)} gift cards.")
    return Meaning(tells=(cards[0].balance,))


def outside(case: Case, values: Values) -> Meaning:
    """Hand over to a human."""
    parsed(TEXT, values["matter"])
    return Meaning(handed_over=frozenset({"outside"}))
