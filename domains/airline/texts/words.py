"""The words for values that sentences say and that are looked for when they are read back."""

from collections.abc import Mapping
from datetime import date

RANKS: Mapping[int, str] = {1: "", 2: "second ", 3: "third ", 4: "fourth "}
EXTREMES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("total", "highest"): ("highest total", "largest total"),
    ("total", "lowest"): ("lowest total", "smallest total"),
    ("passengers", "highest"): ("highest number of passengers", "largest number of passengers"),
    ("passengers", "lowest"): ("lowest number of passengers", "smallest number of passengers"),
    ("bags", "highest"): ("highest number of checked bags", "largest number of checked bags"),
    ("bags", "lowest"): ("lowest number of checked bags", "smallest number of checked bags"),
    ("departure", "highest"): ("latest departure date",),
    ("departure", "lowest"): ("earliest departure date",),
    ("created", "highest"): ("latest booking date", "most recent booking date"),
    ("created", "lowest"): ("earliest booking date", "oldest booking date"),
    ("price", "highest"): ("highest fare", "most expensive fare"),
    ("price", "lowest"): ("lowest fare", "cheapest fare"),
    ("leaves", "highest"): ("latest time of departure",),
    ("leaves", "lowest"): ("earliest time of departure",),
    ("lands", "highest"): ("latest time of arrival",),
    ("lands", "lowest"): ("earliest time of arrival",),
    ("duration", "highest"): ("longest travel time", "longest total time"),
    ("duration", "lowest"): ("shortest travel time", "shortest total time"),
    ("layover", "highest"): ("longest layover",),
    ("layover", "lowest"): ("shortest layover",),
    ("balance", "highest"): ("highest balance", "largest balance"),
    ("balance", "lowest"): ("lowest balance", "smallest balance"),
}
"""By attribute and extreme, what the record has that is meant."""
CABINS: Mapping[str, str] = {
    "basic_economy": "basic economy",
    "economy": "economy",
    "business": "business",
}
TRIPS: Mapping[str, str] = {"one_way": "one-way trip", "round_trip": "round trip"}
KINDS: Mapping[str, str] = {
    "credit_card": "credit card",
    "gift_card": "gift card",
    "certificate": "travel certificate",
}
TOPICS: Mapping[str, tuple[str, ...]] = {
    "total": ("the total that I paid", "the total amount"),
    "passengers": ("the number of passengers", "how many passengers there are"),
    "bags": ("the number of checked bags", "how many checked bags there are"),
    "cabin": ("the cabin", "which cabin it is in"),
    "departure": ("the departure date", "the date of departure"),
    "flight_status": ("the status of the first flight", "how the first flight stands"),
    "price": ("the fare per person", "the price per person"),
    "leaves": ("the time of its departure", "when it leaves"),
    "lands": ("the time of its arrival", "when it arrives"),
    "duration": ("how many minutes it takes", "the travel time in minutes"),
    "flights": ("the flight number, or both if there are two", "which flight numbers it has"),
    "count": ("how many of them there are", "the number of them"),
}
FIGURES: Mapping[str, tuple[str, ...]] = {
    "count": ("the count of", "how many there are of"),
    "total": ("the sum of the totals of", "what I paid all together for"),
    "passengers": ("the number of passengers all together on",),
    "bags": ("the number of checked bags all together on",),
}
STOPS: Mapping[str, tuple[str, ...]] = {
    "direct": ("direct flights", "nonstop flights", "flights without a stop"),
    "one_stop": ("connections with one stop", "flights with one stop"),
    "any": ("direct or with one stop", "nonstop or with one stop"),
}
CLAIMS: Mapping[str, tuple[str, ...]] = {
    "cancelled": ("was cancelled",),
    "delayed": ("was delayed", "is late"),
}
REASONS: Mapping[str, tuple[str, ...]] = {
    "change of plans": ("change of plans", "plans have changed", "plans changed"),
    "airline cancelled": (
        "airline has cancelled", "airline cancelled", "you have cancelled", "was cancelled",
        "cancelled by the airline", "guys cancelled",
    ),
    "health": ("ill", "illness", "health"),
    "weather": ("weather", "weather's"),
    "other": ("something else", "other reason", "another reason", "other reasons", "another kind"),
}  # fmt: skip
TESTS: Mapping[str, tuple[str, ...]] = {
    "over": ("more than", "over"),
    "under": ("less than", "under", "fewer than"),
}
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def day_of(iso: str) -> tuple[str, ...]:
    """Return how a date can be written: as in "May 20" and as in a record."""
    day = date.fromisoformat(iso)
    month = MONTHS[day.month - 1]
    return f"{month} {day.day}", f"{day.day} {month}", iso


def days_apart(days: int) -> str:
    """Return a number of days between two dates, such as "2 days after" or "the same day as"."""
    if days == 0:
        return "the same day as"
    side = "after" if days > 0 else "before"
    return f"{abs(days)} day{'s' if abs(days) > 1 else ''} {side}"


def hours(minutes: float) -> str:
    """Return a duration as it is said."""
    whole, rest = divmod(int(minutes), 60)
    if rest:
        return f"{int(minutes)} minutes"
    return "1 hour" if whole == 1 else f"{whole} hours"
