"""A built page in a real browser."""

import contextlib
import functools
import http.server
import importlib
import importlib.util
import itertools
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from keras_pwavenet.audio import write_audio
from keras_pwavenet.data import Clip, FeatureCache, prepare, split_of
from keras_pwavenet.presets import PresetMixin

ROOT = Path(__file__).parents[2]
WEB = ROOT / "examples" / "web"
RATE = 8000  # of the small corpora
NAMES = ("chromium", "chromium-browser", "google-chrome")
# As root Chromium has no sandbox; the rest keeps it from calling home.
OPTIONS = """--no-sandbox --disable-gpu --disable-quic --no-first-run
    --disable-background-networking --disable-component-update --disable-sync
    --use-fake-device-for-media-stream --use-fake-ui-for-media-stream""".split()


class _Handler(http.server.SimpleHTTPRequestHandler):
    sent: ClassVar = []  # path and bytes of what was

    def log_message(self, *args):
        pass

    def copyfile(self, source, target):
        self.sent.append((self.path, os.fstat(source.fileno()).st_size))
        super().copyfile(source, target)


@pytest.fixture(scope="session")
def chromium():
    """The path of a browser."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    return found


@pytest.fixture(scope="session")
def site(chromium, tmp_path_factory):
    """The folder of the page, built by its command."""
    if shutil.which("npm") is None:
        pytest.skip("needs npm, which fetches LiteRT.js: apt-get install npm")
    for name in ("gruut_lang_en", "tensorflow", "playwright"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"needs {name}: pip install '.[browser]'")
    if "PAGE" in os.environ:  # one that is built already, while its code is changed
        return Path(os.environ["PAGE"])
    folder = tmp_path_factory.mktemp("page") / "site"
    command = [sys.executable, str(WEB / "build.py"), str(folder)]
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow"}
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-2000:]
    return folder


@contextlib.contextmanager
def _served(folder):
    """The address of a plain file server that has the folder."""
    handler = functools.partial(_Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def address(site):
    """Where a plain file server has the page."""
    with _served(site) as found:
        yield found


@pytest.fixture
def served():
    """Serves a folder, in a `with`."""
    return _served


@pytest.fixture
def sent():
    """What the file server has sent so far: paths and bytes."""
    return _Handler.sent


@pytest.fixture(scope="session")
def browser(chromium, site):
    """Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=OPTIONS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def page(browser, address):
    """The page, ready to speak; it must have had no error at the end."""
    context = browser.new_context(viewport={"width": 1000, "height": 1300})
    errors = []
    opened = context.new_page()
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(address)
    opened.get_by_role("button", name="Speak").and_(
        opened.locator(":enabled")
    ).wait_for(timeout=120_000)
    yield opened
    context.close()
    assert not errors


@pytest.fixture(scope="session")
def web():
    """Imports a module of the page's build."""
    sys.path.insert(0, str(WEB))
    yield importlib.import_module
    sys.path.remove(str(WEB))


@pytest.fixture(scope="session")
def models(web):
    """The module that packs the page's models."""
    return web("models")


def _tone(seconds, pitch):
    phase = 2 * np.pi * pitch * np.arange(round(seconds * RATE)) / RATE
    return sum(0.1 / k * np.sin(k * phase) for k in range(1, 9))


@pytest.fixture(scope="session")
def corpus(mel):
    """Prepares clips of a name, a speaker, a text and seconds, in a new folder."""

    def prepared(folder, clips):
        folder.mkdir()
        read = []
        for number, (name, speaker, text, seconds) in enumerate(clips):
            path = folder / f"{number}.wav"
            write_audio(path, _tone(seconds, 100 + 10 * number), RATE)
            read.append(Clip(name, path, text, speaker))
        prepare(read, folder / "features", mel, progress=False, level=-23)
        return FeatureCache(folder / "features")

    return prepared


def _names(split):
    return (str(n) for n in range(10_000) if split_of(str(n)) == split)


@pytest.fixture(scope="session")
def samples(web):
    return web("samples")


@pytest.fixture(scope="session")
def voices(text_voice):
    return {
        "callie": {"preset": text_voice, "speaker": None},
        "wanikani_female": {"preset": text_voice},
    }


@pytest.fixture(scope="session")
def acoustic_model(text_voice):
    return text_voice.parent / "acoustic"


@pytest.fixture(scope="session")
def mel(text_voice):
    return PresetMixin.from_preset(text_voice).preprocessor


@pytest.fixture(scope="session")
def spoken(tmp_path_factory, corpus):
    """Twelve sentences of Callie, and what is none, too long, another's, or trained."""
    tested, trained = _names("test"), next(_names("train"))
    said = [
        (next(tested), "callie", "Press one to go on.", 0.6 + n / 50) for n in range(12)
    ]
    others = [
        (next(tested), "callie", "Press one.", 0.6),
        (next(tested), "callie", "...to go on then...", 0.6),
        (next(tested), "callie", "Press one to go on.", 5.1),
        (next(tested), "kathleen", "Press two to go on.", 0.6),
        (trained, "callie", "Press one to go on.", 0.6),
    ]
    return corpus(tmp_path_factory.mktemp("samples") / "en", [*others, *said])


@pytest.fixture(scope="session")
def words(tmp_path_factory, corpus):
    """Twelve words, the first one the shortest."""
    clips = [
        (name, "", "言葉", 0.5 + n / 50)
        for n, name in enumerate(itertools.islice(_names("test"), 12))
    ]
    return corpus(tmp_path_factory.mktemp("samples") / "ja", clips)


@pytest.fixture(scope="session")
def written(samples, spoken, words, voices, acoustic_model, tmp_path_factory):
    """The folder of a page with samples of two speakers, and what was chosen."""
    pytest.importorskip("gruut_lang_en")
    folder = tmp_path_factory.mktemp("site")
    wanted = [f"callie={spoken.directory}", f"wanikani_female={words.directory}"]
    checked = samples.check(wanted, voices)
    samples.write_samples(folder, checked, voices, acoustic_model)
    return folder, {name: numbers for name, (_, numbers, _) in checked.items()}
