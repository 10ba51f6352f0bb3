"""A library out of a seed: who is a member, what they borrowed, owe and wait for."""

from collections.abc import Iterator, Mapping
from typing import get_args

import numpy as np

from library_desk.schema import TODAY, Author, Book, Cause, Fee, LibraryDB, Loan, Member, Status
from writ_gym.sampling.drawing import Words, day_near, draw_words, numbers, pick, some, unused
from writ_gym.seeding import rng_for

DEFAULT_SIZE = {"members": 240, "authors": 60}
ADJECTIVES = (
    "Silent Crooked Amber Northern Borrowed Hollow Distant Painted Restless Second Winter Paper "
    "Salted Unwritten Gentle Burning"
).split()
NOUNS = (
    "Harbour Orchard Ladder Mirror Witness Meadow Engine Lantern Border Archive Sparrow Kitchen "
    "River Cartographer Staircase Garden Promise Island"
).split()
CAUSES: tuple[Cause, ...] = get_args(Cause)
STATUSES: tuple[Status, ...] = ("open", "open", "open", "paid", "disputed")


def generate(seed: int, size: Mapping[str, int]) -> LibraryDB:
    """Return a library; sizes that are left out have their defaults."""
    rng = rng_for(seed, "library")
    size = {**DEFAULT_SIZE, **size}
    words = draw_words(seed, "library")
    authors, books = _catalogue(rng, words, size["authors"])
    wanted = [key for key, book in books.items() if not book.on_shelf]
    waiting = dict.fromkeys(books, 0)
    members, loans, fees = dict[str, Member](), dict[str, Loan](), dict[str, Fee]()
    ids = numbers(rng, 12 * size["members"], 5)
    for number, card in enumerate(numbers(rng, size["members"], 8)):
        key = f"M{1000 + number}"
        own_loans = {loan.loan_id: loan for loan in _loans(rng, key, ids, list(books))}
        own_fees = {fee.fee_id: fee for fee in _fees(rng, key, ids)}
        borrowed = {loan.book_id for loan in own_loans.values()}
        free = [book for book in wanted if book not in borrowed]
        holds = sorted(some(rng, free, int(rng.integers(0, 6))))
        waiting |= {book: waiting[book] + 1 for book in holds}
        loans, fees = loans | own_loans, fees | own_fees
        first, last = pick(rng, words.first_names), pick(rng, words.last_names)
        members[key] = Member(
            member_id=key, first_name=first, last_name=last,
            email=f"{first}.{last}{number}@example.com".lower(),
            card_number=f"{card[:4]}-{card[4:]}",
            valid_until=day_near(rng, TODAY, *((-90, 0) if rng.random() < 0.12 else (20, 360))),
            loans=tuple(own_loans), fees=tuple(own_fees), holds=tuple(holds),
        )  # fmt: skip
    books = {key: book.replace(waiting=waiting[key]) for key, book in books.items()}
    return LibraryDB.load(
        {"members": members, "loans": loans, "fees": fees, "books": books, "authors": authors}
    )


def _catalogue(
    rng: np.random.Generator, words: Words, count: int
) -> tuple[dict[str, Author], dict[str, Book]]:
    """Return authors and their books; of most books there is a copy on the shelf."""
    authors, books = dict[str, Author](), dict[str, Book]()
    names, titles = set[str](), set[str]()
    ids = numbers(rng, 7 * count, 5)
    for _ in range(count):
        name = unused(
            lambda: f"{pick(rng, words.first_names)} {pick(rng, words.last_names)}", names
        )
        own = [f"B{next(ids)}" for _ in range(int(rng.integers(3, 8)))]
        authors[name] = Author(name=name, books=tuple(own))
        for key in own:
            books[key] = Book(
                book_id=key, title=unused(lambda: _title(rng), titles), author=name,
                pages=int(rng.integers(90, 900)), year=int(rng.integers(1950, 2025)),
                on_shelf=int(rng.integers(1, 4)) if rng.random() < 0.6 else 0,
                shelf_mark=f"{pick(rng, 'ABCDEFGH')}{int(rng.integers(10, 99))}", waiting=0,
            )  # fmt: skip
    return authors, books


def _title(rng: np.random.Generator) -> str:
    first, second = pick(rng, NOUNS), pick(rng, NOUNS)
    return f"The {pick(rng, ADJECTIVES)} {first}" + (f" and the {second}" if first < second else "")


def _loans(
    rng: np.random.Generator, member: str, ids: Iterator[str], books: list[str]
) -> Iterator[Loan]:
    for book in some(rng, books, int(rng.integers(0, 7))):
        yield Loan(
            loan_id=f"L{next(ids)}", member_id=member, book_id=book,
            due=day_near(rng, TODAY, -10, 28), renewals=int(rng.random() < 0.3),
        )  # fmt: skip


def _fees(rng: np.random.Generator, member: str, ids: Iterator[str]) -> Iterator[Fee]:
    for _ in range(int(rng.integers(0, 6))):
        yield Fee(
            fee_id=f"F{next(ids)}", member_id=member, cause=pick(rng, CAUSES),
            amount=int(rng.integers(50, 2500)) / 100, status=pick(rng, STATUSES),
        )  # fmt: skip
