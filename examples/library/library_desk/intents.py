"""The request families of the desk: what each looks at, what forbids it, and what it comes to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from library_desk.desk import Desk
from library_desk.drafting import Scene
from library_desk.language import OUTSIDE
from library_desk.rules import already_held, not_held, not_open, on_shelf, renewed_before, reserved
from library_desk.schema import LibraryDB
from library_desk.solvers import Entry, read_fee, read_member
from writ_gym.breaches import Breach
from writ_gym.database import JSON
from writ_gym.domain import Brief, Intent
from writ_gym.solving import Outcome, Plan, Tell, hand_over
from writ_gym.tasks import Call, Provenance, Request

OPERATORS = (
    "description", "superlative", "rank", "filter", "unknown_id", "enumeration", "empty_set",
    "aggregate",
)  # fmt: skip


class RenewLoan(Desk):
    """A loan is to be renewed."""

    name, kind, tool = "renew_loan", "loan", "renew_loan"
    needs_card = needs_book = True

    def breaches(self, entry: Entry, caller: str, member: Any) -> Iterator[Breach | None]:
        """Policy "Renewing a loan"."""
        yield from super().breaches(entry, caller, member)
        yield renewed_before(entry.record)
        yield reserved(entry.book)

    def propose(self, entry: Entry) -> tuple[str, str]:
        """Say that it is renewed."""
        what = f"loan {entry.key}" + (f" of “{entry.book.title}”" if entry.book else "")
        return f"I am going to renew {what} by 28 days.", f"Your {what} has been renewed."


class PayFee(Desk):
    """A fee is to be paid."""

    name, kind, tool = "pay_fee", "fee", "pay_fee"

    def breaches(self, entry: Entry, caller: str, member: Any) -> Iterator[Breach | None]:
        """Policy "Fees"."""
        yield from super().breaches(entry, caller, member)
        yield not_open(entry.record)

    def propose(self, entry: Entry) -> tuple[str, str]:
        """Say that it is paid."""
        fee = entry.record
        plan = f"I am going to take ${fee.amount:.2f} for fee {entry.key} from your bank account."
        return plan, f"Fee {entry.key} has been paid."


class PlaceHold(Desk):
    """A book is to be put on hold."""

    name, kind, tool = "place_hold", "book", "place_hold"
    needs_card = needs_book = True

    def breaches(self, entry: Entry, caller: str, member: Any) -> Iterator[Breach | None]:
        """Policy "Holds"."""
        yield already_held(member, entry.key)
        yield on_shelf(entry.book)

    def propose(self, entry: Entry) -> tuple[str, str]:
        """Say that it is put on hold."""
        what = f"book {entry.key}, “{entry.book.title}”"
        return f"I am going to put {what}, on hold for you.", f"{what} has been put on hold."

    def pool(self, scene: Scene) -> Sequence[str]:
        """Return the books of some author."""
        names = list(scene.db.authors)
        if not scene.brief.writing and scene.member.holds and scene.chance(0.3):
            names = [scene.db.books[key].author for key in scene.member.holds]
        return scene.db.authors[scene.choose(names)].books

    def largest(self, db: LibraryDB, caller: str) -> int:
        """Return how many books an author has at most, and one for the read that lists them."""
        return 1 + max(len(author.books) for author in db.authors.values())


class CancelHold(Desk):
    """A hold is to be cancelled."""

    name, kind, tool = "cancel_hold", "hold", "cancel_hold"
    needs_member = True

    def breaches(self, entry: Entry, caller: str, member: Any) -> Iterator[Breach | None]:
        """Policy "Holds"."""
        yield not_held(member, entry.key)

    def propose(self, entry: Entry) -> tuple[str, str]:
        """Say that it is cancelled."""
        what = f"your hold on book {entry.key}"
        return f"I am going to cancel {what}.", f"{what[0].upper()}{what[1:]} has been cancelled."


class AskDue(Desk):
    """When a loan is due."""

    name, kind = "ask_due", "loan"

    def outcome(self, entry: Entry, caller: str, source: Provenance) -> Outcome:
        """Tell the day."""
        due = entry.record.due
        return Outcome(statement=f"Loan {entry.key} is due on {due}.", tells=(Tell(due),))


class AskDebt:
    """What the open fees add up to."""

    name = "ask_debt"

    def reach(self, db: LibraryDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return the least and the largest evidence burden that a request can have."""
        count = len(db.members[caller].fees)
        return None if writing or not count else (1 + count, 1 + count)

    def draft(self, db: LibraryDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a request that answers the brief, or None if this draw found none."""
        scene = Scene(db, brief, rng)
        reads = {scene.profile, *scene.member.fees}
        if brief.writing or scene.new(reads) > scene.room:
            return None
        scene.mark("aggregate")
        return scene.request(self.name, "information")

    def twin(
        self, db: LibraryDB, brief: Brief, write: Call, rng: np.random.Generator
    ) -> Request | None:
        """Return nothing: no write comes of it."""
        return None

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Add them up."""
        total = 0.0
        for key in (yield from read_member(caller)).fees:
            fee = yield from read_fee(key)
            total += fee.amount if fee.status == "open" else 0
        total = round(total, 2)
        return Outcome(statement=f"Your open fees come to ${total:.2f}.", tells=(Tell(total),))


class Outside:
    """Something that no tool of the desk can do."""

    name = "outside"

    def reach(self, db: LibraryDB, caller: str, writing: bool) -> tuple[int, int] | None:
        """Return the least and the largest evidence burden that a request can have."""
        return None if writing else (0, 0)

    def draft(self, db: LibraryDB, brief: Brief, rng: np.random.Generator) -> Request | None:
        """Return a request that answers the brief, or None if this draw found none."""
        scene = Scene(db, brief, rng)
        scene.add("matter", scene.choose(list(OUTSIDE)))
        return None if brief.writing else scene.request(self.name)

    def twin(
        self, db: LibraryDB, brief: Brief, write: Call, rng: np.random.Generator
    ) -> Request | None:
        """Return nothing: no write comes of it."""
        return None

    def solve(self, caller: str, facts: Mapping[str, JSON]) -> Plan:
        """Hand the member over."""
        yield from ()
        return hand_over("outside", f"The member would like to have {OUTSIDE[facts['matter']]}.")


INTENTS: tuple[Intent[LibraryDB], ...] = (
    RenewLoan(), PayFee(), PlaceHold(), CancelHold(), AskDue(), AskDebt(), Outside(),
)  # fmt: skip
