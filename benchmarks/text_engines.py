"""Engines that speak text, each loaded in a process of its own.

An engine is a function that loads it and returns its samples a second and a function
`speak(text, heard)`, which calls `heard(part)` with each part of 16-bit audio (bytes)
as soon as it is there, and stops when that returns true.

    python text_engines.py ENGINE ARGUMENTS TEXT OUT.wav

speaks once, and prints a line at the first audio; ARGUMENTS are JSON.
"""

import ctypes
import functools
import importlib
import itertools
import json
import subprocess
import sys
import tempfile
import wave
from collections.abc import Callable, Sequence
from pathlib import Path

from work import Work

Heard = Callable[[bytes], bool]
Engine = tuple[int, Callable[[str, Heard], None]]


def keras_pwavenet(preset: str) -> Engine:
    """Our own, by LiteRT."""
    import numpy as np

    from keras_pwavenet.speech import LightTextToSpeech

    tts = LightTextToSpeech.from_preset(preset)

    def speak(text, heard):
        for part in tts.stream(text):
            if heard((np.clip(part, -1, 1) * 32767).astype("<i2").tobytes()):
                return

    return tts.sample_rate, speak


def espeak(voice: str) -> Engine:
    """The library of espeak-ng; the first part is some 60 ms long."""
    library = ctypes.CDLL("libespeak-ng.so.1")
    callback = ctypes.CFUNCTYPE(
        ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p
    )
    synchronous, utf8 = 2, 1
    rate = library.espeak_Initialize(synchronous, 0, None, 0)
    if rate <= 0 or library.espeak_SetVoiceByName(voice.encode()):
        raise ValueError(f"Expected a voice of espeak-ng. Received: {voice!r}")

    def speak(text, heard):
        def take(samples, count, _):
            return int(bool(count and heard(ctypes.string_at(samples, 2 * count))))

        function, said = callback(take), text.encode()
        library.espeak_SetSynthCallback(function)
        library.espeak_Synth(said, len(said) + 1, 0, 0, 0, utf8, None, None)

    return rate, speak


class _Wave(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_char_p),
        ("sample_rate", ctypes.c_int),
        ("num_samples", ctypes.c_int),
        ("num_channels", ctypes.c_int),
        ("samples", ctypes.c_void_p),
    ]


def flite(voice: str) -> Engine:
    """The library of flite, a text at a time."""
    library = ctypes.CDLL("libflite.so.1", ctypes.RTLD_GLOBAL)
    library.flite_init()
    registered = getattr(
        ctypes.CDLL(f"libflite_cmu_us_{voice}.so.1"), f"register_cmu_us_{voice}"
    )
    registered.restype = ctypes.c_void_p
    library.flite_text_to_wave.restype = ctypes.POINTER(_Wave)
    loaded = ctypes.c_void_p(registered(None))

    def synthesize(text):
        found = library.flite_text_to_wave(text.encode(), loaded)
        made = found.contents
        audio = ctypes.string_at(made.samples, 2 * made.num_samples)
        library.delete_wave(found)
        return audio, made.sample_rate

    return synthesize("Ready.")[1], lambda text, heard: heard(synthesize(text)[0])


def festival(voice: str) -> Engine:
    """Festival, a text at a time, in a process that stays."""
    process = subprocess.Popen(
        ["festival", "--pipe"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name, "said.wav")
    process.stdin.write(f"(voice_{voice})\n")

    def synthesize(text):
        quoted = text.replace("\\", "").replace('"', '\\"')
        process.stdin.write(
            f'(set! said (utt.synth (Utterance Text "{quoted}")))'
            f'(utt.save.wave said "{path}" \'riff)(format t "said\\n")(fflush nil)\n'
        )
        process.stdin.flush()
        while "said" not in (line := process.stdout.readline()):
            if not line:
                raise RuntimeError(f"Festival ended at {text!r}.")
        with wave.open(str(path)) as file:
            return file.readframes(file.getnframes()), file.getframerate()

    def speak(text, heard, _=folder):  # the folder lives as long as the engine
        heard(synthesize(text)[0])

    return synthesize("Ready.")[1], speak


def pico(voice: str) -> Engine:
    """SVOX Pico, a text at a time (package py-nanotts)."""
    from py_nanotts import NanoTTS

    engine = NanoTTS()
    return 16_000, lambda text, heard: heard(engine.speak(text, voice=voice))


def piper(package: str) -> Engine:
    """Piper, a sentence at a time; `package` has the voice."""
    from piper import PiperVoice
    from piper.config import PiperConfig

    path = importlib.import_module(package).model_path()
    config = PiperConfig.from_dict(json.loads(Path(f"{path}.json").read_text()))
    found = PiperVoice(_session(path), config)

    def speak(text, heard):
        for part in found.synthesize(text):
            if heard(part.audio_int16_bytes):
                return

    return config.sample_rate, speak


def kokoro(folder: str, voice: str) -> Engine:
    """Kokoro, a text at a time (package kokoro-onnx); `folder` has model and voice."""
    import numpy as np
    from kokoro_onnx import Kokoro

    session = _session(Path(folder, "kokoro.onnx"))
    engine = Kokoro.from_session(session, str(Path(folder, "voices.npz")))

    def speak(text, heard):
        audio, _ = engine.create(text, voice, lang="en-us")
        heard((np.clip(audio, -1, 1) * 32767).astype("<i2").tobytes())

    return 24_000, speak


def _session(path):
    """On one thread: ONNX Runtime would start one for each core of the machine."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options)


@functools.cache
def _loaded(engine: str, arguments: str) -> Engine:
    return globals()[engine](**json.loads(arguments))


def _whole(speak, text) -> bytes:
    parts: list[bytes] = []
    speak(text, lambda part: bool(parts.append(part)))
    return b"".join(parts)


def first_audio(engine: str, arguments: str, texts: Sequence[str]) -> Work:
    """The next text until its first audio."""
    _, speak = _loaded(engine, arguments)
    following = itertools.cycle(texts)

    def run():
        parts: list[bytes] = []
        text = next(following)
        speak(text, lambda part: parts.append(part) or True)
        if not parts:
            raise ValueError(f"Expected audio of {text!r}. Received: none")

    return Work(run)


def whole_text(engine: str, arguments: str, texts: Sequence[str]) -> Work:
    """The next text from begin to end; `samples` are those of a text on average."""
    rate, speak = _loaded(engine, arguments)
    samples = sum(len(_whole(speak, text)) // 2 for text in texts) // len(texts)
    following = itertools.cycle(texts)
    return Work(lambda: _whole(speak, next(following)), samples, rate)


def written(engine: str, arguments: str, texts: Sequence[str], folder: str) -> Work:
    """All texts as WAV files, named by their numbers, when it is made."""
    rate, speak = _loaded(engine, arguments)
    Path(folder).mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(texts):
        _write(Path(folder, f"{number}.wav"), _whole(speak, text), rate)
    return Work(lambda: None, rate=rate)


def _write(path, audio, rate):
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(audio)


def main():
    """Speaks once."""
    engine, arguments, text, path = sys.argv[1:]
    rate, speak = _loaded(engine, arguments)
    parts: list[bytes] = []

    def heard(part):
        if not parts:
            print("heard", flush=True)
        parts.append(part)

    speak(text, heard)
    _write(path, b"".join(parts), rate)


if __name__ == "__main__":
    main()
