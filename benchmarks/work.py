"""What a contestant's process does in a turn, and what it amounts to."""

import dataclasses
import statistics
import time
from collections.abc import Callable
from typing import Any


@dataclasses.dataclass
class Work:
    """A contestant, ready to run.

    Attributes:
        run: Does the work once, and returns when it is done.
        samples: Audio samples of a run, of all clips together; 0 where there are none.
        rate: Samples a second of the audio.
        flop: Operations of a run in matrix products and convolutions, two for each
            multiply-add; 0 where the runtime cannot count them.
    """

    run: Callable[[], Any]
    samples: int = 0
    rate: int = 0
    flop: float = 0.0


def turn(
    run: Callable[[], Any],
    at_least: float = 0.5,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Median seconds of a run, of as many runs as `at_least` seconds hold."""
    taken: list[float] = []
    while sum(taken) < at_least:
        start = clock()
        run()
        taken.append(clock() - start)
    return statistics.median(taken)


def count_flop(run: Callable[[], Any]) -> float:
    """Counts the operations of matrix products and convolutions in torch."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        run()
    return float(counter.get_total_flops())


def waiting(run: Callable[[], Any], device: str) -> Callable[[], Any]:
    """A run that waits for the GPU, where there is one."""
    import torch

    if device == "cpu":
        return run

    def run_and_wait():
        run()
        torch.cuda.synchronize()

    return run_and_wait
