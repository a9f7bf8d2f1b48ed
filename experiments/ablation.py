"""Which parts of the distillation help: equal budgets, the same teacher, one table.

    pip install '.[evaluate]' torch
    KERAS_BACKEND=torch OMP_NUM_THREADS=1 python experiments/ablation.py features/ \
        runs/ablation --teacher teacher/ --student student/ \
        --classifier en_phones --page docs/ablation.md

Features, teacher and student are of the classifier's rate, 16 kHz for `en_phones`.

The losses are compared after the same number of steps from one trained student. The
structures each begin with a warm start on the recordings' spectra and are then
distilled; each of the two takes `--seconds` of processor time. Then the students speak
the test split.

Finished variants are kept: the same command again does the rest, and writes the tables
between the page's markers and a picture beside it. Several processes may share the work
with `--only`.
"""

import argparse
import json
import re
import time
from pathlib import Path

import keras
import numpy as np
from matplotlib.figure import Figure

import keras_pwavenet
from keras_pwavenet import evaluate, losses, training
from keras_pwavenet.data import FeatureCache, RandomCrops

# Beside the paper's weights (KL 1, contrastive 0.3), the others make each gradient
# about as long as ten times that of the STFT loss; `--gradients` measures them.
KL = {"kl": 1.0}
STFT, TONE = {"stft": 10.0}, {"tone": 100.0}
POWER, PERCEPTUAL = {"power": 0.003}, {"perceptual": 60.0}
CONTRASTIVE = {"contrastive": 0.3}
DEFAULT = {**KL, **STFT, **TONE}

LOSSES = {
    "KL": KL,
    "KL + power, averaged over time": {**KL, **POWER},
    "KL + power, frame by frame": {**KL, "power_frames": 0.001},
    "KL + power + perceptual": {**KL, **POWER, **PERCEPTUAL},
    "KL + power + perceptual + contrastive": {
        **KL,
        **POWER,
        **PERCEPTUAL,
        **CONTRASTIVE,
    },
    "KL + STFT": {**KL, **STFT},
    "KL + STFT, as on the mel scale": {**KL, "stft_mel": 10.0},
    "KL + STFT + tone": DEFAULT,
    "KL + STFT + tone + perceptual": {**DEFAULT, **PERCEPTUAL},
    "KL + STFT + tone + perceptual + contrastive": {
        **DEFAULT,
        **PERCEPTUAL,
        **CONTRASTIVE,
    },
    "KL + STFT + a tenth of perceptual": {**KL, **STFT, "perceptual": 6.0},
    "1 inner sample": {"kl_1": 1.0, **STFT, **TONE},
    "32 inner samples": {"kl_32": 1.0, **STFT, **TONE},
}
# Losses that are not as their name makes them. Those of the table weigh all
# frequencies alike.
MADE = {
    "stft": lambda: losses.MultiResolutionSTFTLoss(corner=None),
    "stft_mel": lambda: losses.MultiResolutionSTFTLoss(),
    "power_frames": lambda: losses.PowerLoss(average_over_time=False),
    "kl_1": lambda: losses.DistillationKL(inner_samples=1),
    "kl_32": lambda: losses.DistillationKL(inner_samples=32),
}
BASE = {"block_size": 8, "flow_layers": (7, 7, 7, 7)}
STRUCTURES = {
    "block size 1": {**BASE, "block_size": 1},
    "block size 4": {**BASE, "block_size": 4},
    "block size 8": BASE,
    "block size 8, 48 channels": {**BASE, "residual_channels": 48},
    "block size 16": {**BASE, "block_size": 16},
    "block size 16, 96 channels": {**BASE, "block_size": 16, "residual_channels": 96},
    "block size 16, kernel of 2": {**BASE, "block_size": 16, "kernel_size": 2},
    "one flow of 28 layers": {**BASE, "flow_layers": (28,)},
}
SEEDS = 3  # of the losses; a structure takes too long for more than one
COLUMNS = (
    ("KL", "kl", ".2f"),
    ("level, dB", "level_db", "+.1f"),
    ("WER", "wer", ".3f"),
    ("DNSMOS", "dnsmos", ".2f"),
    ("PESQ", "pesq", ".2f"),
    ("STOI", "stoi", ".3f"),
    ("log-F0 RMSE", "log_f0_rmse", ".3f"),
    ("V/UV F1", "voicing_f1", ".3f"),
    ("tones, dB", "tones_db", "+.1f"),
    ("steps", "steps", "d"),
)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("features", type=Path, help="folder written by prepare")
    parser.add_argument("out", type=Path, help="folder of all runs and results")
    parser.add_argument("--teacher", required=True, help="preset of the teacher")
    parser.add_argument("--student", required=True, help="preset the losses start from")
    parser.add_argument("--classifier", help="preset of the phoneme classifier")
    parser.add_argument("--page", type=Path, help="page whose tables to write anew")
    parser.add_argument("--only", nargs="*", help="names; default: all")
    parser.add_argument("--seconds", type=float, default=200, help="of processor time")
    parser.add_argument("--steps", type=int, default=120, help="of the losses' runs")
    parser.add_argument("--batch-size", type=int, default=2)
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument(
        "--gradients", action="store_true", help="measure the terms' gradients, no more"
    )
    return parser.parse_args()


