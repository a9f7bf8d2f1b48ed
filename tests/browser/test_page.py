"""The page says in a browser what Python says, at once, and refuses what it must."""

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from keras_pwavenet.audio import LogMelSpectrogram, read_audio
from keras_pwavenet.presets import resolve
from keras_pwavenet.speech import vocoder
from keras_pwavenet.text.durations import frames_of, regulate
from keras_pwavenet.text.front_end import phonemize
from keras_pwavenet.text.inventory import PAUSES, SPACE, symbols

pytestmark = pytest.mark.browser
WAIT = 60_000  # ms
SHORT = "Your call will be answered in 5 minutes."
LONG = "The quick brown fox jumps over the lazy dog, and then it runs along the river."
RATE = 24_000
CLIP = Path(__file__).parents[1] / "clips" / "arctic_a0498.flac"


def say(page, text=None):
    """Speaks by the keyboard, and gives the samples that the page lets save."""
    if text is not None:
        page.get_by_label("What to say, in English").fill(text)
    page.get_by_label("What to say, in English").press("Enter")
    return saved(page)


def saved(page):
    page.get_by_text(re.compile("^Spoken")).wait_for(timeout=WAIT)
    assert page.get_by_role("alert").inner_text() == ""
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as WAV").click()
    samples, rate = soundfile.read(download.value.path(), dtype="float32")
    assert rate == RATE
    return samples


def drawn(seed):
    """The page's noise: a hash of seed and place."""
    place = 0

    def noise(shape, random):
        nonlocal place
        with np.errstate(over="ignore"):
            mixed = np.arange(place, place + shape[1], dtype="uint32")
            mixed ^= np.uint32(seed + 1) * np.uint32(0x9E3779B9)
            mixed = (mixed ^ mixed >> 16) * np.uint32(0x7FEB352D)
            mixed = (mixed ^ mixed >> 15) * np.uint32(0x846CA68B)
            share = ((mixed ^ mixed >> 16) + 0.5) / 2.0**32
        place += shape[1]
        return np.log(share / (1 - share)).astype("float32").reshape(shape)

    return noise


def signal_to_noise(truth, found):
    return 10 * np.log10(np.sum(truth**2) / np.sum((truth - found) ** 2))


@pytest.fixture(scope="module")
def files(site, models, tmp_path_factory):
    """The page's models as LiteRT files."""
    folder = tmp_path_factory.mktemp("files")
    for name in ("acoustic", "en_female", "universal"):
        content = models.unpacked((site / f"{name}.gz").read_bytes())
        (folder / f"{name}.tflite").write_bytes(content)
    return folder


def told(files, settings, sentence, speaker, rate=1.0, pitch_scale=1.0):
    """Mel and pitch of a sentence, in windows that are not the page's."""
    runner = vocoder.interpreter(files / "acoustic.tflite").get_signature_runner
    numbers = np.zeros((1, 160), "int32")
    numbers[0, : len(sentence)] = [1 + symbols().index(one) for one in sentence]
    encoded = runner("encode_160")(symbols=numbers, speaker=np.int32([speaker]))
    pauses = [one in (SPACE, *PAUSES) for one in sentence]
    count = len(sentence)
    durations = frames_of(encoded["durations"][0, :count], pauses, rate)
    frames = regulate(encoded["hidden"][0, :count], durations)
    window, reach = settings["windows"][1], settings["reach"]
    valid = np.pad(np.ones(len(frames), "float32"), (reach, window))
    around = np.pad(frames, ((reach, window), (0, 0)))
    mel, pitch = [], []
    for first in range(0, len(frames), window - 2 * reach):
        part, kept = slice(first, first + window), slice(reach, window - reach)
        found = runner(f"decode_{window}")(
            frames=around[None, part],
            valid=valid[None, part],
            pitch_scale=np.float32([pitch_scale]),
        )
        mel.append(found["mel"][0, kept])
        pitch.append(found["pitch"][0, kept])
    mel, pitch = np.concatenate(mel), np.concatenate(pitch).clip(0, 2000)
    return mel[: len(frames)], pitch[: len(frames)]


@pytest.fixture(scope="module")
def settings(site):
    return json.loads((site / "settings.json").read_text("utf-8"))


@pytest.fixture
def spoken_by(files, monkeypatch):
    def speak(name, mel, pitch, seed=0):
        monkeypatch.setattr(vocoder, "logistic_noise", drawn(seed))
        voice = vocoder.LightVocoder(files / f"{name}.tflite")
        return np.concatenate(list(voice.speak(mel, pitch, 0)))

    return speak


