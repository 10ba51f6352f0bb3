"""No certificate can be refuted by changes of what no counted read shows, made at random.

The refuter knows no domain: it takes nothing from a ``Proof`` but what a request comes to, and
where to look. Records are changed as their schema allows, by values that stand at the same place of
other records, or near numbers that the request names.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from writ_gym.certificates.evidence import Moment, describe
from writ_gym.certificates.walking import answer_of, walk
from writ_gym.database import JSON, Database, Record
from writ_gym.domain import Domain, World, load_domain
from writ_gym.domains.airline.proof.references import total_of
from writ_gym.domains.airline.proof.searching import clock
from writ_gym.domains.airline.schema import AirlineDB
from writ_gym.domains.retail.schema import RetailDB
from writ_gym.domains.telecom.network import search
from writ_gym.domains.telecom.schema import TelecomDB
from writ_gym.meaning.proofs import UnclearError
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.seeding import rng_for
from writ_gym.tasks import Call, SamplerConfig, Task

Place = tuple[str, str]
"""Table and key of a record."""
MOST_CHANGES = 3
"""Of one world."""
MANY = 12
"""Entries of a mapping of which those are changed that the request seems to be about."""


def refute(
    task: Task,
    domain: Domain[Any],
    world: World[Any],
    tries: int,
    fits: Callable[[Any], bool],
) -> Iterator[str]:
    """Yield what changes what is right although every counted read stays as it is.

    Args:
        task: The task.
        domain: Its domain.
        world: Where it plays.
        tries: Changed worlds for each write, or answer.
        fits: Says whether the records of a changed world add up.
    """
    rng = rng_for(0, "refuting", task.task_id)
    seen: list[Call] = []
    for index, turn in enumerate(walk(task, domain, world)):
        fixed = list(turn.known)
        seen += fixed
        for what, evidence, keeps in turn.claims(task):
            fixed += evidence
            refuter = _Refuter(turn.moment, fixed, seen, rng, fits)
            for _ in range(tries):
                after = refuter.after_changes()
                if after is not None and not keeps(after):
                    yield f"request {index}, {what}: {refuter.changes} -> {describe(after)}"
                    break
        seen += turn.made(task)


class _Refuter:
    """Changes the world around one moment of a task."""

    def __init__(
        self,
        moment: Moment,
        fixed: Sequence[Call],
        seen: Sequence[Call],
        rng: np.random.Generator,
        fits: Callable[[Any], bool],
    ) -> None:
        self._moment, self._fixed, self._rng, self._fits = moment, fixed, rng, fits
        self._domain, self._session = moment.domain, moment.session
        self._answers = {call.key: self._answer(moment.session, call) for call in fixed}
        # What was seen before is known, but for what the writes since have changed themselves.
        shown = self._shown([*fixed, *seen])
        self._unread = [place for place in self._looked_at() if place not in shown]
        self.changes: list[str] = []
        told = json.dumps(moment.request.values)
        around = json.dumps(list(moment.around()))
        self._words = set(re.findall(r"[\w.-]+", told + around))
        self._numbers = [float(n) for n in re.findall(r"(?<![\w.#-])\d+(?:\.\d+)?(?![\w-])", told)]

    def after_changes(self) -> Any:
        """Return what is right after some changes; None if that is unclear, or a read shows them.

        Worlds in which records do not fit together any more are left aside.
        """
        session = self._session.fork()
        self.changes = []
        for _ in range(self._rng.integers(1, MOST_CHANGES + 1) if self._unread else 0):
            self._change(session, *self._one_of(self._unread))
        if not self.changes or not self._fits(session):
            return None
        try:
            if any(self._answer(session, call) != self._answers[call.key] for call in self._fixed):
                return None
            moment = self._moment
            if moment._callers(session) != moment._callers(self._session):
                return None
            return self._domain.proof.meaning(session, moment.caller, moment.request)
        except (UnclearError, ArithmeticError, LookupError, TypeError, ValueError):
            return None

    def _one_of(self, several: Sequence[Any]) -> Any:
        return several[int(self._rng.integers(len(several)))]

    def _is(self, share: float) -> bool:
        return bool(self._rng.random() < share)

    def _answer(self, session: Database, call: Call) -> str:
        return answer_of(self._domain, session, call)

    def _looked_at(self) -> list[Place]:
        """Return the records that what is right could hang on."""
        session, looks = self._session.watched()
        moment = self._moment
        with fields_looked_at() as self._fields:
            self._domain.proof.meaning(session, moment.caller, moment.request)
        places = dict.fromkeys(moment.around())
        for table, key in sorted(looks, key=repr):
            rows = getattr(self._session, table)
            if isinstance(key, tuple):
                found = rows.lookup(*key[:2]) if callable(key[0]) else ()
                field = self._session.key_fields[table]
                places |= {(table, getattr(record, field)): None for record in found[:MANY]}
            elif key:
                places[(table, str(key))] = None
        return [
            (table, key)
            for table, key in places
            if table in self._session.key_fields and key in getattr(self._session, table)
        ]

    def _shown(self, calls: Sequence[Call]) -> set[Place]:
        proof = self._domain.proof
        return {
            place
            for call in calls
            if call.name not in proof.partial
            for place in proof.records(self._session, call)
        }

    def _change(self, session: Database, table: str, key: str) -> None:
        rows = getattr(session, table)
        plain = json.loads(rows[key].model_dump_json())
        path = self._path(rows[key], session.key_fields[table])
        if path is None or self._is_unique(table, str(path[0])):
            return
        keys = _keys(self._domain.name, table) if self._is(0.3) else self._places(table)
        other = rows[self._one_of(keys or [key])]
        value = self._value(_at(plain, path), _like(json.loads(other.model_dump_json()), path))
        _put(plain, path, value)
        try:
            changed: Record = type(rows[key]).model_validate(plain)
        except ValidationError:
            return
        if changed != rows[key]:
            rows.put(key, changed)
            self.changes.append(f"{table} {key} {path} = {value!r}")

    def _is_unique(self, table: str, field: str) -> bool:
        """Say whether no two records share a text, as with the numbers of phones."""
        return field in _unique(self._domain.name, table)

    def _places(self, table: str) -> list[str]:
        return [key for name, key in self._unread if name == table]

    def _path(self, record: Record, key_field: str) -> list[str | int] | None:
        """Return the way to a random part of a record that matters; never to its key."""
        path: list[str | int] = []
        part: Any = record
        while isinstance(part, Record | Mapping | tuple) and part:
            if path and not isinstance(part, Record) and self._is(0.15):
                return path
            if isinstance(part, tuple):
                step: str | int = int(self._rng.integers(len(part)))
                part = part[int(step)]
            elif isinstance(part, Record):
                names = [n for n in type(part).model_fields if path or n != key_field]
                likely = [n for n in names if (type(part), n) in self._fields]
                step = self._one_of(likely or names)
                part = getattr(part, step)
            else:
                likely = [name for name in part if name in self._words]
                step = self._one_of(likely if len(part) > MANY and likely else list(part))
                part = part[step]
            path.append(step)
        return path or None

    def _value(self, now: JSON, other: JSON) -> JSON:
        """Return another value for a part of a record."""
        match now:
            case bool():
                return not now
            case int() | float():
                ways = [now * self._one_of((0, 0.01, 0.5, 2, 20)), now + self._one_of((-1, 1))]
                ways += [n + self._one_of((-1, -0.01, 0, 0.01, 1)) for n in self._numbers]
                ways += [other] if isinstance(other, int | float) else []
                number = self._one_of(ways)
                return int(number) if isinstance(now, int) else round(float(number), 2)
            case list():
                ways = [now[:place] + now[place + 1 :] for place in range(len(now))]
                ways += [now[::-1], [*now, *now[:1]]]
                ways += [other, [*now, *other[:1]]] if isinstance(other, list) else []
                return self._one_of(ways)
        return other


@contextmanager
def fields_looked_at() -> Iterator[set[tuple[type[Record], str]]]:
    """Note the fields of records that are looked at, by the type of the record."""
    looked: set[tuple[type[Record], str]] = set()

    def noting(record: Record, name: str) -> Any:
        if name in type(record).model_fields:
            looked.add((type(record), name))
        return object.__getattribute__(record, name)

    Record.__getattribute__ = noting  # type: ignore[method-assign]
    try:
        yield looked
    finally:
        del Record.__getattribute__  # type: ignore[misc]


@cache
def _keys(domain: str, table: str) -> list[str]:
    """Return the keys of a table."""
    return list(getattr(load_domain(domain).world().db, table))


@cache
def _unique(domain: str, table: str) -> set[str]:
    """Return the fields of a table whose texts no two records share, such as numbers of phones."""
    records = list(getattr(load_domain(domain).world().db, table).values())
    texts = {
        name: [getattr(record, name) for record in records]
        for name in type(records[0]).model_fields
    }
    return {
        n
        for n, all_ in texts.items()
        if all(isinstance(t, str) for t in all_) and len({*all_}) == len(all_)
    }


def _at(value: JSON, path: Sequence[str | int]) -> JSON:
    for step in path:
        value = value[step]
    return value


def _like(value: JSON, path: Sequence[str | int]) -> JSON:
    """Return what stands in another record where a path leads to in one, as far as it has that."""
    for step in path:
        if isinstance(value, Mapping):
            value = value[step] if step in value else next(iter(value.values()), None)
        elif isinstance(value, list):
            value = value[int(step) % len(value)] if value else None
        else:
            return None
    return value


def _put(value: JSON, path: Sequence[str | int], new: JSON) -> None:
    _at(value, path[:-1])[path[-1]] = new


TRIES = 250
"""Changed worlds for each write, or answer."""


def orders_add_up(session: RetailDB) -> bool:
    """Say whether items are of their products, and the caller's profile lists its own orders."""
    changed = [r for (table, _), r in session.changes().items() if table == "orders" and r]
    names = {key: product.name for key, product in session.products.items()}
    items = [item for order in changed for item in order.plain["items"]]
    listed = session.users[session.caller].orders
    mine = (session.orders[key] for key in listed if key in session.orders)
    return all(names.get(item["product_id"]) == item["name"] for item in items) and all(
        order.user_id == session.caller for order in mine
    )


