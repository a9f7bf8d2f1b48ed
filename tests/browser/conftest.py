"""A built page in a real browser."""

import functools
import http.server
import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import ClassVar

import pytest

ROOT = Path(__file__).parents[2]
WEB = ROOT / "examples" / "web"
NAMES = ("chromium", "chromium-browser", "google-chrome")
# As root Chromium has no sandbox; the rest keeps it from calling home.
OPTIONS = """--no-sandbox --disable-gpu --disable-quic --no-first-run
    --disable-background-networking --disable-component-update --disable-sync""".split()


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


@pytest.fixture(scope="session")
def address(site):
    """Where a plain file server has the page."""
    handler = functools.partial(_Handler, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


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
