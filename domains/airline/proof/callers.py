"""Who a caller can be."""

from collections.abc import Collection, Iterable, Mapping

from writ_gym.database import JSON
from writ_gym.domains.airline.schema import AirlineDB, User


def find_callers(db: AirlineDB, identity: Mapping[str, JSON]) -> Collection[str]:
    """Return everybody of whom all identity facts are true."""
    return tuple(
        user.user_id
        for user in _likely(db, identity)
        if all(_is_true(user, slot, value) for slot, value in identity.items())
    )


def _likely(db: AirlineDB, identity: Mapping[str, JSON]) -> Iterable[User]:
    """Return users among whom all of them are."""
    match identity:
        case {"user_id": str(user_id)}:
            user = db.users.get(user_id)
            return () if user is None else (user,)
    return db.users.values()


def _is_true(user: User, slot: str, value: JSON) -> bool:
    """Say whether a fact is true of a user; what nobody can look up is true of nobody."""
    match slot, value:
        case "user_id", str(user_id):
            return user.user_id == user_id
        case "email", str(email):
            return user.email.lower() == email.lower()
        case "dob", str(dob):
            return user.dob == dob
        case "zip", str(code):
            return user.address.zip == code
        case "name", {"first": str(first), "last": str(last)}:
            name = user.name
            return (name.first_name.lower(), name.last_name.lower()) == (
                first.lower(),
                last.lower(),
            )
    return False
