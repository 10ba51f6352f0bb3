"""Where the arguments of a write come from, what is asked for, and which words are meant."""

from collections.abc import Collection, Mapping

from writ_gym.database import JSON
from writ_gym.domains.retail.schema import RetailDB
from writ_gym.domains.retail.wishes import (
    ADDRESS,
    ORDER,
    WISHES,
    Exactly,
    Given,
    Options,
    OrderById,
)
from writ_gym.meaning.brute_force import Values, parsed
from writ_gym.tasks import Call, Provenance, Request


def find_sources(request: Request, write: Call) -> Mapping[str, Provenance]:
    """Return where each argument of a write that a request comes to is from."""
    values = request.values
    return {name: _source(name, values, request.intent) for name in write.arguments}


def _source(argument: str, values: Values, intent: str) -> Provenance:
    match argument:
        case "user_id" | "item_ids":
            return "read"
        case "order_id":
            stated = isinstance(parsed(ORDER, values["order"]), OrderById)
        case "reason":
            stated = True
        case "new_item_ids":
            wishes = parsed(WISHES, values["wish"])
            stated = all(isinstance(wish, Exactly) for wish in wishes.values())
        case "payment_method_id":
            # Nothing is said of the refund by who would rather cancel.
            return "rule" if intent == "cancel_or_return" else "read"
        case _:
            stated = isinstance(parsed(ADDRESS, values["address"]), Given)
    return "user" if stated else "read"


def find_alternatives(db: RetailDB, slot: str, value: JSON) -> Collection[str]:
    """Return all values of the options that wishes name, where each names nothing else."""
    if slot != "wish":
        return ()
    wishes = parsed(WISHES, value)
    if not all(isinstance(wish, Options) for wish in wishes.values()):
        return ()
    words: set[str] = set()
    for product in db.products.values():
        wish = wishes.get(product.name)
        if isinstance(wish, Options):
            words.update(wish.options.values())
            for variant in product.variants.values():
                words.update(variant.options[name] for name in wish.options)
    return words
