"""A carrier made from a seed: accounts that add up, and phones with what is wrong with them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, TypeAlias, TypeVar

import numpy as np

from writ_gym.domains.telecom import schema
from writ_gym.domains.telecom.bills import draw_bills, overdue_count
from writ_gym.domains.telecom.catalog import (
    DEVICE_TYPES,
    ESIM,
    MODELS,
    PLANS,
    WIFI_NAMES,
    draw_address,
    stock,
)
from writ_gym.domains.telecom.faults import draw_faults, phone_settings
from writ_gym.domains.telecom.network import search
from writ_gym.domains.telecom.schema import TODAY
from writ_gym.seeding import rng_for, seed_for

T = TypeVar("T")
Rng: TypeAlias = np.random.Generator

MOST_CUSTOMERS = 20_000
"""More of them could run out of ids, which have a fixed number of digits."""
LINE_COUNTS = (0.25, 0.25, 0.18, 0.12, 0.08, 0.06, 0.04, 0.02)
"""How likely one, two, … lines are."""
MOST_LINES = len(LINE_COUNTS)

ABROAD = 0.25
STATUSES: tuple[schema.LineStatus, ...] = ("Active", "Suspended", "Pending Activation", "Closed")
STATUS_CHANCES = (0.7, 0.2, 0.05, 0.05)
"""Of the lines besides the first."""
REFUELLED = 0.15
EXCEEDED = 0.2
"""Chance that a line besides the first is over its limit."""
FAR_OVER = 0.2
"""Chance that a line over its limit is so by more than can be refuelled."""


@dataclass(frozen=True, slots=True)
class WorldSize:
    """How large a carrier is; ValueError if it is out of its range."""

    customers: int = 1000

    def __post_init__(self) -> None:
        if not 1 <= self.customers <= MOST_CUSTOMERS:
            raise ValueError(
                f"customers must be from 1 to {MOST_CUSTOMERS} here, not {self.customers!r}."
            )


DEFAULT_SIZE: Mapping[str, int] = asdict(WorldSize())


def generate(seed: int, size: WorldSize | Mapping[str, int] = DEFAULT_SIZE) -> schema.TelecomDB:
    """Return the carrier of a seed; equal arguments give equal digests.

    Raises:
        ValueError: A size is out of its range.
    """
    full = size if isinstance(size, WorldSize) else WorldSize(**size)
    rng = rng_for(seed, "telecom", "world")
    plans = {plan.plan_id: plan for plan in stock(rng)}
    words, supply = _draw_words(seed), _supply(rng, full.customers)
    tables: dict[str, dict[str, Any]] = {name: {} for name in schema.TelecomDB.tables}
    tables["plans"] = plans
    taken: set[tuple[str, str]] = set()
    for _ in range(full.customers):
        for table, rows in _account(rng, words, supply, plans, taken).items():
            tables[table] |= {getattr(row, _KEYS[table]): row for row in rows}
    db = schema.TelecomDB.load(tables)
    found = {key: search(phone, db.service(phone)) for key, phone in db.phones.items()}
    return schema.TelecomDB.load({**tables, "phones": found})


_KEYS = schema.TelecomDB.key_fields


class _Words(NamedTuple):
    """Names to draw from; common ones are there more than once."""

    first_names: Sequence[str]
    last_names: Sequence[str]
    streets: Sequence[str]


def _draw_words(seed: int) -> _Words:
    from faker import Faker  # slow to import, and needed only where a world is made

    fake = Faker("en_US")
    fake.seed_instance(seed_for(seed, "telecom", "words"))
    # Pools, because drawing every name from Faker would take most of the time.
    return _Words(
        [fake.first_name() for _ in range(250)],
        [fake.last_name() for _ in range(400)],
        [fake.street_name() for _ in range(250)],
    )


class _Supply(NamedTuple):
    """Ids and numbers, each of which is given out once."""

    customers: Iterator[str]
    lines: Iterator[str]
    devices: Iterator[str]
    bills: Iterator[str]
    numbers: Iterator[str]


def _supply(rng: Rng, customers: int) -> _Supply:
    most = customers * MOST_LINES
    return _Supply(
        _ids(rng, "C", customers, 5),
        _ids(rng, "L", most, 6),
        _ids(rng, "D", most, 6),
        _ids(rng, "B", customers * 10, 7),
        (f"555-{n[:3]}-{n[3:]}" for n in _ids(rng, "", most + customers, 7)),
    )


def _ids(rng: Rng, letter: str, count: int, digits: int) -> Iterator[str]:
    start = 10 ** (digits - 1)
    numbers = start + rng.choice(9 * start, count, replace=False)
    return (f"{letter}{number}" for number in numbers.tolist())


def _pick(rng: Rng, values: Sequence[T]) -> T:
    return values[int(rng.integers(len(values)))]


def _days_before(rng: Rng, low: int, high: int, end: date = TODAY) -> date:
    return end - timedelta(days=int(rng.integers(low, high + 1)))


def _moment(rng: Rng, day: date) -> datetime:
    return datetime(day.year, day.month, day.day, int(rng.integers(8, 20)), int(rng.integers(60)))


# Accounts


def _account(
    rng: Rng,
    words: _Words,
    supply: _Supply,
    plans: Mapping[str, schema.Plan],
    taken: set[tuple[str, str]],
) -> dict[str, list[Any]]:
    """Return all records of one customer, by table."""
    faults, since = draw_faults(rng), _days_before(rng, 200, 2200)
    customer_id = next(supply.customers)
    count = 1 + int(rng.choice(MOST_LINES, p=LINE_COUNTS))
    abroad = "no_roaming" in faults or bool(rng.random() < ABROAD)
    overdue = overdue_count(rng, at_least_one="bill_overdue" in faults)
    lines, devices = [], []
    for place in range(count):
        kind = _pick(rng, DEVICE_TYPES) if place else "phone"
        device = _device(rng, next(supply.devices), since, kind)
        line = _line(rng, supply, plans, device, since)
        if place == 0:
            line = _first_line(rng, line, plans, faults, abroad)
        else:
            line = _other_line(rng, line, plans)
        lines.append(line)
        devices.append(device)
    bills = draw_bills(rng, customer_id, lines, plans, supply.bills, since, overdue)
    phone = _phone(rng, customer_id, lines[0], faults, abroad)
    own = rng.permutation(count).tolist()  # the phone is not always that of the first line listed
    customer = _customer(
        rng, words, taken,
        customer_id=customer_id,
        phone_number=lines[0].phone_number if rng.random() < 0.6 else next(supply.numbers),
        line_ids=tuple(lines[place].line_id for place in own),
        bill_ids=tuple(bill.bill_id for bill in bills),
        created_at=_moment(rng, since),
    )  # fmt: skip
    return {
        "customers": [customer],
        "lines": [lines[place] for place in own],
        "devices": [devices[place] for place in own],
        "bills": bills,
        "phones": [phone],
    }


def _customer(
    rng: Rng, words: _Words, taken: set[tuple[str, str]], **fields: Any
) -> schema.Customer:
    while True:
        first, last = _pick(rng, words.first_names), _pick(rng, words.last_names)
        birth = str(_days_before(rng, 19 * 365, 80 * 365))
        if (f"{first} {last}", birth) not in taken:
            break
    taken.add((f"{first} {last}", birth))
    return schema.Customer(
        full_name=f"{first} {last}",
        date_of_birth=birth,
        email=f"{first}.{last}{rng.integers(1000, 10_000)}@example.com".lower(),
        address=draw_address(rng, _pick(rng, words.streets)),
        account_status="Active",
        payment_methods=tuple(_method(rng) for _ in range(int(rng.integers(1, 3)))),
        last_extension_date=_days_before(rng, 30, 300) if rng.random() < 0.2 else None,
        goodwill_credit_used_this_year=float(_pick(rng, (0, 0, 0, 10, 25, 50))),
        **fields,
    )


def _method(rng: Rng) -> schema.PaymentMethod:
    kinds: tuple[schema.MethodType, ...] = ("Credit Card", "Credit Card", "Debit Card", "PayPal")
    return schema.PaymentMethod(
        method_type=_pick(rng, kinds),
        account_number_last_4=f"{rng.integers(10_000):04}",
        expiration_date=f"{rng.integers(1, 13):02}/{rng.integers(2026, 2031)}",
    )


# Lines


def _device(rng: Rng, device_id: str, since: date, kind: schema.DeviceType) -> schema.Device:
    model = _pick(rng, MODELS[kind])
    activated = _days_before(rng, 20, (TODAY - since).days)
    moved = rng.random() < 0.15 and model in ESIM
    return schema.Device(
        device_id=device_id,
        device_type=kind,
        model=model,
        imei=str(rng.integers(10**14, 10**15)),
        is_esim_capable=model in ESIM,
        activated=True,
        activation_date=_moment(rng, activated),
        last_esim_transfer_date=_moment(rng, activated) if moved else None,
    )


def _line(
    rng: Rng,
    supply: _Supply,
    plans: Mapping[str, schema.Plan],
    device: schema.Device,
    since: date,
) -> schema.Line:
    """Return a line that is active, within its limit, and under contract."""
    fitting = {kind.name for kind in PLANS if device.device_type in kind.devices}
    plan = _pick(rng, [plan for plan in plans.values() if plan.name in fitting])
    refuelled = _pick(rng, (0.5, 1.0, 2.0)) if rng.random() < REFUELLED else 0.0
    return schema.Line(
        line_id=next(supply.lines),
        phone_number=next(supply.numbers),
        status="Active",
        plan_id=plan.plan_id,
        device_id=device.device_id,
        data_used_gb=round(plan.data_limit_gb * rng.uniform(0.05, 0.97), 1),
        data_refueling_gb=refuelled,
        roaming_enabled=bool(rng.random() < 0.5),
        contract_end_date=_days_before(rng, -900, -20),
        last_plan_change_date=_days_before(rng, 30, (TODAY - since).days),
        last_sim_replacement_date=_days_before(rng, 5, 400) if rng.random() < 0.2 else None,
    )


def _over_limit(rng: Rng, line: schema.Line, plans: Mapping[str, schema.Plan]) -> schema.Line:
    allowance = plans[line.plan_id].data_limit_gb + line.data_refueling_gb
    over = rng.uniform(2.1, 4.0) if rng.random() < FAR_OVER else rng.uniform(0.0, 1.9)
    return line.replace(data_used_gb=round(allowance + over, 1))


def _suspended(line: schema.Line, rng: Rng, contract_ended: bool) -> schema.Line:
    """Return a line that does not work, because its contract is over or for another reason."""
    start = _days_before(rng, 3, 40)
    ended = {"contract_end_date": start - timedelta(days=1)} if contract_ended else {}
    return line.replace(status="Suspended", suspension_start_date=start, **ended)


def _first_line(
    rng: Rng,
    line: schema.Line,
    plans: Mapping[str, schema.Plan],
    faults: frozenset[str],
    abroad: bool,
) -> schema.Line:
    """Return the line of the customer's phone, with those of the faults that are its own."""
    if "usage_exceeded" in faults:
        line = _over_limit(rng, line, plans)
    if abroad:
        # Without roaming, phone and line each forbid it or not, but not neither: see _phone.
        line = line.replace(roaming_enabled="no_roaming" not in faults or rng.random() < 0.4)
    if "contract_ended" in faults or "bill_overdue" in faults:
        line = _suspended(line, rng, contract_ended="contract_ended" in faults)
    return line


