"""What the cheaper forms of a student cost in quality, on the test split.

    pip install '.[evaluate,benchmark]'
    python benchmarks/quality.py features/ report/ --preset en_female

The student speaks each clip in Keras (float32 and bfloat16), through LiteRT files
(float32, float16 and int8 weights) and an ONNX file, from the same noise, and the
judges of `keras_pwavenet.evaluate` compare each with the recording. `snr_db` is the
level of the float32 waveform over that of the difference from it, all clips together.
"""

import argparse
import hashlib
from pathlib import Path

import keras
import numpy as np
import onnxruntime
from ai_edge_litert.interpreter import Interpreter

from keras_pwavenet import ParallelWaveNet, evaluate
from keras_pwavenet.audio import read_audio
from keras_pwavenet.data import FeatureCache
from keras_pwavenet.export import export_litert, export_onnx

REFERENCE = "Keras, float32"


def parse_arguments():
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("features", type=Path, help="folder written by prepare")
    parser.add_argument("out", type=Path, help="folder for files and judgements")
    parser.add_argument("--preset", default="en_female")
    parser.add_argument("--split", default="test")
    parser.add_argument("--judges", nargs="+", help="ask these only; default: all")
    return parser.parse_args()


def noise_for(recording):
    """The noise of a clip, the same for every form."""
    random = np.random.default_rng(len(recording))
    return random.logistic(size=(1, len(recording))).astype("float32")


def system(name, speak, fingerprint):
    """A system of a function of noise and conditioning, both of a batch of one clip."""

    def speak_all(recordings, features):
        return [
            np.clip(speak(noise=noise_for(clip), conditioning=mel[None])[0], -1, 1)
            for clip, mel in zip(recordings, features, strict=True)
        ]

    return evaluate.System(name, speak_all, fingerprint)


def in_keras(preset, precision):
    """The student in Keras, in a precision."""
    dtype = "mixed_bfloat16" if precision == "bfloat16" else precision
    student = ParallelWaveNet.from_preset(preset, dtype=dtype)

    def speak(**inputs):
        return keras.ops.convert_to_numpy(student(inputs, training=False)["audio"])

    weights = b"".join(weight.tobytes() for weight in student.get_weights())
    fingerprint = hashlib.sha256(weights).hexdigest()
    return system(f"Keras, {precision}", speak, fingerprint)


def in_litert(student, precision, out):
    """The student in a LiteRT file, and the file's size in MB."""
    file = export_litert(student, out / f"{precision}.tflite", precision)
    runner = Interpreter(str(file)).get_signature_runner("serving_default")
    content = file.read_bytes()
    name = f"LiteRT, {precision}, {len(content) / 1e6:.1f} MB"
    fingerprint = hashlib.sha256(content).hexdigest()
    return system(name, lambda **inputs: runner(**inputs)["audio"], fingerprint)


def in_onnx(student, out):
    """The student in an ONNX file."""
    file = export_onnx(student, out / "voice.onnx")
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    fingerprint = hashlib.sha256(file.read_bytes()).hexdigest()
    return system(
        "ONNX, float32", lambda **inputs: session.run(["audio"], inputs)[0], fingerprint
    )


def signal_to_noise(results, name):
    """Level of the reference over that of a form's difference from it, in dB."""
    spoken = {(r.system, r.clip): read_audio(r.audio)[0] for r in results}
    signal = noise = 0.0
    for clip in {r.clip for r in results}:
        reference = spoken[REFERENCE, clip]
        signal += np.sum(np.square(reference))
        noise += np.sum(np.square(spoken[name, clip] - reference))
    return 10 * np.log10(signal / noise) if noise else np.inf


def main():
    """Speaks, judges and prints the table."""
    arguments = parse_arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    cache = FeatureCache(arguments.features)
    student = ParallelWaveNet.from_preset(arguments.preset)
    plain = not (student.predictor_order or student.pitch_predictor)
    systems = [
        in_keras(arguments.preset, "float32"),
        in_keras(arguments.preset, "bfloat16"),
        *(
            in_litert(student, precision, arguments.out)
            for precision in (("float32", "float16", "int8") if plain else ("float32",))
        ),
        in_onnx(student, arguments.out),
    ]
    asked = evaluate.default_judges(student.block_size)
    if arguments.judges:
        asked = evaluate.named_judges(arguments.judges, asked)
    judges, notes = evaluate.installed_judges(asked)
    print("\n".join(notes))
    results = evaluate.copy_synthesis(
        cache, systems, judges, arguments.out / "clips", arguments.split
    )
    print(evaluate.markdown_table(evaluate.summarise(results)))
    for entry in systems[1:]:
        print(f"{entry.name}: snr_db {signal_to_noise(results, entry.name):.1f}")


if __name__ == "__main__":
    main()
