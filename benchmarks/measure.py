"""All contestants in one run, turn by turn."""

import contextlib
import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tqdm
from contestants import Contestant
from hosts import Host

# Contestants whose run takes longer take part in every third round only.
LONG = 1.0
# Before each turn: pools of threads go on spinning for a while after their work.
PAUSE = 0.1


def measure(
    contestants: Sequence[Contestant],
    pythons: dict[str, str],
    threads: int,
    rounds: int,
    log: Path,
    clock: str = "perf_counter",
) -> list[dict[str, Any]]:
    """Builds all contestants, then gives each of them a turn, in every round.

    Args:
        contestants: Who takes part.
        pythons: Python of each host by the first word of its name, `""` for the rest.
        threads: Threads of every pool.
        rounds: Number of rounds.
        log: File that gets what the libraries print.
        clock: The function of `time` that measures.

    Returns:
        For each contestant its `group`, `model`, `form`, `precision`, and either
        `samples`, `rate`, `flop` of a run and `seconds`, a list of a run's in each
        turn, or `error`.
    """
    with contextlib.ExitStack() as stack:
        hosts: dict[str, Host] = {}
        results = []
        for entry in _progress(contestants, "making"):
            if entry.host not in hosts:
                python = pythons.get(entry.host.split()[0], pythons[""])
                cuda = entry.host.endswith("cuda")
                host = Host(python, threads, log, cuda, clock)
                hosts[entry.host] = host
                stack.callback(host.close)
            host = hosts[entry.host]
            answer = host.ask(build=entry.target, arguments=entry.arguments)
            results.append({**answer, "seconds": []})
        turns = [
            number
            for count in range(rounds)
            for number, result in enumerate(results)
            if "error" not in result and not (count % 3 and result["first"] > LONG)
        ]
        for number in _progress(turns, "measuring"):
            result = results[number]
            if "error" in result:
                continue
            time.sleep(PAUSE)
            answer = hosts[contestants[number].host].ask(turn=result["number"])
            if "error" in answer:
                result["error"] = answer["error"]
            else:
                result["seconds"].append(answer["seconds"])
    return [
        _described(entry, result)
        for entry, result in zip(contestants, results, strict=True)
    ]


def _progress(items, what):
    return tqdm.tqdm(items, what, disable=None, mininterval=1.0)


def _described(entry, result):
    described = dataclasses.asdict(entry)
    for name in ("host", "target", "arguments"):
        described.pop(name)
    kept = ("error",) if "error" in result else ("samples", "rate", "flop", "seconds")
    return {**described, **{name: result[name] for name in kept}}
