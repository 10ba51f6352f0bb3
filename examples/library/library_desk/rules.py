"""The rules of policy.md: for each a code, the fact that has to be told, and a sentence."""

from library_desk.schema import TODAY, Book, Fee, Loan, Member
from writ_gym.kit import Case, View
from writ_gym.meaning.breaches import Breach

MOST_RENEWALS = 1


def card_expired(view: View) -> Breach | None:
    """Policy "Holds"."""
    member: Member = view.me
    if member.valid_until >= TODAY:
        return None
    day = member.valid_until
    return Breach("card_expired", day, f"I am sorry, I cannot: the card was valid until {day}.")


def other_member(case: Case) -> Breach | None:
    """Policy "Who you serve"."""
    if case.record.member_id == case.caller:
        return None
    sentence = f"I am sorry, I cannot help with {case.key}: it is not yours."
    return Breach("other_member", case.key, sentence)


def renewed_before(case: Case) -> Breach | None:
    """Policy "Renewing a loan"."""
    loan: Loan = case.record
    if loan.renewals < MOST_RENEWALS:
        return None
    sentence = f"Loan {loan.loan_id} cannot be renewed again; it is due on {loan.due}."
    return Breach("renewed_before", loan.due, sentence)


def reserved(case: Case) -> Breach | None:
    """Policy "Renewing a loan"."""
    book: Book = case.linked
    if not book.waiting:
        return None
    sentence = f"“{book.title}” cannot be renewed: members waiting for it: {book.waiting}."
    return Breach("reserved", book.waiting, sentence)


def not_open(case: Case) -> Breach | None:
    """Policy "Fees"."""
    fee: Fee = case.record
    if fee.status == "open":
        return None
    sentence = f"Fee {fee.fee_id} cannot be paid at the desk: its status is {fee.status}."
    return Breach("not_open", fee.status, sentence)


def already_held(case: Case) -> Breach | None:
    """Policy "Holds"."""
    if case.key not in case.me.holds:
        return None
    sentence = f"I cannot do that twice: you wait for book {case.key} already."
    return Breach("already_held", case.key, sentence)


def on_shelf(case: Case) -> Breach | None:
    """Policy "Holds"."""
    book: Book = case.record
    if not book.on_shelf:
        return None
    sentence = f"I cannot put you on the list for “{book.title}”: it is on shelf {book.shelf_mark}."
    return Breach("on_shelf", book.shelf_mark, sentence)