def reservations_add_up(session: AirlineDB) -> bool:
    """Say whether those that were changed do, and the caller's profile lists its own.

    One flight is after the other, and takes half an hour at least; just what was cancelled costs
    nothing.
    """
    changed = [r for (table, _), r in session.changes().items() if table == "reservations" and r]
    for each in changed:
        days = [flight.date for flight in each.flights]
        if days != sorted(days) or (each.status is not None) is not (total_of(each) == 0):
            return False
    flown = [r for (table, _), r in session.changes().items() if table == "flights" and r]
    departs_and_lands = (
        (clock(each.scheduled_departure_time_est), clock(each.scheduled_arrival_time_est))
        for each in flown
    )
    if any(departs + 30 > lands for departs, lands in departs_and_lands):
        return False
    listed = session.users[session.caller].reservations
    mine = (session.reservations[key] for key in listed if key in session.reservations)
    return all(each.user_id == session.caller for each in mine)


def the_phone_has_found_what_there_is(session: TelecomDB) -> bool:
    """Say whether a phone shows the network that its line and its settings give.

    In every world, picture messages go over Wi-Fi where calls do, and no amount of data is below 0.
    """
    changed = session.changes().items()
    amounts = [r.data_used_gb for (table, _), r in changed if table == "lines" and r]
    amounts += [r.data_limit_gb for (table, _), r in changed if table == "plans" and r]
    if any(amount < 0 for amount in amounts):
        return False
    phone = session.phones.get(session.caller)
    if phone is None:
        return True
    found = search(phone, session.service(phone)) == phone
    return found and (phone.wifi_calling_mms_over_wifi or not phone.wifi_calling_enabled)