@pytest.mark.parametrize(
    ("text", "name", "rate", "pitch"),
    [(SHORT, "callie", 1, 1), (LONG, "callie", 1, 1.2), (LONG, "kathleen", 0.75, 1)],
)
def test_it_says_what_python_says(
    page, files, settings, spoken_by, text, name, rate, pitch
):
    page.get_by_label("Voice", exact=True).select_option(name)
    page.get_by_label("Rate").fill(str(rate))
    page.get_by_label("Pitch").fill(str(pitch))
    found = say(page, text)
    [sentence] = phonemize(text)
    assert page.locator("#phonemes").text_content() == "".join(sentence)
    preset, speaker = (settings["voices"][name][key] for key in ("preset", "speaker"))
    truth = spoken_by(preset, *told(files, settings, sentence, speaker, rate, pitch))
    assert truth.std() > 0.01
    assert found.shape == truth.shape
    # The acoustic model's last digits differ, of which the vocoder makes more.
    assert np.mean(np.abs(found - truth) < 1e-3) > 0.998
    assert signal_to_noise(truth, found) > 50


SPEAK = """async ([name, mel, pitch, factor]) => {
    const { model } = await import("./load.js");
    const { Model, start } = await import("./runtime.js");
    const { Vocoder } = await import("./voice.js");
    const settings = await (await fetch("settings.json")).json();
    await (window.started ??= start());
    const voice = new Vocoder(await Model.from(await model(`${name}.gz`)), settings);
    async function* parts() {
        const bands = settings.mel.n_mels;
        for (let first = 0; first < pitch.length; first += 100) {
            const last = first + 100;
            yield {
                mel: Float32Array.from(mel.slice(first * bands, last * bands)),
                pitch: Float32Array.from(pitch.slice(first, last)),
                total: pitch.length,
            };
        }
    }
    const said = [];
    const how = { seed: 7, pitch: factor };
    for await (const audio of voice.speak(parts(), how)) said.push(...audio);
    return said;
}"""


@pytest.mark.parametrize("preset", ["en_female", "universal"])
def test_of_the_same_mel_it_says_the_same(page, files, settings, spoken_by, preset):
    mel, pitch = told(files, settings, phonemize(LONG)[0], 1)
    truth = spoken_by(preset, mel, pitch, seed=7)
    found = page.evaluate(SPEAK, [preset, mel.ravel().tolist(), pitch.tolist(), 1])
    assert truth.std() > 0.01
    np.testing.assert_allclose(found, truth, atol=1e-3)


def test_it_is_faster_than_real_time(browser, page):
    """By time of the processor, as other work may share it."""
    session = browser.new_browser_cdp_session()

    def spent():
        processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
        return sum(one["cpuTime"] for one in processes if one["type"] == "renderer")

    page.get_by_label("Voice", exact=True).select_option("callie")
    say(page, LONG)
    before = spent()
    seconds = len(say(page, LONG)) / RATE
    speed = seconds / (spent() - before)
    first, shown = (page.inner_text(name) for name in ("#first", "#speed"))
    print(f"{speed:.1f} times real time; the page says {shown}, {first} to the first")
    assert speed > 1 and float(shown.split()[0]) > 0 and float(first.split()[0]) > 0


def test_rounding_is_not_heard(files, settings, monkeypatch):
    """A voice says what that of the preset does, but for noise 55 dB below."""
    mel, pitch = told(files, settings, phonemize(LONG)[0], 0)
    said = []
    for path in (files / "en_female.tflite", f"{resolve('en_female')}/model.tflite"):
        monkeypatch.setattr(vocoder, "logistic_noise", drawn(0))
        voice = vocoder.LightVocoder(path)
        said.append(np.concatenate(list(voice.speak(mel, pitch, 0))))
    rounded, truth = said
    assert signal_to_noise(truth, rounded) > 55


def test_a_recording_is_spoken_again(page, files, settings, spoken_by, tmp_path):
    audio, _ = read_audio(CLIP, RATE)
    audio = np.round(audio[: 2 * RATE] * 32767).astype("int16")
    soundfile.write(tmp_path / "own.wav", audio, RATE)
    page.get_by_label("Pitch").fill("1")
    page.get_by_label("Recording", exact=True).set_input_files(tmp_path / "own.wav")
    page.get_by_text("Speaking").wait_for(timeout=WAIT)
    found = saved(page)
    own = {k: v for k, v in settings["mel"].items() if k != "range"}
    mel = LogMelSpectrogram(**own)(audio / 32768)
    truth = spoken_by(settings["again"], mel, None)
    assert found.shape == truth.shape and truth.std() > 0.01
    assert signal_to_noise(truth, found) > 40


def test_bad_input_gets_a_message(page):
    problem = page.get_by_role("alert")
    text = page.get_by_label("What to say, in English")
    for written, message in (
        ("", "There is nothing to say"),
        (" \n ", "There is nothing to say"),
        ("x" * 10_000, "too long: 10000 characters, of 5000"),
        ("…!?", "nothing in this text that can be said"),
        ("日本語", "nothing in this text that can be said"),
    ):
        text.fill(written)
        text.press("Enter")
        problem.filter(has_text=message).wait_for(timeout=WAIT)
        assert page.get_by_role("status").inner_text() == ""
    for name, content in (("song.mp3", b"no audio" * 100), ("none.wav", b"")):
        file = {"name": name, "mimeType": "audio/mpeg", "buffer": content}
        page.get_by_label("Recording", exact=True).set_input_files(file)
        problem.filter(has_text=f"{name} is no audio").wait_for(timeout=WAIT)
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros(61 * 8000), 8000, format="WAV")
    file = {"name": "a.wav", "mimeType": "audio/wav", "buffer": buffer.getvalue()}
    page.get_by_label("Recording", exact=True).set_input_files(file)
    problem.filter(has_text="too long: 61 s, of 60 s").wait_for(timeout=WAIT)
    say(page, "Hello.")  # it goes on


