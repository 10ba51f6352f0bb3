"""Network search, mobile data, speed, picture messages and status bar, as functions."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writ_gym.domains.telecom.network import (
    data_works,
    label,
    mms_works,
    search,
    sim_status,
    speed,
    status_bar,
)
from writ_gym.domains.telecom.schema import Apn, App, Permissions, Phone, Service, Vpn

ALLOWED = Service(line_active=True, roaming_allowed=True, usage_exceeded=False)
SLOW = Vpn(server_address="x", server_performance="poor")
LEVELS = ("none", "poor", "fair", "good", "excellent")


def phone(**settings: Any) -> Phone:
    return Phone(customer_id="C1", line_id="L1", **settings)


def network(found: Phone) -> tuple[str, str, str]:
    return (
        found.network_connection_status,
        found.network_technology_connected,
        found.network_signal_strength,
    )


phones = st.builds(
    phone,
    is_abroad=st.booleans(),
    signal_strength=st.fixed_dictionaries(
        {}, optional={name: st.sampled_from(LEVELS) for name in ("2G", "3G", "4G", "5G")}
    ),
    sim_card_status=st.sampled_from(["active", "locked_pin", "locked_puk"]),
    sim_card_missing=st.booleans(),
    airplane_mode=st.booleans(),
    data_enabled=st.booleans(),
    roaming_enabled=st.booleans(),
    network_mode_preference=st.sampled_from(["4g_5g_preferred", "4g_only", "3g_only", "2g_only"]),
    active_apn_settings=st.builds(
        Apn, apn_name=st.sampled_from(["internet", "broken"]), mmsc_url=st.sampled_from([None, "x"])
    ),
    wifi_calling_enabled=st.booleans(),
    wifi_calling_mms_over_wifi=st.booleans(),
    data_saver_mode=st.booleans(),
    vpn_connected=st.booleans(),
    vpn_details=st.sampled_from([None, SLOW, SLOW.replace(server_performance="good")]),
)
services = st.builds(Service, st.booleans(), st.booleans(), st.booleans())


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({}, ("connected", "5G", "excellent")),
        ({"network_mode_preference": "4g_only"}, ("connected", "4G", "good")),
        ({"network_mode_preference": "3g_only"}, ("connected", "3G", "fair")),
        ({"network_mode_preference": "2g_only"}, ("connected", "2G", "poor")),
        ({"signal_strength": {"4G": "fair"}}, ("connected", "4G", "fair")),
        ({"signal_strength": {"5G": "none", "4G": "good"}}, ("connected", "4G", "good")),
        ({"signal_strength": {}}, ("connected", "4G", "none")),
        ({"sim_card_missing": True}, ("no_service", "none", "none")),
        ({"sim_card_status": "locked_pin"}, ("no_service", "none", "none")),
        ({"airplane_mode": True}, ("no_service", "none", "none")),
        ({"active_apn_settings": Apn(apn_name="broken")}, ("no_service", "none", "none")),
        ({"active_apn_settings": Apn(mmsc_url=None)}, ("connected", "5G", "excellent")),
        ({"is_abroad": True}, ("connected", "5G", "excellent")),
    ],
)
def test_a_search_finds_what_sim_mode_and_place_give(
    settings: dict[str, Any], found: tuple[str, str, str]
) -> None:
    assert network(search(phone(**settings), ALLOWED)) == found


def test_a_line_that_is_not_active_has_no_service_but_use_and_roaming_do_not_matter() -> None:
    assert search(phone(), Service(False, True, False)).network_connection_status == "no_service"
    assert search(phone(is_abroad=True), Service(True, False, True)) == phone(is_abroad=True)


def test_a_missing_sim_card_counts_before_a_locked_one() -> None:
    assert sim_status(phone(sim_card_missing=True, sim_card_status="locked_puk")) == "missing"


@pytest.mark.parametrize(
    ("technology", "signal", "plain", "saver", "slow", "both"),
    [
        ("5G", "excellent", 275.0, 55.0, 27.5, 5.5),
        ("5G", "good", 220.0, 44.0, 22.0, 4.4),
        ("4G", "good", 44.0, 8.8, 4.4, 0.88),
        ("3G", "fair", 1.5, 0.3, 0.15, 0.03),
        ("2G", "poor", 0.05, 0.01, 0.01, 0.0),
    ],
)
def test_the_speed_depends_on_network_data_saver_and_vpn(
    technology: str, signal: str, plain: float, saver: float, slow: float, both: float
) -> None:
    found = phone(network_technology_connected=technology, network_signal_strength=signal)
    vpn = found.replace(vpn_connected=True, vpn_details=SLOW)
    assert speed(found, ALLOWED) == plain
    assert speed(found.replace(data_saver_mode=True), ALLOWED) == saver
    assert speed(vpn, ALLOWED) == slow
    assert speed(vpn.replace(data_saver_mode=True), ALLOWED) == both
    fine = found.replace(vpn_connected=True, vpn_details=SLOW.replace(server_performance="fair"))
    assert speed(fine, ALLOWED) == speed(fine.replace(vpn_details=None), ALLOWED) == plain


@pytest.mark.parametrize(
    ("mbps", "name"),
    [(0.0, "Very Poor"), (0.99, "Very Poor"), (1.0, "Poor"), (4.99, "Poor"), (5.0, "Fair"),
     (24.9, "Fair"), (25.0, "Good"), (99.9, "Good"), (100.0, "Excellent"), (275.0, "Excellent")],
)  # fmt: skip
def test_speeds_have_names(mbps: float, name: str) -> None:
    assert label(mbps) == name


@pytest.mark.parametrize(
    "settings",
    [
        {"airplane_mode": True},
        {"network_signal_strength": "none"},
        {"network_connection_status": "no_service"},
        {"data_enabled": False},
        {"is_abroad": True},
    ],
)
def test_there_is_no_data_without_what_it_needs(settings: dict[str, Any]) -> None:
    assert data_works(phone(), ALLOWED)
    assert not data_works(phone(**settings), ALLOWED)
    assert speed(phone(**settings), ALLOWED) is None
    assert not mms_works(phone(**settings), ALLOWED)


def test_data_abroad_needs_the_roaming_of_phone_and_line() -> None:
    abroad = phone(is_abroad=True, roaming_enabled=True)
    assert data_works(abroad, ALLOWED)
    assert not data_works(abroad, Service(True, False, False))
    assert not data_works(abroad, Service(True, True, True))


def messaging(**permissions: bool) -> dict[str, App]:
    granted = Permissions(**{"sms": True, "storage": True, **permissions})
    return {"messaging": App(app_name="messaging", permissions=granted)}


@pytest.mark.parametrize(
    ("settings", "works"),
    [
        ({}, True),
        ({"data_saver_mode": True}, True),
        ({"network_technology_connected": "3G"}, True),
        ({"network_technology_connected": "2G"}, False),
        ({"wifi_calling_enabled": True}, True),
        ({"wifi_calling_mms_over_wifi": True}, True),
        ({"wifi_calling_enabled": True, "wifi_calling_mms_over_wifi": True}, False),
        ({"active_apn_settings": Apn(mmsc_url=None)}, False),
        ({"app_statuses": {}}, False),
        ({"app_statuses": messaging()}, True),
        ({"app_statuses": messaging(sms=False)}, False),
        ({"app_statuses": messaging(storage=False)}, False),
    ],
)
def test_picture_messages_need_more_than_data(settings: dict[str, Any], works: bool) -> None:
    assert mms_works(phone(**settings), ALLOWED) == works


@pytest.mark.parametrize(
    ("settings", "bar"),
    [
        ({"network_signal_strength": "good"}, "📶³ Good | 5G | 📱 Data Enabled | 🔋 80%"),
        ({"data_enabled": False}, "📶⁴ Excellent | 5G | 📵 Data Disabled | 🔋 80%"),
        ({"data_saver_mode": True, "network_signal_strength": "poor", "battery_level": 5},
         "📶¹ Poor | 5G | 📱 Data Enabled | 🔽 Data Saver | 🔋 5%"),
        ({"network_technology_connected": "none", "network_signal_strength": "none"},
         "📵 No Signal | 📵 Data Disabled | 🔋 80%"),
        ({"airplane_mode": True, "vpn_connected": True, "data_saver_mode": True},
         "\u2708\ufe0f Airplane Mode | 🔒 VPN Connected | 🔋 80%"),
        ({"wifi_enabled": True, "wifi_connected": True, "wifi_ssid": "Attic",
          "network_signal_strength": "fair"},
         "📶² Fair | 5G | 📱 Data Enabled | 📡 Connected to Attic | 🔋 80%"),
        ({"wifi_enabled": True, "wifi_connected": True},
         "📶⁴ Excellent | 5G | 📱 Data Enabled | 📡 Enabled | 🔋 80%"),
        ({"wifi_enabled": True}, "📶⁴ Excellent | 5G | 📱 Data Enabled | 🔋 80%"),
    ],
)  # fmt: skip
def test_the_status_bar_shows(settings: dict[str, Any], bar: str) -> None:
    assert status_bar(phone(**settings)) == bar


@given(phones, services)
def test_a_second_search_finds_nothing_else(found: Phone, service: Service) -> None:
    once = search(found, service)
    assert search(once, service) == once


@given(phones, services)
def test_a_search_changes_nothing_but_the_network(found: Phone, service: Service) -> None:
    kept = {
        name: getattr(found, name)
        for name in ("network_connection_status", "network_technology_connected",
                     "network_signal_strength")
    }  # fmt: skip
    assert search(found, service).replace(**kept) == found


@given(phones, services)
def test_picture_messages_need_data_and_data_needs_service(found: Phone, service: Service) -> None:
    found = search(found, service)
    assert data_works(found, service) or not mms_works(found, service)
    assert found.network_connection_status == "connected" or not data_works(found, service)
    assert (speed(found, service) is None) == (not data_works(found, service))
    assert (found.network_connection_status == "no_service") == (
        found.network_technology_connected == "none"
    )
