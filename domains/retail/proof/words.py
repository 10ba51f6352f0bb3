"""How values of attributes are told."""

MONEY = frozenset({"total", "price", "saving"})


def as_text(attribute: str, value: str | float) -> str:
    """Return an attribute's value as it is told: money with two decimals, a number without."""
    if isinstance(value, str):
        return value
    return f"{value:.2f}" if attribute in MONEY else f"{value:g}"
