"""The words for values that sentences say and that are looked for when they are read back."""

from collections.abc import Mapping
from datetime import date

RANKS: Mapping[int, str] = {1: "", 2: "second ", 3: "third ", 4: "fourth "}
EXTREMES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("used", "highest"): ("highest data use", "largest data use"),
    ("used", "lowest"): ("lowest data use", "smallest data use"),
    ("left", "highest"): ("most data left",),
    ("left", "lowest"): ("least data left",),
    ("refuelled", "highest"): ("largest refuel",),
    ("refuelled", "lowest"): ("smallest refuel",),
    ("price", "highest"): ("highest monthly price", "most expensive month"),
    ("price", "lowest"): ("lowest monthly price", "cheapest month"),
    ("limit", "highest"): ("highest data limit", "largest data limit"),
    ("limit", "lowest"): ("lowest data limit", "smallest data limit"),
    ("refuel_price", "highest"): ("highest refuel price",),
    ("refuel_price", "lowest"): ("lowest refuel price",),
    ("contract_end", "highest"): ("latest contract end",),
    ("contract_end", "lowest"): ("earliest contract end",),
    ("total", "highest"): ("highest total", "largest total"),
    ("total", "lowest"): ("lowest total", "smallest total"),
    ("due", "highest"): ("latest due date",),
    ("due", "lowest"): ("earliest due date",),
    ("count", "highest"): ("highest number of positions", "largest number of positions"),
    ("count", "lowest"): ("lowest number of positions", "smallest number of positions"),
}
"""By attribute and extreme, what the record has that is meant."""
DEVICES: Mapping[str, str] = {
    "phone": "a phone",
    "router": "a router",
    "tablet": "a tablet",
    "watch": "a watch",
    "other": "a device of another kind",
}
TESTS: Mapping[str, tuple[str, ...]] = {
    "over": ("more than", "over"),
    "under": ("less than", "under", "fewer than"),
}
STEPS: Mapping[int, tuple[str, ...]] = {
    -1: ("right before",),
    1: ("right after",),
}
ORDERS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("due", "lowest"): ("the earliest due date first", "the one that was due first comes first"),
    ("due", "highest"): ("the latest due date first", "the one that was due last comes first"),
    ("total", "lowest"): ("the smallest total first", "the lowest total first"),
    ("total", "highest"): ("the largest total first", "the highest total first"),
}
"""By what is paid first of several bills."""
SUMS: Mapping[str, tuple[str, ...]] = {
    "total": ("the sum of the totals of", "what it comes to in all for"),
    "used": ("the data used in all by", "the sum of the data used by"),
    "left": ("the data left in all of", "the sum of the data left of"),
    "price": ("the monthly prices in all of", "the sum of the monthly prices of"),
}
COUNTS = ("the number of", "the count of")
FIGURES: Mapping[str, tuple[str, ...]] = {**SUMS, "count": COUNTS}
TOPICS: Mapping[str, tuple[str, ...]] = {
    "status": ("the status", "which status it has"),
    "left": ("how much data is left", "the data that is left"),
    "used": ("how much data was used", "the data that was used"),
    "contract_end": ("when the contract ends", "the end of the contract"),
    "plan": ("the name of its plan", "which plan it is on"),
    "roaming": ("whether roaming is turned on", "how roaming is set"),
    "total": ("the total", "what it comes to"),
    "due": ("the due date", "when it is due"),
    "count": ("the number of positions", "how many positions it has"),
    "name": ("what it is called", "its name"),
    "price": ("the price per month", "what it costs per month"),
    "limit": ("the data limit", "how much data it includes"),
    "refuel_price": ("what a refuelled gigabyte costs", "the price of a refuelled gigabyte"),
    "service": ("whether it has service", "if there is any service"),
    "data": ("whether mobile data works", "if mobile data works"),
    "mms": ("whether picture messages can be sent", "if picture messages can be sent"),
    "speed": ("the speed that it measures", "how fast mobile data is"),
}
PLACES: Mapping[str, tuple[str, ...]] = {
    "home": ("at home", "in my own country", "not travelling"),
    "abroad": ("abroad", "in another country", "outside of the country"),
}
GOALS: Mapping[str, tuple[str, ...]] = {
    "any": ("any speed", "whatever the speed"),
    "excellent": ("excellent",),
}
ROAMING: Mapping[str, tuple[str, ...]] = {
    "on": ("turned on", "switched on"),
    "off": ("turned off", "switched off"),
}
OUTSIDE: Mapping[str, str] = {
    "change_plan": "another plan for one of my lines",
    "new_line": "an additional line on my account",
    "port_out": "my number taken along to another carrier",
    "new_sim": "a new SIM card sent by mail",
    "unlock": "the SIM card unlocked, of which I have lost the PIN",
    "buy_phone": "a new phone on instalments",
    "insurance": "a device insurance",
    "refund": "a refund for an old bill",
    "dispute": "a position of a bill disputed",
    "address": "the address on my account changed",
    "payment_method": "another card put on file",
    "transfer": "my contract transferred to my sister",
    "extension": "more time to pay a bill",
    "repair": "my broken screen repaired",
}
"""By matter, what a user wants that no tool can do."""
REASONS: tuple[str, ...] = (
    "the device was lost",
    "the device was stolen",
    "I am travelling for a while",
    "I do not need it for now",
    "the device is being repaired",
    "I want to save money",
    "my son misuses it",
    "it is a spare line",
)
"""Why a line is to be suspended."""
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def spoken(day: date) -> str:
    """Return a date as users say it, such as "June 5, 1985"."""
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"


def days_of(iso: str) -> tuple[str, ...]:
    """Return how a date can be written: as it is said, and as in a record."""
    return spoken(date.fromisoformat(iso)), iso


def month_of(iso: str) -> str:
    """Return a month as users say it, such as "January 2025"."""
    return f"{MONTHS[int(iso[5:7]) - 1]} {iso[:4]}"


def gigabytes(amount: float) -> str:
    """Return an amount of data, such as "1.5 GB"."""
    return f"{amount:g} GB"


def money(amount: float) -> str:
    """Return an amount in US dollars as users say it."""
    return f"${amount:,.0f}" if float(amount).is_integer() else f"${amount:,.2f}"


def in_turn(amounts: tuple[float, ...]) -> str:
    """Return amounts of data in the order in which they are wanted."""
    return ", or else ".join(map(gigabytes, amounts))
