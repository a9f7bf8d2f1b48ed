"""The processes of `worker.py`, one for each runtime, seen from `run.py`."""

import json
import os
import subprocess
import threading
from pathlib import Path
from typing import Any

LIMIT = 600.0  # seconds for an answer


class Host:
    """A process with the contestants of one runtime.

    Only one answers at a time, and each runtime has a process of its own, so that
    their pools of threads do not meet.

    Args:
        python: The Python that runs it.
        threads: Threads of every pool.
        log: File that gets what the libraries print.
        cuda: Whether it may see the GPUs.
        clock: The function of `time` that measures.
    """

    def __init__(
        self,
        python: str,
        threads: int,
        log: Path,
        cuda: bool = False,
        clock: str = "perf_counter",
    ):
        pools = ("OMP", "MKL", "OPENBLAS", "NUMBA")
        variables = {f"{pool}_NUM_THREADS": str(threads) for pool in pools}
        variables |= {"KERAS_BACKEND": "torch", "TF_CPP_MIN_LOG_LEVEL": "3"}
        if not cuda:
            variables["CUDA_VISIBLE_DEVICES"] = ""
        self.log = log
        with open(log, "a") as file:
            self.process = subprocess.Popen(
                [python, Path(__file__).with_name("worker.py"), clock],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                env={**os.environ, **variables},
            )

    def ask(self, **request) -> dict[str, Any]:
        """Sends a request; the answer has an `error` if there was one."""
        watchdog = threading.Timer(LIMIT, self.process.kill)
        watchdog.start()
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except OSError:
            answer = ""
        finally:
            watchdog.cancel()
        if not answer:
            return {"error": f"its process ended; see {self.log.name}"}
        return json.loads(answer)

    def close(self) -> None:
        """Ends the process."""
        self.process.kill()
        self.process.communicate()
