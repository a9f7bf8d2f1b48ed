"""Our models: students in each of their forms, teachers and training steps."""

import json
import re
import sys
from pathlib import Path

import numpy as np
from work import Work, count_flop, waiting

# Rate of the audio, and configuration or preset. Untrained weights are as fast.
STUDENTS = {
    "student, blocks of 8": (24_000, {"hop_length": 240, "block_size": 8}),
    "student, blocks of 16": (24_000, {"hop_length": 240, "block_size": 16}),
    "student, blocks of 16, kernel of 2": (
        24_000,
        {"hop_length": 240, "block_size": 16, "kernel_size": 2},
    ),
    "student of the paper's size": (24_000, "student_24khz"),
    "en_female": (24_000, "en_female"),
}
TEACHERS = {
    "teacher of 20 layers": (24_000, {"hop_length": 240}),
    "en_female_teacher": (24_000, "en_female_teacher"),
    "teacher of the paper's size": (24_000, "teacher_24khz"),
}
SMALL_STUDENT, SMALL_TEACHER = "student, blocks of 8", "teacher of 20 layers"


def file_name(student: str, form: str) -> str:
    """The exported file of a student, e.g. `en_female.tflite`."""
    return re.sub(r"\W+", "_", student) + f".{form}"


def build(name: str, dtype: str = "float32"):
    """Makes a student or a teacher of Keras, and the rate of its audio."""
    import keras_pwavenet

    kind = (
        keras_pwavenet.ParallelWaveNet if name in STUDENTS else keras_pwavenet.WaveNet
    )
    rate, config = {**STUDENTS, **TEACHERS}[name]
    if isinstance(config, dict):
        return kind(conditioning_channels=80, **config, dtype=dtype), rate
    shipped = config.startswith("en_female")
    return kind.from_preset(config, dtype=dtype, load_weights=shipped), rate


def frames_of(seconds: float, rate: int, hop_length: int) -> int:
    """Whole conditioning frames in so many seconds."""
    return round(seconds * rate / hop_length)


def conditioning(batch: int, frames: int, channels: int = 80) -> np.ndarray:
    """Random conditioning, as a mel may be; speed does not depend on it."""
    random = np.random.default_rng(0)
    return random.uniform(-1.5, 0.2, (batch, frames, channels)).astype("float32")


def noise(batch: int, samples: int) -> np.ndarray:
    """Noise, Logistic(0, 1)."""
    random = np.random.default_rng(1)
    return random.logistic(size=(batch, samples)).astype("float32")


def keras_torch(
    student: str,
    seconds: float,
    threads: int,
    batch: int = 1,
    device: str = "cpu",
    precision: str = "float32",
) -> Work:
    """A student in Keras on torch."""
    import torch

    torch.set_num_threads(threads)
    dtype = "mixed_bfloat16" if precision == "bfloat16" else precision
    model, rate = build(student, dtype)
    frames = frames_of(seconds, rate, model.hop_length)
    samples = frames * model.hop_length
    inputs = {
        "noise": torch.from_numpy(noise(batch, samples)).to(device),
        "conditioning": torch.from_numpy(
            conditioning(batch, frames, model.conditioning_channels)
        ).to(device),
    }

    def run():
        with torch.no_grad():
            model(inputs, training=False)

    return Work(waiting(run, device), batch * samples, rate, count_flop(run))


def litert(file: str, rate: int, threads: int) -> Work:
    """A LiteRT file with one signature of fixed length."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=file, num_threads=threads)
    (signature,) = interpreter.get_signature_list()
    speak = interpreter.get_signature_runner(signature)
    shapes = {
        name: tuple(detail["shape"])
        for name, detail in speak.get_input_details().items()
    }
    inputs = inputs_of(shapes)
    return Work(lambda: speak(**inputs), inputs["noise"].size, rate)


def onnx_runtime(file: str, rate: int, seconds: float, hop: int, threads: int) -> Work:
    """An ONNX file in ONNX Runtime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(
        file, options, providers=["CPUExecutionProvider"]
    )
    frames = frames_of(seconds, rate, hop)
    open_shapes = {entry.name: entry.shape for entry in session.get_inputs()}
    inputs = inputs_of(fixed(open_shapes, frames, hop))
    return Work(lambda: session.run(None, inputs), frames * hop, rate)


