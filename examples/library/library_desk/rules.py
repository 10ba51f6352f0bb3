"""The rules of policy.md as data: a code, the fact that the member must be told, and a sentence."""

from library_desk.language import Kind, OneOf
from library_desk.schema import TODAY, Book, Fee, Loan, Member
from writ_gym.breaches import Breach

MOST_RENEWALS = 1


UNMET = ("no_such_loan", "no_such_fee", "no_such_book", "no_such_hold")
"""Codes of the breaches of no rule: there is nothing that is as the member wants it."""


def card_expired(member: Member) -> Breach | None:
    """Policy "Cards"."""
    if member.valid_until >= TODAY:
        return None
    day = member.valid_until
    return Breach("card_expired", day, f"I am sorry, I cannot: the card was valid until {day}.")


def no_such(kind: Kind, reference: OneOf) -> Breach:
    """Policy "How you act": there is nothing to act on."""
    fact = reference.where[0].value if reference.where else kind
    sentence = f"I am sorry, I cannot do that: there is no such {kind} ({fact})."
    return Breach(f"no_such_{kind}", fact, sentence)


def other_member(record: Loan | Fee, key: str, caller: str) -> Breach | None:
    """Policy "Who you serve"."""
    if record.member_id == caller:
        return None
    return Breach("other_member", key, f"I am sorry, I cannot help with {key}: it is not yours.")


def renewed_before(loan: Loan) -> Breach | None:
    """Policy "Renewing a loan"."""
    if loan.renewals < MOST_RENEWALS:
        return None
    return Breach(
        "renewed_before",
        loan.due,
        f"Loan {loan.loan_id} cannot be renewed again; it is due on {loan.due}.",
    )


def reserved(book: Book) -> Breach | None:
    """Policy "Renewing a loan"."""
    if not book.waiting:
        return None
    return Breach(
        "reserved",
        book.waiting,
        f"“{book.title}” cannot be renewed: members waiting for it: {book.waiting}.",
    )


def not_open(fee: Fee) -> Breach | None:
    """Policy "Fees"."""
    if fee.status == "open":
        return None
    sentence = f"Fee {fee.fee_id} cannot be paid at the desk: its status is {fee.status}."
    return Breach("not_open", fee.status, sentence)


def on_shelf(book: Book) -> Breach | None:
    """Policy "Holds"."""
    if not book.on_shelf:
        return None
    return Breach(
        "on_shelf",
        book.shelf_mark,
        f"I cannot put you on the list for “{book.title}”: a copy is on shelf {book.shelf_mark}.",
    )


def already_held(member: Member, book_id: str) -> Breach | None:
    """Policy "Holds"."""
    if book_id not in member.holds:
        return None
    sentence = f"I cannot do that twice: you wait for book {book_id} already."
    return Breach("already_held", book_id, sentence)


def not_held(member: Member, book_id: str) -> Breach | None:
    """Policy "Holds"."""
    if book_id in member.holds:
        return None
    sentence = f"I cannot do that: you are not on the waiting list of book {book_id}."
    return Breach("not_held", book_id, sentence)
