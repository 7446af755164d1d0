"""Programs that the tests use beside Python."""

import os
import shutil
import sys
from pathlib import Path

import pytest


def require(program: str, debian_package: str) -> str:
    """Path of a program from PATH or the virtual environment. Without it the test skips, and fails when CI=true."""
    beside_python = Path(sys.executable).parent
    if found := shutil.which(program) or shutil.which(program, path=str(beside_python)):
        return found
    reason = f"{program} is not on this machine. On Debian: sudo apt-get install {debian_package}"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
