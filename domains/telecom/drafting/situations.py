"""What is wrong with a phone, seen from the database, and which looks will turn out to matter."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from writ_gym.domains.telecom.drafting.amounts import over
from writ_gym.domains.telecom.drafting.scene import Account
from writ_gym.domains.telecom.network import data_works, label, mms_works, sim_status, speed
from writ_gym.domains.telecom.repairs import (
    BEYOND_REPAIR,
    Cause,
    Findings,
    Goal,
    causes,
    needs_reboot,
)
from writ_gym.domains.telecom.schema import Bill

STATUS, USAGE, LINE, BILLS = "status", "usage", "line", "bills"
SHOWN_BY: Mapping[Cause, Collection[str]] = {
    "line_suspended": (LINE, BILLS),
    "line_roaming_off": (LINE,),
    "over_limit": (USAGE,),
    "airplane_mode": (STATUS,),
    "sim_missing": (STATUS,),
    "data_off": (STATUS,),
    "roaming_off": (STATUS,),
    "wrong_mode": ("mode",),
    "data_saver": ("saver",),
    "slow_vpn": ("vpn",),
    "wifi_calling": ("calling",),
    "sms_denied": ("app",),
    "storage_denied": ("app",),
    "apn": ("apn",),
}
"""By cause, the looks that show it."""


class Situation(NamedTuple):
    """A phone and a goal: what is in the way, and what knowing that takes."""

    works: bool
    """Whether the goal is reached already."""
    causes: Sequence[Cause]
    writes: int
    first: int
    """Looks that the first write will take, besides those that find the line."""
    last: int
    """Looks that another one will take at most."""

    @property
    def beyond(self) -> bool:
        """Whether there is a cause that cannot be removed."""
        return not BEYOND_REPAIR.isdisjoint(self.causes)


def situation(account: Account, goal: Goal) -> Situation:
    """Return how things stand with a customer's phone."""
    phone, service = account.phone, account.db.service(account.phone)
    mbps = speed(phone, service)
    connected = phone.network_connection_status == "connected"
    works = {
        "service": connected,
        "data": mbps is not None,
        "fast_data": mbps is not None and label(mbps) == "Excellent",
        "mms": mms_works(phone, service),
    }[goal]
    present = [] if works else causes(_findings(account), goal)
    counts = [len(each) for each in _shares(present, goal, connected, data_works(phone, service))]
    writes = sum(cause in SHOWN_BY for cause in present) + needs_reboot(present)
    if "line_suspended" in present:
        writes += payments_due(account.bills)
    return Situation(works, present, writes, counts[0], max(counts))


def payments_due(bills: Sequence[Bill]) -> int:
    """Return how many writes it takes until no bill is overdue."""
    overdue = sum(bill.status == "Overdue" for bill in bills)
    waits = any(bill.status == "Awaiting Payment" for bill in bills)
    return 2 * overdue + (1 if overdue and waits else 0)


def _shares(
    present: Sequence[Cause], goal: Goal, connected: bool, has_data: bool
) -> list[set[str]]:
    """Return by write the looks that it takes, those of an earlier one left out."""
    beyond = set() if connected else {STATUS, LINE}
    beyond |= {USAGE} if goal != "service" and not has_data else set()
    rest = {"apn"} if goal == "mms" or not connected else set()
    if goal == "mms":
        rest |= {"calling", "app"}
    if goal in ("fast_data", "mms") and not connected:
        rest |= {"mode"}
    if goal == "fast_data" and not has_data:
        rest |= {"saver", "vpn"}
    seen: set[str] = set()
    shares = []
    reboots = needs_reboot(present)  # that is the last write then, and a write of its own
    for place, cause in enumerate(present):
        wanted = {*SHOWN_BY.get(cause, ()), *(() if place else beyond)}
        wanted |= rest if place == len(present) - 1 and not reboots else set()
        shares.append(wanted - seen)
        seen |= wanted
    if reboots:
        shares.append(rest - seen)
    return shares or [{STATUS}]


def _findings(account: Account) -> Findings:
    phone, line, apn = account.phone, account.own.line, account.phone.active_apn_settings
    used = over(account.own)
    vpn = phone.vpn_details if phone.vpn_connected else None
    app = phone.app_statuses["messaging"].permissions
    end: date | None = line.contract_end_date
    return Findings(
        airplane_mode=phone.airplane_mode,
        sim=sim_status(phone),
        apn_name=apn.apn_name,
        line_status=line.status,
        contract_end=end,
        data_enabled=phone.data_enabled,
        abroad=phone.is_abroad,
        roaming_on=phone.roaming_enabled,
        line_roaming=line.roaming_enabled,
        over_limit_gb=used if used >= 0 else None,
        data_saver=phone.data_saver_mode,
        mode=phone.network_mode_preference,
        vpn_slow=vpn is not None and vpn.server_performance == "poor",
        mmsc_set=apn.mmsc_url is not None,
        wifi_calling=phone.wifi_calling_enabled,
        sms=app.sms,
        storage=app.storage,
    )
