"""What a phone can do where it is: network search, mobile data, speed and picture messages.

Pure functions over the phone and what the carrier lets it do. A search does not happen by itself: a
phone keeps what the last one found, whatever has become of its line since then.
"""

from typing import Any

from writ_gym.domains.telecom.schema import Phone, Service, SimStatus, Technology

# Service


NO_SERVICE: dict[str, Any] = {
    "network_connection_status": "no_service",
    "network_technology_connected": "none",
    "network_signal_strength": "none",
}


def sim_status(phone: Phone) -> SimStatus:
    """Return what the phone says of its SIM card."""
    return "missing" if phone.sim_card_missing else phone.sim_card_status


def search(phone: Phone, service: Service) -> Phone:
    """Return the phone after a network search."""
    return phone.replace(**found(phone, service))


def found(phone: Phone, service: Service) -> dict[str, Any]:
    """Return what a network search finds, as fields of the phone."""
    return NO_SERVICE if barred(phone, service) else reception(phone)


def reception(phone: Phone) -> dict[str, Any]:
    """Return what SIM card, network mode and place give, as fields of the phone."""
    if sim_status(phone) != "active":
        return NO_SERVICE
    technology = _technology(phone)
    return {
        "network_connection_status": "connected",
        "network_technology_connected": technology,
        "network_signal_strength": phone.signal_strength.get(technology, "none"),
    }


def _technology(phone: Phone) -> Technology:
    match phone.network_mode_preference:
        case "2g_only":
            return "2G"
        case "3g_only":
            return "3G"
        case "4g_5g_preferred" if phone.signal_strength.get("5G", "none") != "none":
            return "5G"
        case _:
            return "4G"


def barred(phone: Phone, service: Service) -> bool:
    """Say whether there is no service whatever the reception."""
    return (
        phone.airplane_mode
        or phone.active_apn_settings.apn_name == "broken"
        or not service.line_active
    )


# Mobile data


RANGES = {"2G": (0.1, 0.4), "3G": (1.0, 5.0), "4G": (10.0, 100.0), "5G": (50.0, 500.0)}
"""Lowest and highest speed of a technology, in Mbps."""
FACTORS = {"none": 0.0, "poor": 0.2, "fair": 0.5, "good": 0.8, "excellent": 1.0}
"""What a signal makes of the mean of the two."""
SLOW_VPN = 0.1
DATA_SAVER = 0.2

LABELS = ((1, "Very Poor"), (5, "Poor"), (25, "Fair"), (100, "Good"), (float("inf"), "Excellent"))
"""Upper ends of the speeds, in Mbps, and what they are called."""


def data_works(phone: Phone, service: Service) -> bool:
    """Say whether there is mobile data, at any speed."""
    return (
        not phone.airplane_mode
        and phone.network_signal_strength != "none"
        and phone.network_connection_status != "no_service"
        and (not phone.is_abroad or (phone.roaming_enabled and service.roaming_allowed))
        and phone.data_enabled
        and not service.usage_exceeded
    )


def speed(phone: Phone, service: Service) -> float | None:
    """Return the speed of mobile data in Mbps, None without any."""
    if not data_works(phone, service):
        return None
    vpn = phone.vpn_details if phone.vpn_connected else None
    base = SLOW_VPN if vpn and vpn.server_performance == "poor" else 1.0
    base *= DATA_SAVER if phone.data_saver_mode else 1.0
    low, high = RANGES.get(phone.network_technology_connected, (0.0, 0.0))
    return round((low + high) / 2 * FACTORS[phone.network_signal_strength] * base, 2)


def label(mbps: float) -> str:
    """Return what a speed is called."""
    return next(name for limit, name in LABELS if mbps < limit)


# Picture messages


def mms_works(phone: Phone, service: Service) -> bool:
    """Say whether picture messages can be sent; the speed of the data does not matter."""
    app = phone.app_statuses.get("messaging")
    return (
        data_works(phone, service)
        and phone.network_technology_connected != "2G"
        and not (phone.wifi_calling_enabled and phone.wifi_calling_mms_over_wifi)
        and phone.active_apn_settings.mmsc_url is not None
        and app is not None
        and app.permissions.storage
        and app.permissions.sms
    )


# The status bar


_BARS = {
    "none": "📵 No Signal",
    "poor": "📶¹ Poor",
    "fair": "📶² Fair",
    "good": "📶³ Good",
    "excellent": "📶⁴ Excellent",
}


def status_bar(phone: Phone) -> str:
    """Return the status bar as text."""
    shown = ["\u2708\ufe0f Airplane Mode"] if phone.airplane_mode else _cellular(phone)
    if phone.wifi_enabled and phone.wifi_connected:
        shown.append(f"📡 Connected to {phone.wifi_ssid}" if phone.wifi_ssid else "📡 Enabled")
    if phone.vpn_connected:
        shown.append("🔒 VPN Connected")
    return " | ".join([*shown, f"🔋 {phone.battery_level}%"])


def _cellular(phone: Phone) -> list[str]:
    shown = [_BARS[phone.network_signal_strength]]
    if phone.network_technology_connected == "none":
        return [*shown, "📵 Data Disabled"]
    shown.append(phone.network_technology_connected)
    if not phone.data_enabled:
        return [*shown, "📵 Data Disabled"]
    shown.append("📱 Data Enabled")
    return [*shown, "🔽 Data Saver"] if phone.data_saver_mode else shown