def members_list_their_own(session: Database) -> bool:
    """Say whether the loans and fees that the caller lists are the caller's."""
    member = session.members[session.caller]
    listed = (
        *(session.loans.get(key) for key in member.loans),
        *(session.fees.get(key) for key in member.fees),
    )
    return all(each is None or each.member_id == session.caller for each in listed)


FITS = {
    "retail": orders_add_up,
    "airline": reservations_add_up,
    "telecom": the_phone_has_found_what_there_is,
    "library": members_list_their_own,
}
"""By domain, what holds of all worlds besides the schema."""
COUNTS = {"retail": 12, "telecom": 8}
"""By domain, how many tasks of a config, where those of one take little time; 4 elsewhere."""
CONFIGS = {
    "no write": SamplerConfig(write_count=0, evidence_burden=(1, 6)),
    "one request": SamplerConfig(write_count=(0, 1), evidence_burden=(0, 6)),
    "several requests": SamplerConfig(write_count=(2, 4), evidence_burden=(1, 8)),
}


@pytest.fixture(params=["retail", "airline", "telecom", "library"])
def domain(request):
    if request.param == "library":
        request.getfixturevalue("library")
    return load_domain(request.param)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
@pytest.mark.parametrize("thorough", [False, True], ids=["quick", "thorough"])
def test_no_change_of_what_is_not_read_changes_what_is_right(domain, config, thorough):
    world, fits = domain.world(), FITS[domain.name]
    for task in TaskSampler(domain, config, world, thorough).tasks(41, COUNTS.get(domain.name, 4)):
        assert not list(refute(task, domain, world, TRIES, fits))


def test_the_refuter_finds_most_reads_that_a_certificate_leaves_out(domain):
    world, fits = domain.world(), FITS[domain.name]
    config = SamplerConfig(write_count=1, evidence_burden=(2, 5))
    tasks = list(TaskSampler(domain, config, world).tasks(2, 15))
    found = 0
    for task in tasks:
        (write,) = task.gold_writes
        fewer = write.model_copy(update={"evidence": write.evidence[:-1]})
        without = task.model_copy(update={"gold_writes": (fewer,)})
        found += bool(list(refute(without, domain, world, TRIES, fits)))
    assert found > len(tasks) / 2
