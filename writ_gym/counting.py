"""Numbers of things, as people write them."""


def number(count: int, noun: str) -> str:
    """Return how many there are of something with a regular plural.

    >>> number(1, "task"), number(2000, "task"), number(0, "read")
    ('1 task', '2,000 tasks', '0 reads')
    """
    return f"{count:,} {noun}{'s' * (count != 1)}"
