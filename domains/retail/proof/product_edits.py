"""Edits of a product: what it costs, what is in stock, and what there is to choose from."""

from collections.abc import Iterator, Mapping
from itertools import chain

from writ_gym.database import JSON
from writ_gym.domains.retail.proof.actions import orders_meant, wished
from writ_gym.domains.retail.proof.answers import PRODUCT
from writ_gym.domains.retail.proof.references import Case
from writ_gym.domains.retail.proof.stakes import SPREAD
from writ_gym.domains.retail.proof.variants import acceptable, meant
from writ_gym.domains.retail.schema import OrderItem, Product, RetailDB, Variant
from writ_gym.domains.retail.wishes import CONDITION, Among, FirstOf, Like, Options, Prices, Wish
from writ_gym.meaning.brute_force import parsed
from writ_gym.meaning.proofs import UnclearError
from writ_gym.tasks import Request

Found = tuple[str, dict[str, JSON]]
"""Name and arguments of an edit."""

MOST_VARIANTS = 8
"""Variants of a product that are edited without a hint that they matter."""


def product_edits(case: Case, request: Request, product: Product) -> Iterator[Found]:
    """Give edits of a product, first of the variants that the request is about."""
    found = chain(
        _priced(case, request, product),
        _wished(case, request, product),
        _asked(request, product),
        _sold(case, request, product),
        _any_way(product),
    )
    for name, arguments in found:
        yield name, {"product_id": product.product_id, **arguments}


def _wished(case: Case, request: Request, product: Product) -> Iterator[Found]:
    """Give edits that meet a wish better, or not any more."""
    for item, wish in _wishes(case, request, product):
        right, fitting = _candidates(case, item, wish)
        if right is not None:
            yield "set_available", {"item_id": right.item_id, "available": False}
            yield "drop_variant", {"item_id": right.item_id}
        for variant in [right] if right else []:
            yield from _costing(variant)
        prices = [variant.price for variant in fitting]
        for options in _options_wanted(case, item, wish, fitting):
            for price in _winning(wish, prices):
                new = {"item_id": fresh_item_id(case.db), "options": options, "price": price}
                yield "insert_variant", new
        for variant in fitting:
            for price in _winning(wish, prices)[:1]:
                if price != variant.price:
                    yield "set_price", {"item_id": variant.item_id, "price": price}


def _sold(case: Case, request: Request, product: Product) -> Iterator[Found]:
    """Give edits of what the variants cost now that the order holds: of what they would save."""
    if "order" not in request.values:
        return
    try:
        orders = orders_meant(case, request.values)
    except UnclearError:
        return
    held = {item.item_id for order in orders for item in order.items}
    for item_id in product.variants:
        if item_id in held:
            yield from _costing(product.variants[item_id])
            if product.variants[item_id].price != 1.0:
                yield "set_price", {"item_id": item_id, "price": 1.0}


def _priced(case: Case, request: Request, product: Product) -> Iterator[Found]:
    """Give edits of prices that the request depends on, with which its condition turns."""
    if "condition" not in request.values:
        return
    try:
        condition = parsed(CONDITION, request.values["condition"])
        if not isinstance(condition, Prices) or product.name not in condition.products:
            return
        gap = condition.value - case.prices(condition)
    except UnclearError:
        return
    # The one that counts now comes first: what it costs is what the others have to get past.
    in_stock = [variant for variant in product.variants.values() if variant.available]
    in_stock.sort(key=lambda variant: variant.price, reverse=condition.price == "highest")
    for variant in in_stock:
        for beyond in (1.0, -1.0):
            price = round(variant.price + gap + beyond, 2)
            if price > 0:
                yield "set_price", {"item_id": variant.item_id, "price": price}


def _wishes(case: Case, request: Request, product: Product) -> list[tuple[OrderItem, Wish]]:
    values = request.values
    if not values.keys() >= {"order", "items", "wish"}:
        return []
    try:
        (order,) = orders_meant(case, values)[:1]
        pairs = wished(case, order, values)
    except UnclearError:
        return []
    return [(item, wish) for item, wish in pairs if item.product_id == product.product_id]


def _candidates(case: Case, item: OrderItem, wish: Wish) -> tuple[Variant | None, list[Variant]]:
    """Return the variant that is meant, if one is, and all those that are acceptable."""
    try:
        fitting = acceptable(case, item, wish)
        return meant(case, item, wish), fitting
    except UnclearError:
        return None, []


def _options_wanted(
    case: Case, item: OrderItem, wish: Wish, fitting: list[Variant]
) -> Iterator[Mapping[str, str]]:
    """Give the options that a new variant needs to meet a wish."""
    if isinstance(wish, FirstOf):
        for part in wish.first_of:
            yield from _options_wanted(case, item, part, _candidates(case, item, part)[1])
    elif isinstance(wish, Among):
        yield from ({**variant.options} for variant in fitting[:2])
        if not fitting:
            some = {option: values[0] for option, values in wish.one_of.items() if values}
            yield {**item.options, **some}
    elif isinstance(wish, Options) and not fitting:
        yield {**item.options, **wish.options}
    elif isinstance(wish, Like):
        yield from ({**variant.options} for variant in fitting[:1])


def _winning(wish: Wish, prices: list[float]) -> list[float]:
    """Return prices with which a variant would win, or be the last, of those that are allowed."""
    if not prices:
        return [SPREAD]
    low, high = round(min(prices) * 0.75, 2), round(max(prices) + SPREAD, 2)
    if isinstance(wish, Among) and wish.price == "highest":
        below = round((max(prices) + (wish.at_most or 0)) / 2, 2)
        return [high if wish.at_most is None or high <= wish.at_most else below, low]
    return [low, high]


def fresh_item_id(db: RetailDB) -> str:
    """Return an item id that is not taken: the highest."""
    taken = {item_id for product in db.products.values() for item_id in product.variants}
    return next(key for n in range(9_999_999_999, 0, -1) if (key := str(n)) not in taken)


def _asked(request: Request, product: Product) -> Iterator[Found]:
    """Give edits of the variants that the user asks about."""
    if "product" not in request.values:
        return
    try:
        question = parsed(PRODUCT, request.values["product"])
    except UnclearError:
        return
    for variant in product.variants.values():
        if question.options.items() <= variant.options.items():
            yield "set_available", {"item_id": variant.item_id, "available": not variant.available}
            yield from _costing(variant)


def _costing(variant: Variant) -> Iterator[Found]:
    """Give edits with which a variant costs clearly more or less."""
    for price in (round(variant.price + 20 * SPREAD, 2), round(variant.price * 0.25, 2)):
        if price != variant.price:
            yield "set_price", {"item_id": variant.item_id, "price": price}


def _any_way(product: Product) -> Iterator[Found]:
    """Give edits that could matter to any request."""
    variants = list(product.variants.values())[:MOST_VARIANTS]
    for variant in variants:
        yield "set_available", {"item_id": variant.item_id, "available": not variant.available}
    for variant in variants:
        yield from _costing(variant)
        for option, value in variant.options.items():
            others = {v.options.get(option, value) for v in variants} - {value}
            if others:
                change = {"option": option, "value": min(others)}
                yield "set_option", {"item_id": variant.item_id, **change}
