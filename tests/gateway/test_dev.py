"""`order-center dev`: one command shows everything running, and Ctrl-C takes everything away."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import jwt
import pytest
from click.testing import CliRunner, Result
from redis import Redis

from gateway.cli import main
from services.people import NEWCOMER, PEOPLE, SHOPPER, STAFF, TROUBLED
from tests.support import plain
from tests.support.development import DevelopmentProcess
from tests.support.redis import RedisProcess
from tests.support.services import ServiceProcess
from tests.support.system import require

pytestmark = pytest.mark.long


def _pasted(output: str) -> str:
    return next(line for line in output.splitlines() if line.startswith("curl "))


def test_the_printed_curl_line_answers_twenty_orders_and_everything_around_them(
    development: DevelopmentProcess,
) -> None:
    require("curl", "curl")
    run = subprocess.run(["bash", "-c", _pasted(development.output)], capture_output=True, check=True)
    answer = json.loads(run.stdout)
    assert "errors" not in answer
    viewer = answer["data"]["viewer"]
    orders = viewer["orders"]["nodes"]
    assert viewer["displayName"] == SHOPPER.name
    assert len(orders) == 20
    assert all(order["lineItems"] and order["shop"] and order["financialStatus"] for order in orders)
    for part in ("shipments", "payments", "refunds"):
        assert any(order[part] for order in orders)
    assert len(viewer["tags"]["nodes"]) == len(viewer["suggestions"]["nodes"]) == 5
    assert viewer["orderCenter"]["toReceive"] > 0


def test_it_prints_demo_people_with_tokens_that_work(development: DevelopmentProcess) -> None:
    tokens = re.findall(r"^  (eyJ\S+)$", development.output, re.MULTILINE)
    subjects = [jwt.decode(token, options={"verify_signature": False})["sub"] for token in tokens]
    assert subjects == [person.id for person in PEOPLE]
    for person, token in zip(PEOPLE, tokens, strict=True):
        assert person.name in development.output
        headers = {"Authorization": f"Bearer {token}"}
        body = {"query": "{ viewer { displayName } }"}
        answer = plain.post(f"{development.url}/graphql", json=body, headers=headers).json()
        assert answer == {"data": {"viewer": {"displayName": person.name}}}


def test_it_says_where_its_metrics_are(development: DevelopmentProcess) -> None:
    found = re.search(r"^metrics  (\S+/metrics)", development.output, re.MULTILINE)
    assert found is not None
    assert "process_open_fds" in plain.get(found[1]).text


def test_everything_is_ready_and_cached(development: DevelopmentProcess) -> None:
    assert plain.get(f"{development.url}/health/ready").json() == {
        "status": "ready",
        "services": {"order": "up", "payment": "up", "recs": "up"},
        "cache": "up",
        "tokenKeys": "up",
    }


def test_a_token_can_be_had_by_name_or_id_and_with_a_scope(development: DevelopmentProcess) -> None:
    def token(*arguments: str) -> Result:
        # Another process takes a second to start, and it is the same code.
        return CliRunner().invoke(main, ["token", "--data", str(development.data), *arguments])

    for arguments, subject, scope in (
        ((), SHOPPER.id, ""),
        (("kwame",), NEWCOMER.id, ""),
        ((TROUBLED.id,), TROUBLED.id, ""),
        ((STAFF.id, "--scope", "orders:read:any"), STAFF.id, "orders:read:any"),
    ):
        claims = jwt.decode(token(*arguments).stdout.strip(), options={"verify_signature": False})
        assert (claims["sub"], claims["scope"]) == (subject, scope)
    refused = token("nobody of this name")
    assert refused.exit_code == 1
    assert SHOPPER.name in refused.stderr


def test_people_are_not_given_to_a_page_of_another_host_name(development: DevelopmentProcess) -> None:
    url = f"{development.url}/graphiql/people"
    assert plain.get(url).status_code == 200
    assert plain.get(url, headers={"Host": "evil.example"}).status_code == 400


def test_the_documented_secret_makes_it_a_subgraph(development: DevelopmentProcess) -> None:
    page = (Path(__file__).parents[2] / "docs" / "federation.md").read_text()
    header, secret = re.findall(r"-H '(Router-Authorization): ([^']+)'", page)[0]
    url, query = f"{development.url}/graphql", {"query": "{ _service { sdl } }"}
    assert plain.post(url, json=query, headers={header: secret}).json()["data"]["_service"]["sdl"].startswith('"""')
    assert plain.post(url, json=query).status_code == 401


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_each_part_is_a_process(development: DevelopmentProcess) -> None:
    assert len(development.children()) == 6


def test_alive_it_lets_orders_travel_and_says_so_until_ctrl_c_stops_every_process(seed: Path) -> None:
    with DevelopmentProcess(seed, options=["--live"]) as process:
        children = process.children()
        assert len(children) == 7
        url = re.search(r"redis://\S+", process.output)
        assert url is not None
        log = process.data / "logs" / "simulator.log"
        end = time.monotonic() + 60
        with closing(Redis.from_url(url[0])) as redis:
            # One step of an order can be several events.
            while redis.xlen("order-center:events") < 2 or len(log.read_text().splitlines()) < 2:
                assert time.monotonic() < end
                time.sleep(0.1)
            entries: Any = redis.xrange("order-center:events")
        assert {json.loads(fields[b"event"])["data"].get("customerId") for _, fields in entries} == {SHOPPER.id}
        assert process.interrupt() == 0
        assert [pid for pid in children if _alive(pid)] == []
        assert process.output.rstrip().endswith("Stopped.")
        assert "Traceback" not in process.output


def test_ctrl_c_while_it_starts_stops_it_too(seed: Path) -> None:
    with closing(DevelopmentProcess(seed)) as process:
        process.launch()
        while len(children := process.children()) < 3:
            time.sleep(0.01)
        assert process.interrupt() == 0
        assert [pid for pid in children if _alive(pid)] == []
        assert "Traceback" not in process.output


def test_a_part_that_dies_ends_the_whole_and_is_named(seed: Path) -> None:
    with DevelopmentProcess(seed) as process:
        children = process.children()
        payment = next(pid for pid, command in children.items() if "services.payment" in command)
        os.kill(payment, signal.SIGKILL)
        assert process.wait() == 1
        assert "payment ended with code -9" in process.output
        assert [pid for pid in children if _alive(pid)] == []


def test_a_port_in_use_is_named_before_anything_starts(seed: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with closing(DevelopmentProcess(seed, port=taken.getsockname()[1])) as process:
            process.launch()
            assert process.wait() == 1
            assert f"port {process.port} is in use" in process.output
            assert "Traceback" not in process.output


def test_ones_own_service_and_redis_are_used_instead(seed: Path, redis_server: RedisProcess) -> None:
    with ServiceProcess("payment", seed) as own:
        given = {
            "ORDER_CENTER_PAYMENT_SERVICE_URL": own.url,
            "ORDER_CENTER_PAYMENT_SERVICE_TOKEN": own.token,
            "REDIS_URL": redis_server.url,
        }
        with DevelopmentProcess(seed, given) as process:
            commands = " ".join(process.children().values())
            assert "services.order" in commands
            assert "services.payment" not in commands
            assert "redis-server" not in commands
            run = subprocess.run(["bash", "-c", _pasted(process.output)], capture_output=True, check=True)
            assert "errors" not in json.loads(run.stdout)
    assert redis_server.keys() != []
