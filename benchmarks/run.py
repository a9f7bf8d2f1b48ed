"""How fast is it? Students, teacher, training and other vocoders, in one run.

    pip install '.[benchmark]'
    python benchmarks/run.py report/

installs the other vocoders into an environment of their own, `report/peers`, measures
all turn by turn, and writes `table.md`, `picture.png` and `results.json`. With a GPU
that torch sees, students and vocoders are measured on it, too.

    python benchmarks/run.py report/ --short

compares some of our own with what `benchmarks/ratios.json` has for this kind of
processor and fails if one has become slower by half; for a kind without ratios it warns
and succeeds. With `--store`, too, it writes this kind's ratios and keeps the others'.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import contestants
import report
from environment import peers_environment
from measure import measure
from ratios import processor_kind, ratios, slower
from students import SMALL_STUDENT

HERE = Path(__file__).parent
CPUINFO = Path("/proc/cpuinfo")
PACKAGES = ("keras", "torch", "tensorflow", "ai-edge-litert", "onnxruntime")


def parse_arguments():
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="folder for everything it writes")
    parser.add_argument("--short", action="store_true", help="check the kind's ratios")
    parser.add_argument("--store", action="store_true", help="store the short run's")
    parser.add_argument("--no-peers", action="store_true", help="our own models only")
    parser.add_argument("--docs", action="store_true", help="write our pages anew")
    parser.add_argument("--threads", type=int, help="default: 2; 1 for --short")
    parser.add_argument("--seconds", type=float, default=4.0, help="of audio in a clip")
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    if arguments.threads is None:
        # Two threads wait for each other on a machine that is busy with other work.
        arguments.threads = 1 if arguments.short else 2
    arguments.kind = kind_here()
    if arguments.short and arguments.store and arguments.kind is None:
        parser.error("--store wants Linux on an AMD or Intel processor with AVX2")
    if min(arguments.threads, arguments.rounds, arguments.seconds) <= 0:
        parser.error("--threads, --rounds and --seconds must be positive")
    return arguments


def main():
    """Measures, writes and prints."""
    arguments = parse_arguments()
    if arguments.short and arguments.kind is None:
        print("WARNING: this kind of processor is not known. Nothing was compared.")
        return
    out = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    files, length = out / "models", (arguments.seconds, arguments.threads)
    pythons = {"": sys.executable}
    gpu = not arguments.short and sees_gpu()
    if arguments.short:
        entries = contestants.few(files, *length)
        forms = {SMALL_STUDENT: ["float32.tflite"]}
    else:
        entries = contestants.everyone(files, *length, gpu)
        forms = contestants.EXPORTS
        if arguments.no_peers:
            entries = [entry for entry in entries if "peers" not in entry.host]
        else:
            pythons["peers"] = str(peers_environment(out / "peers"))
    export(files, forms, arguments.seconds)
    log = out / "log.txt"
    log.unlink(missing_ok=True)
    record = {
        "machine": machine(gpu),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "seconds": arguments.seconds,
        "threads": arguments.threads,
        "rounds": arguments.rounds,
    }
    # Other work on the machine takes none of a process's own time.
    clock = "process_time" if arguments.short else "perf_counter"
    record["results"] = measure(
        entries, pythons, arguments.threads, arguments.rounds, log, clock
    )
    if arguments.short:
        sys.exit(verdict(record["results"], arguments.kind, arguments.store))
    write(out / "results.json", json.dumps(record, indent=1) + "\n")
    text = f"{report.summary(record)}\n{report.tables(record)}"
    write(out / "table.md", text)
    report.draw(record, out / "picture.png")
    if arguments.docs:
        publish(record)
    print(text)


def publish(record):
    """Writes the repository's pages and picture anew."""
    parts = {
        "README.md": ("fastest", report.summary(record)),
        "docs/speed.md": ("speeds", report.tables(record)),
    }
    for name, (part, text) in parts.items():
        page = HERE.parent / name
        write(page, report.between(page.read_text(encoding="utf-8"), part, text))
    report.draw(record, HERE.parent / "docs" / "pictures" / "speed.png")


def kind_here():
    """The kind of this machine's processor, or None."""
    return processor_kind(CPUINFO.read_text()) if CPUINFO.is_file() else None


def verdict(results, kind, store):
    """Prints the ratios; returns the exit status."""
    path = HERE / "ratios.json"
    kinds = json.loads(path.read_text())
    found = ratios(report.with_flop(results))
    if store:
        kinds[kind] = {name: float(f"{ratio:.3g}") for name, ratio in found.items()}
        write(path, json.dumps(kinds, indent=4) + "\n")
    stored = kinds.get(kind, {})
    print(kind)
    for name, ratio in found.items():
        print(f"{name}: {ratio:.3g}, stored {stored.get(name, 'none')}")
    if kind not in kinds:
        print(f"WARNING: no ratios are stored for {kind}. Nothing was compared.")
        return 0
    complaints = slower(found, stored)
    print("\n".join(complaints) or "As fast as it was.")
    return int(bool(complaints))


def sees_gpu():
    """Asks a process of its own, so that this one stays small."""
    code = "import torch; raise SystemExit(not torch.cuda.is_available())"
    command = [sys.executable, "-c", code]
    return not subprocess.run(command, capture_output=True, check=False).returncode


def export(folder, forms, seconds):
    """Writes the students' files in a process of its own, which runs TensorFlow."""
    print(f"Exporting the students to {folder}", file=sys.stderr)
    subprocess.run(
        [sys.executable, HERE / "students.py", folder, json.dumps(forms), str(seconds)],
        env={**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"},
        check=False,  # what is missing is reported where it is wanted
    )


def machine(gpu):
    """Processor, cores, system and the versions of the runtimes, in a line."""
    name = platform.processor() or platform.machine()
    if CPUINFO.is_file():
        for line in CPUINFO.read_text().splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
                break
    if gpu:
        code = "import torch; print(torch.cuda.get_device_name())"
        command = [sys.executable, "-c", code]
        name += ", " + subprocess.check_output(command, text=True).strip()
    versions = [f"Python {platform.python_version()}"]
    for package in PACKAGES:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return f"{name}, {os.cpu_count()} cores, {platform.system()}; {', '.join(versions)}"


def write(path, text):
    """Writes a file, whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)


if __name__ == "__main__":
    main()
