"""The troubleshooting part of policy.md: what stands in the way of a goal, and how it is mended."""

from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple, TypeAlias, get_args

from writ_gym.domains.telecom.rules import MOST_REFUEL_GB
from writ_gym.domains.telecom.schema import TODAY, LineStatus, NetworkMode, SimStatus

Goal: TypeAlias = Literal["service", "data", "fast_data", "mms"]
"""What has to work: the network, mobile data at any or at excellent speed, picture messages."""
GOALS: tuple[Goal, ...] = get_args(Goal)

Cause: TypeAlias = Literal[
    "sim_locked",
    "contract_ended",
    "far_over_limit",
    "line_suspended",
    "line_roaming_off",
    "over_limit",
    "airplane_mode",
    "sim_missing",
    "data_off",
    "roaming_off",
    "wrong_mode",
    "data_saver",
    "slow_vpn",
    "wifi_calling",
    "sms_denied",
    "storage_denied",
    "apn",
]
"""In the order in which they are mended, those that cannot be first."""

BEYOND_REPAIR: frozenset[Cause] = frozenset({"sim_locked", "contract_ended", "far_over_limit"})
"""Policy "Troubleshooting": with one of these nothing is changed, and the user is handed over."""

SEARCHING: frozenset[Cause] = frozenset(
    {"airplane_mode", "sim_missing", "data_off", "roaming_off", "wrong_mode", "apn"}
)
"""Causes whose repair makes the phone look for a network."""


class Findings(NamedTuple):
    """What was read of a phone and its line; what a goal does not need keeps its default."""

    airplane_mode: bool = False
    sim: SimStatus = "active"
    apn_name: str = "internet"
    line_status: LineStatus = "Active"
    contract_end: date | None = None
    data_enabled: bool = True
    abroad: bool = False
    roaming_on: bool = True
    line_roaming: bool = True
    over_limit_gb: float | None = None
    """How far the use is at or over the limit; None if it is below."""
    data_saver: bool = False
    mode: NetworkMode = "4g_5g_preferred"
    vpn_slow: bool = False
    mmsc_set: bool = True
    wifi_calling: bool = False
    sms: bool = True
    storage: bool = True


def causes(found: Findings, goal: Goal) -> list[Cause]:
    """Return what stands in the way of a goal, in the order in which it is mended."""
    present = _service(found)
    if goal != "service":
        present |= _data(found)
    if goal == "fast_data":
        present |= _speed(found)
    if goal == "mms":
        present |= _mms(found)
    return [cause for cause in get_args(Cause) if cause in present]


def _service(found: Findings) -> set[Cause]:
    """Policy "Service": airplane mode, SIM card, access point, line."""
    ended = found.contract_end is not None and found.contract_end < TODAY
    suspended = found.line_status != "Active"
    return _those(
        airplane_mode=found.airplane_mode,
        sim_missing=found.sim == "missing",
        sim_locked=found.sim in ("locked_pin", "locked_puk"),
        apn=found.apn_name != "internet",
        contract_ended=suspended and ended,
        line_suspended=suspended and not ended,
    )


def _data(found: Findings) -> set[Cause]:
    """Policy "Mobile data": switch, roaming, use."""
    over = found.over_limit_gb
    return _those(
        data_off=not found.data_enabled,
        roaming_off=found.abroad and not found.roaming_on,
        line_roaming_off=found.abroad and not found.line_roaming,
        over_limit=over is not None and over < MOST_REFUEL_GB,
        far_over_limit=over is not None and over >= MOST_REFUEL_GB,
    )


def _speed(found: Findings) -> set[Cause]:
    """Policy "Slow data": data saver, network mode, VPN."""
    return _those(
        data_saver=found.data_saver,
        wrong_mode=found.mode != "4g_5g_preferred",
        slow_vpn=found.vpn_slow,
    )


def _mms(found: Findings) -> set[Cause]:
    """Policy "Picture messages": 2G, Wi-Fi calling, MMSC, permissions."""
    return _those(
        wrong_mode=found.mode == "2g_only",
        wifi_calling=found.wifi_calling,
        apn=found.apn_name != "internet" or not found.mmsc_set,
        sms_denied=not found.sms,
        storage_denied=not found.storage,
    )


def _those(**holds: bool) -> set[Cause]:
    return {cause for cause in get_args(Cause) if holds.get(cause)}


def needs_reboot(present: Sequence[Cause]) -> bool:
    """Say whether the phone has to be rebooted at the end.

    That resets an access point; and a phone whose line is active again has to look for a network,
    which another repair may have made it do.
    """
    return "apn" in present or ("line_suspended" in present and not SEARCHING.intersection(present))
