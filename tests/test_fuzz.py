"""Whatever is put in: a clear error of the kinds promised, or a right answer.

A few examples of each entry in the default run; `FUZZ_EXAMPLES=1000` gives more.
"""

import functools
import io
import json
import math
import time
import warnings

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from keras_pwavenet import ParallelWaveNet
from keras_pwavenet.audio import LogMelSpectrogram, read_audio, to_int16, write_audio
from keras_pwavenet.data import FeatureCache, prepare, read_corpus
from keras_pwavenet.presets import layout, storage
from keras_pwavenet.resynthesis import resynthesize

SECONDS = 10  # of the processor, that nothing may take
REFUSALS = (ValueError, OSError)  # also AudioError, FileNotFoundError


def fuzz(*strategies, **named):
    """Calls a test with many examples, none of which may take long."""

    def decorate(test):
        @functools.wraps(test)
        def timed(*arguments, **options):
            began = time.process_time()
            test(*arguments, **options)
            assert time.process_time() - began < SECONDS

        return given(*strategies, **named)(timed)

    return decorate


NUMBERS = st.one_of(
    st.integers(-3, 300),
    st.sampled_from([10**5, 10**9, 10**400, -(10**9)]),
    st.floats(),
    st.text(max_size=5),
    st.booleans(),
    st.none(),
    st.lists(st.integers(-3, 300), max_size=3),
)
MEL = LogMelSpectrogram(8000, 256, 80, 256, 20)
FORMATS = {
    "wav": {"format": "WAV"},
    "float": {"format": "WAV", "subtype": "FLOAT"},
    "flac": {"format": "FLAC"},
    "ogg": {"format": "OGG"},
    "opus": {"format": "OGG", "subtype": "OPUS"},
    "mp3": {"format": "MP3"},
    "aiff": {"format": "AIFF"},
    "au": {"format": "AU"},
    "caf": {"format": "CAF"},
}


def encoded(options):
    file = io.BytesIO()
    time = np.arange(4000) / 8000
    soundfile.write(file, 0.3 * np.sin(2000 * time), 8000, **options)
    return file.getvalue()


RECORDINGS = {name: encoded(options) for name, options in FORMATS.items()}


@st.composite
def damaged(draw, content):
    """The content with some bytes changed, cut out, put in, or the end cut off."""
    content = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, len(content) - 1)))
        kind = draw(st.sampled_from(["change", "cut", "insert", "end", "head"]))
        if kind == "change":
            content[place : place + 1] = draw(st.binary(min_size=1, max_size=4))
        elif kind == "head":
            content[place % 64 : place % 64 + 4] = draw(st.binary(max_size=4))
        elif kind == "cut":
            del content[place : place + draw(st.integers(1, 200))]
        elif kind == "insert":
            content[place:place] = draw(st.binary(max_size=100))
        else:
            del content[place:]
    return bytes(content)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


@pytest.fixture(scope="module")
def voice():
    return ParallelWaveNet(
        flow_layers=(2,),
        layers_per_cycle=2,
        residual_channels=4,
        upsample_channels=4,
        preprocessor=MEL,
    )


@pytest.mark.parametrize("name", FORMATS)
@fuzz(data=st.data())
def test_recordings(name, folder, data):
    path = folder / f"clip.{name}"
    path.write_bytes(data.draw(damaged(RECORDINGS[name])))
    try:
        audio, rate = read_audio(path, 16000)
    except REFUSALS as error:
        assert "clip" in str(error)
    else:
        assert rate == 16000 and audio.ndim == 1 and len(audio)
        assert np.abs(audio).max() <= 1


@fuzz(data=st.data())
def test_mel_settings(data):
    keys = st.sampled_from(list(MEL.get_config()))
    try:
        mel = LogMelSpectrogram(
            **MEL.get_config()
            | data.draw(
                st.dictionaries(
                    keys,
                    NUMBERS.filter(lambda x: not isinstance(x, int) or abs(x) < 10**5),
                )
            )
        )
    except ValueError as error:
        assert "Received: " in str(error)
    else:
        assert np.isfinite(mel(np.zeros(100, "float32"))).all()


