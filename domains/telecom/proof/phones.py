"""What of a phone and its line stands in the way of a goal, and which write mends it.

This is the table of docs/requests-telecom.md, section "Repairs", row by row.
"""

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple, TypeAlias

from writ_gym.domains.telecom.network import found, sim_status
from writ_gym.domains.telecom.proof.account import Case, beyond
from writ_gym.domains.telecom.rules import MOST_REFUEL_GB
from writ_gym.domains.telecom.schema import TODAY, Line, Phone
from writ_gym.meaning.brute_force import unclear
from writ_gym.tasks import Call

SERVICE, DATA, SPEED, MMS = "service", "data", "speed", "mms"
GOALS = {
    SERVICE: {SERVICE},
    DATA: {SERVICE, DATA},
    SPEED: {SERVICE, DATA, SPEED},
    MMS: {SERVICE, DATA, MMS},
}
"""By goal, the parts of the table that matter for it."""

Goal: TypeAlias = str

PREFERRED = "4g_5g_preferred"


class State(NamedTuple):
    """A phone, its line, and by how much that is over its limit."""

    phone: Phone
    line: Line
    over: float


class Row(NamedTuple):
    """A repair on the phone: for which part of a goal, when, and the call."""

    part: str
    is_wrong: Callable[[Phone], bool]
    call: Call


def _lacks(permission: str) -> Callable[[Phone], bool]:
    return lambda phone: not getattr(phone.app_statuses["messaging"].permissions, permission)


def _grant(permission: str) -> Call:
    arguments = {"app_name": "messaging", "permission": permission}
    return Call("grant_app_permission", arguments)


def named(call: Call) -> str:
    """Return what a call on the phone is called among the remedies."""
    return " ".join([call.name, *map(str, call.arguments.values())])


def _is_slow(phone: Phone) -> bool:
    server = phone.vpn_details if phone.vpn_connected else None
    return server is not None and server.server_performance == "poor"


MODE = Call("set_network_mode_preference", {"mode": PREFERRED})
RESET_APN, REBOOT = Call("reset_apn_settings", {}), Call("reboot_device", {})
ROWS: tuple[Row, ...] = (
    Row(SERVICE, lambda phone: phone.airplane_mode, Call("toggle_airplane_mode", {})),
    Row(SERVICE, lambda phone: phone.sim_card_missing, Call("reseat_sim_card", {})),
    Row(DATA, lambda phone: not phone.data_enabled, Call("toggle_data", {})),
    Row(
        DATA,
        lambda phone: phone.is_abroad and not phone.roaming_enabled,
        Call("toggle_roaming", {}),
    ),
    Row(SPEED, lambda phone: phone.network_mode_preference != PREFERRED, MODE),
    Row(MMS, lambda phone: phone.network_mode_preference == "2g_only", MODE),
    Row(SPEED, lambda phone: phone.data_saver_mode, Call("toggle_data_saver_mode", {})),
    Row(SPEED, _is_slow, Call("disconnect_vpn", {})),
    Row(
        MMS,
        lambda phone: phone.wifi_calling_enabled and phone.wifi_calling_mms_over_wifi,
        Call("toggle_wifi_calling", {}),
    ),
    Row(MMS, _lacks("sms"), _grant("sms")),
    Row(MMS, _lacks("storage"), _grant("storage")),
    Row(SERVICE, lambda phone: phone.active_apn_settings.apn_name != "internet", RESET_APN),
    Row(MMS, lambda phone: phone.active_apn_settings.mmsc_url is None, RESET_APN),
)
"""Repairs that the user makes, in canonical order."""

CALLS = {named(row.call): row.call for row in ROWS}
"""By what a remedy on the phone is called, the call."""

SEARCHES = frozenset(
    {"toggle_airplane_mode", "reseat_sim_card", "toggle_data", "toggle_roaming", MODE.name,
     RESET_APN.name}
)  # fmt: skip
"""Of these calls, those after which the phone looks for a network."""


ROAM = "enable_roaming"
RESUME = "resume_line"
REFUEL = "refuel_data"
"""What the agent does about a line."""


