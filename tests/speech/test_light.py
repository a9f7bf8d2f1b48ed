"""Text to speech without Keras: the same speech, and nothing heavy imported."""

import hashlib
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

import keras_pwavenet
from keras_pwavenet import TextToSpeech
from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.presets.registry import FOLDER
from keras_pwavenet.speech import LightTextToSpeech
from keras_pwavenet.speech import vocoder as vocoder_module
from keras_pwavenet.speech.light import can_speak
from keras_pwavenet.speech.vocoder import LightVocoder
from keras_pwavenet.text import phonemize

pytest.importorskip("gruut_lang_en")
pytest.importorskip("ai_edge_litert")
TEXT = "Hello, world. Yes?"
STEP = 5  # frames of 80 samples
HEAVY = ("keras", "tensorflow", "jax", "torch", "scipy", "gruut", "pandas")
SCRIPT = f"""
import sys
import keras_pwavenet
audio, rate = keras_pwavenet.speak({TEXT!r}, sys.argv[1], rate=2.0)
assert rate == 8000 and audio.std() > 0
from keras_pwavenet import cli
sys.argv = ["pwavenet", "say", {TEXT!r}, sys.argv[2], "--preset", sys.argv[1]]
try:
    cli.main()
except SystemExit as end:
    assert not end.code
assert not set({HEAVY}) & set(sys.modules), set({HEAVY}) & set(sys.modules)
"""


@pytest.fixture(scope="module")
def light_voice(text_voice, tmp_path_factory):
    """The preset of the voice with its LiteRT files."""
    from keras_pwavenet.export import export_litert, export_litert_stream

    folder = tmp_path_factory.mktemp("light")
    for name in ("voice", "acoustic"):
        shutil.copytree(text_voice.parent / name, folder / name)
    voice = folder / "voice"
    export_litert_stream(voice, voice / "model.tflite", frames=[STEP])
    export_litert(folder / "acoustic", folder / "acoustic" / "model.tflite", "float16")
    return voice


@pytest.mark.tensorflow
@pytest.mark.parametrize("options", [{}, {"rate": 0.7, "pitch_scale": 1.4}])
def test_it_speaks_as_keras_does(light_voice, options, monkeypatch):
    light = LightTextToSpeech.from_preset(light_voice)
    full = TextToSpeech.from_preset(light_voice)
    assert light.sample_rate == full.sample_rate
    assert light.phonemes(TEXT) == full.phonemes(TEXT)
    monkeypatch.setattr(full.vocoder, "generate", silent(full.vocoder))
    monkeypatch.setattr(vocoder_module, "logistic_noise", no_noise)
    own, expected = (one.synthesize(TEXT, **options) for one in (light, full))
    np.testing.assert_allclose(own, expected, atol=2e-3)


def no_noise(shape, random):
    return np.zeros(shape, "float32")


def silent(vocoder):
    generate = vocoder.generate
    return lambda *arguments, **options: generate(
        *arguments, temperature=0.0, **options
    )


def test_the_voice_in_the_box_speaks_by_its_own_weights(monkeypatch):
    assert can_speak("en_female")
    light = LightTextToSpeech.from_preset("en_female")
    full = TextToSpeech.from_preset("en_female")
    monkeypatch.setattr(full.vocoder, "generate", silent(full.vocoder))
    monkeypatch.setattr(vocoder_module, "logistic_noise", no_noise)
    own, expected = (one.synthesize("Checkbox checked.") for one in (light, full))
    assert len(own) == len(expected) > 0.5 * light.sample_rate
    # Tenths of a hertz, of weights in 16 bits, move the pulses; the spectra stay.
    mels = [full.vocoder.preprocessor(audio) for audio in (own, expected)]
    assert np.mean(np.abs(mels[0] - mels[1])) < 0.07  # of 3.6; 0.03 was measured


def test_the_voice_in_the_box_rises_where_a_question_ends(monkeypatch):
    """By three semitones and more over the end of the same words, stated."""
    light = LightTextToSpeech.from_preset("en_female")
    heard = []
    monkeypatch.setattr(
        light.vocoder, "speak", lambda mel, pitch, seed: heard.append(pitch) or []
    )
    for words in ("Is this the right button", "Delete the file", "Can you hear me"):
        for sentence in phonemize(f"{words}? {words}."):
            assert list(light._speak(sentence, 1.0, 1.0, 0)) == []
    ends = [np.log2(pitch[pitch > 0][-10:]).mean() * 12 for pitch in heard]
    asked, stated = np.reshape(ends, (-1, 2)).T
    assert (asked > stated + 3).all(), ends


