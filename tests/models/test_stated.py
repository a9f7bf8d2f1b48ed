"""What models state of themselves holds: what they train on, how they speak, hear."""

import numpy as np
import pytest

from keras_pwavenet import Distiller, ParallelWaveNet, WaveNet
from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.models import PitchPredictor
from keras_pwavenet.models.stated import IN_PARALLEL, SEQUENTIALLY, Stated, speaks

FRAMES, AT, HOP = 40, 20, 32
MEL = LogMelSpectrogram(8000, 256, HOP, 160, n_mels=5)
AROUND = {
    "preprocessor": MEL,
    "hop_length": HOP,
    "pitch_predictor": {"conditioning_channels": 5, "channels": 2, "lowest": 200.0},
}


def test_what_each_states(small):
    assert speaks(small.teacher()) == speaks(WaveNet) == SEQUENTIALLY
    assert speaks(small.student()) == speaks(ParallelWaveNet) == IN_PARALLEL
    assert (
        speaks(small.classifier()) == speaks(PitchPredictor) == speaks(object()) == ""
    )
    targets = [
        small.teacher().target,
        small.classifier().target,
        PitchPredictor.target,
        Distiller.target,
    ]
    assert targets == ["audio", "phones", "pitch", "audio"]
    assert small.student(num_speakers=3).num_speakers == 3
    assert small.classifier().num_speakers == PitchPredictor().num_speakers == 0
    with pytest.raises(NotImplementedError, match="Stated does not state its context"):
        _ = Stated().context


@pytest.mark.parametrize("kind", ["teacher", "student", "classifier"])
@pytest.mark.parametrize("options", [{}, AROUND], ids=["plain", "around"])
def test_a_frame_depends_on_no_more_than_the_context(small, run, kind, options):
    if kind == "classifier" and options:
        pytest.skip("hears audio alone")
    model = getattr(small, kind)(**options)
    random = np.random.default_rng(0)
    wave = random.uniform(-0.1, 0.1, (1, FRAMES * model.hop_length)).astype("float32")
    inputs = {"noise" if kind == "student" else "audio": wave}
    if kind != "classifier":
        inputs["conditioning"] = -random.random((1, FRAMES, 5)).astype("float32")
    if options:
        inputs["pitch"] = np.full((1, FRAMES), 250.0, "float32")

    def says(inputs):
        found = run(model, inputs)
        return (found["audio"] if kind == "student" else found).reshape(FRAMES, -1)

    changed = {name: value.copy() for name, value in inputs.items()}
    if kind != "student":
        hop = model.hop_length
        changed["audio"][:, AT * hop : (AT + 1) * hop] += 0.5
    if "conditioning" in changed:
        changed["conditioning"][:, AT] += 0.3
    before, after = model.context
    found = np.abs(says(changed) - says(inputs)).max(axis=1)
    heard = np.flatnonzero(found > 1e-6)
    assert AT - after <= heard[0] and heard[-1] <= AT + before
    assert heard[0] == AT - after  # and what comes is stated to the frame