def test_a_new_text_stops_the_old_one(page):
    text = page.get_by_label("What to say, in English")
    text.fill(LONG * 10)
    text.press("Enter")
    page.get_by_text("Speaking").wait_for(timeout=WAIT)
    assert len(say(page, "Hello.")) < 2 * RATE
    text.fill(LONG)
    text.press("Enter")
    page.keyboard.press("Escape")
    page.get_by_text("Stopped.").wait_for(timeout=WAIT)


def test_what_is_left_out_is_named(page):
    page.get_by_label("What to say, in English").fill("Tokyo is 東京.")
    page.get_by_role("button", name="Speak").click()
    page.get_by_text("Left out, as it cannot be said: 東 京").wait_for(timeout=WAIT)


def test_it_is_drawn_and_fits_a_phone(page, tmp_path):
    say(page, SHORT)
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.screenshot(path=tmp_path / "page.png", full_page=True)
    assert (tmp_path / "page.png").stat().st_size > 10_000
    page.set_viewport_size({"width": 1000, "height": 1300})
    lit = page.evaluate(
        """() => {
            const canvas = document.getElementById("spectrogram");
            const all = [0, 0, canvas.width, canvas.height];
            const { data } = canvas.getContext("2d").getImageData(...all);
            return data.filter((value, place) => place % 4 < 3 && value > 100).length;
        }"""
    )
    assert lit > 5000


def ready(context, address):
    """A new page of a context, once it can speak."""
    opened = context.new_page()
    opened.goto(address)
    speak = opened.get_by_role("button", name="Speak")
    speak.and_(opened.locator(":enabled")).wait_for(timeout=WAIT)
    return opened


def test_two_clicks_at_once_speak(browser, address):
    context = browser.new_context()
    opened = ready(context, address)
    opened.get_by_role("button", name="Speak").dblclick()
    assert len(saved(opened)) > RATE
    context.close()


def test_a_recording_ends_with_its_microphone(browser, address):
    context = browser.new_context(permissions=["microphone"])
    context.add_init_script(
        """const { mediaDevices } = navigator;
        const ask = mediaDevices.getUserMedia.bind(mediaDevices);
        window.tracks = [];
        mediaDevices.getUserMedia = async (wanted) => {
            const stream = await ask(wanted);
            window.tracks.push(...stream.getTracks());
            return stream;
        };"""
    )
    opened = ready(context, address)
    states = "window.tracks.map((track) => track.readyState)"
    opened.get_by_role("button", name="Record", exact=True).dblclick()
    opened.get_by_text("Recording …").wait_for(timeout=WAIT)
    assert opened.evaluate(states) == ["live"]
    opened.keyboard.press("Escape")
    opened.get_by_text("Stopped.").wait_for(timeout=WAIT)
    opened.wait_for_timeout(200)
    assert opened.evaluate(states) == ["ended"]
    opened.get_by_role("button", name="Record", exact=True).click()
    opened.get_by_text("Recording …").wait_for(timeout=WAIT)
    opened.wait_for_timeout(1000)
    opened.get_by_role("button", name="End recording").click()
    assert len(saved(opened)) > RATE // 2
    assert opened.evaluate(states) == ["ended"] * 2
    context.close()


@pytest.mark.parametrize("name", ["", "index.html"])
def test_it_speaks_without_a_network_after_the_first_load(browser, address, name):
    context = browser.new_context()
    opened = context.new_page()
    for offline in (False, True):
        context.set_offline(offline)
        opened.goto(address + name)
        speak = opened.get_by_role("button", name="Speak")
        speak.and_(opened.locator(":enabled")).wait_for(timeout=WAIT)
    assert len(say(opened, "Hello.")) > RATE // 4
    opened.get_by_label("Recording", exact=True).set_input_files(CLIP)
    problem = opened.get_by_role("alert").filter(has_text="cannot be loaded")
    problem.wait_for(timeout=WAIT)
    context.close()


def test_the_first_load_is_below_10_mb(browser, address, sent):
    context = browser.new_context()
    opened = context.new_page()
    before = len(sent)
    opened.goto(address)
    speak = opened.get_by_role("button", name="Speak")
    speak.and_(opened.locator(":enabled")).wait_for(timeout=WAIT)
    context.close()
    loaded = sum(size for _, size in sent[before:])
    print(f"{loaded} bytes")
    assert 5e6 < loaded < 10e6