MANUAL: tuple[tuple[str, str], ...] = (
    *((SERVICE, name) for name in ("toggle_airplane_mode", "reseat_sim_card", RESET_APN.name)),
    (SERVICE, RESUME),
    *((DATA, name) for name in ("toggle_data", "toggle_roaming", ROAM, REFUEL)),
    *((SPEED, name) for name in ("toggle_data_saver_mode", named(MODE), "disconnect_vpn")),
    *((MMS, name) for name in (named(MODE), "toggle_wifi_calling", RESET_APN.name)),
    *((MMS, named(_grant(permission))) for permission in ("sms", "storage")),
)
"""All remedies in the order of policy.md, "Troubleshooting", and the part that each is for."""
ABROAD = frozenset({"toggle_roaming", ROAM})
"""Remedies that are for phones abroad only."""


def remedies(case: Case, goal: Goal) -> tuple[str, ...]:
    """Return what may help to reach a goal, as far as is known without a look at anything."""
    parts, abroad = GOALS[goal], case.phone.is_abroad
    names = (name for part, name in MANUAL if part in parts)
    return tuple(dict.fromkeys(name for name in names if abroad or name not in ABROAD))


class Diagnosis(NamedTuple):
    """What is wrong for a goal."""

    beyond_repair: frozenset[str]
    """What of it no repair helps against, by reason code."""
    suspended: bool
    no_roaming: bool
    """Roaming of the line is off, and the phone is abroad."""
    used_up: bool
    on_phone: tuple[Call, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether nothing stands in the way."""
        return not (self.suspended or self.no_roaming or self.used_up or self.on_phone)

    @property
    def remedies(self) -> frozenset[str]:
        """What helps against it."""
        of_line = {RESUME: self.suspended, ROAM: self.no_roaming, REFUEL: self.used_up}
        return frozenset(name for name, helps in of_line.items() if helps).union(
            map(named, self.on_phone)
        )


def diagnosis_for(names: Collection[str]) -> Diagnosis:
    """Return the diagnosis against which certain remedies, and no others, would help."""
    return Diagnosis(
        beyond_repair=frozenset(),
        suspended=RESUME in names,
        no_roaming=ROAM in names,
        used_up=REFUEL in names,
        on_phone=tuple(call for name, call in CALLS.items() if name in names),
    )


def state_of(case: Case) -> State:
    """Return the caller's phone and line; UnclearError if the phone has not looked since."""
    phone = case.phone
    now = found(phone, case.db.service(phone))
    if any(getattr(phone, name) != value for name, value in now.items()):
        unclear("The phone shows another network than it would find now.")
    if phone.sim_card_missing and phone.sim_card_status != "active":
        unclear("A locked SIM card is missing, too.")
    line = case.db.lines[phone.line_id]
    return State(phone, line, beyond(case.db, line))


def diagnose(case: Case, goal: Goal) -> Diagnosis:
    """Return what stands in the way of a goal."""
    phone, line, over = state_of(case)
    parts = GOALS[goal]
    inactive = line.status != "Active"
    ended = inactive and line.contract_end_date is not None and line.contract_end_date < TODAY
    locked = sim_status(phone) in ("locked_pin", "locked_puk")
    used_up = DATA in parts and over >= 0
    calls = (row.call for row in ROWS if row.part in parts and row.is_wrong(phone))
    final = {
        "sim_locked": locked,
        "contract_ended": ended,
        "far_over_limit": used_up and over >= MOST_REFUEL_GB,
    }
    return Diagnosis(
        beyond_repair=frozenset(code for code, holds in final.items() if holds),
        suspended=inactive and not ended,
        no_roaming=DATA in parts and phone.is_abroad and not line.roaming_enabled,
        used_up=used_up,
        on_phone=tuple({call.key: call for call in calls}.values()),
    )


def repairs(found: Diagnosis) -> Iterator[Call]:
    """Yield the calls that the user makes, the last of them a reboot if it takes one."""
    yield from found.on_phone
    names = {call.name for call in found.on_phone}
    if RESET_APN.name in names or (found.suspended and not names & SEARCHES):
        yield REBOOT


def helps_to_reboot(phone: Phone) -> bool:
    """Say whether a phone whose line is active again finds a network when it is rebooted."""
    ready = phone.active_apn_settings.apn_name == "internet" and not phone.airplane_mode
    return (
        ready and sim_status(phone) == "active" and phone.network_connection_status != "connected"
    )
