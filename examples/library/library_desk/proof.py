"""Brute force over the whole database: what a request means, and edits of the world around it.

It shares schema, rules of the language and tools with what makes the tasks, and none of its code.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import get_args

from library_desk.language import OF_BOOKS, REFERENCE, ById, Kind, OneOf, Reference
from library_desk.schema import TODAY, Cause, LibraryDB, Loan, Member, Status
from writ_gym.brute_force import ForbiddenError, chosen, keeps, parsed, unclear
from writ_gym.database import JSON, Record
from writ_gym.proofs import NO_PICKS, Decision, Meaning, Picks, UnclearError
from writ_gym.queries import Condition
from writ_gym.tasks import Call, Edit, Provenance, Request

KINDS: dict[str, Kind] = {
    "renew_loan": "loan", "pay_fee": "fee", "place_hold": "book", "cancel_hold": "hold",
    "ask_due": "loan",
}  # fmt: skip
"""By intent, the kind of thing that it is about."""
TABLES = {"loan": "loans", "fee": "fees", "hold": "books", "book": "books"}
READS = {
    "loan_id": "loans", "fee_id": "fees", "book_id": "books", "member_id": "members",
    "name": "authors",
}  # fmt: skip
"""By argument of a read, the table of the record that it shows."""
OTHER_VALUES: dict[str, tuple[JSON, ...]] = {
    "valid_until": ("2024-12-31", "2099-12-31"), "due": ("2024-01-02", "2099-01-02"),
    "renewals": (0, 1), "on_shelf": (0, 1), "waiting": (0, 1, 999), "pages": (1, 9999),
    "year": (1, 9999), "amount": (0.01, 9999.99), "status": get_args(Status),
    "cause": get_args(Cause),
}  # fmt: skip
"""By field, values that are likely to change what is right."""


class LibraryProof:
    """What the checker knows of the library."""

    answers: Collection[str] = ("ask_due", "ask_debt")
    partial: Collection[str] = ()
    alone: Collection[str] = tuple(LibraryDB.tables)

    def callers(self, db: LibraryDB, identity: Mapping[str, JSON]) -> list[str]:
        """Return everybody of whom all identity facts are true."""
        fields = {"card": "card_number", "email": "email"}
        return [
            key
            for key, member in db.members.items()
            if all(getattr(member, fields[slot]) == value for slot, value in identity.items())
        ]

    def meaning(
        self, db: LibraryDB, caller: str, request: Request, picks: Picks = NO_PICKS
    ) -> Meaning:
        """Return what a request comes to."""
        if request.intent == "outside":
            return Meaning(handed_over=frozenset({"outside"}))
        if request.intent == "ask_debt":
            fees = [db.fees[key] for key in db.members[caller].fees]
            return Meaning(tells=(round(sum(f.amount for f in fees if f.status == "open"), 2),))
        kind = KINDS[request.intent]
        reference = parsed(REFERENCE, request.values[kind])
        try:
            if request.intent in ("renew_loan", "place_hold"):
                last = db.members[caller].valid_until
                _forbid(last < TODAY, "card_expired", last)
            key = picks.get("thing") or meant(db, caller, kind, reference)
            if kind in ("loan", "fee"):
                owner = getattr(db, TABLES[kind])[key].member_id
                _forbid(owner != caller, "other_member", key)
            return _deal(db, caller, request.intent, key)
        except ForbiddenError as error:
            return Meaning(breaches=frozenset({error.breach}))

    def decisions(
        self, db: LibraryDB, caller: str, request: Request, picks: Picks = NO_PICKS
    ) -> Sequence[Decision]:
        """Return the choice of the thing that is meant, where there is one."""
        if request.intent not in KINDS or picks:
            return ()
        kind = KINDS[request.intent]
        reference = parsed(REFERENCE, request.values[kind])
        if not isinstance(reference, OneOf):
            return ()
        try:
            right = self.meaning(db, caller, request).writes
        except UnclearError:
            right = ()
        comes_to = {
            key: self.meaning(db, caller, request, {"thing": key}).writes
            for key in listed(db, caller, kind, reference)
        }
        options = tuple(key for key, writes in comes_to.items() if writes)
        if not right or len(options) < 2:
            return ()
        return (Decision("thing", options, tuple(k for k in options if comes_to[k] == right)),)

    def canonical(self, call: Call) -> Call:
        """Return a write as it is: nothing in it has an order."""
        return call

    def sources(self, request: Request, write: Call) -> Mapping[str, Provenance]:
        """Return where each argument of a write that a request comes to is from."""
        stated = isinstance(parsed(REFERENCE, request.values[KINDS[request.intent]]), ById)
        return {
            name: "user" if stated and name != "member_id" else "read" for name in write.arguments
        }

    def alternatives(self, db: LibraryDB, slot: str, value: JSON) -> Collection[str]:
        """Return none: no fact names one of a few words alone."""
        return ()

    def records(self, db: LibraryDB, call: Call) -> Sequence[tuple[str, str]]:
        """Return table and key of the record that a read shows."""
        return [(READS[name], key) for name, key in call.arguments.items() if name in READS]

    def edits(
        self, db: LibraryDB, caller: str, request: Request, table: str, key: str
    ) -> Iterator[Edit]:
        """Yield edits of a record, those of the fields that the request is about first."""
        record = getattr(db, table).get(key)
        if record is None:
            return
        reference = _reference(request)
        for field in sorted(record.plain, key=lambda name: name not in _fields(reference)):
            for value in _values(db, caller, reference, field, record):
                if value != record.plain[field]:
                    yield Edit(
                        name="set", arguments={"table": table, "key": key, "values": {field: value}}
                    )

    def apply(self, db: LibraryDB, edit: Edit) -> None:
        """Make an edit in a session."""
        table, key = getattr(db, edit.arguments["table"]), edit.arguments["key"]
        if key not in table:
            raise ValueError(f"There is no record {key!r}.")
        table.put(key, table[key].replace(**edit.arguments["values"]))

    def around(self, db: LibraryDB, caller: str, request: Request) -> Iterable[tuple[str, str]]:
        """Return table and key of all records that could have to do with a request."""
        member, reference = db.members[caller], _reference(request)
        author = db.authors.get(getattr(reference, "author", None) or "")
        named = {getattr(reference, "id", ""), *getattr(reference, "among", ())}
        loans = {*member.loans, *(named & set(db.loans))}
        fees = {*member.fees, *(named & set(db.fees))}
        books = {*member.holds, *(named & set(db.books)), *(author.books if author else ())}
        books |= {db.loans[key].book_id for key in loans}
        yield "members", caller
        yield from (("authors", name) for name in ([author.name] if author else ()))
        yield from (("loans", key) for key in sorted(loans))
        yield from (("fees", key) for key in sorted(fees))
        yield from (("books", key) for key in sorted(books))

    def looks(self, db: LibraryDB, caller: str, request: Request) -> Sequence[Call]:
        """Return none: no read shows what another one shows."""
        return ()

    def routes(self, db: LibraryDB, table: str, key: str, goal: Record) -> Iterator[Call]:
        """Yield every write that could be a step from a record as it is to the goal."""
        if table == "loans":
            yield Call("renew_loan", {"loan_id": key})
        elif table == "fees":
            yield Call("pay_fee", {"fee_id": key})
        elif table == "members":
            now, then = set(db.members[key].holds), set(goal.plain["holds"])
            for tool, books in (("place_hold", then - now), ("cancel_hold", now - then)):
                for book in sorted(books):
                    yield Call(tool, {"member_id": key, "book_id": book})

    def apart(self, record: Record, goal: Record) -> int:
        """Return how many of the ``routes`` it takes at least."""
        now, then = record.plain, goal.plain
        if "holds" in now:
            return len(set(now["holds"]) ^ set(then["holds"]))
        return int(now != then)


def listed(db: LibraryDB, caller: str, kind: Kind, reference: OneOf) -> Sequence[str]:
    """Return the ids of those that may be meant, in the order in which they are shown."""
    if reference.among != "all":
        return reference.among
    if kind == "book":
        return db.authors[reference.author or ""].books
    member = db.members[caller]
    return {"loan": member.loans, "fee": member.fees, "hold": member.holds}[kind]


def meant(db: LibraryDB, caller: str, kind: Kind, reference: Reference) -> str:
    """Return the id of the one that is meant."""
    if isinstance(reference, ById):
        if reference.id not in getattr(db, TABLES[kind]):
            unclear(f"There is no {kind} {reference.id!r}.")
        return reference.id

    def value(key: str, name: str) -> str | float:
        record = getattr(db, TABLES[kind])[key]
        if kind == "loan" and name in OF_BOOKS:
            record = db.books[record.book_id]
        found: str | float = getattr(record, name)
        return found

    fitting = [
        key
        for key in listed(db, caller, kind, reference)
        if all(keeps(value(key, c.attribute), c) for c in reference.where)
    ]
    found = chosen(fitting, reference, value)
    if found is None:
        raise ForbiddenError(
            f"no_such_{kind}", reference.where[0].value if reference.where else kind
        )
    return found


def _deal(db: LibraryDB, caller: str, intent: str, key: str) -> Meaning:
    """Return what it comes to, by the rules for what is to be done."""
    member = db.members[caller]
    match intent:
        case "ask_due":
            return Meaning(tells=(db.loans[key].due,))
        case "renew_loan":
            loan = db.loans[key]
            waiting = db.books[loan.book_id].waiting
            _forbid(loan.renewals > 0, "renewed_before", loan.due)
            _forbid(waiting > 0, "reserved", waiting)
            return Meaning(writes=(Call("renew_loan", {"loan_id": key}),))
        case "pay_fee":
            fee = db.fees[key]
            _forbid(fee.status != "open", "not_open", fee.status)
            return Meaning(writes=(Call("pay_fee", {"fee_id": key}),))
        case "place_hold":
            book = db.books[key]
            _forbid(key in member.holds, "already_held", key)
            _forbid(book.on_shelf > 0, "on_shelf", book.shelf_mark)
        case _:
            _forbid(key not in member.holds, "not_held", key)
    return Meaning(writes=(Call(intent, {"member_id": caller, "book_id": key}),))


def _forbid(broken: bool, code: str, fact: str | float) -> None:
    if broken:
        raise ForbiddenError(code, fact)


def _reference(request: Request) -> Reference | None:
    kind = KINDS.get(request.intent)
    return parsed(REFERENCE, request.values[kind]) if kind else None


def _fields(reference: Reference | None) -> set[str | None]:
    """Return the fields that a reference speaks of."""
    if not isinstance(reference, OneOf):
        return set()
    return {reference.by, *(condition.attribute for condition in reference.where)}


def _values(
    db: LibraryDB, caller: str, reference: Reference | None, field: str, record: Record
) -> Iterator[JSON]:
    """Yield other values of a field, likely to change what is right."""
    conditions = reference.where if isinstance(reference, OneOf) else ()
    for condition in conditions:
        if condition.attribute == field:
            yield from _around(condition.value)
    yield from OTHER_VALUES.get(field, ())
    if field == "member_id" and not isinstance(record, Member):
        yield caller
    elif field == "book_id" and isinstance(record, Loan):
        yield from _other_books(db, conditions)
    elif field in ("loans", "fees", "holds", "books"):
        yield from _other_lists(db, reference, field, record.plain[field])


def _around(value: str | float) -> Iterator[JSON]:
    """Yield values that keep a condition with this value, or that break it."""
    if isinstance(value, str):
        yield value
    else:
        yield from (int(value) - 1, int(value) + 1)


def _other_books(db: LibraryDB, conditions: Sequence[Condition]) -> Iterator[str]:
    """Yield books that a loan could be of: those that fit, and a few others."""
    fitting = [
        key
        for key, book in db.books.items()
        if all(keeps(getattr(book, c.attribute), c) for c in conditions if c.attribute in OF_BOOKS)
    ]
    yield from [key for key in fitting if not db.books[key].waiting][:4]
    yield from [key for key, book in db.books.items() if book.waiting][:2]
    yield from list(db.books)[:2]


def _other_lists(
    db: LibraryDB, reference: Reference | None, field: str, now: Sequence[str]
) -> Iterator[list[str]]:
    """Yield lists of one less, and of one more that could be meant."""
    for key in now:
        yield [each for each in now if each != key]
    if isinstance(reference, ById) and field == "holds" and reference.id not in now:
        yield sorted([*now, reference.id])
    table = getattr(db, "books" if field == "holds" else field)
    for key in [key for key in table if key not in now][:6] if len(now) < 2 else ():
        yield sorted([*now, key])
