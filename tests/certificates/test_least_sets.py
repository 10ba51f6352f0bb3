"""Smallest sets of reads: found exactly, and told from sets in which every read is needed."""

from itertools import combinations

import pytest

from writ_gym.certificates.evidence import Moment
from writ_gym.certificates.least_sets import hitting_set, smaller_set
from writ_gym.domain import load_domain
from writ_gym.seeding import rng_for
from writ_gym.tasks import Call, Fact, Request


def groups_of(seed):
    rng = rng_for(seed, "groups")
    return {
        frozenset(rng.choice(7, size=int(rng.integers(1, 5)), replace=False).tolist())
        for _ in range(int(rng.integers(1, 9)))
    }


@pytest.mark.parametrize("seed", range(40))
def test_a_hitting_set_meets_every_group_and_none_is_smaller(seed):
    groups = groups_of(seed)
    found = hitting_set(groups)
    assert all(found & group for group in groups)
    fewer = combinations(range(7), len(found) - 1) if found else ()
    assert not any(all(group & set(each) for group in groups) for each in fewer)


def test_without_groups_nothing_is_needed():
    assert hitting_set([]) == frozenset()


TELECOM = load_domain("telecom")
LOOKS = ("check_network_status", "check_data_restriction_status", "check_vpn_status",
         "check_network_mode_preference", "check_apn_settings")  # fmt: skip
SPEED = Call("run_speed_test", {})


@pytest.fixture(scope="module")
def moment():
    """Return a request to make data fast on a phone that nothing is in the way of."""
    world = TELECOM.world(0, {"customers": 60})
    for caller, phone in world.db.phones.items():
        number = world.db.lines[phone.line_id].phone_number
        values = {"line": {"number": number}, "place": "abroad" if phone.is_abroad else "home",
                  "goal": "excellent", "refuel": {"nothing": True}, "pay": False}  # fmt: skip
        facts = tuple(Fact(slot=slot, value=value, text="") for slot, value in values.items())
        request = Request(intent="fix_data", text="", facts=facts)
        session = world.db.session(caller)
        answer, _ = TELECOM.all_tools.answer(session, SPEED.name, SPEED.arguments)
        if "Excellent" in answer:
            return Moment(TELECOM, session, caller, {"customer_id": caller}, request)
    raise LookupError("every phone is slow")


def test_one_look_that_shows_what_many_show_is_found(moment):
    """Without those, it takes a look for everything that makes a phone slow."""
    own = moment.session.phones[moment.caller].line_id
    usage = {"customer_id": moment.caller, "line_id": own}
    reads = [
        *(Call(name, {}) for name in LOOKS),
        Call("get_details_by_id", {"id": own}),
        Call("get_data_usage", usage),
    ]
    keeps = moment.keeps_answer()
    evidence, witnesses = moment.minimal(reads, [], keeps)
    assert len(evidence) >= 3
    (found,) = smaller_set(moment, reads, witnesses, [], keeps) or ()
    assert found.name in ("check_status_bar", SPEED.name)


def test_evidence_that_is_a_smallest_set_has_no_smaller_one(moment):
    keeps = moment.keeps_answer()
    evidence, witnesses = moment.minimal([SPEED], [], keeps)
    assert evidence == [SPEED]
    assert smaller_set(moment, [SPEED], witnesses, [], keeps) is None
