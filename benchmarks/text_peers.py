"""How does our text to speech stand beside other free engines?

    apt-get install espeak-ng flite festival festvox-us-slt-hts time
    pip install '.[evaluate,text,distillmos]'
    python benchmarks/text_peers.py report/

All speak the same texts in one run, on one core, turn by turn. It installs what pip has
into environments below `report/`, and writes `text_peers.md`, `text_peers.json` and all
that was said. Kokoro's voice comes from npm. What cannot be had is named in the table.
"""

import argparse
import concurrent.futures
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from contestants import Contestant
from environment import environment
from hosts import Host
from measure import measure
from report import between, markdown
from run import machine, write
from text_voices import PACKAGE, Voice, join_kokoro, megabytes, voices

HERE = Path(__file__).parent
PHRASE = "Checkbox checked"
WORDS = 10  # of the sentences whose time is taken
sys.path.append(str(HERE.parent / "experiments"))


def new_process(command: Sequence[str], folder: Path) -> tuple[float, float]:
    """Runs a command.

    Returns:
        Seconds until it first prints something or ends, and the most memory that it
        had, MB (by GNU time).

    Raises:
        subprocess.CalledProcessError: If it fails.
    """
    memory = folder / "memory.txt"
    timed = ["/usr/bin/time", "-q", "-f", "%M", "-o", memory, *command]
    begin = time.perf_counter()
    with subprocess.Popen(
        timed, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        process.stdout.read(1)
        first = time.perf_counter() - begin
        process.stdout.read()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return first, int(memory.read_text()) * 1024 / 1e6


def command_of(voice: Voice, python: str, text: str, folder: Path) -> list[str]:
    """The command that says a text in a new process."""
    file, out = folder / "text.txt", str(folder / "said.wav")
    file.write_text(f"{text}\n", encoding="utf-8")
    if voice.command:
        return [word.format(text=file, out=out) for word in voice.command]
    once = [python, str(HERE / "text_engines.py"), voice.engine]
    return [*once, json.dumps(voice.arguments), text, out]


def in_new_processes(entries, pythons, sentence, rounds, folder):
    """Seconds to the first audio of the phrase, in turns, and MB for the sentence."""
    found = {voice.name: {"cold": [], "memory": None} for voice in entries}
    for number in range(rounds + 1):
        for voice in entries:
            text = PHRASE if number else sentence  # the first round warms up
            command = command_of(voice, pythons[voice.engine], text, folder)
            first, memory = new_process(command, folder)
            if number:
                found[voice.name]["cold"].append(first)
            else:
                found[voice.name]["memory"] = memory
    return found


def contestants(entries: Sequence[Voice], phrases, sentences) -> list[Contestant]:
    """What `measure` measures: the first audio of phrases, and whole sentences."""
    return [
        Contestant(
            *(group, voice.name, "", "", f"{voice.engine} {voice.name}"),
            f"text_engines:{function}",
            asked(voice, texts),
        )
        for voice in entries
        for group, function, texts in (
            ("first audio", "first_audio", phrases),
            ("sentence", "whole_text", sentences),
        )
    ]


def judged(voice: Voice, python: str, texts: Sequence[str], folder: Path):
    """Has a voice say the texts, and the judges listen.

    Returns:
        `rate`, `wer`, `dnsmos`, `distillmos` if that is installed, and `heard`, each
        text with what was heard and the errors; or `error`.
    """
    import soundfile
    from hear_text import wrong_words

    from keras_pwavenet.evaluate.measures import distillmos, dnsmos
    from keras_pwavenet.evaluate.measures.judge import Clip, installed_judges

    host = Host(python, 1, folder / "log.txt")
    answer = host.ask(
        build="text_engines:written",
        arguments={**asked(voice, texts), "folder": str(folder)},
    )
    host.close()
    if "error" in answer:
        return answer
    judges, _ = installed_judges([dnsmos.JUDGE, distillmos.JUDGE])
    wrong = count = 0
    words = []
    opinions = {judge.name: [] for judge in judges}
    for number, text in enumerate(texts):
        audio, rate = soundfile.read(folder / f"{number}.wav", dtype="float32")
        errors, said, heard = wrong_words(text, audio, rate)
        words.append([text, heard, errors])
        wrong, count = wrong + errors, count + said
        for judge in judges:
            values = judge.measure(Clip(audio, audio, rate, text))
            opinions[judge.name].append(values[judge.name])
    means = {name: statistics.mean(values) for name, values in opinions.items()}
    return {"rate": rate, "wer": wrong / count, **means, "heard": words}


def asked(voice: Voice, texts: Sequence[str]) -> dict[str, Any]:
    """Arguments of a function of `text_engines.py`."""
    arguments = json.dumps(voice.arguments)
    return {"engine": voice.engine, "arguments": arguments, "texts": list(texts)}


def table(rows: Sequence[dict[str, Any]]) -> str:
    """A line for each voice; those with an `error` are named below.

    Args:
        rows: For each voice its `name`, and either `error` or `rate`, `wer`, `cold`,
            `first audio` and `sentence` (seconds), `audio` (seconds of a sentence),
            `size`, `memory`; `dnsmos` and `distillmos` where they were asked.
    """
    judges = {"dnsmos": "DNSMOS", "distillmos": "DistillMOS"}
    judges = {key: name for key, name in judges.items() if any(key in r for r in rows)}
    head = ["voice", "kHz", "WER", *judges.values(), "new process, ms", "loaded, ms"]
    found = [[*head, "× real time", "memory, MB", "installed, MB"]]
    for row in rows:
        if "error" in row:
            continue
        found.append(
            [
                row["name"],
                f"{row['rate'] / 1000:.3g}",
                f"{row['wer']:.3f}",
                *(f"{row[key]:.2f}" for key in judges),
                f"{1e3 * statistics.median(row['cold']):.0f}",
                short(1e3 * statistics.median(row["first audio"])),
                short(row["audio"] / statistics.median(row["sentence"])),
                f"{row['memory']:.0f}",
                "–" if row["size"] is None else f"{row['size']:.0f}",
            ]
        )
    absent = [f"- {row['name']}: {row['error']}" for row in rows if "error" in row]
    parts = [
        markdown(found),
        *(["Not measured:\n\n" + "\n".join(absent)] if absent else []),
    ]
    return "\n\n".join(parts) + "\n"


def short(value: float) -> str:
    """Two digits, or all before the point."""
    return f"{value:.2g}" if value < 100 else f"{value:.0f}"


def install(entries: Sequence[Voice], out: Path) -> dict[str, str]:
    """The Python of each engine, with what pip has for it."""
    pythons = {"": sys.executable}
    for voice in entries:
        steps, folder = [list(step) for step in voice.steps], out / voice.engine
        python = environment(folder, steps) if steps else sys.executable
        pythons[voice.engine] = str(python)
        if voice.engine == "kokoro" and not (folder / "kokoro.onnx").is_file():
            try:
                join_kokoro(folder)
            except (OSError, ValueError, subprocess.CalledProcessError) as error:
                print(f"Kokoro: {error}", file=sys.stderr)
    return pythons


def spread(lines: Sequence[str], count: int) -> list[str]:
    """So many of the lines, from all over."""
    count = min(count, len(lines))
    return [lines[number * len(lines) // count] for number in range(count)]


def main():
    """Installs, judges, measures and writes."""
    from first_audio import ROLES, SENTENCES, THINGS

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="folder for everything it writes")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--sentences", type=int, default=60, help="that are judged")
    parser.add_argument("--docs", action="store_true", help="write docs/text.md anew")
    arguments = parser.parse_args()
    if min(arguments.rounds, arguments.sentences) < 1:
        parser.error("--rounds and --sentences must be positive")
    if not Path("/usr/bin/time").is_file():
        parser.error("GNU time is missing: apt-get install time")
    out = arguments.out.resolve()
    entries = voices(out)
    pythons = install(entries, out)
    # Our own environment lacks the package, whose code is here.
    ways = (str(PACKAGE.parent), os.environ.get("PYTHONPATH"))
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, ways))
    os.environ["OMP_NUM_THREADS"] = "1"
    lines = SENTENCES.read_text("utf-8").splitlines()
    said = spread(lines, arguments.sentences)
    with concurrent.futures.ProcessPoolExecutor() as pool:
        jobs = []
        for voice in reversed(entries):  # the slowest begins
            folder = out / "said" / voice.name.replace(" ", "_").strip("*")
            folder.mkdir(parents=True, exist_ok=True)
            python = pythons[voice.engine]
            jobs.append(pool.submit(judged, voice, python, said, folder))
        rows = [{"name": voice.name} for voice in entries]
        for row, job in zip(reversed(rows), jobs, strict=True):
            row |= job.result()
    present = [
        voice for voice, row in zip(entries, rows, strict=True) if "error" not in row
    ]
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core, for all
    phrases = [f"{thing}, {role}" for thing in THINGS for role in ROLES]
    sentences = [line for line in lines if len(line.split()) == WORDS]
    cold = in_new_processes(present, pythons, sentences[-1], arguments.rounds, out)
    warm = measure(
        contestants(present, phrases, sentences),
        *(pythons, 1, arguments.rounds, out / "log.txt"),
    )
    for row, voice in zip(rows, entries, strict=True):
        if voice in present:
            row |= {"size": megabytes(voice, out / voice.engine), **cold[voice.name]}
    for row in rows:
        for found in warm:
            if found["model"] == row["name"] and "error" in found:
                row["error"] = found["error"]
            elif found["model"] == row["name"]:
                row[found["group"]] = found["seconds"]
                row["audio"] = found["samples"] / found["rate"] if found["rate"] else 0
    record = {
        "machine": machine(False),
        "load": os.getloadavg()[0],
        "rounds": arguments.rounds,
        "sentences": len(said),
        "rows": rows,
    }
    write(out / "text_peers.json", json.dumps(record, indent=1) + "\n")
    text = (
        f"{record['machine']}; load {record['load']:.1f}. One core, medians of "
        f"{arguments.rounds} rounds; {len(said)} sentences judged.\n\n{table(rows)}"
    )
    write(out / "text_peers.md", text)
    if arguments.docs:
        page = PACKAGE.parent / "docs" / "text.md"
        write(page, between(page.read_text(encoding="utf-8"), "text peers", text))
    print(text)


if __name__ == "__main__":
    main()
