"""Brute force over the whole database: what a request comes to, and which writes lead where.

It is written from ``language`` and policy.md, and shares schema and language alone with the rules
and intents, so that neither repeats the other's fault.
"""

from collections.abc import Iterator

from library_desk.language import BOOK, DETAILS, FEE, LOAN, MEMBER
from library_desk.schema import TODAY, LibraryDB
from writ_gym.database import Record
from writ_gym.kit.proving import Meant, TableProof
from writ_gym.meaning.brute_force import forbid
from writ_gym.meaning.proofs import Meaning
from writ_gym.tasks import Call, Request


class LibraryProof(TableProof):
    """What the checker knows of the library."""

    answers = ("ask_due", "ask_debt")

    def comes_to(self, db: LibraryDB, caller: str, request: Request, meant: Meant) -> Meaning:
        """Return what a request comes to."""
        member = db.members[caller]
        match request.intent:
            case "outside":
                return Meaning(handed_over=frozenset({"outside"}))
            case "ask_debt":
                fees = [db.fees[key] for key in member.fees]
                return Meaning(tells=(round(sum(f.amount for f in fees if f.status == "open"), 2),))
            case "ask_due":
                loan = db.loans[meant()]
                forbid(loan.member_id != caller, "other_member", loan.loan_id)
                return Meaning(tells=(loan.due,))
            case "pay_fee":
                fee = db.fees[meant()]
                forbid(fee.member_id != caller, "other_member", fee.fee_id)
                forbid(fee.status != "open", "not_open", fee.status)
                return Meaning(writes=(Call("pay_fee", {"fee_id": fee.fee_id}),))
            case "renew_loan":
                loan = db.loans[meant()]
                waiting = db.books[loan.book_id].waiting
                forbid(loan.member_id != caller, "other_member", loan.loan_id)
                forbid(loan.renewals > 0, "renewed_before", loan.due)
                forbid(waiting > 0, "reserved", waiting)
                return Meaning(writes=(Call("renew_loan", {"loan_id": loan.loan_id}),))
        forbid(member.valid_until < TODAY, "card_expired", member.valid_until)
        book = db.books[meant()]
        forbid(book.book_id in member.holds, "already_held", book.book_id)
        forbid(book.on_shelf > 0, "on_shelf", book.shelf_mark)
        arguments = {"member_id": caller, "book_id": book.book_id}
        return Meaning(writes=(Call("place_hold", arguments),))

    def routes(self, db: LibraryDB, table: str, key: str, goal: Record) -> Iterator[Call]:
        """Yield every write that could be a step from a record as it is to the goal."""
        if table == "loans":
            yield Call("renew_loan", {"loan_id": key})
        elif table == "fees":
            yield Call("pay_fee", {"fee_id": key})
        elif table == "members":
            for book in sorted(set(goal.plain["holds"]) - set(db.members[key].holds)):
                yield Call("place_hold", {"member_id": key, "book_id": book})

    def apart(self, record: Record, goal: Record) -> int:
        """Return how many of the ``routes`` it takes at least."""
        holds = set(goal.plain.get("holds", ())) ^ set(record.plain.get("holds", ()))
        return len(holds) or int(record != goal)


PROOF = LibraryProof(
    user=MEMBER,
    details=DETAILS,
    kinds={"renew_loan": LOAN, "pay_fee": FEE, "place_hold": BOOK, "ask_due": LOAN},
    links={"members": {"holds": "books"}},
)
