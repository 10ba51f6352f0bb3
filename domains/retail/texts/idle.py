"""What the shop's users may say besides their facts: words that change nothing of them."""

from collections.abc import Mapping

from writ_gym.phrasing.reading_back import IDLE, OR_ELSE_NOTHING, Idle

_ORDERS = IDLE.also(
    "order orders item items product products purchase number has have those among out from "
    "status cost costs came come comes contain contains include includes placed place",
)  # fmt: skip
"""What is said about orders says nothing of its own."""
IDLE_OF: Mapping[str, Idle] = {
    "name": IDLE.also(
        "name full account under runs customer people call called speak",
        "in the name of",
    ),
    "zip": IDLE.also(
        "zip postal code address home live area profile account deliver place where says",
    ),
    "email": IDLE.also(
        "e mail email mails address account use file under registered signed up belongs tied log "
        "runs reach gave",
    ),
    "order": _ORDERS.also(
        "request covers apply applies",
        "without exception", "the same goes for",
    ),
    "reason": IDLE.also(
        "reason why because order ordered goods following purchase happened happen placed turns "
        "turned out found must bought buy chose was motive simple situation changed things "
        "grounds",
        "put down", "by now", "i did not want to buy it; i did so", "any more",
        "it was never meant to be bought, that happened", "my finger slipped", "something that",
        "all that happened", "that was done", "i hit the button", "let me tell you why",
    ),
    "payment": _ORDERS.also(
        "payment method card account paypal use used same ending ends last four digits",
        "whichever of", "best of all",
    ),
    "address": _ORDERS.also(
        "new address send sent deliver delivered ship shipped use used shipping correct needed",
        "put down", "the right one",
    ),
    "items": _ORDERS.also(
        "order",
        "if i bought it again at today's price", "has to be done",
    ),
    "wish": _ORDERS.also(
        "version versions variant variants available id saw site shows each exchange",
        "in stock", "that are in stock", "the other versions", "the other available versions",
        "you have some", "put in",
    ),
    "condition": _ORDERS.also(
        "believe fairly sure pretty impression suppose knowledge understanding recall assume "
        "remember account ahead price prices",
        "all taken", "if i remember correctly", "is to be done", OR_ELSE_NOTHING,
    ),
    "figure": _ORDERS.also("work records", "find out"),
    "topic": IDLE.also(
        "order how was",
        "look up", "all i ask for", "find out",
    ),
    "product": IDLE.also("product version", "have my eye on"),
    "matter": IDLE.also("important request"),
}  # fmt: skip
"""By slot, what a sentence may say besides."""
