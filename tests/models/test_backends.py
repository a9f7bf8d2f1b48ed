"""The same weights and inputs give the same outputs on every backend."""

import os
import subprocess
import sys

import numpy as np
import pytest

SCRIPT = """
import sys
import keras
import numpy as np
from keras_pwavenet.models import ParallelWaveNet, WaveNet

assert keras.backend.backend() == sys.argv[1]
folder = sys.argv[2]
shared = dict(conditioning_channels=5, hop_length=16, upsample_factors=(2, 2))
models = {
    "teacher": WaveNet(num_layers=8, num_cycles=2, num_speakers=2, **shared),
    "student": ParallelWaveNet(
        flow_layers=(3, 3), layers_per_cycle=3, block_size=4, num_speakers=2, **shared
    ),
}
with np.load(f"{folder}/inputs.npz") as file:
    inputs = dict(file)
outputs = {}
for name, model in models.items():
    path = f"{folder}/{name}.weights.h5"
    if sys.argv[3] == "write":
        rng = np.random.default_rng(0)
        old = model.get_weights()
        model.set_weights([w + 0.1 * rng.normal(size=w.shape) for w in old])
        model.save_weights(path)
    model.load_weights(path)
    found = model({key: inputs[key] for key in model.input})
    found = found if isinstance(found, dict) else {"parameters": found}
    for key, value in found.items():
        outputs[f"{name}_{key}"] = keras.ops.convert_to_numpy(value)
np.savez(f"{folder}/{sys.argv[1]}.npz", **outputs)
"""


def run(backend, folder, mode):
    environment = {**os.environ, "KERAS_BACKEND": backend}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    command = [sys.executable, "-c", SCRIPT, backend, str(folder), mode]
    found = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    with np.load(folder / f"{backend}.npz") as file:
        return dict(file)


@pytest.mark.slow
@pytest.mark.tensorflow
def test_backends_agree(tmp_path):
    for backend in ("jax", "torch"):
        pytest.importorskip(backend)
    rng = np.random.default_rng(1)
    np.savez(
        tmp_path / "inputs.npz",
        audio=rng.uniform(-0.5, 0.5, (2, 320)).astype("float32"),
        noise=rng.logistic(size=(2, 320)).astype("float32"),
        conditioning=rng.normal(size=(2, 20, 5)).astype("float32"),
        speaker=np.array([0, 1], "int32"),
    )
    expected = run("tensorflow", tmp_path, "write")
    assert set(expected) == {
        "teacher_parameters",
        "student_audio",
        "student_loc",
        "student_log_scale",
    }
    for name, value in expected.items():
        assert np.abs(value).max() > 0.1, name
    for backend in ("jax", "torch"):
        found = run(backend, tmp_path, "read")
        for name, value in expected.items():
            np.testing.assert_allclose(found[name], value, atol=1e-4, err_msg=name)