def _other_line(rng: Rng, line: schema.Line, plans: Mapping[str, schema.Plan]) -> schema.Line:
    status = STATUSES[int(rng.choice(len(STATUSES), p=STATUS_CHANCES))]
    if status == "Suspended":
        return _suspended(line, rng, contract_ended=rng.random() < 0.35)
    if status == "Active" and rng.random() < EXCEEDED:
        line = _over_limit(rng, line, plans)
    if status == "Pending Activation":
        line = line.replace(data_used_gb=0.0, data_refueling_gb=0.0)
    return line.replace(status=status)


# Phones


def _phone(
    rng: Rng, customer_id: str, line: schema.Line, faults: frozenset[str], abroad: bool
) -> schema.Phone:
    roaming = bool(rng.random() < 0.4)
    if abroad:
        roaming = "no_roaming" not in faults or (not line.roaming_enabled and rng.random() < 0.5)
    wifi = bool(rng.random() < 0.5)
    connected = wifi and bool(rng.random() < 0.7)
    vpn = rng.random() < 0.15
    phone = schema.Phone(
        customer_id=customer_id,
        line_id=line.line_id,
        is_abroad=abroad,
        signal_strength={
            "2G": _pick(rng, ("poor", "fair")),
            "3G": _pick(rng, ("poor", "fair", "good")),
            "4G": _pick(rng, ("fair", "good", "excellent")),
            "5G": _pick(rng, ("fair", "good", "excellent")),
        },
        battery_level=int(rng.integers(15, 101)),
        roaming_enabled=roaming,
        wifi_enabled=wifi,
        wifi_connected=connected,
        wifi_ssid=_pick(rng, WIFI_NAMES) if connected else None,
        wifi_signal_strength=_pick(rng, ("fair", "good", "excellent")) if connected else "none",
        wifi_calling_mms_over_wifi=True,
        vpn_connected=vpn,
        vpn_details=schema.DEFAULT_VPN if vpn else None,
    )
    return phone.replace(**phone_settings(rng, phone, faults))
