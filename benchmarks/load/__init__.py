"""The load generators: wrk with a script, and a small one on Node. Both read the same files and print the same line."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from msgspec import Struct, json

from benchmarks.places import OTHER_CORE, BenchmarkError, program

FOLDER = Path(__file__).parent
# wrk throws away the answers still on their way when its time is up. Below this many per connection that shows.
ANSWERS_PER_CONNECTION = 100


@dataclass(frozen=True)
class Load:
    """What is sent.

    Attributes:
        url: The server, without a path.
        requests: File with a line per customer.
        sizes: File with the sizes that a right answer may have, or a word (see ``wrk.lua``).
        connections: How many wait for an answer at any moment.
        seconds: For how long.
        rate: Requests per second, whether answers come or not; 0: each connection sends when it has its answer.
    """

    url: str
    requests: Path
    sizes: Path
    connections: int
    seconds: float
    rate: float = 0.0


class Outcome(Struct, frozen=True):
    """What came back.

    Attributes:
        seconds: How long it took.
        good: Right answers.
        wrong: Answers without an error that are none of the right ones.
        errors: Answers with errors, refusals, and requests without an answer.
        bytes: Of all bodies.
        p50_ms: Median wait for a right answer; the others accordingly.
        lag_ms: How late the generator itself was at the 95th percentile, with a rate.
    """

    seconds: float
    good: int
    wrong: int
    errors: int
    bytes: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    lag_ms: float


def put_under(load: Load, expected_rate: float) -> Outcome:
    """Put a server under load.

    Args:
        load: What is sent.
        expected_rate: Answers per second that are to be expected; it decides which generator is taken.

    Raises:
        BenchmarkError: The generator failed.
    """
    fits_wrk = not load.rate and load.seconds.is_integer()
    many = expected_rate * load.seconds >= ANSWERS_PER_CONNECTION * load.connections
    command = _wrk(load) if fits_wrk and many else _node(load)
    pinned = [program("taskset"), "-c", str(OTHER_CORE), *command]
    ended = subprocess.run(pinned, capture_output=True, check=False)  # noqa: S603  our own command
    line = next((line for line in ended.stdout.splitlines() if line.startswith(b"{")), None)
    if line is None:
        raise BenchmarkError(f"the load generator failed: {(ended.stdout + ended.stderr)[-500:].decode()}")
    return json.decode(line, type=Outcome)


def _wrk(load: Load) -> list[str]:
    options = ["-t1", f"-c{load.connections}", f"-d{load.seconds:.0f}s", "--timeout", "10s"]
    files = [str(load.requests), str(load.sizes)]
    return [program("wrk"), *options, "-s", str(FOLDER / "wrk.lua"), load.url, "--", *files]


def _node(load: Load) -> list[str]:
    values = {
        "url": f"{load.url}/graphql",
        "requests": load.requests,
        "sizes": load.sizes,
        "connections": load.connections,
        "seconds": load.seconds,
        "rate": load.rate,
    }
    given = [f"--{name}={value}" for name, value in values.items()]
    return [program("node"), str(FOLDER / "generator.mjs"), *given]
