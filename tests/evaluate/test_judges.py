import numpy as np
import pytest

from keras_pwavenet.evaluate import Clip, Judge, default_judges, installed_judges

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
    judges = [Judge("a", lambda clip: {}), Judge("b", lambda clip: {}, ("not_there",))]
    present, absent = installed_judges(judges)
    assert [judge.name for judge in present] == ["a"]
    assert len(absent) == 1
    assert "b is left out: it needs not_there" in absent[0]
    assert "keras-pwavenet[evaluate]" in absent[0]


def test_level_and_tones_need_nothing():
    names = {judge.name for judge in default_judges() if not judge.modules}
    assert names == {"level", "tones"}


@pytest.mark.parametrize(("name", "value"), [("stoi", "stoi"), ("pesq", "pesq")])
def test_noise_costs(name, value):
    clean = speech_like()
    perfect = judge(name).measure(Clip(clean, clean, RATE, ""))[value]
    noisy = judge(name).measure(Clip(clean, speech_like(0), RATE, ""))[value]
    assert perfect == pytest.approx({"stoi": 1, "pesq": 4.644}[name], abs=1e-3)
    assert noisy < perfect - 0.1


def test_pitch_of_itself():
    clean = speech_like()
    values = judge("pitch").measure(Clip(clean, clean, RATE, ""))
    assert values == {"log_f0_rmse": 0, "voicing_f1": 1}


@pytest.mark.parametrize("name", ["stoi", "pesq"])
def test_no_value_where_there_is_no_speech(name):
    silence = np.zeros(RATE // 4, "float32")
    values = judge(name).measure(Clip(silence, silence, RATE, ""))
    assert values == {name: None}


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
