"""Python's garbage collector, for a process that answers requests from a schema that stays."""

import gc

# Objects until the young are looked through, and how often before older ones are.
THRESHOLDS = (10_000, 10, 10)


def collect_less_often() -> None:
    """Leave alone what is there, for good, and look through new objects less often.

    Call it once all is set up. An answer is thousands of objects without a cycle, after which Python by itself looks
    through the whole schema and all code again and again: a third of the time of an execution.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
