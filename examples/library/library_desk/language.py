"""What members can mean, and in which words they ask for it.

What a reference to a loan, a fee or a book means exactly is told in ``writ_gym.kit.kinds``. Solvers
and proof are written from that page and this one, apart from one another:

1. For a hold, if the card is past its last day: ``card_expired``, told is that day.
2. The reference is resolved; if nothing fits, ``no_such_loan``, ``no_such_fee``, ``no_such_book``.
3. A loan or fee of another member: ``other_member``, told is its id.
4. The rules of policy.md for what is to be done, in their order; see ``rules``.
"""

from library_desk.schema import Author, Book, Fee, Loan, Member
from writ_gym.kit import Attribute, Detail, Entity, Errand, Kind, ToKnow, Words

MEMBER = Entity(Member, "members", "get_member", "member_id")
AUTHOR = Entity(Author, "authors", "get_author", "name")

PAGES = (("highest number of pages", "most pages"), ("lowest number of pages", "fewest pages"))
YEAR = (("latest year of publication",), ("earliest year of publication",))

BOOK = Kind(
    Book, "books", "get_book", "book_id", name="book", ids=r"B\d{5}",
    holder=AUTHOR, listed="books", held_by="author", scope="all the books by {of}",
    attributes={
        "pages": Attribute(*PAGES, phrase="with {value} pages", step=50),
        "year": Attribute(*YEAR),
        "waiting": Attribute(("longest waiting list",), ("shortest waiting list",)),
    },
)  # fmt: skip
LOAN = Kind(
    Loan, "loans", "get_loan", "loan_id", name="loan", ids=r"L\d{5}",
    holder=MEMBER, listed="loans", scope="all my loans",
    attributes={
        "due": Attribute(("latest due date", "last due date"), ("earliest due date",)),
    },
    link="book_id", linked=BOOK,
    of_link={
        "pages": Attribute(*PAGES, phrase="of a book with {value} pages", step=50),
        "year": Attribute(*YEAR),
        "title": Attribute(phrase="of the book “{value}”"),
        "author": Attribute(phrase="of a book by {value}"),
    },
)  # fmt: skip
FEE = Kind(
    Fee, "fees", "get_fee", "fee_id", name="fee", ids=r"F\d{5}",
    holder=MEMBER, listed="fees", scope="all my fees",
    attributes={
        "amount": Attribute(
            ("highest amount", "largest amount"), ("lowest amount", "smallest amount"),
            phrase="of {value} dollars", step=2,
        ),
        "cause": Attribute(phrase="with the cause “{value}”"),
    },
)  # fmt: skip

DETAILS = {
    "card": Detail(
        "card number", "card_number", r"\b\d{4}-\d{4}\b",
        asked=r"card(?: number)?|number of your (?:library )?card",
    ),
    "email": Detail(
        "e-mail address", "email", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", asked=r"e-?mail(?: address)?"
    ),
}  # fmt: skip

WORDS = Words(
    user=MEMBER,
    details=DETAILS,
    kinds=(LOAN, FEE, BOOK),
    asks={
        "renew_loan": Errand((
            "renew a loan", "renew one of my loans", "extend a loan of mine",
            "let me keep a book for longer", "give me more time with a book that I borrowed",
            "set a later due date for a book that I have", "put off the date for one of my loans",
        )),
        "pay_fee": Errand((
            "take my money for a fee", "let me pay a fee", "have me pay one of my fees",
            "settle a fee for me", "charge a fee to my bank account", "clear a fee on my card",
            "accept a payment for a fee of mine",
        )),
        "place_hold": Errand((
            "put a book on hold for me", "reserve a book for me", "place a hold on a book",
            "put me on the waiting list of a book", "put me in line for a book",
            "keep a book for me when it comes back", "note me down for a book that is out",
        )),
        "ask_due": ToKnow((
            "when a loan is due", "when one of my loans is due", "how long I may keep a book",
            "by when I have to bring a book back", "on which day I should return a book",
            "what the due date of a loan is", "until when one of my loans runs",
        )),
        "ask_debt": ToKnow((
            "how much I owe you", "what my open fees add up to", "what I owe the library in all",
            "how much I have to pay you altogether", "what the sum of my open fees is",
            "what all that is open on my card comes to", "what my open fees amount to",
        )),
    },
    matters={
        "purchase": "a novel bought that is missing from your shelves",
        "room": "a room booked for my reading circle",
        "printer": "the printer on the second floor filled with paper",
        "other_branch": "a parcel of books sent to my school",
        "name": "the name on my card changed",
        "complaint": "a complaint about the noise put on record",
    },
)  # fmt: skip
