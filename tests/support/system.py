"""Programs that the tests use beside Python."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

CLIENTS = Path(__file__).parents[1] / "clients"


def require(program: str, debian_package: str) -> str:
    """Path of a program from PATH or the virtual environment. Without it the test skips, and fails when CI=true."""
    beside_python = Path(sys.executable).parent
    found = shutil.which(program) or shutil.which(program, path=str(beside_python))
    return found or skip(f"{program} is not on this machine. On Debian: sudo apt-get install {debian_package}")


def node_client(script: str, *arguments: str) -> str:
    """Run a script of tests/clients with Node.js and return what it prints."""
    run = subprocess.run([*_node(), script, *arguments], cwd=CLIENTS, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


async def node_client_beside(script: str, *arguments: str) -> str:
    """Run it while this process serves it."""
    running = await asyncio.create_subprocess_exec(
        *_node(), script, *arguments, cwd=CLIENTS, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    printed, complaints = await running.communicate()
    assert running.returncode == 0, complaints.decode()
    return printed.decode()


def _node() -> list[str]:
    node = require("node", "nodejs npm")
    if not (CLIENTS / "node_modules" / ".package-lock.json").is_file():
        skip("the packages of tests/clients are not installed: scripts/system does it, with npm")
    # Node.js 20 has WebSocket when it is told so.
    return [node, "--experimental-websocket"]


def skip(reason: str) -> NoReturn:
    """Skip the test; where CI=true it fails."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
