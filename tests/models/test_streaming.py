"""Streams say what `generate` says, whatever the chunks."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keras_pwavenet import ParallelWaveNet
from keras_pwavenet.audio import LogMelSpectrogram, read_audio
from keras_pwavenet.models.pitch_predictor import PitchPredictor

CLIP = Path(__file__).parents[1] / "clips" / "arctic_a0498.flac"
HOP, BANDS, LONGEST = 80, 8, 24
JAX = keras.backend.backend() == "jax"  # compiles each length of a clip anew
MEL = LogMelSpectrogram(8000, 256, HOP, 200, n_mels=BANDS)
PARTS = [(), ("filter",), ("source",), ("filter", "source")]
EXACT = 1e-5
# Steep filters and a pitch that is predicted hang on the last digits of float32, in
# which processors differ, too: up to 2.4e-5 was seen.
CLOSE = 1e-4


@pytest.fixture(scope="module")
def voice_with():
    """Makes a student with a "filter", a "source", both or neither; once each."""
    made = {}

    def make(*parts, **options):
        key = (parts, tuple(options.items()))
        if key not in made:
            made[key] = _voice(parts, options)
        return made[key]

    return make


def _voice(parts, options):
    pitch = PitchPredictor(BANDS, 6, 5, 2, bins=20, lowest=80.0, highest=300.0)
    voice = ParallelWaveNet(
        *(BANDS, HOP, (2, 4), 2),
        residual_channels=4,
        upsample_channels=4,
        initial_scale=0.1 if "filter" in parts else 0.01,
        preprocessor=MEL,
        predictor_order=8 if "filter" in parts else 0,
        pitch_predictor=pitch if "source" in parts else None,
        **options,
    )
    random = np.random.default_rng(5)
    for weight in voice.weights:
        weight.assign(0.2 * random.normal(size=weight.shape))
    voicing = keras.ops.convert_to_numpy(pitch(frames_of(60)[None]))[0, :, -1]
    bias = keras.ops.convert_to_numpy(pitch.logits.bias).copy()
    bias[-1] -= np.median(voicing)
    pitch.logits.bias.assign(bias)
    return voice


def frames_of(count, seed=1):
    audio = np.random.default_rng(seed).uniform(-0.3, 0.3, count * HOP)
    return MEL(audio.astype("float32"))[:count]


def pitch_of(count):
    """A glide with a gap, and unvoiced frames alone."""
    pitch = np.linspace(300, 120, count).astype("float32")
    pitch[[0, count // 2, -1]] = 0.0
    return pitch


def whole(voice, frames, pitch=None, **options):
    pitch = None if pitch is None else pitch[None]
    found = voice.generate(frames[None], pitch=pitch, **options)
    return keras.ops.convert_to_numpy(found)[0]


def in_chunks(stream, frames, sizes, pitch=None):
    """What a stream says, chunk by chunk, and when it is finished."""
    starts = np.cumsum([0, *sizes])
    said = []
    for first, last in itertools.pairwise(starts):
        own = () if pitch is None else (pitch[first:last],)
        said.append(stream.feed(frames[first:last], *own))
        known = max(0, last - stream.look_ahead) * stream._voice.hop_length
        assert sum(map(len, said)) == known
    return [*said, stream.finish()]


@st.composite
def chunkings(draw):
    left, sizes = draw(st.just(LONGEST) if JAX else st.integers(1, LONGEST)), []
    while left:
        sizes.append(draw(st.integers(1, left)))
        left -= sizes[-1]
    return sizes


@pytest.mark.parametrize("parts", PARTS)
@settings(
    max_examples=4 if JAX else 12,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(sizes=chunkings(), seed=st.integers(0, 2**31 - 1), pitch_given=st.booleans())
def test_any_chunking_is_the_whole(voice_with, parts, sizes, seed, pitch_given):
    voice, frames = voice_with(*parts), frames_of(sum(sizes))
    pitch_given = pitch_given and "source" in parts
    pitch = pitch_of(sum(sizes)) if pitch_given else None
    expected = whole(voice, frames, pitch, seed=seed)
    stream = voice.stream(seed=seed, pitch_given=pitch_given)
    found = np.concatenate(in_chunks(stream, frames, sizes, pitch))
    predicted = "source" in parts and not pitch_given
    exact = not predicted and "filter" not in parts
    np.testing.assert_allclose(found, expected, atol=EXACT if exact else CLOSE, rtol=0)


@pytest.mark.slow
@pytest.mark.parametrize("parts", PARTS)
def test_a_thousand_chunkings_are_alike(voice_with, parts):
    voice, frames, random = voice_with(*parts), frames_of(60), np.random.default_rng(0)
    pitch = pitch_of(60) if "source" in parts else None
    expected = whole(voice, frames, pitch, seed=2)
    for _ in range(250):
        cuts = np.unique([0, 60, *random.integers(1, 60, random.integers(1, 40))])
        stream = voice.stream(seed=2, pitch_given=pitch is not None)
        found = np.concatenate(in_chunks(stream, frames, np.diff(cuts), pitch))
        np.testing.assert_allclose(found, expected, atol=CLOSE, rtol=0)


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 7, 16])
def test_a_voice_in_the_box_streams_what_it_generates(size):
    voice = ParallelWaveNet.from_preset("en_female")
    audio, _ = read_audio(CLIP, 24_000)
    frames = np.asarray(voice.preprocessor(audio))[:100]
    sizes = [size] * (100 // size) + [100 % size] * (100 % size > 0)
    found = np.concatenate(in_chunks(voice.stream(seed=0), frames, sizes))
    expected = whole(voice, frames, seed=0)
    np.testing.assert_allclose(found, expected, atol=5e-5, rtol=0)


@pytest.mark.parametrize("count", [1, pytest.param(2, marks=pytest.mark.slow), 5])
def test_clips_shorter_than_the_look_ahead(voice_with, count):
    voice, frames = voice_with("filter", "source"), frames_of(count)
    said = in_chunks(voice.stream(seed=3), frames, [1] * count)
    assert [len(part) for part in said] == [0] * count + [count * HOP]
    expected = whole(voice, frames, seed=3)
    np.testing.assert_allclose(said[-1], expected, atol=CLOSE, rtol=0)
    assert voice.stream().finish().shape == (0,)


def test_options_are_those_of_generate(voice_with):
    voice, frames = voice_with("source", num_speakers=3), frames_of(LONGEST)
    options = {"seed": 1, "temperature": 0.4, "pitch_scale": 1.4}
    stream = voice.stream(**options, speaker=2)
    found = np.concatenate(in_chunks(stream, frames, [5, 1, 18]))
    expected = whole(voice, frames, **options, speaker=np.array([2]))
    np.testing.assert_allclose(found, expected, atol=CLOSE, rtol=0)
    for other in ({"temperature": 0.5}, {"pitch_scale": 1.0}, {"seed": 2}):
        stream = voice.stream(**{**options, **other}, speaker=2)
        changed = np.concatenate(in_chunks(stream, frames, [LONGEST]))
        assert np.abs(changed - found).max() > 10 * CLOSE
    fresh = [np.concatenate(in_chunks(voice.stream(speaker=0), frames, [LONGEST]))] * 2
    fresh[1] = np.concatenate(in_chunks(voice.stream(speaker=0), frames, [LONGEST]))
    assert np.abs(fresh[0] - fresh[1]).max() > 10 * CLOSE
    generators = [keras.random.SeedGenerator(4) for _ in range(2)]
    stream = voice.stream(generators[0], speaker=0)
    found = np.concatenate(in_chunks(stream, frames, [LONGEST]))
    expected = whole(voice, frames, seed=generators[1], speaker=np.array([0]))
    np.testing.assert_allclose(found, expected, atol=CLOSE, rtol=0)


def test_look_ahead_is_that_of_the_conditioning(voice_with):
    plain, voice = voice_with(), voice_with("source")
    assert plain.stream().look_ahead == 3 and plain.stream().look_ahead_ms == 30.0
    assert voice.stream().look_ahead == 5  # 4 of the predictor, 1 to the next pitch
    assert voice.stream(pitch_given=True).look_ahead_ms == 30.0


def test_a_clone_goes_on_alike(voice_with):
    voice, frames = voice_with("filter", "source"), frames_of(LONGEST)
    stream = voice.stream(seed=0)
    stream.feed(frames[:11])
    other = stream.clone()
    found = [one.feed(frames[11:16]) for one in (stream, other)]
    np.testing.assert_array_equal(*found)
    rest = stream.finish()
    assert np.abs(other.feed(frames[16:])[: len(rest)] - rest).max() > 1e-4
    expected = whole(voice, frames, seed=0)[-len(rest) :]
    np.testing.assert_allclose(other.finish(), expected, atol=CLOSE, rtol=0)


def test_streams_of_several_threads(voice_with):
    voice, frames = voice_with("filter", "source"), frames_of(20)

    def speak(seed):
        stream = voice.stream(seed=seed)
        return np.concatenate(in_chunks(stream, frames, [4] * 5))

    alone = [speak(seed) for seed in range(6)]
    with ThreadPoolExecutor(6) as threads:
        together = list(threads.map(speak, range(6)))
    np.testing.assert_array_equal(together, alone)


def test_weights_are_those_of_the_moment(voice_with):
    voice, frames = _voice((), {}), frames_of(LONGEST)
    in_chunks(voice.stream(seed=0), frames, [1] * LONGEST)
    for weight in voice.weights:
        weight.assign(0.5 * weight)
    found = np.concatenate(in_chunks(voice.stream(seed=0), frames, [1] * LONGEST))
    np.testing.assert_allclose(found, whole(voice, frames, seed=0), atol=EXACT)


def test_the_state_stays_small(voice_with):
    stream = voice_with("filter", "source").stream(seed=0)
    sizes = []
    for chunk in range(4):
        stream.feed(frames_of(20, chunk))
        tensors = keras.tree.flatten(stream._state)
        sizes.append(sum(map(np.size, map(keras.ops.convert_to_numpy, tensors))))
        assert len(stream._noise) <= 4096
    assert len(set(sizes)) == 1 and sizes[0] < 2000


def test_what_does_not_fit_changes_nothing(voice_with):
    voice, frames = voice_with("filter", "source"), frames_of(LONGEST)
    stream = voice.stream(seed=0, pitch_given=True)
    said = [stream.feed(frames[:8], pitch_of(8))]
    for chunk, message in (
        ((frames[8:],), r"pitch.*Received: pitch=None, pitch_given=True"),
        ((frames[8:], pitch_of(7)), r"\(16,\)\. Received: pitch\.shape=\(7,\)"),
        (
            (frames[8:, :5], pitch_of(16)),
            r"`conditioning` of shape \(frames, 8\) .*conditioning\.shape=\(16, 5\)",
        ),
        ((frames[None], pitch_of(LONGEST)), rf"shape=\(1, {LONGEST}, 8\)"),
        ((frames[:0], pitch_of(8)[:0]), r"conditioning\.shape=\(0, 8\)"),
        ((frames[8:].astype(str), pitch_of(16)), r"conditioning\.dtype=<U"),
        ((frames[8:].astype(object), pitch_of(16)), r"conditioning\.dtype=object"),
        ((1j * frames[8:], pitch_of(16)), r"real.*conditioning\.dtype=complex"),
        (([[1.0], [2.0, 3.0]], pitch_of(16)), "rows of different length"),
        ((frames[8:], 1j * pitch_of(16)), r"pitch\.dtype=complex"),
        ((frames[8:] + np.nan, pitch_of(16)), "NaN or infinite"),
    ):
        with pytest.raises(ValueError, match=message):
            stream.feed(*chunk)
    said += [stream.feed(frames[8:], pitch_of(16)), stream.finish()]
    pitch = np.concatenate([pitch_of(8), pitch_of(16)])
    expected = whole(voice, frames, pitch, seed=0)
    np.testing.assert_allclose(np.concatenate(said), expected, atol=CLOSE, rtol=0)
    for call in (stream.finish, lambda: stream.feed(frames, pitch)):
        with pytest.raises(ValueError, match="not finished"):
            call()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": -1}, "temperature=-1"),
        ({"seed": 1.5}, r"`seed` to be a whole number.*seed=1\.5"),
        ({"seed": "a"}, "seed='a'"),
        ({"seed": -1}, "seed=-1"),
        ({"seed": 2**63}, "seed=9223372036854775808"),
        ({"seed": True}, "seed=True"),
        ({"pitch_scale": 2.0}, r"no pitch predictor.*pitch_scale=2\.0"),
        ({"pitch_given": True}, "no pitch predictor"),
        ({"speaker": 1}, "one speaker"),
    ],
)
def test_wrong_use_is_refused(voice_with, options, message):
    with pytest.raises(ValueError, match=message):
        voice_with().stream(**options)