ARRAYS = st.one_of(
    st.tuples(
        st.sampled_from(["float16", "float32", "float64", "int16", "int64", "bool"]),
        st.lists(st.integers(0, 300), max_size=3),
        st.sampled_from([0.0, 1.0, -4.0, 32767.0, 3e38, math.inf, math.nan]),
    )
)


def array(kind, shape, value):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return np.full(shape, value).astype(kind)


@fuzz(ARRAYS, st.sampled_from([0, 1, 8000, 16000]))
def test_waveforms(voice, folder, arguments, rate):
    audio = array(*arguments)
    for entry in (
        lambda: MEL(audio),
        lambda: resynthesize(voice, audio, rate, seed=0),
        lambda: to_int16(audio),
        lambda: write_audio(folder / "x.wav", audio, max(1, rate)),
    ):
        try:
            found = entry()
        except REFUSALS as error:
            assert str(error)
        else:
            assert found is None or np.isfinite(found).all()


@fuzz(ARRAYS, NUMBERS, st.one_of(st.none(), st.integers(0, 3)))
def test_generate(voice, arguments, temperature, seed):
    kind, shape, value = arguments
    shape = [1 + size % 3 for size in shape[:2]] + [20] if len(shape) > 1 else shape
    try:
        audio = voice.generate(array(kind, shape, value), seed, temperature)
    except ValueError as error:
        assert "Received: " in str(error)
    else:
        assert np.isfinite(np.asarray(audio)).all()


@pytest.fixture(scope="module")
def preset(voice, folder):
    voice.save_to_preset(folder / "voice")
    path = folder / "voice"
    return path, {file.name: file.read_bytes() for file in path.iterdir()}


@fuzz(data=st.data())
def test_presets_that_lie(preset, data):
    path, contents = preset
    for name, content in contents.items():
        (path / name).write_bytes(content)
    name = data.draw(st.sampled_from(["config.json", "preprocessor.json"]))
    changed = json.loads(contents[name])
    keys = st.sampled_from([*changed["config"], "no_such_setting"])
    changed["config"] |= data.draw(
        st.dictionaries(keys, NUMBERS, min_size=1, max_size=2)
    )
    (path / name).write_text(json.dumps(changed))
    metadata = json.loads(contents["metadata.json"])
    metadata[layout.HASHES] = storage.hashes(
        {file.name: file.read_bytes() for file in path.iterdir()}
    )
    (path / "metadata.json").write_text(json.dumps(metadata))
    try:
        ParallelWaveNet.from_preset(path)
    except ValueError as error:
        assert str(path) in str(error)


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5"])
@fuzz(data=st.data())
def test_damaged_presets(preset, name, data):
    path, contents = preset
    for other, content in contents.items():
        (path / other).write_bytes(content)
    damage = data.draw(damaged(contents[name]))
    (path / name).write_bytes(damage)
    if damage == contents[name]:
        return
    with pytest.raises(ValueError, match=name):
        ParallelWaveNet.from_preset(path)
    (path / "metadata.json").unlink()
    try:
        ParallelWaveNet.from_preset(path)
    except ValueError as error:
        assert str(path) in str(error)


@fuzz(st.text(max_size=200), st.sampled_from(["utf-8", "utf-16", "latin-1"]))
def test_tables(folder, text, encoding):
    root = folder / "corpus"
    root.mkdir(exist_ok=True)
    (root / "a.wav").write_bytes(RECORDINGS["wav"])
    (root / "metadata.csv").write_bytes(text.encode(encoding, "replace"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert "a" in {clip.name for clip in read_corpus(root)}


@pytest.fixture(scope="module")
def cache(folder):
    root = folder / "recordings"
    root.mkdir()
    (root / "a.wav").write_bytes(RECORDINGS["wav"])
    prepare(read_corpus(root), folder / "cache", MEL, progress=False)
    path = folder / "cache"
    return path, {file.name: file.read_bytes() for file in path.iterdir()}


@pytest.mark.parametrize("name", ["index.json", "preprocessor.json"])
@fuzz(data=st.data())
def test_damaged_features(cache, name, data):
    path, contents = cache
    for other, content in contents.items():
        (path / other).write_bytes(content)
    (path / name).write_bytes(data.draw(damaged(contents[name])))
    try:
        FeatureCache(path)
    except REFUSALS as error:
        assert str(path) in str(error)
