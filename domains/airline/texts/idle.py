"""What the airline's users may say besides their facts: words that change nothing of them."""

import re
from collections.abc import Mapping

from writ_gym.phrasing.reading_back import IDLE, NOTHING, OR_ELSE_NOTHING, Idle

_RESERVATIONS = IDLE.also(
    "reservation reservations trip trips booking flight flights cost costs depart departs made "
    "was were booked include includes goes passenger passengers checked bags among those out from "
    "right date",
)  # fmt: skip
"""What is said about reservations says nothing of its own."""
_FLYING = _RESERVATIONS.also(
    "fly flying travel travelling journey way home back leave leaves connections connection "
    "intend something per person come comes coming put them",
    "i have looked it up", "seats are left", "enough seats", "i saw", "can be had", "the current",
    "that it has now", "when i fly",
)  # fmt: skip
"""What is said about flights says nothing of its own."""
IDLE_OF: Mapping[str, Idle] = {
    "name": IDLE.also(
        "name full account under runs customer people call called speak",
        "in the name of",
    ),
    "user_id": IDLE.also("user id account find under registered log use says"),
    "reservation": _RESERVATIONS.also(
        "covers apply applies request",
        "without exception", "if some of them cannot be done, leave those out",
    ),
    "trip": _FLYING.also(
        "ticket only sufficient enough",
        "no return flight is needed", "nothing but", "all i need",
        "nobody has to bring me home again", "and nothing else", "will stay",
    ),
    "journey": _FLYING,
    "cabin": _RESERVATIONS.also(
        "cabin class fly flying book travel sit per person",
        "all of it", "i saw that seats are left", "can be had", "all flights together",
        "have looked up",
    ),
    "passengers": _RESERVATIONS.without("me").also(
        "travel travels travellers travelling fly flying seat seats down put board born birth "
        "them who ones necessary good book aim needed list says data corrected correct entry "
        "follows right wrong note name mistake changed truth",
        "instead", "on instead", "on it", "as well", "date of birth", "it should say",
        "you have ... down wrongly", "there is a mistake with", "the entry of ... is wrong",
        "what is wrong with",
    ),
    "bags": _RESERVATIONS.also(
        "luggage note down put",
        "as many checked bags as are",
    ),
    "insurance": IDLE.also(
        "travel include included add covered part put important wanted yes",
        "leave it", "feel better", "say yes to", "have ... use for",
    ),
    "payment": _RESERVATIONS.also(
        "payment put way pay paid card use used settle settled money charge price ending means "
        "method certificate same first then",
        "for what is left", "if money is due either way",
        "if there is something to pay or to get back", "as far as it goes",
    ),
    "reason": IDLE.also(
        "reason reasons why because plans flight flights has changed meantime happened turned out "
        "since then due was were got had fell fallen become sadly matter bad terrible awful too "
        "they forecast there warn heard comes down necessary",
        "put down", "i decided otherwise", "are private", "makes it impossible to travel",
        "makes me stay at home", "is against it", "where i want to go is dangerous",
        "a storm is coming", "will be", "with this ... i cannot travel",
        "i do not want to fly in such", "have to stay in bed", "my doctor says", "to travel",
        "to fly", "i would call it", "does not allow it", "unable to travel", "have no use for it",
        "does not go", "behind it", "some", "i was told", "of another kind",
    ),
    "condition": _FLYING.also(
        "believe fairly sure pretty impression suppose knowledge understanding recall assume "
        "remember ahead price prices fares fare spend budget total altogether",
        "if i remember correctly", "is to be done", "of all", "in all",
        "only do that if the price is", "pay", "or else leave it", "ready to pay",
        "willing to spend", "and nothing beyond that", "the whole thing", "do it only if it costs",
        "only do it if it costs", "only if it costs", "do that only if the price is",
        "go ahead only if the price", "only if it's", "but do it only if it costs",
        "it is fine as long as it costs", OR_ELSE_NOTHING,
        re.compile(rf"if that is not enough, {NOTHING}"),
        re.compile(rf"if it is not to be had for\s+, {NOTHING}"),
    ),
    "figure": _RESERVATIONS.also("work records", "find out"),
    "claim": IDLE.also(
        "flight trouble happened learned complaint problem complain report because was",
        "in short", "in fact", "it all began when", "what went wrong is",
    ),
    "topic": IDLE.also("wanted", "all i ask for", "find out"),
    "matter": IDLE.also("important request"),
}  # fmt: skip
"""By slot, what a sentence may say besides."""
