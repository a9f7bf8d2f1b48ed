"""`model.save` keeps what a model is made around: the mel and the pitch predictor."""

import copy
import pickle

import keras
import numpy as np
import pytest

from keras_pwavenet import Distiller
from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.models.pitch_predictor import PitchPredictor

MEL = LogMelSpectrogram(8000, 64, hop_length=8, win_length=40, n_mels=5, fmax=4000.0)


@pytest.mark.parametrize("kind", ["teacher", "student"])
def test_a_saved_model_keeps_mel_and_pitch_predictor(kind, small, tmp_path):
    model = getattr(small, kind)(
        preprocessor=MEL,
        predictor_order=5,
        pitch_predictor=PitchPredictor(5, 6, 3, bins=9, lowest=200.0, highest=1500.0),
        num_speakers=2,
    )
    model.save(tmp_path / "model.keras")
    copy = keras.saving.load_model(tmp_path / "model.keras")
    assert type(copy) is type(model)
    assert copy.get_config() == model.get_config()
    assert copy.preprocessor.get_config() == MEL.get_config()
    assert not copy.pitch_predictor.trainable_weights
    inputs = small.inputs("noise" if kind == "student" else "audio", speakers=2)
    pairs = [
        small.run(m.pitch_predictor, inputs["conditioning"]) for m in (model, copy)
    ]
    np.testing.assert_array_equal(*pairs)
    pairs = [small.run(m, inputs) for m in (model, copy)]
    if kind == "student":
        pairs = [outputs["audio"] for outputs in pairs]
    np.testing.assert_array_equal(*pairs)
    assert np.ptp(pairs[0]) > 0.1


def saved(model, folder):
    model.save(folder / "model.keras")
    return keras.saving.load_model(folder / "model.keras")


def checkpointed(model, folder):
    checkpoint = keras.callbacks.ModelCheckpoint(folder / "checkpoint.keras")
    checkpoint.set_model(model)
    checkpoint.on_epoch_end(0, {})
    return keras.saving.load_model(folder / "checkpoint.keras")


WAYS = {
    "save": saved,
    "ModelCheckpoint": checkpointed,
    "config": lambda model, folder: type(model).from_config(model.get_config()),
    "deepcopy": lambda model, folder: copy.deepcopy(model),
    "pickle": lambda model, folder: pickle.loads(pickle.dumps(model)),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["teacher", "student", "classifier", "predictor"])
def test_a_copy_keeps_the_mel_that_was_set(kind, way, small, tmp_path):
    if kind == "predictor":
        model = PitchPredictor(5, 6, 3, bins=9)
    else:
        model = getattr(small, kind)()
    model.preprocessor = MEL
    found = WAYS[way](model, tmp_path)
    assert type(found) is type(model)
    assert found.preprocessor.get_config() == MEL.get_config()


@pytest.mark.parametrize("way", ["save", "ModelCheckpoint"])
def test_a_distiller_keeps_its_models_mels(way, small, tmp_path):
    distiller = Distiller(small.teacher(), small.student(), ["stft"])
    distiller.teacher.preprocessor = distiller.student.preprocessor = MEL
    found = WAYS[way](distiller, tmp_path)
    for model in (found.teacher, found.student):
        assert model.preprocessor.get_config() == MEL.get_config()