class ProcessorTime(keras.callbacks.Callback):
    """Stops training at the end of the epoch in which this time is used up."""

    def __init__(self, seconds):
        super().__init__()
        self.seconds = seconds

    def on_train_begin(self, logs=None):
        self.started = time.process_time()

    def on_epoch_end(self, epoch, logs=None):
        self.used = time.process_time() - self.started
        if self.used >= self.seconds:
            self.model.stop_training = True


class Bench:
    """What all variants share."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.cache = FeatureCache(arguments.features)
        self.teacher = keras_pwavenet.WaveNet.from_preset(
            arguments.teacher, dtype="mixed_bfloat16"
        )
        self.classifier = arguments.classifier and (
            keras_pwavenet.PhonemeClassifier.from_preset(
                arguments.classifier, dtype="mixed_bfloat16"
            )
        )

    def distiller(self, student, seed, weights):
        keras.utils.set_random_seed(seed)
        settings = {"classifier": self.classifier, "block_size": student.block_size}
        terms = [
            MADE[name]() if name in MADE else losses.get(name, **settings)
            for name in weights
        ]
        return keras_pwavenet.Distiller(
            self.teacher, student, terms, list(weights.values()), seed
        )

    def fit(self, distiller, run, seed, rate, *, steps=None, seconds=None):
        """Trains with averaged weights; returns the steps and the processor time."""
        limit = ProcessorTime(seconds or float("inf"))
        distiller.compile(training.optimizer(rate, halve_every=500, ema=0.98))
        training.fit(
            distiller,
            self.cache,
            run,
            steps=steps or 100_000,
            steps_per_epoch=20,
            batch_size=self.arguments.batch_size,
            frames=self.arguments.frames,
            seed=seed,
            callbacks=[limit],
            verbose=2,
        )
        done = int(keras.ops.convert_to_numpy(distiller.optimizer.iterations))
        return done, limit.used

    def warm(self, name, options, seed):
        """The preset of a warm start, trained if it is not there yet."""
        run = self.arguments.out / "warm" / f"{slug(name)}-{seed}"
        if not (run / "student").is_dir():
            keras.utils.set_random_seed(seed)
            student = keras_pwavenet.ParallelWaveNet(
                self.cache.mel.n_mels,
                self.cache.mel.hop_length,
                dtype="mixed_bfloat16",
                **options,
            )
            student.preprocessor = self.cache.mel
            distiller = self.distiller(student, seed, {"stft": 1.0})
            self.fit(distiller, run, seed, 2e-3, seconds=self.arguments.seconds)
            student.save_to_preset(run / "student")
        return keras_pwavenet.ParallelWaveNet.from_preset(
            run / "student", dtype="mixed_bfloat16"
        )

    def loss(self, name, seed):
        student = keras_pwavenet.ParallelWaveNet.from_preset(
            self.arguments.student, dtype="mixed_bfloat16"
        )
        return self.variant(
            name, student, LOSSES[name], seed, 5e-4, steps=self.arguments.steps
        )

    def structure(self, name, seed):
        student = self.warm(name, STRUCTURES[name], seed)
        return self.variant(
            name, student, DEFAULT, seed, 1e-3, seconds=self.arguments.seconds
        )

    def variant(self, name, student, weights, seed, rate, **budget):
        """Trains and judges one student; returns its row of the table."""
        run = self.arguments.out / f"{slug(name)}-{seed}"
        trained = run / "trained.json"
        if not trained.is_file():
            distiller = self.distiller(student, seed, weights)
            steps, seconds = self.fit(distiller, run, seed, rate, **budget)
            student.save_to_preset(run / "student")
            row = {"steps": steps, "processor_seconds": seconds}
            row.update(self.held_out(student))
            trained.write_text(json.dumps(row, indent=1))
        row = json.loads(trained.read_text())
        return {**row, **self.judge(run, student.block_size)}

    def held_out(self, student):
        """The divergence on fixed crops of the validation split."""
        distiller = self.distiller(student, 0, KL)
        distiller.compile()
        crops = RandomCrops(self.cache, "validation", 4, 48, 8, fixed=True)
        found = distiller.evaluate(crops, verbose=0, return_dict=True)
        return {"kl": found["kl"], "entropy": found["entropy"]}

    def judge(self, run, block_size):
        # A block of one sample has no tones; they are looked for where others have.
        judges, _ = evaluate.installed_judges(
            evaluate.default_judges(block_size if block_size > 1 else 8)
        )
        system = evaluate.from_preset("student", run / "student", self.cache.mel)
        results = evaluate.copy_synthesis(
            self.cache, [system], judges, run / "clips", progress=False
        )
        found = evaluate.summarise(results)["student"]
        found["tones_db"] = max(found["tones_db"])
        return found

    def gradients(self):
        """Prints the gradient's norm of every term alone at the start."""
        terms = ("kl", "stft", "tone", "power", "contrastive", "perceptual")
        for term in terms if self.classifier else terms[:-1]:
            norms = []
            student = keras_pwavenet.ParallelWaveNet.from_preset(
                self.arguments.student, dtype="mixed_bfloat16"
            )
            distiller = self.distiller(student, 0, {term: 1.0})
            distiller.compile(keras.optimizers.SGD(0.0))
            crops = RandomCrops(self.cache, "train", 2, 48, 20)
            for batch in range(20):
                inputs, audio = crops[batch]
                distiller.reset_metrics()
                logs = distiller.train_on_batch(inputs, audio, return_dict=True)
                norms.append(float(logs["gradient_norm"]))
            print(f"{term}: median {np.median(norms):.3g}, largest {max(norms):.3g}")


