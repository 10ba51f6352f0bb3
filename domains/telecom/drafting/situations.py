"""What is wrong with a phone, seen from the database, and which looks will turn out to matter."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from writ_gym.domains.telecom.drafting.amounts import over
from writ_gym.domains.telecom.drafting.scene import BILLS, Account
from writ_gym.domains.telecom.network import label, mms_works, sim_status, speed
from writ_gym.domains.telecom.repairs import (
    BEYOND_REPAIR,
    Cause,
    Findings,
    Goal,
    causes,
    needs_reboot,
)
from writ_gym.domains.telecom.schema import Bill, Line

STATUS, BAR, SPEED, USAGE = "status", "bar", "speed", "usage"
"""Looks at the phone and its line by name; those at records go by key, or are ``BILLS``."""
SHOWN_BY: Mapping[Cause, str] = {
    "over_limit": USAGE,
    "far_over_limit": USAGE,
    "wifi_calling": "calling",
    "sms_denied": "app",
    "storage_denied": "app",
}
"""Causes that one look shows at any time, where it is not the status of the network."""


class Situation(NamedTuple):
    """A phone and a goal: what is in the way, and what knowing that takes."""

    causes: Sequence[Cause]
    writes: int
    shown: frozenset[str]
    """What of the line the phone shows, by attribute."""
    shares: Sequence[frozenset[str]]
    """By write the looks that determine it, those of an earlier one left out, besides the reads
    that find the line."""
    refusal: frozenset[str]
    """The looks after which it is clear that nothing is to be done."""

    @property
    def beyond(self) -> bool:
        """Whether there is a cause that cannot be removed."""
        return not BEYOND_REPAIR.isdisjoint(self.causes)

    @property
    def later(self) -> int:
        """The most looks that a write after the first one takes."""
        return max(map(len, self.shares[1:]), default=0)


_KNOWN: dict[tuple[object, ...], tuple[Sequence[object], Situation]] = {}
"""By goal and the identity of a phone, its line and plan, and the bills, which are so kept."""
MOST_KNOWN = 4096
"""Situations that are kept, as many as a thousand users have; then all are forgotten at once."""


def situation(account: Account, goal: Goal) -> Situation:
    """Return how things stand with a customer's phone."""
    of = account.phone, *account.own[:2], *account.bills
    key = goal, *map(id, of)
    if key not in _KNOWN:
        if len(_KNOWN) >= MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[key] = of, _situation(account, goal)
    return _KNOWN[key][1]


def _situation(account: Account, goal: Goal) -> Situation:
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
    writes = sum(cause not in BEYOND_REPAIR for cause in present) + needs_reboot(present)
    if "line_suspended" in present:
        writes += payments_due(account.bills)
    looks = _Looks(
        present, goal, connected, mbps is not None, phone.is_abroad, phone.vpn_connected,
        account.own.line,
    )  # fmt: skip
    return Situation(present, writes, looks.of_line(), looks.shares(), looks.refusal())


def payments_due(bills: Sequence[Bill]) -> int:
    """Return how many writes it takes until no bill is overdue."""
    overdue = sum(bill.status == "Overdue" for bill in bills)
    waits = any(bill.status == "Awaiting Payment" for bill in bills)
    return 2 * overdue + (1 if overdue and waits else 0)


class _Looks(NamedTuple):
    """Which looks determine what is to be done about a phone, as far as that can be reckoned."""

    present: Sequence[Cause]
    goal: Goal
    connected: bool
    has_data: bool
    is_abroad: bool
    has_vpn: bool
    line: Line

    def of_line(self) -> frozenset[str]:
        """Return the attributes of the line that the phone shows."""
        roams = self.is_abroad and self.has_data and self.goal != "service"
        return frozenset(
            ({"status"} if self.connected else set()) | ({"roaming"} if roams else set())
        )

    def shares(self) -> list[frozenset[str]]:
        """Return by write the looks that determine it, those of an earlier one left out."""
        reboots = needs_reboot(self.present)  # that is the last write then, and a write of its own
        wanted = [self._showing(cause) for cause in self.present] or [set()]
        wanted += [set()] if reboots else []
        wanted[0] |= self._first()
        wanted[-1] |= self._rest()
        seen: set[str] = set()
        shares = []
        for looks in wanted:
            shares.append(frozenset(looks - seen))
            seen |= looks
        return shares

    def refusal(self) -> frozenset[str]:
        """Return the looks after which it is clear that nothing is to be done."""
        beyond = [cause for cause in self.present if cause in BEYOND_REPAIR]
        if beyond:  # any of several is enough
            return frozenset(self._showing(beyond[0])) if len(beyond) == 1 else frozenset()
        if not self.present:
            return frozenset({STATUS if self.goal == "service" else SPEED})
        return frozenset(self._first() | self._showing(self.present[0]))

    def _first(self) -> set[str]:
        """Return what shows that nothing forbids to change anything."""
        usage = {USAGE} if self.goal != "service" and not self.has_data else set()
        if not self.connected:
            return {STATUS, self.line.line_id, *usage}
        if self.has_data:
            return {SPEED}
        by_status = self.goal != "fast_data" or self.present[:1] == ["roaming_off"]
        return {STATUS if by_status else BAR, *self._abroad(first=True), *usage}

    def _abroad(self, first: bool) -> set[str]:
        """Return what shows how it is with roaming where there is no data."""
        early = self.present[:1] == ["line_roaming_off"]
        return {self.line.line_id} if self.is_abroad and early is first else set()

    def _rest(self) -> set[str]:
        """Return what shows that nothing else is in the way."""
        looks = {"calling", "app"} if self.goal == "mms" else set()
        if self.connected and not self.has_data and self.goal != "service":
            looks |= self._abroad(first=False)
        if self.goal == "mms" or not self.connected:
            looks |= {"apn"} if not self._is_apn_alone else set()
        if self.goal in ("fast_data", "mms") and not self.connected:
            looks |= {"mode"}
        if self.goal == "fast_data" and not self.has_data:
            looks |= {BAR} if self.connected or not self.has_vpn else set()
            looks |= {STATUS} if self.is_abroad else set()
            looks |= {"vpn"} if self.has_vpn else set()
            looks |= {"saver"} if not self.connected or "data_off" in self.present else set()
        return looks

    @property
    def _is_apn_alone(self) -> bool:
        """Whether there is no service, and nothing but the access point can be the reason."""
        others = {"airplane_mode", "sim_missing", "line_suspended"}
        return not self.connected and "apn" in self.present and others.isdisjoint(self.present)

    def _showing(self, cause: Cause) -> set[str]:
        """Return the looks that show a cause."""
        match cause:
            case "line_suspended":
                return {self.line.line_id, BILLS}
            case "line_roaming_off" | "contract_ended":
                return {self.line.line_id}
            case "data_off" if self.goal == "fast_data":
                return {BAR} if self.connected else set()
            case "wrong_mode":
                return {"mode" if not self.connected else SPEED if self.has_data else STATUS}
            case "data_saver":
                return {SPEED if self.has_data else BAR if self.connected else "saver"}
            case "slow_vpn":
                return {SPEED if self.has_data else "vpn"}
            case "apn":
                return set() if self._is_apn_alone else {"apn"}
            case _:
                return {SHOWN_BY.get(cause, STATUS)}


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
