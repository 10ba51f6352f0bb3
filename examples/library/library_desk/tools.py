"""What an agent at the desk can call. A tool keeps the tables sound; the rules are policy.md's."""

from datetime import date, timedelta

from library_desk.schema import Author, Book, Fee, LibraryDB, Loan, Member, by_contact
from writ_gym.errors import ToolError
from writ_gym.tools import ToolSet, find

TOOLS: ToolSet[LibraryDB] = ToolSet("library_desk.tools:TOOLS")
RENEWAL = timedelta(days=28)


@TOOLS.read
def find_member(db: LibraryDB, contact: str) -> str:
    """Find the id of a member.

    Args:
        contact: The number of the library card, such as "5123-4567", or the e-mail address.
    """
    found = db.members.lookup(by_contact, contact)
    if len(found) != 1:
        raise ToolError("There is no such member.")
    return found[0].member_id


@TOOLS.read
def get_member(db: LibraryDB, member_id: str) -> Member:
    """Return a member: how long the card is valid, and the ids of loans, fees and books on hold.

    Args:
        member_id: Id of the member, such as "M1042".
    """
    return find(db.members, member_id)


@TOOLS.read
def get_loan(db: LibraryDB, loan_id: str) -> Loan:
    """Return a loan: the id of the book, when it is due, and how often it was renewed.

    Args:
        loan_id: Id of the loan, such as "L20417".
    """
    return find(db.loans, loan_id)


@TOOLS.read
def get_fee(db: LibraryDB, fee_id: str) -> Fee:
    """Return a fee: its cause, amount and status.

    Args:
        fee_id: Id of the fee, such as "F30417".
    """
    return find(db.fees, fee_id)


@TOOLS.read
def get_book(db: LibraryDB, book_id: str) -> Book:
    """Return a book: what it is, how many copies are on the shelf, and how many members wait.

    Args:
        book_id: Id of the book, such as "B40417".
    """
    return find(db.books, book_id)


@TOOLS.read
def get_author(db: LibraryDB, name: str) -> Author:
    """Return an author with the ids of all books of theirs that the library has.

    Args:
        name: First and last name of the author.
    """
    return find(db.authors, name)


@TOOLS.write
def renew_loan(db: LibraryDB, loan_id: str) -> Loan:
    """Let a member keep a book for 28 more days.

    Args:
        loan_id: Id of the loan, such as "L20417".
    """
    loan = find(db.loans, loan_id)
    due = date.fromisoformat(loan.due) + RENEWAL
    return db.loans.put(loan_id, loan.replace(due=due.isoformat(), renewals=loan.renewals + 1))


@TOOLS.write
def pay_fee(db: LibraryDB, fee_id: str) -> Fee:
    """Take the money for a fee from the member's bank account.

    Args:
        fee_id: Id of the fee, such as "F30417".
    """
    fee = find(db.fees, fee_id)
    if fee.status == "paid":
        raise ToolError(f"Fee {fee_id!r} is paid already.")
    return db.fees.put(fee_id, fee.replace(status="paid"))


@TOOLS.write
def place_hold(db: LibraryDB, member_id: str, book_id: str) -> Book:
    """Put a member on the waiting list of a book.

    Args:
        member_id: Id of the member, such as "M1042".
        book_id: Id of the book, such as "B40417".
    """
    member, book = find(db.members, member_id), find(db.books, book_id)
    if book_id in member.holds:
        raise ToolError(f"Member {member_id!r} waits for book {book_id!r} already.")
    db.members.put(member_id, member.replace(holds=tuple(sorted((*member.holds, book_id)))))
    return db.books.put(book_id, book.replace(waiting=book.waiting + 1))


@TOOLS.generic
def transfer_to_human_agents(db: LibraryDB, summary: str) -> str:
    """Hand the member over to a librarian.

    Args:
        summary: What it is about.
    """
    return "Transfer successful"