def test_the_mel_stays_within_what_audio_gives():
    light = LightTextToSpeech.from_preset("en_female")
    width = light._decode.get_input_details()["frames"]["shape"][-1]
    frames = np.random.default_rng(0).normal(size=(1, 50, width)).astype("float32")
    mel = light._decode(frames=frames, pitch_scale=np.ones(1, "float32"))["mel"]
    bounds = LogMelSpectrogram(n_mels=100, fmax=12000).value_range
    np.testing.assert_allclose([mel.min(), mel.max()], bounds, atol=1e-3)
    with pytest.raises(ValueError, match=f"from {bounds[0]:.2f} to {bounds[1]:.2f}"):
        light.vocoder.stream().feed(mel[0] + 1)


@pytest.mark.tensorflow
def test_the_seed_repeats(light_voice):
    light = LightTextToSpeech.from_preset(light_voice)
    first, again, other = (light.synthesize("Yes", seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0


@pytest.mark.tensorflow
def test_a_long_sentence_is_heard_as_soon_as_a_short_one(light_voice):
    light = LightTextToSpeech.from_preset(light_voice)
    parts = list(light.stream(TEXT, seed=4))
    np.testing.assert_array_equal(np.concatenate(parts), light.synthesize(TEXT, seed=4))
    frames = np.array([len(part) for part in parts]) / 80
    assert set(frames[:-1]) >= {STEP} and max(frames) <= STEP + 25  # a pause of 0.25 s
    # Streams of one voice do not disturb each other.
    turns = zip(light.stream(TEXT, seed=4), light.stream(TEXT, seed=4), strict=True)
    for part, (one, other) in zip(parts, turns, strict=True):
        np.testing.assert_array_equal(one, part)
        np.testing.assert_array_equal(other, part)


@pytest.mark.tensorflow
def test_neither_keras_nor_a_backend_is_imported(light_voice, tmp_path):
    assert can_speak(light_voice)
    target = tmp_path / "out.wav"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, light_voice, target],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert target.stat().st_size > 1000


def test_a_voice_without_the_files_is_refused(text_voice):
    assert not can_speak(text_voice)
    with pytest.raises(ValueError, match=r"model\.tflite.*Received: folder="):
        keras_pwavenet.speak("Yes", text_voice)


@pytest.mark.tensorflow
def test_what_is_refused(light_voice, text_voice):
    acoustic = light_voice.parent / "acoustic"
    with pytest.raises(ValueError, match=r"`speaker` None, as .* Received: speaker=1"):
        LightTextToSpeech(acoustic, light_voice, speaker=1)
    with pytest.raises(ValueError, match="which has `symbols`"):
        LightTextToSpeech(light_voice, light_voice)
    with pytest.raises(ValueError, match=r"bit by bit.*'decode', 'encode'"):
        LightVocoder(acoustic / "model.tflite")
    with pytest.raises(ValueError, match="can be said"):
        keras_pwavenet.speak("...", light_voice)


@pytest.fixture
def own_voice(tmp_path):
    """A copy of the voice in the box, to be spoilt."""
    folder = tmp_path / "voice"
    shutil.copytree(FOLDER / "en_female", folder)
    return folder


def test_no_flipped_bit_is_spoken(own_voice):
    keras_pwavenet.speak("Yes.", own_voice)
    path = own_voice / "model.tflite"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"tflite with the sha256 .* Received: "):
        LightTextToSpeech.from_preset(own_voice)


@pytest.mark.parametrize("content", [b"", b"no model", bytes(1000)])
def test_a_file_that_is_no_litert_is_named(content, tmp_path):
    (tmp_path / "voice.tflite").write_bytes(content)
    with pytest.raises(ValueError, match=r"whole LiteRT file\. Received: .*voice\.tfl"):
        LightVocoder(tmp_path / "voice.tflite")


@pytest.mark.parametrize("speaker", [-1, 2, 99])
def test_speakers_that_the_model_does_not_know_are_refused(speaker, own_voice):
    metadata = json.loads((own_voice / "metadata.json").read_text())
    metadata["text_to_speech"]["speaker"] = speaker
    (own_voice / "metadata.json").write_text(json.dumps(metadata))
    with pytest.raises(ValueError, match=f"from 0 to 1. Received: speaker={speaker}"):
        LightTextToSpeech.from_preset(own_voice)


@pytest.mark.tensorflow
def test_export_states_the_files_hash(light_voice):
    folder = light_voice.parent / "acoustic"
    stated = json.loads((folder / "metadata.json").read_text())["sha256"]
    content = (folder / "model.tflite").read_bytes()
    assert stated["model.tflite"] == hashlib.sha256(content).hexdigest()
    assert len(stated) == 4


def test_noise_is_logistic():
    noise = vocoder_module.logistic_noise((100_000,), np.random.default_rng(3))
    assert noise.dtype == np.float32
    np.testing.assert_allclose(noise.std(), np.pi / np.sqrt(3), rtol=0.01)
    np.testing.assert_allclose(np.quantile(noise, 0.75), np.log(3), atol=0.02)
