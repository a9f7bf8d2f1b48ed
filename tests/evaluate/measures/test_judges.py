import sys
from pathlib import Path

import numpy as np
import pytest

from keras_pwavenet.audio import read_audio
from keras_pwavenet.evaluate import (
    Clip,
    Judge,
    default_judges,
    installed_judges,
    named_judges,
)

RATE = 16000


def judge(name):
    found = next(judge for judge in default_judges() if judge.name == name)
    if found.what_is_missing():
        pytest.skip(f"{name} needs {found.what_is_missing()}")
    return found


def speech_like(noise_db=None):
    """A buzz with formants and pauses, in two seconds."""
    time = np.arange(2 * RATE) / RATE
    phase = 2 * np.pi * np.cumsum(150 + 30 * np.sin(2 * np.pi * 3 * time)) / RATE
    audio = sum(np.sin(k * phase) / k for k in range(1, 30))
    audio *= 0.1 * (np.sin(2 * np.pi * 2.5 * time) > -0.5)
    if noise_db is not None:
        noise = np.random.default_rng(0).normal(size=len(audio))
        audio = audio + noise * audio.std() * 10 ** (-noise_db / 20)
    return audio.astype("float32")


def test_a_missing_package_is_named():
    judges = [
        Judge("a", lambda clip: {}),
        Judge("b", lambda clip: {}, modules=("not_there",)),
    ]
    present, absent = installed_judges(judges)
    assert [judge.name for judge in present] == ["a"]
    assert len(absent) == 1
    assert "b is left out: it needs not_there" in absent[0]
    assert ".[evaluate]" in absent[0]


def test_a_library_that_does_not_load_is_named_too(tmp_path, monkeypatch):
    (tmp_path / "broken_library.py").write_text("raise OSError('no libc10_cuda.so')")
    monkeypatch.syspath_prepend(tmp_path)
    broken = Judge("a", dict, modules=("broken_library",), extra="special")
    _, (line,) = installed_judges([broken])
    assert "broken_library (no libc10_cuda.so)" in line
    assert ".[special]" in line


def test_a_module_that_is_never_called_may_be_missing(tmp_path, monkeypatch):
    (tmp_path / "needs_much.py").write_text("import not_there")
    monkeypatch.syspath_prepend(tmp_path)
    assert "not_there" in Judge("a", dict, modules=("needs_much",)).what_is_missing()
    assert not Judge(
        "a", dict, modules=("needs_much",), unused=("not_there",)
    ).what_is_missing()
    assert "not_there" not in sys.modules


def test_judges_by_name():
    judges = default_judges()
    found = named_judges(["level", "tones"], judges)
    assert [judge.name for judge in found] == ["tones", "level"]
    with pytest.raises(ValueError, match=r"silence, level\. Received: mos, taste"):
        named_judges(["taste", "level", "mos"], judges)


def test_level_silence_and_tones_need_nothing():
    names = {judge.name for judge in default_judges() if not judge.modules}
    assert names == {"level", "silence", "tones"}


def test_silence_judge():
    clean = speech_like()
    noisy = clean + np.float32(0.5 / 32768 * 10)
    values = judge("silence").measure(Clip(clean, noisy, RATE, ""))
    assert values == {"silence_db": pytest.approx(20, abs=0.01)}


@pytest.mark.parametrize(
    ("name", "best", "cost"),
    [("stoi", 1, 0.1), ("pesq", 4.644, 0.1), ("visqol", 5, 1), ("cepstrum", 0, -3)],
)
def test_noise_costs(name, best, cost):
    clean = speech_like()
    (perfect,) = judge(name).measure(Clip(clean, clean, RATE, "")).values()
    (noisy,) = judge(name).measure(Clip(clean, speech_like(0), RATE, "")).values()
    assert perfect == pytest.approx(best, abs=1e-3)
    assert noisy < perfect - cost if cost > 0 else noisy > perfect - cost


def test_cepstrum_hears_no_level():
    noisy = speech_like(30)  # without digital silence
    (value,) = judge("cepstrum").measure(Clip(noisy, noisy / 2, RATE, "")).values()
    assert value == pytest.approx(0, abs=1e-3)


def test_pitch_of_itself():
    clean = speech_like()
    values = judge("pitch").measure(Clip(clean, clean, RATE, ""))
    assert values == {"log_f0_rmse": 0, "voicing_f1": 1}


@pytest.mark.parametrize("name", ["stoi", "pesq", "visqol", "cepstrum"])
def test_no_value_where_there_is_no_speech(name):
    silence = np.zeros(RATE // 4, "float32")
    values = judge(name).measure(Clip(silence, silence, RATE, ""))
    assert list(values.values()) == [None]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plcmos", "distillmos"])
def test_opinions_prefer_the_clean_and_do_not_change(name):
    speech, _ = read_audio(Path(__file__).parents[2] / "clips" / "vm-msgsaved.flac")
    noise = np.random.default_rng(0).normal(0, 0.1 * speech.std(), len(speech))
    clean, noisy, again = (
        judge(name).measure(Clip(audio, audio, RATE, ""))[name]
        for audio in (speech, (speech + noise).astype("float32"), speech)
    )
    assert 1 <= noisy < clean <= 5
    assert again == clean


@pytest.mark.slow
def test_dnsmos_prefers_the_clean():
    dnsmos = judge("dnsmos")
    clean, noisy = (
        dnsmos.measure(Clip(audio, audio, RATE, ""))["dnsmos_background"]
        for audio in (speech_like(), speech_like(0))
    )
    assert 1 <= noisy < clean <= 5


def test_words_are_counted_from_four():
    words = judge("words")
    audio = np.zeros(RATE, "float32")
    few = words.measure(Clip(audio, audio, RATE, "Press one."))
    assert few["words"] is None


@pytest.mark.slow
def test_words_of_silence_are_all_wrong():
    audio = np.zeros(RATE, "float32")
    values = judge("words").measure(Clip(audio, audio, RATE, "Press one to go on."))
    assert values["words"] == 5
    assert values["word_errors"] >= 4
