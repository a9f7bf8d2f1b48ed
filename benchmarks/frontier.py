"""Speed against quality: what the student's structure costs and is worth.

    python benchmarks/frontier.py docs/ablation.md docs/speed.md

The quality of each structure is read from the page that `experiments/ablation.py`
writes, where all were trained for the same processor time. Here the same structures,
untrained, are exported as LiteRT files, and speak 4 seconds at 16 kHz with two threads,
in turns.
The table goes between the markers of the second page, the picture beside it.
"""

import argparse
import runpy
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from matplotlib.figure import Figure

from keras_pwavenet import ParallelWaveNet
from keras_pwavenet.export import export_litert

ROOT = Path(__file__).parents[1]
BANDS, HOP, RATE = 80, 160, 16_000
FORMS = ("float32", "int8")
MEASURES = ("KL", "DNSMOS", "PESQ", "STOI")
BEGIN, END = "<!-- frontier -->", "<!-- end of frontier -->"


def parse_arguments():
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("quality", type=Path, help="page of the ablation")
    parser.add_argument("page", type=Path, help="page whose table to write anew")
    parser.add_argument("--seconds", type=float, default=4.0, help="of audio")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def quality_of(page):
    """The ablation's table of structures: {name: {measure: number}}."""
    text = page.read_text(encoding="utf-8")
    table = text.partition("<!-- structures -->")[2]
    lines = table.partition("<!-- end of structures -->")[0].strip().splitlines()
    head, _, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines
    ]
    return {
        row[0]: {
            name: float(cell) for name, cell in zip(head[1:], row[1:], strict=True)
        }
        for row in rows
    }


def multiply_adds(student):
    """Multiply-adds a sample in the flows, where nearly all of them are."""
    kernels = [
        weight
        for flow in student.flows
        for weight in flow.weights
        if "kernel" in weight.path and "local_projection" not in weight.path
    ]
    return sum(np.prod(kernel.shape) for kernel in kernels) / student.block_size


def speaker_of(student, form, arguments):
    """A function that speaks once, through a LiteRT file."""
    with tempfile.TemporaryDirectory() as folder:
        path = export_litert(student, Path(folder) / "voice.tflite", form)
        interpreter = Interpreter(
            model_content=path.read_bytes(), num_threads=arguments.threads
        )
    frames = round(arguments.seconds * RATE / HOP)
    random = np.random.default_rng(0)
    inputs = {
        "noise": random.logistic(size=(1, frames * HOP)).astype("float32"),
        "conditioning": random.normal(size=(1, frames, BANDS)).astype("float32"),
    }
    runner = interpreter.get_signature_runner("serving_default")
    return lambda: runner(**inputs)


def measure(structures, arguments):
    """{name: {"kmac": number, form: times real time}}, all measured in turns."""
    found, speakers, seconds = {}, {}, {}
    for name, options in structures.items():
        student = ParallelWaveNet(BANDS, HOP, **options)
        found[name] = {"kmac": multiply_adds(student) / 1000}
        for form in FORMS:
            speakers[name, form] = speaker_of(student, form, arguments)
            seconds[name, form] = []
    for number in range(arguments.rounds + 1):
        print(f"round {number} of {arguments.rounds}", flush=True)
        for key, speak in speakers.items():
            begun = time.perf_counter()
            speak()
            if number:
                seconds[key].append(time.perf_counter() - begun)
    for (name, form), times in seconds.items():
        found[name][form] = arguments.seconds / statistics.median(times)
    return found


def table(found, quality):
    """Markdown, the fastest structure last."""
    heads = ["structure", "kMAC a sample", *(f"{form}, x" for form in FORMS), *MEASURES]
    lines = [heads, ["---"] * len(heads)]
    for name, row in sorted(found.items(), key=lambda item: item[1][FORMS[0]]):
        speeds = [f"{row[form]:.1f}" for form in FORMS]
        values = [f"{quality[name][key]:g}" for key in MEASURES]
        lines.append([name, f"{row['kmac']:.0f}", *speeds, *values])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def draw(found, quality, path):
    """A panel a measure: the structure's speed to the right, its quality upwards."""
    figure = Figure((14, 4), layout="constrained")
    for axis, key in zip(figure.subplots(1, len(MEASURES)), MEASURES, strict=True):
        for name, row in found.items():
            axis.plot(row["float32"], quality[name][key], "o", color="C0")
            axis.annotate(
                name.replace("block size ", "G="),
                (row["float32"], quality[name][key]),
                (4, 4),
                textcoords="offset points",
                fontsize=7,
            )
        axis.set(xscale="log", xlabel="times real time (LiteRT, float32)", title=key)
        axis.margins(x=0.2)
        axis.grid(alpha=0.4)
        if key == "KL":
            axis.invert_yaxis()
    figure.savefig(path, dpi=90)


def main():
    """Measures, and writes table and picture."""
    arguments = parse_arguments()
    quality = quality_of(arguments.quality)
    structures = runpy.run_path(str(ROOT / "experiments" / "ablation.py"))["STRUCTURES"]
    chosen = {name: structures[name] for name in structures if name in quality}
    found = measure(chosen, arguments)
    print(table(found, quality))
    text = arguments.page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    text = f"{before}{BEGIN}\n{table(found, quality)}\n{END}{after}"
    arguments.page.write_text(text, encoding="utf-8")
    pictures = arguments.page.parent / "pictures"
    pictures.mkdir(exist_ok=True)
    draw(found, quality, pictures / "frontier.png")


if __name__ == "__main__":
    main()
