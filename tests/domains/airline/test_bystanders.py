"""Reservations that can matter only in the place of others are left out where these stay."""

from itertools import combinations

import pytest

from writ_gym.certificates.walking import walk
from writ_gym.domain import load_domain
from writ_gym.domains.airline.proof import PROOF
from writ_gym.meaning.proofs import UnclearError
from writ_gym.sampling.sampler import TaskSampler
from writ_gym.tasks import SamplerConfig

AIRLINE = load_domain("airline")
WORLD = AIRLINE.world()


def moments():
    config = SamplerConfig(write_count=(0, 2), evidence_burden=(0, 6))
    for task in TaskSampler(AIRLINE, config, WORLD).tasks(11, 240):
        yield from (turn.moment for turn in walk(task, AIRLINE, WORLD))


def edited(moment, edits):
    """Return what is right after edits; None if they do not fit, "unclear" if nothing single is."""
    session = moment.session.fork()
    try:
        for edit in edits:
            PROOF.apply(session, edit)
        return PROOF.meaning(session, moment.caller, moment.request)
    except ValueError:
        return None
    except UnclearError:
        return "unclear"


@pytest.fixture(scope="module")
def found():
    """By moment, its bystanders and all their edits."""
    return [
        (moment, edits)
        for moment in moments()
        if (
            edits := {
                record: list(PROOF.edits(moment.session, moment.caller, moment.request, *record))
                for record in PROOF.bystanders(moment.session, moment.caller, moment.request)
            }
        )
    ]


def test_no_edit_of_a_bystander_makes_anything_else_right(found):
    came = {
        "unclear" if after == "unclear" else "same" if after == moment.meaning else "another"
        for moment, edits in found
        for each in edits.values()
        for edit in each
        if (after := edited(moment, [edit])) is not None
    }
    assert came == {"unclear", "same"}


def test_nor_do_edits_of_several(found):
    for moment, edits in found:
        for one, other in combinations(edits.values(), 2):
            for pair in zip(one[:6], other[:6], strict=False):
                assert edited(moment, pair) in (None, "unclear", moment.meaning)


def test_where_those_do_not_stay_it_may_be_another(found):
    assert any(
        edited(moment, [first, second]) not in (None, "unclear", moment.meaning)
        for moment, edits in found
        for record in edits
        for meant in PROOF.bystanders(moment.session, moment.caller, moment.request)[record]
        for first in PROOF.edits(moment.session, moment.caller, moment.request, *meant)
        for second in edits[record][:4]
    )
