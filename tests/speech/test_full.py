"""Text to speech with models of Keras: what is said, how long, how high."""

import json
import shutil

import numpy as np
import pytest

from keras_pwavenet import ParallelWaveNet, TextToSpeech
from keras_pwavenet.text import LinguisticFeatures, symbols

pytest.importorskip("gruut_lang_en")
TEXT = "Hello, world. Yes?"
FRAMES = (4 * len("hɛlO,wɚld."), 4 * len("jɛs?"))
HOP, PAUSE = 80, 2000


@pytest.fixture(scope="module")
def tts(text_voice):
    return TextToSpeech.from_preset(text_voice)


def test_a_text_becomes_its_sentences_with_pauses_between(tts):
    audio = tts.synthesize(TEXT)
    assert audio.dtype == np.float32 and tts.sample_rate == 8000
    first, second = FRAMES
    assert audio.shape == ((first + second) * HOP + PAUSE,)
    assert np.abs(audio).max() <= 1
    assert not audio[first * HOP : first * HOP + PAUSE].any()
    assert audio[: first * HOP].std() > 0 < audio[first * HOP + PAUSE :].std()


def test_it_is_what_the_parts_say(tts):
    said = tts.acoustic_model.predict_mel([*"jɛs?"], pitch_scale=1.5)
    expected = tts.vocoder.generate(
        said["conditioning"][None], seed=7, pitch=said["pitch"][None]
    )
    own = tts.synthesize("[jɛs]?", pitch_scale=1.5, seed=7)
    np.testing.assert_allclose(own, np.array(expected)[0], atol=1e-6)


def test_stream_speaks_sentences_when_they_are_asked_for(tts, monkeypatch):
    calls = []
    predict = tts.acoustic_model.predict_mel
    monkeypatch.setattr(
        tts.acoustic_model,
        "predict_mel",
        lambda *args, **options: calls.append(args) or predict(*args, **options),
    )
    stream = tts.stream(TEXT)
    assert not calls
    parts = [next(stream)]
    assert len(calls) == 1
    parts += stream
    np.testing.assert_array_equal(np.concatenate(parts), tts.synthesize(TEXT))


def test_rate_shortens_and_seed_repeats(tts):
    slow, fast = tts.synthesize("Yes", rate=0.5), tts.synthesize("Yes", rate=2.0)
    assert len(slow) == 4 * len(fast)
    again, other = (
        tts.synthesize("Yes", rate=2.0),
        tts.synthesize("Yes", rate=2, seed=1),
    )
    np.testing.assert_array_equal(again, fast)
    assert np.abs(other - fast).max() > 0
    drawn = [tts.synthesize("Yes", seed=None) for _ in range(2)]
    assert np.abs(drawn[0] - drawn[1]).max() > 0


def test_the_highest_seed_speaks_several_sentences(tts):
    assert tts.synthesize("Yes. No.", seed=2**32 - 1).std() > 0


def test_pitch_scale_reaches_the_voice(tts):
    low, high = tts.synthesize("Aah"), tts.synthesize("Aah", pitch_scale=2.0)
    assert len(low) == len(high) and np.abs(low - high).max() > 1e-4


def test_phonemes_show_what_is_said(tts, text_voice):
    assert tts.phonemes(TEXT) == ["hɛlˈoʊ,wˈɚld.", "jˈɛs?"]
    own = TextToSpeech.from_preset(text_voice, lexicon={"world": "wɝːt"})
    assert own.phonemes("World [wʌt]") == ["wɚt wʌt."]


