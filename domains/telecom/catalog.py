"""What the carrier sells, on which devices it is used, and where its customers live."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from writ_gym.domains.telecom.schema import Address, DeviceType, Plan


class PlanType(NamedTuple):
    """A plan; what it costs differs between worlds."""

    name: str
    limit_gb: float
    price: tuple[int, int]
    """Lowest and highest price per month, in US dollars."""
    refuel: tuple[int, int]
    """Lowest and highest price of a gigabyte on top, in quarters of a dollar."""
    devices: tuple[DeviceType, ...]
    """What it is meant for."""


# The ranges of two plans do not overlap, so that in each world all prices differ.
PLANS: tuple[PlanType, ...] = (
    PlanType("Pocket", 3.0, (18, 22), (29, 32), ("phone",)),
    PlanType("Everyday", 8.0, (28, 33), (21, 24), ("phone",)),
    PlanType("Roomy", 16.0, (41, 46), (17, 20), ("phone",)),
    PlanType("Household", 32.0, (56, 62), (13, 16), ("phone",)),
    PlanType("Boundless", 250.0, (78, 86), (5, 8), ("phone",)),
    PlanType("Slate", 12.0, (23, 26), (25, 28), ("tablet", "router")),
    PlanType("Wrist", 1.0, (7, 10), (37, 40), ("watch", "other")),
    PlanType("Hearth", 120.0, (48, 53), (9, 12), ("router",)),
)


def stock(rng: np.random.Generator) -> list[Plan]:
    """Return the plans of a world."""
    return [
        Plan(
            plan_id=f"P{number}",
            name=kind.name,
            data_limit_gb=kind.limit_gb,
            price_per_month=float(rng.integers(kind.price[0], kind.price[1] + 1)),
            data_refueling_price_per_gb=int(rng.integers(kind.refuel[0], kind.refuel[1] + 1)) / 4,
        )
        for number, kind in enumerate(PLANS, start=1001)
    ]


MODELS: Mapping[DeviceType, tuple[str, ...]] = {
    "phone": ("Larkspur 5", "Larkspur 6 Pro", "Kestrel One", "Kestrel Mini", "Aster X", "Aster S2"),
    "tablet": ("Folio 10", "Folio 12", "Canvas Tab"),
    "watch": ("Orbit Watch", "Orbit Watch 2"),
    "router": ("Hub 4G", "Hub 5G"),
    "other": ("Paw Tracker", "Car Beacon"),
}
ESIM = frozenset({"Larkspur 6 Pro", "Kestrel One", "Aster X", "Aster S2", "Folio 12", "Hub 5G"})
"""Models that can do with an embedded SIM."""

DEVICE_TYPES: tuple[DeviceType, ...] = (
    "phone", "phone", "phone", "phone", "tablet", "tablet", "watch", "router", "other",
)  # fmt: skip
"""Of the lines besides the first; each as likely as it is often."""

WIFI_NAMES = ("Maple House", "Upstairs", "Corner Cafe", "Guest", "Studio 4", "Attic")


class City(NamedTuple):
    """Where customers live."""

    name: str
    state: str
    zip_start: str
    """The first three digits of its zip codes."""


CITIES = (
    City("Tucson", "AZ", "857"),
    City("Fresno", "CA", "937"),
    City("Boulder", "CO", "803"),
    City("Tampa", "FL", "336"),
    City("Savannah", "GA", "314"),
    City("Boise", "ID", "837"),
    City("Peoria", "IL", "616"),
    City("Wichita", "KS", "672"),
    City("Portland", "ME", "041"),
    City("Duluth", "MN", "558"),
    City("Omaha", "NE", "681"),
    City("Albany", "NY", "122"),
    City("Dayton", "OH", "454"),
    City("Tulsa", "OK", "741"),
    City("Eugene", "OR", "974"),
    City("Laredo", "TX", "780"),
    City("Spokane", "WA", "992"),
    City("Madison", "WI", "537"),
)


def draw_address(rng: np.random.Generator, street: str) -> Address:
    """Return an address in some city."""
    city = CITIES[int(rng.integers(len(CITIES)))]
    return Address(
        street=f"{rng.integers(1, 1000)} {street}",
        city=city.name,
        state=city.state,
        zip_code=f"{city.zip_start}{rng.integers(100):02}",
    )
