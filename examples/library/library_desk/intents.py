"""The request families of the desk: what forbids each, and what it comes to."""

from collections.abc import Iterator, Mapping, Sequence

from library_desk.language import BOOK, FEE, LOAN, WORDS
from library_desk.rules import (
    already_held,
    card_expired,
    not_open,
    on_shelf,
    other_member,
    renewed_before,
    reserved,
)
from writ_gym.database import JSON
from writ_gym.kit import Case, Deed, Enquiry, Outside, Question, View
from writ_gym.kit.scenes import Scene
from writ_gym.meaning.breaches import Breach
from writ_gym.meaning.solving import Outcome, Tell


class RenewLoan(Deed):
    """A loan is to be renewed."""

    name, kind, tool = "renew_loan", LOAN, "renew_loan"

    def rules(self, case: Case) -> Iterator[Breach | None]:
        """Policy "Renewing a loan"."""
        yield other_member(case)
        yield renewed_before(case)
        yield reserved(case)

    def propose(self, case: Case) -> tuple[str, str]:
        """Say that it is renewed."""
        what = f"loan {case.key} of “{case.linked.title}”"
        return f"I am going to renew {what} by 28 days.", f"Your {what} has been renewed."


class PayFee(Deed):
    """A fee is to be paid."""

    name, kind, tool = "pay_fee", FEE, "pay_fee"

    def rules(self, case: Case) -> Iterator[Breach | None]:
        """Policy "Fees"."""
        yield other_member(case)
        yield not_open(case)

    def propose(self, case: Case) -> tuple[str, str]:
        """Say that it is paid."""
        amount = f"${case.record.amount:.2f}"
        plan = f"I am going to take {amount} for fee {case.key} from your bank account."
        return plan, f"Fee {case.key} has been paid."


class PlaceHold(Deed):
    """A book is to be put on hold."""

    name, kind, tool = "place_hold", BOOK, "place_hold"

    def first(self, view: View) -> Iterator[Breach | None]:
        """Policy "Holds"."""
        yield card_expired(view)

    def rules(self, case: Case) -> Iterator[Breach | None]:
        """Policy "Holds"."""
        yield already_held(case)
        yield on_shelf(case)

    def propose(self, case: Case) -> tuple[str, str]:
        """Say that it is put on hold."""
        what = f"book {case.key}, “{case.record.title}”"
        return f"I am going to put {what}, on hold for you.", f"{what} has been put on hold."

    def arguments(self, case: Case) -> dict[str, JSON]:
        """Return the book, and the member: a waiting list has to know who waits."""
        return {"member_id": case.caller, "book_id": case.key}

    def pool(self, scene: Scene) -> tuple[str | None, Sequence[str]]:
        """Return the books of some author, at times of one for whose book the member waits."""
        if not scene.brief.writing and scene.me.holds and scene.chance(0.3):
            author = scene.db.books[scene.choose(scene.me.holds)].author
            return author, scene.db.authors[author].books
        return super().pool(scene)


class AskDue(Question):
    """When a loan is due."""

    name, kind = "ask_due", LOAN

    def rules(self, case: Case) -> Iterator[Breach | None]:
        """Policy "Who you serve"."""
        yield other_member(case)

    def answer(self, case: Case) -> Outcome:
        """Tell the day."""
        due = case.record.due
        return Outcome(statement=f"Loan {case.key} is due on {due}.", tells=(Tell(due),))


class AskDebt(Enquiry):
    """What the open fees add up to."""

    name = "ask_debt"

    def decide(self, view: View, facts: Mapping[str, JSON]) -> Outcome:
        """Add them up."""
        fees = [view.get(FEE, key) for key in view.me.fees]
        total = round(sum(fee.amount for fee in fees if fee.status == "open"), 2)
        return Outcome(statement=f"Your open fees come to ${total:.2f}.", tells=(Tell(total),))


INTENTS = (
    RenewLoan(WORDS), PayFee(WORDS), PlaceHold(WORDS), AskDue(WORDS), AskDebt(WORDS),
    Outside(WORDS),
)  # fmt: skip