@pytest.mark.filterwarnings("ignore:Expected text")
def test_what_is_refused(tts):
    for text in ("", " \n", "日本語", "..."):
        with pytest.raises(ValueError, match="can be said"):
            tts.synthesize(text)
    for rate in (0, "1", np.nan, True, 4.1):
        with pytest.raises(ValueError, match=r"`rate` from 0\.25 to 4\. Received: "):
            tts.stream("Yes", rate=rate)
    for scale in (0.09, 10.1, True):
        with pytest.raises(ValueError, match=r"`pitch_scale` from 0\.1 to 10\. Rec"):
            tts.stream("Yes", pitch_scale=scale)
    for seed in (-1, 2**32, 1.0, True, "1", 10**5000):
        with pytest.raises(ValueError, match=r"number from 0 to 4294967295\. Rec"):
            tts.stream("Yes", seed=seed)
    with pytest.raises(ValueError, match="Received: text=b'x'"):
        tts.stream(b"x")


def said_voice(**options):
    """A small voice on linguistic features."""
    settings = {"sample_rate": 8000, "hop_length": 80, "symbols": symbols(), **options}
    return ParallelWaveNet(
        flow_layers=(2,),
        layers_per_cycle=2,
        residual_channels=4,
        preprocessor=LinguisticFeatures(**settings),
    )


def test_a_voice_on_linguistic_features_hears_durations_and_pitch(tts):
    voice = said_voice()
    own = TextToSpeech(tts.acoustic_model, voice)
    said = tts.acoustic_model.predict_mel([*"jɛs?"], pitch_scale=1.5)
    heard = voice.preprocessor([*"jɛs?"], said["durations"], said["pitch"])
    expected = np.array(voice.generate(heard[None], seed=7))[0]
    audio = own.synthesize("[jɛs]?", pitch_scale=1.5, seed=7)
    np.testing.assert_allclose(audio, expected, atol=1e-6)
    assert np.abs(audio - own.synthesize("[jɛs]?", seed=7)).max() > 1e-6
    assert np.abs(audio - own.synthesize("[nɛs]?", pitch_scale=1.5, seed=7)).max() > 0


def test_parts_that_do_not_fit(tts, text_voice, tmp_path):
    with pytest.raises(ValueError, match="in parallel"):
        TextToSpeech(tts.acoustic_model, tts.acoustic_model)
    with pytest.raises(ValueError, match="acoustic_model=ParallelWaveNet"):
        TextToSpeech(tts.vocoder, tts.vocoder)
    with pytest.raises(ValueError, match="same preprocessor"):
        TextToSpeech(tts.acoustic_model, ParallelWaveNet(8, **{"flow_layers": (7,)}))
    for other in ({"hop_length": 40}, {"sample_rate": 1}, {"symbols": ["a"]}):
        with pytest.raises(ValueError, match=r"same preprocessor, or .* and Ling"):
            TextToSpeech(tts.acoustic_model, said_voice(**other))
    with pytest.raises(ValueError, match="None, as there is one"):
        TextToSpeech(tts.acoustic_model, tts.vocoder, speaker=1)
    voice = tmp_path / "voice"
    shutil.copytree(text_voice, voice)
    with pytest.raises((FileNotFoundError, ValueError), match=r"\.\./acoustic"):
        TextToSpeech.from_preset(voice)
    metadata = json.loads((voice / "metadata.json").read_text())
    for settings, message in (
        (None, "`text_to_speech`"),
        ({"lang": 1}, "acoustic"),
        ({"acoustic_model": 1}, "Received: acoustic_model=1"),
        ({"acoustic_model": "x", "pitch": 1}, "Received: pitch=1"),
        ({"acoustic_model": "en_femal"}, "Did you mean 'en_female'"),
        ({"acoustic_model": "en_female"}, "acoustic_model=ParallelWaveNet"),
    ):
        metadata["text_to_speech"] = settings
        (voice / "metadata.json").write_text(json.dumps(metadata))
        with pytest.raises(ValueError, match=message):
            TextToSpeech.from_preset(voice)
    (voice / "metadata.json").write_text("[]")
    with pytest.raises(ValueError, match=r"JSON object in .*metadata\.json"):
        TextToSpeech.from_preset(voice)
