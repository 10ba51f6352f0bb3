"""What a right proposal may name of what a user states, whatever else has to be looked up."""

from collections.abc import Iterator, Mapping

from writ_gym.database import JSON
from writ_gym.understanding import Allowed


def allowed(values: Mapping[str, JSON]) -> Iterator[Allowed]:
    """Yield what the facts of a request allow: orders to choose among, ways to pay.

    "The method that I originally paid with" allows any: which one it is has to be looked up.

    Args:
        values: The values of the facts, by slot.
    """
    match values.get("order"):
        case {"scope": [*ids]}:
            yield Allowed("order", "order", frozenset(str(each).lower() for each in ids))
    match values.get("payment"):
        case {"first_covering": [*methods]}:
            kinds = (str(each["kind"]).partition("_")[0] for each in methods)
            yield Allowed(
                "payment", "payment", frozenset(k.replace("credit", "card") for k in kinds)
            )
