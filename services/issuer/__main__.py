"""A development token issuer: it signs a token for anybody who asks."""

import argparse
import ipaddress
import sys
from pathlib import Path

from services.common.command import serve
from services.common.times import real_clock
from services.issuer.app import create_issuer
from services.issuer.keys import Signer, load_or_create_key

_WARNING = """\
************************************************************************
  DEVELOPMENT ONLY: this issuer signs a token for anybody who asks.
  Nothing outside this machine may trust its key.
************************************************************************"""


def main() -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        SystemExit: The host is not loopback, or the key is not usable.
    """
    parser = argparse.ArgumentParser(prog="services.issuer", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that keeps issuer-key.pem")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--issuer", default="http://127.0.0.1/order-center-dev", help="the tokens' iss")
    parser.add_argument("--audience", default="order-center", help="the tokens' aud")
    options = parser.parse_args()
    if not _is_loopback(options.host):
        sys.exit(f"issuer: {options.host} is not a loopback address; this issuer is for development on one machine")
    try:
        key = load_or_create_key(options.data / "issuer-key.pem")
    except (OSError, ValueError) as error:
        sys.exit(f"issuer: {error}")
    sys.stderr.write(f"{_WARNING}\n")
    signer = Signer(key, options.issuer, options.audience)
    serve(create_issuer(signer, real_clock), options.host, options.port)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


main()
