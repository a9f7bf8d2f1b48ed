"""What a SavedModel makes of phonemes, against `TextToSpeech`."""

import numpy as np
import pytest

from keras_pwavenet import AcousticModel, ParallelWaveNet, TextToSpeech
from keras_pwavenet.export import export_saved_model_phonemes
from keras_pwavenet.export.requests import MOST_FRAMES
from keras_pwavenet.text import LinguisticFeatures, symbols

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]
SENTENCES = [["h", "ˈoʊ", " ", "w", "ˈɚ", "l", "d", "."], ["s", ","], ["."]]


@pytest.fixture(scope="module")
def tts(text_voice):
    """Small models, whose durations are of all lengths, none for some pauses."""
    vocoder = ParallelWaveNet.from_preset(text_voice)
    acoustic = AcousticModel(
        symbols(), vocoder.preprocessor, 6, 1, 1, 4, 1, kernel_size=3, num_speakers=2
    )
    random = np.random.default_rng(1)
    for weight in acoustic.weights:
        if weight.dtype == "float32":
            weight.assign(0.5 * random.normal(size=weight.shape))
    acoustic.duration.bias.assign([1.5])
    kernel = acoustic.mel_output.kernel
    kernel.assign(0.1 * kernel)  # filters that do not magnify the last digits
    return TextToSpeech(acoustic, vocoder, speaker=1)


@pytest.fixture(scope="module")
def serve(tts, tmp_path_factory):
    import tensorflow as tf

    folder = export_saved_model_phonemes(tts, tmp_path_factory.mktemp("voice"))
    loaded = tf.saved_model.load(str(folder))

    def run(**inputs):
        found = loaded.signatures["serving_default"](
            **{name: tf.constant(value) for name, value in inputs.items()}
        )
        return found["audio"].numpy(), found["length"].numpy()

    return run


def request_of(sentences, **changed):
    clips, longest = len(sentences), max(map(len, sentences))
    rows = [[*said, *[""] * (longest - len(said))] for said in sentences]
    factors = {
        name: np.ones(clips, "float32")
        for name in ("rate", "pitch_scale", "temperature")
    }
    seeds = {"seed": np.arange(clips, dtype="int64")}
    return {"symbols": np.array(rows), **factors, **seeds, **changed}


def test_it_says_what_text_to_speech_says(tts, serve):
    rate, pitch = np.array([1.0, 0.5, 2.0], "f4"), np.array([1.0, 1.5, 0.7], "f4")
    audio, length = serve(**request_of(SENTENCES, rate=rate, pitch_scale=pitch))
    assert len(set(length)) == 3
    for row, said in enumerate(SENTENCES):
        (expected,) = tts.speak([said], rate[row], pitch[row], seed=row)
        assert length[row] == len(expected)
        assert np.abs(expected).max() > 0.01
        np.testing.assert_allclose(audio[row, : length[row]], expected, atol=1e-3)
        assert not audio[row, length[row] :].any()


def test_temperature_0_is_no_noise(serve):
    still = request_of(SENTENCES[:1], temperature=np.zeros(1, "f4"))
    other = still | {"seed": np.array([9])}
    np.testing.assert_array_equal(serve(**still)[0], serve(**other)[0])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"symbols": np.array([["h", "zz"]])}, "inventory.*symbols=.*zz"),
        ({"symbols": np.array([["", "h"]])}, "after the end of sentences alone"),
        ({"symbols": np.array([["h", "", "h"]])}, "after the end of sentences alone"),
        ({"symbols": np.zeros((1, 0), str)}, "a symbol or more"),
        ({"rate": np.array([0.1], "f4")}, "each `rate` from 0.25 to 4"),
        ({"rate": np.array([np.nan], "f4")}, "each `rate` from 0.25 to 4"),
        ({"pitch_scale": np.array([11.0], "f4")}, "each `pitch_scale`"),
        ({"temperature": np.array([-1.0], "f4")}, "each `temperature`"),
        ({"seed": np.array([1, 2])}, "`seed` of shape"),
        (
            {"symbols": np.full((1, 20_000), "s"), "rate": np.array([0.25], "f4")},
            f"at most {MOST_FRAMES} frames.*frames=",
        ),
    ],
)
def test_what_is_refused(serve, changed, message):
    with pytest.raises(Exception, match=f"(?s)Expected.*{message}.*"):
        serve(**request_of(SENTENCES[:1], **changed))


def test_what_is_no_voice_that_speaks_text(text_voice, tmp_path):
    with pytest.raises(ValueError, match="Received: voice=ParallelWaveNet"):
        export_saved_model_phonemes(ParallelWaveNet.from_preset(text_voice), tmp_path)
    with pytest.raises(ValueError, match="Received: preset='universal'"):
        export_saved_model_phonemes("universal", tmp_path)
    settings = {"flow_layers": (2,), "layers_per_cycle": 2, "residual_channels": 4}
    heard = LinguisticFeatures(symbols(), 8000, 80)
    acoustic_model = TextToSpeech.from_preset(text_voice).acoustic_model
    said = TextToSpeech(acoustic_model, ParallelWaveNet(preprocessor=heard, **settings))
    with pytest.raises(ValueError, match="Received: preprocessor=Linguistic"):
        export_saved_model_phonemes(said, tmp_path)
    assert not list(tmp_path.iterdir())
