"""What can be wrong with a phone or its line: small faults, and how they are drawn together."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from writ_gym.domains.telecom.schema import NetworkMode, Phone, Vpn

Rng: TypeAlias = np.random.Generator
Settings: TypeAlias = dict[str, Any]
"""Fields of a phone, changed."""

SERVICE = {
    "airplane_mode": 1.0,
    "sim_missing": 1.0,
    "sim_locked": 0.3,
    "apn_broken": 1.0,
    "bill_overdue": 1.0,
    "contract_ended": 0.3,
}
DATA = {
    "data_off": 1.0,
    "no_roaming": 1.5,
    "usage_exceeded": 1.3,
    "data_saver": 1.0,
    "network_mode": 1.0,
    "slow_vpn": 1.0,
}
MMS = {"wifi_calling": 1.0, "mmsc_missing": 1.0, "sms_denied": 1.0, "storage_denied": 1.0}

FAMILIES: Mapping[str, Mapping[str, float]] = {
    "service": SERVICE,
    "data": {**DATA, "airplane_mode": 0.6, "bill_overdue": 0.3},
    "mms": {**MMS, **dict.fromkeys(("airplane_mode", "sim_missing", *DATA), 0.35)},
    "mixed": {**SERVICE, **DATA, **MMS},
}
"""By what somebody mostly suffers from, the weights of the faults."""

FAULTS = tuple(FAMILIES["mixed"])
COUNTS = (0.2, 0.2, 0.18, 0.15, 0.12, 0.09, 0.06)
"""How likely none, one, two … faults are."""

EXCLUSIVE = (("sim_missing", "sim_locked"), ("bill_overdue", "contract_ended"))
"""Faults that cannot be told apart, or that have the same place."""

SLOW_MODES: tuple[NetworkMode, ...] = ("2g_only", "2g_only", "3g_only", "4g_only")


def draw_faults(rng: Rng) -> frozenset[str]:
    """Return the faults that one customer has."""
    count = int(rng.choice(len(COUNTS), p=COUNTS))
    weights = list(FAMILIES.values())[int(rng.integers(len(FAMILIES)))]
    # The largest of these keys are a weighted draw without replacement (Efraimidis and Spirakis).
    keys = rng.random(len(weights)) ** (1 / np.array(list(weights.values())))
    names = [name for _, name in sorted(zip(keys.tolist(), weights, strict=True), reverse=True)]
    for first, second in EXCLUSIVE:
        if first in names and second in names:
            names.remove(max(first, second, key=names.index))
    return frozenset(names[:count])


def phone_settings(rng: Rng, phone: Phone, faults: frozenset[str]) -> Settings:
    """Return the settings of a phone that has the faults which are its own."""
    changed: Settings = {}
    for name, make in _PHONE_FAULTS.items():
        if name in faults:
            changed |= make(rng, phone.replace(**changed))
    return changed


def _sim_locked(rng: Rng, phone: Phone) -> Settings:
    return {"sim_card_status": "locked_pin" if rng.random() < 0.6 else "locked_puk"}


def _network_mode(rng: Rng, phone: Phone) -> Settings:
    return {"network_mode_preference": SLOW_MODES[int(rng.integers(len(SLOW_MODES)))]}


def _slow_vpn(rng: Rng, phone: Phone) -> Settings:
    server = f"10.{rng.integers(256)}.{rng.integers(256)}.7"
    details = Vpn(server_address=server, protocol="OpenVPN", server_performance="poor")
    return {"vpn_connected": True, "vpn_details": details}


def _airplane_mode(rng: Rng, phone: Phone) -> Settings:
    return {
        "airplane_mode": True,
        "wifi_connected": False,
        "wifi_ssid": None,
        "wifi_signal_strength": "none",
        "vpn_connected": False,
        "vpn_details": None,
    }


def _without(permission: str) -> Callable[[Rng, Phone], Settings]:
    def deny(rng: Rng, phone: Phone) -> Settings:
        app = phone.app_statuses["messaging"]
        permissions = app.permissions.replace(**{permission: False})
        apps = {**phone.app_statuses, "messaging": app.replace(permissions=permissions)}
        return {"app_statuses": apps}

    return deny


_PHONE_FAULTS: Mapping[str, Callable[[Rng, Phone], Settings]] = {
    "sim_missing": lambda rng, phone: {"sim_card_missing": True},
    "sim_locked": _sim_locked,
    "apn_broken": lambda rng, phone: {
        "active_apn_settings": phone.active_apn_settings.replace(apn_name="broken")
    },
    "mmsc_missing": lambda rng, phone: {
        "active_apn_settings": phone.active_apn_settings.replace(mmsc_url=None)
    },
    "data_off": lambda rng, phone: {"data_enabled": False},
    "data_saver": lambda rng, phone: {"data_saver_mode": True},
    "network_mode": _network_mode,
    "airplane_mode": _airplane_mode,
    "slow_vpn": _slow_vpn,  # connected after airplane mode was turned on, or it would be off
    "wifi_calling": lambda rng, phone: {"wifi_calling_enabled": True},
    "sms_denied": _without("sms"),
    "storage_denied": _without("storage"),
}
"""By fault, what it makes of a phone; the others are faults of the line, or of both."""
