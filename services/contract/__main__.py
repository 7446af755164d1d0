"""Checks that a running service meets docs/contracts.md."""

import argparse
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import httpx

from services.contract.endpoints import CONTRACTS
from services.contract.rules import check

_CONFIGURATION = Path(__file__).with_name("schemathesis.toml")


def main() -> int:
    """Check rules and generated requests; 0 when the service meets the contract."""
    parser = argparse.ArgumentParser(prog="services.contract", description=__doc__)
    parser.add_argument("service", choices=sorted(CONTRACTS))
    parser.add_argument("url", help="base URL of the service")
    parser.add_argument("--token", default=os.environ.get("SERVICE_TOKEN"), help="default: $SERVICE_TOKEN")
    parser.add_argument(
        "--customer", action="append", default=[], help="id of a person with data there; may be given several times"
    )
    options = parser.parse_args()
    if not options.token:
        parser.error("give --token or set SERVICE_TOKEN")
    with httpx.Client(base_url=options.url, timeout=70, trust_env=False) as http:
        findings = check(options.service, http, options.token, options.customer)
    for finding in findings:
        sys.stdout.write(f"✗ {finding}\n")
    if not options.customer:
        sys.stdout.write("- without --customer, pages and values with data were not checked\n")
    sys.stdout.write(f"{len(findings)} broken rules\n" if findings else "✓ all batch rules are kept\n")
    sys.stdout.flush()
    return 1 if findings else _generated_requests(options.url, options.token)


def _generated_requests(url: str, token: str) -> int:
    if find_spec("schemathesis") is None:
        sys.stdout.write("- Schemathesis is not installed (it is in the dev extra): no generated requests were sent\n")
        return 0
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(_CONFIGURATION)]
    environment = os.environ | {"SERVICE_TOKEN": token, "SCHEMATHESIS_HOOKS": "services.contract.hooks"}
    return subprocess.call([*command, "run", f"{url.rstrip('/')}/openapi.json"], env=environment)  # noqa: S603 - our own command


sys.exit(main())
