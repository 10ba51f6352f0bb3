"""A library out of a seed: who is a member, what they borrowed, owe and wait for."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import get_args

import numpy as np

from library_desk.schema import TODAY, Author, Book, Cause, Fee, LibraryDB, Loan, Member, Status
from writ_gym.drawing import Words, draw_words, numbers, pick, unused
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
SHELVES = "ABCDEFGH"
STATUSES: tuple[Status, ...] = ("open", "open", "open", "paid", "disputed")


def generate(seed: int, size: Mapping[str, int]) -> LibraryDB:
    """Return a library; sizes that are left out have their defaults."""
    rng = rng_for(seed, "library")
    size = {**DEFAULT_SIZE, **size}
    words = draw_words(seed, "library")
    authors, books = _catalogue(rng, words, size["authors"])
    members: dict[str, Member] = {}
    loans: dict[str, Loan] = {}
    fees: dict[str, Fee] = {}
    waiting = dict.fromkeys(books, 0)
    wanted = [key for key, book in books.items() if not book.on_shelf]
    cards = numbers(rng, size["members"], 8)
    ids = iter(list(numbers(rng, 12 * size["members"], 5)))
    taken: set[str] = set()
    for number, card in enumerate(cards):
        key = f"M{1000 + number}"
        first, last = pick(rng, words.first_names), pick(rng, words.last_names)
        own_loans = _loans(rng, key, ids, list(books))
        own_fees = _fees(rng, key, ids)
        free = [each for each in wanted if each not in {loan.book_id for loan in own_loans}]
        holds = sorted(_some(rng, free, int(rng.integers(0, 6))))
        for book in holds:
            waiting[book] += 1
        loans |= {loan.loan_id: loan for loan in own_loans}
        fees |= {fee.fee_id: fee for fee in own_fees}
        members[key] = Member(
            member_id=key, first_name=first, last_name=last,
            email=unused(partial(_email, rng, first, last), taken),
            card_number=f"{card[:4]}-{card[4:]}",
            valid_until=_day(rng, -90, -1) if rng.random() < 0.12 else _day(rng, 20, 360),
            loans=tuple(loan.loan_id for loan in own_loans),
            fees=tuple(fee.fee_id for fee in own_fees),
            holds=tuple(holds),
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
    ids = iter(list(numbers(rng, 7 * count, 5)))
    for _ in range(count):
        name = unused(partial(_name, rng, words), names)
        own = [f"B{next(ids)}" for _ in range(int(rng.integers(3, 8)))]
        authors[name] = Author(name=name, books=tuple(own))
        for key in own:
            books[key] = Book(
                book_id=key, title=unused(partial(_title, rng), titles), author=name,
                pages=int(rng.integers(90, 900)), year=int(rng.integers(1950, 2025)),
                on_shelf=int(rng.integers(1, 4)) if rng.random() < 0.6 else 0,
                shelf_mark=f"{pick(rng, SHELVES)}{int(rng.integers(10, 99))}", waiting=0,
            )  # fmt: skip
    return authors, books


def _name(rng: np.random.Generator, words: Words) -> str:
    return f"{pick(rng, words.first_names)} {pick(rng, words.last_names)}"


def _title(rng: np.random.Generator) -> str:
    first, second = pick(rng, NOUNS), pick(rng, NOUNS)
    return f"The {pick(rng, ADJECTIVES)} {first}" + (f" and the {second}" if first < second else "")


def _loans(
    rng: np.random.Generator, member: str, ids: Iterator[str], books: list[str]
) -> list[Loan]:
    chosen = _some(rng, books, int(rng.integers(0, 7)))
    return [
        Loan(
            loan_id=f"L{next(ids)}", member_id=member, book_id=book,
            due=_day(rng, -10, 28), renewals=int(rng.random() < 0.3),
        )
        for book in chosen
    ]  # fmt: skip


def _fees(rng: np.random.Generator, member: str, ids: Iterator[str]) -> list[Fee]:
    return [
        Fee(
            fee_id=f"F{next(ids)}", member_id=member, cause=pick(rng, CAUSES),
            amount=int(rng.integers(50, 2500)) / 100, status=pick(rng, STATUSES),
        )
        for _ in range(int(rng.integers(0, 6)))
    ]  # fmt: skip


def _some(rng: np.random.Generator, values: Sequence[str], count: int) -> list[str]:
    return [str(value) for value in rng.choice(values, min(count, len(values)), replace=False)]


def _email(rng: np.random.Generator, first: str, last: str) -> str:
    return f"{first}.{last}{int(rng.integers(10, 99))}@example.com".lower()


def _day(rng: np.random.Generator, low: int, high: int) -> str:
    """Return a day so many days from today."""
    return (date.fromisoformat(TODAY) + timedelta(days=int(rng.integers(low, high)))).isoformat()
