"""What Linux says about a process and a core, in /proc."""

import os
from pathlib import Path
from typing import NamedTuple

from benchmarks.places import BenchmarkError

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
# Writing this to clear_refs makes the kernel forget the peak of the resident memory (man 5 proc).
RESET_PEAK = "5"


class CoreTime(NamedTuple):
    """Seconds of a core since the machine started."""

    busy: float
    stolen: float


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that all threads of a process used, in user and kernel mode."""
    after_name = (PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS


def core_time(core: int) -> CoreTime:
    """Return how long a core was busy with anything of this machine, and how long its host took it away."""
    for line in (PROC / "stat").read_text().splitlines():
        name, *fields = line.split()
        if name == f"cpu{core}":
            user, nice, system, _idle, _wait, irq, softirq, stolen = map(int, fields[:8])
            return CoreTime((user + nice + system + irq + softirq) / TICKS, stolen / TICKS)
    raise BenchmarkError(f"this machine has no core {core}: the server needs one and everything else another")


def forget_peak(pid: int) -> None:
    """Let the peak of resident memory begin anew."""
    (PROC / str(pid) / "clear_refs").write_text(RESET_PEAK)


def peak_memory(pid: int) -> float:
    """Return the peak of resident memory in MB since it was last forgotten."""
    return _memory(pid, "VmHWM:")


def resident_memory(pid: int) -> float:
    """Return the resident memory in MB."""
    return _memory(pid, "VmRSS:")


def _memory(pid: int, name: str) -> float:
    for line in (PROC / str(pid) / "status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise BenchmarkError(f"process {pid} has ended")


def cpu_model() -> str:
    """Return the processor's name."""
    for line in (PROC / "cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown"


def memory_gb() -> float:
    """Return the machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