def teacher(name: str, batch: int, frames: int, threads: int) -> Work:
    """A teacher, sample by sample."""
    import torch

    torch.set_num_threads(threads)
    model, rate = build(name)
    mel = conditioning(batch, frames, model.conditioning_channels)
    samples = batch * frames * model.hop_length
    inputs = {
        "audio": np.zeros((batch, frames * model.hop_length), "float32"),
        "conditioning": mel,
    }

    def whole():
        with torch.no_grad():
            model(inputs, training=False)

    flop = count_flop(whole)
    return Work(lambda: model.generate(mel, seed=0), samples, rate, flop)


def training_step(
    what: str,
    precision: str,
    threads: int,
    batch: int = 4,
    frames: int = 48,
    device: str = "cpu",
) -> Work:
    """A step of "teacher", "distiller" or "warm start" on a random batch."""
    import torch

    import keras_pwavenet
    from keras_pwavenet import training

    torch.set_num_threads(threads)
    dtype = "mixed_bfloat16" if precision == "bfloat16" else precision
    model, rate = build(SMALL_TEACHER, dtype)
    loss = keras_pwavenet.losses.MixtureLogisticNLL()
    if what != "teacher":
        student, _ = build(SMALL_STUDENT, dtype)
        losses = ["stft"] if what == "warm start" else None
        model, loss = keras_pwavenet.Distiller(model, student, losses, seed=0), None
    model.compile(training.optimizer(), loss)
    samples = frames * model.hop_length
    audio = np.clip(0.05 * noise(batch, samples), -1, 1)
    mel = conditioning(batch, frames)
    inputs = {"audio": audio, "conditioning": mel}

    def run():
        model.train_on_batch(inputs, audio)

    flop = count_flop(run)
    return Work(waiting(run, device), batch * samples, rate, flop)


def fixed(shapes, frames: int, hop: int):
    """Shapes of a student's inputs for one clip, from its open shapes."""
    lengths = {"noise": [frames * hop], "conditioning": [frames], "pitch": [frames]}
    return {
        name: (1, *lengths.get(name, []), *shape[2:]) for name, shape in shapes.items()
    }


def inputs_of(shapes):
    """What a student takes: noise, random features, and its own pitch."""
    inputs = {
        "noise": noise(*shapes["noise"]),
        "conditioning": conditioning(*shapes["conditioning"]),
    }
    if "pitch" in shapes:
        inputs["pitch"] = np.full(shapes["pitch"], -1.0, "float32")
        inputs["pitch_scale"] = np.ones(shapes["pitch_scale"], "float32")
    return inputs


def export(folder: Path, forms: dict[str, list[str]], seconds: float) -> None:
    """Writes students as files; wants the TensorFlow backend.

    Args:
        folder: Where to.
        forms: For each student any of "float32.tflite", "int8.tflite", "onnx".
        seconds: Audio in the LiteRT files' only signature.
    """
    from keras_pwavenet.export import export_litert, export_onnx

    folder.mkdir(parents=True, exist_ok=True)
    for student, wanted in forms.items():
        model, rate = build(student)
        frames = frames_of(seconds, rate, model.hop_length)
        for form in wanted:
            path = folder / file_name(student, form)
            print(f"  {path.name}", file=sys.stderr, flush=True)
            if form == "onnx":
                export_onnx(model, path)
            else:
                export_litert(model, path, form.removesuffix(".tflite"), [frames])


if __name__ == "__main__":
    folder, forms, seconds = sys.argv[1:]
    export(Path(folder), json.loads(forms), float(seconds))
