"""The collector of garbage, kept from what stays."""

import gc

NEW_OBJECTS = 200_000
"""New objects after which it looks for garbage: a task makes thousands, which go by themselves, and
what is kept of it is looked at in vain. So much garbage would be some tens of megabytes."""


def keep() -> None:
    """Keep all that there is, such as a world; without this, it is walked through again and again.

    This is for a process that does nothing but sample, play or check.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
