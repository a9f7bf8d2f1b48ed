"""Builds a page that speaks in the browser: a folder of static files.

    pip install '.[text]'
    python examples/web/build.py site/
    python -m http.server --directory site/

Any file server will do. Needs npm, which fetches LiteRT.js as package-lock.json says.
With samples beside recordings, of those who were prepared (docs/corpora.md):

    python examples/web/build.py site/ --samples callie=features/callie/
"""

import argparse
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
VOICES = {
    "kathleen": {"preset": "en_female", "speaker": 1},
    "callie": {"preset": "en_female", "speaker": 0},
}
SAMPLED = {**VOICES, "wanikani_female": {"preset": "ja_female"}}  # by whom
ACOUSTIC_MODEL = "en_acoustic"
AGAIN = "universal"  # speaks recordings again, of any voice
WINDOWS = (160, 256)  # frames that are decoded at once: a sentence's first, and more
STEP = 16  # frames that are spoken at once
RUNTIMES = ("litert_wasm_internal", "litert_wasm_compat_internal")
SAMPLES_LINK = '<p><a href="samples.html">Samples beside recordings</a></p>'


def build(folder: Path, samples: Sequence[str] = ()) -> None:
    """Writes the page.

    Args:
        folder: Where to; made if missing. Files of an earlier page are replaced.
        samples: Whose recordings to put beside the voices, as for `samples.check`.

    Raises:
        RuntimeError: If npm is missing or fails.
        ValueError: As for `samples.check`.
    """
    from models import settings, write_models
    from reading import reading
    from samples import check, remove_samples, write_samples
    from words import letters, words

    checked = check(samples, SAMPLED)
    folder.mkdir(parents=True, exist_ok=True)
    _copy_page(folder, bool(samples))
    _copy_runtime(folder)
    if samples:
        write_samples(folder, checked, SAMPLED, ACOUSTIC_MODEL)
    else:
        remove_samples(folder)
    presets = {AGAIN, *(voice["preset"] for voice in VOICES.values())}
    write_models(folder, ACOUSTIC_MODEL, presets, WINDOWS, STEP)
    found = settings(ACOUSTIC_MODEL, VOICES, AGAIN, WINDOWS, STEP)
    (folder / "settings.json").write_text(json.dumps(found, ensure_ascii=False))
    _write_packed(folder / "words.gz", words(found["symbols"]).encode())
    _write_packed(folder / "letters.gz", json.dumps(letters()).encode())
    rules = json.dumps(reading(), ensure_ascii=False)
    _write_packed(folder / "reading.gz", rules.encode())
    _write_service_worker(folder)


def first_load(folder: Path) -> int:
    """Bytes that a browser fetches before the page speaks in its first voice."""
    later = {f"{AGAIN}.gz"}
    later |= {f"{RUNTIMES[1]}.js", f"{RUNTIMES[1]}.wasm.gz"}
    return sum(file.stat().st_size for file in _files(folder) if file.name not in later)


def _files(folder):
    """The page's files, without samples, which no browser keeps."""
    return sorted(
        file
        for file in folder.iterdir()
        if file.is_file() and file.name != "samples.html"
    )


def _copy_page(folder, samples):
    for file in (HERE / "page").iterdir():
        shutil.copy(file, folder / file.name)
    path = folder / "index.html"
    page = path.read_text("utf-8")
    link = SAMPLES_LINK if samples else ""
    path.write_text(page.replace("<!-- samples -->", link), "utf-8")


def _copy_runtime(folder):
    with tempfile.TemporaryDirectory() as work:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, work)
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError(
                "Expected npm, which Node.js has. Received: none in PATH"
            )
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        run = subprocess.run(command, cwd=work, capture_output=True, text=True)
        if run.returncode:
            raise RuntimeError(f"Expected `npm ci` to work. Received: {run.stderr}")
        packages = Path(work, "node_modules", "@litertjs")
        for name in RUNTIMES:
            shutil.copy(packages / "core" / "wasm" / f"{name}.js", folder)
            binary = packages / "core" / "wasm" / f"{name}.wasm"
            _write_packed(folder / f"{name}.wasm.gz", binary.read_bytes())
        # A browser does not know packages by their names.
        code = (packages / "core" / "dist" / "index.js").read_text("utf-8")
        name, own = '"@litertjs/wasm-utils"', '"./litert-utils.js"'
        if code.count(name) != 1:
            raise RuntimeError(f"Expected one import of {name} in LiteRT.js.")
        code = code.replace(name, own).replace("//# sourceMappingURL", "// ")
        (folder / "litert.js").write_text(code, "utf-8")
        shutil.copy(
            packages / "wasm-utils" / "dist" / "index.js", folder / "litert-utils.js"
        )


def _write_packed(path, content):
    path.write_bytes(gzip.compress(content, 9, mtime=0))


def _write_service_worker(folder):
    """Has the browser keep this page's files, and fetch them anew when they change."""
    path = folder / "service_worker.js"
    content = b"".join(file.read_bytes() for file in _files(folder) if file != path)
    version = hashlib.sha256(content).hexdigest()[:16]
    path.write_text(path.read_text("utf-8").replace("VERSION", version), "utf-8")


def main():
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="where to write the page")
    parser.add_argument(
        "--samples",
        nargs="+",
        default=[],
        metavar="SPEAKER=FOLDER",
        help=f"features with recordings of {', '.join(SAMPLED)}",
    )
    arguments = parser.parse_args()
    folder = arguments.folder
    try:
        build(folder, arguments.samples)
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        sys.exit(f"Error: {' '.join(str(error).split())}")
    print(f"{folder / 'index.html'}; first load: {first_load(folder) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
