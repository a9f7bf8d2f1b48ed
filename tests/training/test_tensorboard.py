"""Logs for TensorBoard: scalars, audio and spectrograms, on any backend."""

import io
import struct
import sys

import numpy as np
import pytest
import soundfile

from keras_pwavenet import PitchPredictor
from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.training import TensorBoard
from keras_pwavenet.training.tensorboard import spectrogram_picture

tensorboardX = pytest.importorskip("tensorboardX")


def summaries(path):
    """(step, tag, value) of every summary in the file, or in the folder's only one."""
    from tensorboardX.proto.event_pb2 import Event

    path, *others = [path] if path.is_file() else path.glob("events.*")
    assert not others
    data = path.read_bytes()
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        event = Event.FromString(data[12 : 12 + length])
        for value in event.summary.value:
            yield event.step, value.tag, value
        data = data[16 + length :]


@pytest.mark.parametrize("kind", ["teacher", "distiller"])
def test_run_is_logged(kind, make, train, cache, tmp_path):
    history = train(make[kind](), tmp_path, steps=5, tensorboard=True)
    logged = {(s, tag): value for s, tag, value in summaries(tmp_path / "tensorboard")}
    losses = [logged[e + 1, "train/loss"].simple_value for e in range(5)]
    assert losses == pytest.approx(history.history["loss"], rel=1e-6)
    assert logged[5, "validation/loss"].simple_value == pytest.approx(
        history.history["val_loss"][0], rel=1e-6
    )
    assert logged[1, "train/learning_rate"].simple_value == pytest.approx(1e-3, 1e-3)

    recorded = logged[5, "audio/recording"].audio
    audio, rate = soundfile.read(io.BytesIO(recorded.encoded_audio_string))
    clips = sorted(cache.indices("validation"), key=lambda i: cache.clips[i].frames)
    clip = cache.audio(int(clips[len(clips) // 2]))
    assert rate == cache.mel.sample_rate
    np.testing.assert_allclose(audio, clip, atol=2 / 32768)
    spoken = logged[5, "audio/generated"].audio
    generated, _ = soundfile.read(io.BytesIO(spoken.encoded_audio_string))
    assert generated.shape == audio.shape
    assert np.abs(generated - audio).max() > 0.01
    for tag in ("recording", "generated"):
        image = logged[5, f"spectrogram/{tag}"].image
        assert image.encoded_image_string.startswith(b"\x89PNG")
        assert image.width == len(audio) // cache.mel.hop_length


def test_log_goes_on_after_the_rest_of_an_epoch(make_teacher, train, tmp_path):
    lengths = {"steps_per_epoch": 2, "tensorboard": True}
    train(make_teacher(), tmp_path / "run", steps=1, steps_per_epoch=2)
    train(make_teacher(), tmp_path / "run", steps=6, **lengths)
    files = sorted((tmp_path / "run" / "tensorboard").iterdir())
    steps = {step for path in files for step, tag, _ in summaries(path)}
    assert steps == {2, 4, 6}


@pytest.mark.slow
def test_logging_does_not_change_the_run(make_distiller, train, tmp_path):
    plain, logged = make_distiller(), make_distiller()
    train(plain, tmp_path / "plain", steps=6)
    train(logged, tmp_path / "logged", steps=6, tensorboard=True)
    for one, other in zip(plain.get_weights(), logged.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_long_clips_are_cut(cache, tmp_path):
    callback = TensorBoard(tmp_path, cache, seconds=0.05)
    assert callback._inputs["audio"].shape == (1, 400)
    assert callback._inputs["conditioning"].shape == (1, 5, 8)


def test_picture_shows_a_tone_where_it_is():
    mel = LogMelSpectrogram(sample_rate=8000, n_fft=256, hop_length=80, win_length=200)
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(1600) / 8000)
    picture = spectrogram_picture(mel, tone)
    assert picture.shape == (3 * 80, 20, 3)
    brightest = picture.sum(-1)[:, 10].argmax() // 3
    assert abs((79 - brightest) - mel(tone)[10].argmax()) <= 1
    dark = spectrogram_picture(mel, np.zeros(160))
    assert (dark == dark[0, 0]).all()


def test_missing_library_is_named(cache, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ImportError, match=r"pip install .* tensorboardX"):
        TensorBoard(tmp_path, cache)


def test_a_model_that_does_not_speak_logs_no_audio(cache, tmp_path):
    callback = TensorBoard(tmp_path, cache)
    callback.set_model(PitchPredictor(cache.mel.n_mels))
    callback.on_test_end()
    callback.on_train_end()
    assert list(summaries(tmp_path)) == []
