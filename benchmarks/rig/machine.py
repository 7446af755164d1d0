"""Where and with what a run is made."""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from sysconfig import get_config_var

import orjson
from msgspec import Struct

from benchmarks.places import PEERS, ROOT, program
from benchmarks.rig import proc

PACKAGES = (
    "strawberry-graphql",
    "graphql-core",
    "starlette",
    "uvicorn",
    "uvloop",
    "httptools",
    "aiodataloader",
    "httpx",
    "msgspec",
    "orjson",
    "redis",
    "hiredis",
)
PEER_PACKAGES = ("httpx-aiohttp", "aiohttp")


class Machine(Struct, frozen=True):
    """Where and with what a run was made."""

    date: str
    commit: str
    processor: str
    cores: int
    memory_gb: float
    system: str
    versions: dict[str, str]


def describe() -> Machine:
    """Return this machine and what runs on it."""
    return Machine(
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        commit=_commit(),
        processor=proc.cpu_model(),
        cores=os.cpu_count() or 0,
        memory_gb=round(proc.memory_gb(), 1),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        versions=_versions(),
    )


def _versions() -> dict[str, str]:
    # By the rule of scripts/install: distributions optimise theirs by a profile, and so does who asks configure for it.
    is_optimised = sys.base_prefix == "/usr" or "--enable-optimizations" in (get_config_var("CONFIG_ARGS") or "")
    build = "optimised build" if is_optimised else "build without optimisation"
    versions = {"Python": f"{platform.python_version()} ({build})"}
    versions |= {name: version(name) for name in PACKAGES}
    versions |= _required(PEERS / "requirements.txt")
    versions["Node.js"] = _said("node", "--version").removeprefix("v")
    versions |= _npm_versions(PEERS / "package.json")
    versions["Redis"] = _word_after(_said("redis-server", "--version"), "v=")
    versions["wrk"] = _word_after(_said("wrk", "--version"), "debian/") or _said("wrk", "--version")
    return versions


def _commit() -> str:
    commit = _said("git", "rev-parse", "--short", "HEAD") or "unknown"
    # The page itself changes whenever it is measured anew.
    others = (".", ":(exclude)docs/performance", ":(exclude)docs/performance.md")
    return commit + (" and changes" if _said("git", "status", "--porcelain", "--", *others) else "")


def _said(name: str, *arguments: str) -> str:
    """Return the first line that a program prints."""
    command = [program(name), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)  # noqa: S603  our own command
    return ((done.stdout + done.stderr).splitlines() or [""])[0]


def _word_after(line: str, prefix: str) -> str:
    return next((word.removeprefix(prefix) for word in line.split() if word.startswith(prefix)), "")


def _npm_versions(file: Path) -> dict[str, str]:
    found: dict[str, str] = orjson.loads(file.read_bytes())["dependencies"]
    return found


def _required(file: Path) -> dict[str, str]:
    lines = [line.split()[0].partition("==") for line in file.read_text().splitlines() if "==" in line]
    return {name: number for name, _, number in lines if name in PEER_PACKAGES}
