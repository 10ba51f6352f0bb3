"""Numbers of things, as people write them."""


def number(count: int, noun: str) -> str:
    """Return how many there are of something with a regular plural.

    >>> number(1, "task"), number(2000, "task"), number(0, "read")
    ('1 task', '2,000 tasks', '0 reads')
    """
    return f"{count:,} {noun}{'s' * (count != 1)}"


def span(bounds: tuple[int, int]) -> str:
    """Return an inclusive range of numbers.

    >>> span((1, 1)), span((5, 8))
    ('1', '5-8')
    """
    low, high = bounds
    return str(low) if low == high else f"{low}-{high}"
