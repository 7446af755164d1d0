"""Settings come from the environment, and a wrong one stops the start and is named."""

import socket
import subprocess
import sys

import pytest

from gateway.settings import Settings, SettingsError

GOOD = {
    "ORDER_CENTER_ORDER_SERVICE_URL": "https://orders.example",
    "ORDER_CENTER_ORDER_SERVICE_TOKEN": "a",
    "ORDER_CENTER_PAYMENT_SERVICE_URL": "https://payments.example",
    "ORDER_CENTER_PAYMENT_SERVICE_TOKEN": "b",
    "ORDER_CENTER_RECS_SERVICE_URL": "http://recs.example:8080/base",
    "ORDER_CENTER_RECS_SERVICE_TOKEN": "c",
    "ORDER_CENTER_JWT_JWKS_URL": "https://login.example/jwks.json",
    "ORDER_CENTER_JWT_ISSUER": "https://login.example",
    "ORDER_CENTER_JWT_AUDIENCE": "order-center",
    "ORDER_CENTER_CURSOR_SECRET": "0123456789abcdef0123456789abcdef",
}


def test_what_is_needed_is_enough() -> None:
    settings = Settings.from_environment(GOOD | {"PATH": "/bin", "ORDER_CENTER_REDIS_URL": ""})
    assert settings.recs_service_url == "http://recs.example:8080/base"
    assert (settings.redis_url, settings.graphiql, settings.max_page_size) == (None, False, 100)


def test_numbers_flags_and_lists_are_read() -> None:
    changes = {
        "ORDER_CENTER_MAX_PAGE_SIZE": "250",
        "ORDER_CENTER_PRODUCTION": "false",
        "ORDER_CENTER_GRAPHIQL": "true",
        "ORDER_CENTER_REQUEST_TIMEOUT": "1.5",
        "ORDER_CENTER_ROLLOUT_REGIONS": "DE, JP,",
    }
    settings = Settings.from_environment(GOOD | changes)
    assert settings.max_page_size == 250
    assert settings.graphiql is True
    assert settings.request_timeout == 1.5
    assert settings.rollout_regions == {"DE", "JP"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ORDER_SERVICE_URL", ""),
        ("ORDER_SERVICE_URL", "orders.example"),
        ("ORDER_SERVICE_URL", "http://"),
        ("REDIS_URL", "localhost:6379"),
        ("MAX_PAGE_SIZE", "many"),
        ("MAX_PAGE_SIZE", "0"),
        ("MAX_PAGE_SIZE", "1001"),
        ("GRAPHIQL", "perhaps"),
        ("REQUEST_TIMEOUT", "-1"),
        ("REQUEST_TIMEOUT", "nan"),
        ("JWT_ALGORITHM", "HS256"),
        ("JWT_ALGORITHM", "none"),
        ("JWT_PUBLIC_KEY_FILE", "there-is-no-such.pem"),
        ("CURSOR_SECRET", "short"),
        ("ROLLOUT_PERCENTAGE", "101"),
        ("COMPRESS_FROM", "-1"),
        ("CORS_ORIGINS", "https://*.example"),
        ("CORS_ORIGINS", "https://shop.example/"),
        ("GRAPHIQL", "true"),
        ("METRICS_PORT", "70000"),
        ("TRACES_URL", "collector:4318"),
        ("TRACES_SHARE", "1.5"),
        ("ORDER_SERVICE_ULR", "https://orders.example"),
        ("ORDER_SERVICE_TOKEN", "of-the-order-service\n"),
        ("ROUTER_HEADER", "X-Router\n"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not_shown(name: str, value: str) -> None:
    variable = f"ORDER_CENTER_{name}"
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment(GOOD | {variable: value})
    lines = str(refused.value).splitlines()
    assert len([line for line in lines if variable in line]) >= 1
    assert not value or value in {"none", "0", "-1", "true"} or value not in str(refused.value)


def test_cookies_from_every_origin_are_refused() -> None:
    wrong = GOOD | {"ORDER_CENTER_CORS_ORIGINS": "*", "ORDER_CENTER_CORS_CREDENTIALS": "true"}
    with pytest.raises(SettingsError, match="ORDER_CENTER_CORS_CREDENTIALS"):
        Settings.from_environment(wrong)
    Settings.from_environment(wrong | {"ORDER_CENTER_CORS_ORIGINS": "https://a.example, https://b.example:8443"})


def test_all_wrong_settings_are_named_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({})
    assert len(str(refused.value).splitlines()) == 9


def test_serve_refuses_to_start_and_says_why() -> None:
    bad = GOOD | {"ORDER_CENTER_MAX_PAGE_SIZE": "0", "ORDER_CENTER_REDIS_URL": "x"}
    run = subprocess.run(
        [sys.executable, "-m", "gateway", "serve", "--port", "1"], env=bad, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert "ORDER_CENTER_MAX_PAGE_SIZE" in run.stderr
    assert "ORDER_CENTER_REDIS_URL" in run.stderr
    assert "Traceback" not in run.stderr


def test_serve_refuses_to_start_where_its_metrics_would_be_hard_to_find() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        given = GOOD | {"ORDER_CENTER_METRICS_PORT": port, "ORDER_CENTER_METRICS_HOST": "127.0.0.1"}
        command = [sys.executable, "-m", "gateway", "serve", "--port", "1"]
        run = subprocess.run(command, env=given, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (1, f"Error: port {port}, for metrics, is in use\n")
