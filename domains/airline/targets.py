"""Which read shows the record that a write changes."""

from collections.abc import Mapping

from writ_gym.database import JSON
from writ_gym.tasks import Call


def target(arguments: Mapping[str, JSON]) -> Call:
    """Return the read that shows what a write changes: a reservation, or else the profile."""
    if "reservation_id" in arguments:
        key = arguments["reservation_id"]
        return Call(name="get_reservation_details", arguments={"reservation_id": key})
    return Call(name="get_user_details", arguments={"user_id": arguments["user_id"]})
