"""A process that holds the contestants of one runtime and runs them as it is told.

`run.py` starts it with the name of a clock in `time`. Requests and answers are lines of
JSON: `{"build": "MODULE:FUNCTION", "arguments": {...}}` makes a contestant and runs it
once to warm up, `{"turn": 0}` gives the first one a turn.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from work import turn


def build(
    built: list[Callable], target: str, arguments: dict, clock: Callable[[], float]
) -> dict[str, Any]:
    """Makes a contestant, runs it once and appends it."""
    module, function = target.split(":")
    work = getattr(importlib.import_module(module), function)(**arguments)
    work.run()
    built.append(work.run)
    return {
        "number": len(built) - 1,
        "samples": work.samples,
        "rate": work.rate,
        "flop": work.flop,
        "first": turn(work.run, 0.0001, clock),
    }


def main():
    """Answers until the pipe ends."""
    # What libraries print must not get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    clock = getattr(time, sys.argv[1])
    built: list[Callable] = []
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "build" in request:
                answer = build(built, request["build"], request["arguments"], clock)
            else:
                answer = {"seconds": turn(built[request["turn"]], clock=clock)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
