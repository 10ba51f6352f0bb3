"""Which variant of a product a wish comes to."""

from collections.abc import Mapping

from writ_gym.domains.retail.proof.references import Case
from writ_gym.domains.retail.schema import OrderItem, Variant
from writ_gym.domains.retail.wishes import (
    Among,
    Exactly,
    FirstOf,
    Like,
    Options,
    OtherProduct,
    Wish,
)
from writ_gym.meaning.brute_force import at_rank
from writ_gym.meaning.proofs import UnclearError


def acceptable(case: Case, item: OrderItem, wish: Wish) -> list[Variant]:
    """Return the variants that a wish allows, in the product's order, preferences left aside."""
    others = [
        variant
        for variant in case.product(item).variants.values()
        if variant.available and variant.item_id != item.item_id
    ]
    match wish:
        case Among():
            return [variant for variant in others if allows(wish, variant)]
        case FirstOf():
            wanted_ids = {_clear_id(case, item, part) for part in wish.first_of}
            return [variant for variant in others if variant.item_id in wanted_ids]
        case OtherProduct():
            return []
        case Exactly():
            found = [
                variant
                for variant in others
                if variant.item_id == wish.item and wish.costs in (None, variant.price)
            ]
            if not found:
                raise UnclearError(f"{wish.item} is not in stock, as the user says it is.")
            return found
    wanted = {**item.options, **_options(case, item, wish)}.items()
    return [variant for variant in others if wanted <= variant.options.items()]


def allows(wish: Among, variant: Variant) -> bool:
    """Say whether a variant has what the user wants, and nothing that the user does not want."""
    has = variant.options.get
    return (
        all(has(option) in values for option, values in wish.one_of.items())
        and all(has(option) not in values for option, values in wish.none_of.items())
        and (wish.at_most is None or variant.price <= wish.at_most)
    )


def meant(case: Case, item: OrderItem, wish: Wish) -> Variant | None:
    """Return the variant that is meant, None if there is none.

    Raises:
        UnclearError: Several are, or a fact in the wish is not true.
    """
    what = f"wish {item.item_id}"
    if what in case.picks:
        return case.product(item).variants.get(case.picks[what])
    if isinstance(wish, FirstOf):
        in_turn = (meant(case, item, part) for part in wish.first_of)
        return next((variant for variant in in_turn if variant), None)
    found = acceptable(case, item, wish)
    if isinstance(wish, Among):
        return at_rank(found, [v.price for v in found], wish.price == "highest", wish.rank)
    if len(found) > 1:
        raise UnclearError(f"{len(found)} variants have the same options.")
    return found[0] if found else None


def _clear_id(case: Case, item: OrderItem, wish: Wish) -> str | None:
    """Return the id of the variant that is meant; a tie that is never looked at is none."""
    try:
        variant = meant(case, item, wish)
    except UnclearError:
        return None
    return variant.item_id if variant else None


def _options(case: Case, item: OrderItem, wish: Options | Like) -> Mapping[str, str]:
    """Return the options that the wish names."""
    if isinstance(wish, Options):
        return wish.options
    other = case.one_order(wish.like, f"like {item.item_id}")
    models = [model for model in other.items if model.product_id == item.product_id]
    if len(models) != 1 or not set(wish.options) <= models[0].options.keys():
        raise UnclearError(f"{other.order_id} is no model for {item.name}.")
    return {option: models[0].options[option] for option in wish.options}
