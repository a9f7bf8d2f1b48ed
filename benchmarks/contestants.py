"""Who takes part: one entry for each model in each form."""

import dataclasses
from pathlib import Path
from typing import Any

from students import SMALL_STUDENT, SMALL_TEACHER, STUDENTS, TEACHERS, file_name

BLOCKS = (
    "student, blocks of 8",
    "student, blocks of 16",
    "student, blocks of 16, kernel of 2",
)
TEACHER_TURNS = (
    *((SMALL_TEACHER, batch) for batch in (1, 2, 8)),
    *((name, 1) for name in TEACHERS if name != SMALL_TEACHER),
)
PEERS = (
    "Vocos",
    "Multi-band MelGAN",
    "HiFi-GAN V1",
    "HiFi-GAN V2",
    "HiFi-GAN V3",
    "Parallel WaveGAN",
)
EXPORTS = {
    **dict.fromkeys(BLOCKS, ("float32.tflite", "int8.tflite", "onnx")),
    "student of the paper's size": ("float32.tflite",),
    "en_female": ("float32.tflite", "onnx"),
}
HOP_LENGTHS = {**dict.fromkeys(BLOCKS, 240), "en_female": 256}


@dataclasses.dataclass(frozen=True)
class Contestant:
    """A model in a form.

    Attributes:
        group: Table that it belongs to.
        model: Name of the model.
        form: Runtime, and batch where it matters.
        precision: Of the products: "float32", "bfloat16" or "int8".
        host: Process that it runs in; those of the peers' environment and of the GPU
            begin with "peers" and end with "cuda".
        target: Function that makes it, as `module:function`.
        arguments: The function's.
    """

    group: str
    model: str
    form: str
    precision: str
    host: str
    target: str
    arguments: dict[str, Any]


def products(threads: int, shapes, precisions, device: str = "cpu"):
    """Matrix products."""
    names = {"square": "2048 x 2048 x 2048", "layer": "12000 x 192 x 128"}
    for shape in shapes:
        for precision in precisions:
            arguments = {"shape": shape, "precision": precision, "threads": threads}
            yield Contestant(
                "machine",
                f"matrix product, {names[shape]}",
                "torch" if device == "cpu" else "torch, GPU",
                precision,
                f"product {device}",
                "products:product",
                {**arguments, "device": device},
            )


def students(folder: Path, seconds: float, threads: int):
    """The students in each form that their exported files allow."""
    length = {"seconds": seconds, "threads": threads}
    for student, (rate, _) in STUDENTS.items():

        def entry(form, precision, host, function, arguments, name=student):
            return Contestant(
                "vocoder", name, form, precision, host, function, arguments
            )

        for form in EXPORTS[student]:
            file = {"file": str(folder / file_name(student, form)), "rate": rate}
            if form == "onnx":
                file |= {**length, "hop": HOP_LENGTHS[student]}
                yield entry(
                    "ONNX Runtime", "float32", "onnx", "students:onnx_runtime", file
                )
                for precision in ("float32", "bfloat16"):
                    arguments = {**file, "precision": precision}
                    target = "peers:openvino_student"
                    yield entry(
                        "OpenVINO", precision, "peers openvino", target, arguments
                    )
            else:
                precision = form.removesuffix(".tflite")
                file["threads"] = threads
                yield entry("LiteRT", precision, "litert", "students:litert", file)
        for precision in ("float32", "bfloat16"):
            arguments = {**length, "student": student, "precision": precision}
            target = "students:keras_torch"
            yield entry("Keras on torch", precision, "keras", target, arguments)


def teachers(threads: int, turns=((SMALL_TEACHER, 1),), frames: int = 20):
    """Teachers, sample by sample; `turns` are of name and batch."""
    for name, batch in turns:
        yield Contestant(
            "teacher",
            name,
            f"generate, batch {batch}",
            "float32",
            "keras",
            "students:teacher",
            {
                "name": name,
                "batch": batch,
                "frames": 1 if name == "teacher of the paper's size" else frames,
                "threads": threads,
            },
        )


def training(threads: int, whats, precision: str, device: str = "cpu", **size):
    """Training steps, of the `batch` and `frames` in `size`."""
    for what in whats:
        yield Contestant(
            "training",
            what,
            "torch" if device == "cpu" else "torch, GPU",
            precision,
            f"training {device}",
            "students:training_step",
            {
                "what": what,
                "precision": precision,
                "threads": threads,
                "device": device,
                **size,
            },
        )


def peers(seconds: float, threads: int):
    """The other vocoders: in torch, as they come, and converted to OpenVINO."""
    for peer in PEERS:
        arguments = {"peer": peer, "seconds": seconds, "threads": threads}
        yield Contestant(
            "vocoder",
            peer,
            "torch",
            "float32",
            "peers torch",
            "peers:torch_peer",
            arguments,
        )
        if peer == "Parallel WaveGAN":
            continue  # its conversion takes gigabytes, and it stays the slowest
        for precision in ("float32", "bfloat16"):
            yield Contestant(
                "vocoder",
                peer,
                "OpenVINO",
                precision,
                "peers openvino",
                "peers:openvino_peer",
                {**arguments, "precision": precision},
            )


def on_gpu(seconds: float, threads: int, batches=(1, 16)):
    """Students and peers in torch on the GPU, and the products and training there."""
    yield from products(threads, ("square",), ("float32", "bfloat16"), "cuda")
    yield from training(threads, ("teacher", "distiller"), "bfloat16", "cuda")
    for batch in batches:
        shared = {
            "seconds": seconds,
            "threads": threads,
            "batch": batch,
            "device": "cuda",
        }
        form = f"torch, GPU, batch {batch}"
        for student in STUDENTS:
            yield Contestant(
                "GPU",
                student,
                form,
                "float32",
                "keras cuda",
                "students:keras_torch",
                {**shared, "student": student},
            )
        for peer in PEERS:
            yield Contestant(
                "GPU",
                peer,
                form,
                "float32",
                "peers cuda",
                "peers:torch_peer",
                {**shared, "peer": peer},
            )


def everyone(folder: Path, seconds: float, threads: int, gpu: bool):
    """All contestants of the long run."""
    return [
        *products(threads, ("square", "layer"), ("float32", "bfloat16")),
        *students(folder, seconds, threads),
        *peers(seconds, threads),
        *teachers(threads, TEACHER_TURNS),
        *training(threads, ("teacher", "distiller", "warm start"), "bfloat16"),
        *(on_gpu(seconds, threads) if gpu else ()),
    ]


def few(folder: Path, seconds: float, threads: int):
    """The contestants of the short run, all in float32, which every machine has."""
    ours = [
        entry
        for entry in students(folder, seconds, threads)
        if entry.model == SMALL_STUDENT
        and entry.precision == "float32"
        and entry.form in ("LiteRT", "Keras on torch")
    ]
    return [
        *products(threads, ("layer",), ("float32",)),
        *ours,
        *teachers(threads),
        *training(threads, ("teacher", "distiller"), "float32", batch=1, frames=24),
    ]
