"""Who a caller can be."""

from collections.abc import Collection, Iterable, Mapping

from writ_gym.database import JSON
from writ_gym.domains.retail.schema import RetailDB, User, by_email, by_name_and_zip


def find_callers(db: RetailDB, identity: Mapping[str, JSON]) -> Collection[str]:
    """Return everybody of whom all identity facts are true."""
    return tuple(
        user.user_id
        for user in _likely(db, identity)
        if all(_is_true(user, slot, value) for slot, value in identity.items())
    )


def _likely(db: RetailDB, identity: Mapping[str, JSON]) -> Iterable[User]:
    """Return users among whom all of them are: as few as the indexes tell."""
    match identity:
        case {"email": str(email)}:
            return db.users.lookup(by_email, email.lower())
        case {"name": {"first": str(first), "last": str(last)}, "zip": str(code)}:
            return db.users.lookup(by_name_and_zip, (first.lower(), last.lower(), code))
    return db.users.values()


def _is_true(user: User, slot: str, value: JSON) -> bool:
    """Say whether a fact is true of a user; what nobody can look up is true of nobody."""
    match slot, value:
        case "email", str(email):
            return user.email.lower() == email.lower()
        case "name", {"first": str(first), "last": str(last)}:
            name = user.name
            return (name.first_name.lower(), name.last_name.lower()) == (
                first.lower(),
                last.lower(),
            )
        case "zip", str(code):
            return user.address.zip == code
    return False
