"""Features spoken by LiteRT while they come, by the voice in the box."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_pwavenet.presets import layout
from keras_pwavenet.presets.registry import builtin_folder
from keras_pwavenet.speech.vocoder import LightVocoder

pytest.importorskip("ai_edge_litert")
HOP, FRAMES = 256, 60
RANGE = (-1.6, 2.7)


@pytest.fixture(scope="module")
def vocoder():
    return LightVocoder(builtin_folder("en_female") / layout.LITERT, value_range=RANGE)


@pytest.fixture(scope="module")
def clip():
    """Features, their pitch, and what is said of them with the seed 5."""
    random = np.random.default_rng(0)
    mel = random.uniform(-1.6, 0.5, (FRAMES, 100)).astype("float32")
    return mel, random.uniform(90, 300, FRAMES).astype("float32")


@pytest.fixture(scope="module")
def said(vocoder, clip):
    mel, pitch = clip
    return {
        given: np.concatenate(list(vocoder.speak(mel, pitch if given else None, 5)))
        for given in (False, True)
    }


@settings(max_examples=5)
@given(
    st.lists(st.integers(1, FRAMES - 1), max_size=FRAMES, unique=True), st.booleans()
)
def test_chunks_do_not_change_what_is_said(vocoder, clip, said, cuts, given):
    mel, pitch = clip
    stream = vocoder.stream(seed=5)
    parts, heard = [], 0
    for chunk in np.split(np.arange(FRAMES), sorted(cuts)):
        parts += stream.feed(mel[chunk], pitch[chunk] if given else None)
        heard += len(chunk)
        steps = max(0, heard - 7) // 16  # with a look-ahead of 7 frames
        assert (len(parts), stream.ready) == (steps, False)
    parts += stream.finish()
    assert {len(part) for part in parts} == {16 * HOP, FRAMES % 16 * HOP}
    np.testing.assert_array_equal(np.concatenate(parts), said[given])


@pytest.mark.parametrize("frames", [1, 7, 16])
def test_short_clips_have_their_length(vocoder, clip, frames):
    parts = list(vocoder.speak(clip[0][:frames], None, 5))
    assert [len(part) for part in parts] == [frames * HOP]


def test_no_frames_say_nothing(vocoder):
    assert list(vocoder.stream().finish()) == []


def test_what_is_made_of_the_pitch(vocoder, clip, said):
    assert np.abs(said[True] - said[False]).max() > 0.01
    stream = vocoder.stream(seed=5, pitch_scale=1.5)
    higher = np.concatenate([*stream.feed(clip[0]), *stream.finish()])
    assert np.abs(higher - said[False]).max() > 0.01


def test_what_is_refused_changes_nothing(vocoder, clip, said):
    mel, pitch = clip
    stream = vocoder.stream(seed=5)
    parts = list(stream.feed(mel[:20]))
    for chunk, hertz, message in (
        (mel[:, :80], None, r"shape \(frames, 100\).*Received: mel.shape=\(60, 80\)"),
        (mel[:0], None, r"one frame. Received: mel.shape=\(0, 100\)"),
        (mel[0], None, r"Received: mel.shape=\(100,\)"),
        (mel.astype(str), None, r"real numbers\. Received: mel\.dtype=<U"),
        (1j * mel, None, r"real numbers\. Received: mel\.dtype=complex"),
        (mel, 1j * pitch, r"real numbers\. Received: pitch\.dtype=complex"),
        (mel * np.nan, None, "Received: numbers from nan to nan"),
        (mel + 9, None, r"from -1.60 to 2.70; .* Received: numbers from 7"),
        (mel, pitch[1:], r"`pitch` of shape \(60,\).*Received: pitch.shape=\(59,\)"),
        (mel, pitch + 2e3, "to 2000. Received: numbers from 2"),
    ):
        with pytest.raises(ValueError, match=message):
            stream.feed(chunk, hertz)
    parts += [*stream.feed(mel[20:]), *stream.finish()]
    np.testing.assert_array_equal(np.concatenate(parts), said[False])
    with pytest.raises(ValueError, match=r"Received: finish\(\) was called before"):
        stream.feed(mel)


def test_options_of_no_stream_are_refused(vocoder):
    for options in ({"seed": -1}, {"pitch_scale": 0.0}):
        with pytest.raises(ValueError, match=f"Received: {next(iter(options))}="):
            vocoder.stream(**options)