def slug(name):
    return re.sub("[^a-z0-9]+", "-", name.lower())


def rows_of(bench, chosen):
    """Yields (table, name, row), training what is not there yet."""
    for name in filter(chosen, STRUCTURES):
        yield "structures", name, bench.structure(name, 0)
    for seed in range(SEEDS):
        for name in filter(chosen, LOSSES):
            yield "losses", name, bench.loss(name, seed)


def table(rows):
    """Markdown of (name, row) pairs; repeated names give mean and range."""
    lines = ["| | " + " | ".join(head for head, _, _ in COLUMNS) + " |"]
    lines.append("|---" * (1 + len(COLUMNS)) + "|")
    for name in dict.fromkeys(name for name, _ in rows):
        found = [row for other, row in rows if other == name]
        cells = []
        for _, key, form in COLUMNS:
            values = [row[key] for row in found if key in row]
            cell = format(values[0], form) if values else "–"
            if len(values) > 1 and form != "d":
                low, high = format(min(values), form), format(max(values), form)
                cell = f"{format(float(np.mean(values)), form)} ({low} to {high})"
            cells.append(cell)
        title = f"{name}, {len(found)} seeds" if len(found) > 1 else name
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def draw(tables, path):
    """A line for each variant, a point for each student, a panel for each measure."""
    rows = [row for table in tables.values() for row in table]
    names = list(dict.fromkeys(name for name, _ in rows))
    measures = ("dnsmos", "pesq", "stoi", "wer", "log_f0_rmse")
    figure = Figure((14, 6), layout="constrained")
    panels = figure.subplots(1, len(measures), sharey=True)
    for axis, measure in zip(panels, measures, strict=True):
        for name, row in rows:
            axis.plot(row.get(measure), names.index(name), "o", color="C0", alpha=0.6)
        axis.set(title=measure)
        axis.grid(alpha=0.4)
    panels[0].set_yticks(range(len(names)), names)
    panels[0].invert_yaxis()
    figure.savefig(path, dpi=80)


def main():
    arguments = parse_arguments()
    if arguments.page and arguments.only:
        raise SystemExit("--page takes all variants, not --only some of them")
    unknown = set(arguments.only or ()) - {*LOSSES, *STRUCTURES}
    if unknown:
        names = "\n  ".join([*LOSSES, *STRUCTURES])
        raise SystemExit(f"--only takes these names:\n  {names}\nnot {unknown}")
    wanted = [name for name in LOSSES if name in (arguments.only or LOSSES)]
    if not arguments.classifier and any("perceptual" in name for name in wanted):
        raise SystemExit("the perceptual loss needs --classifier")
    bench = Bench(arguments)
    if arguments.gradients:
        bench.gradients()
        return

    def chosen(name):
        return not arguments.only or name in arguments.only

    tables = {"losses": [], "structures": []}
    for kind, name, row in rows_of(bench, chosen):
        tables[kind].append((name, row))
        print(table(tables[kind]), flush=True)
    if arguments.page:
        text = arguments.page.read_text(encoding="utf-8")
        for kind, rows in tables.items():
            begin, end = f"<!-- {kind} -->", f"<!-- end of {kind} -->"
            before, _, rest = text.partition(begin)
            text = f"{before}{begin}\n{table(rows)}\n{end}{rest.partition(end)[2]}"
        arguments.page.write_text(text, encoding="utf-8")
        pictures = arguments.page.parent / "pictures"
        pictures.mkdir(exist_ok=True)
        draw(tables, pictures / "ablation.png")


if __name__ == "__main__":
    main()
