"""An output module of Speech Dispatcher, by which screen readers speak on Linux.

Speech Dispatcher starts it, as docs/screen_reader.md says, and talks to it by standard
input and output: "Communication Protocol for Output Modules" in its manual. It plays
the audio, too, which it gets by the same way.
"""

import html
import re
import sys
import threading
import unicodedata
import warnings
from collections.abc import Callable, Iterator
from typing import BinaryIO

import numpy as np

VOICE = "en_female"
_ESCAPE, _FLIP = 0x7D, 0x20
_FASTEST = 3.0  # at a rate of 100; at -100 as much slower
_MARK = re.compile(r"<mark\s+name=[\"']([^\"']*)[\"']\s*/?>(?:</mark>)?")
_TAG = re.compile(r"<[^<>]*>")
_SENTENCE_ENDS = re.compile(r"([.?!:;]|\n)[\"')\]]*\s*$")


class SpeechDispatcherModule:
    """Speaks what Speech Dispatcher asks for.

    Args:
        source: Where commands come from, in bytes.
        sink: Where answers, events and audio go.
        load: Gives a voice, such as a `LightTextToSpeech`, for the name of a preset.
        voices: Name and language of each preset that can be asked for.
    """

    def __init__(
        self,
        source: BinaryIO,
        sink: BinaryIO,
        load: Callable,
        voices: dict[str, str],
    ):
        self._source = source
        self._sink = sink
        self._load = load
        self._voices = voices
        self._lock = threading.Lock()
        self._settings = {}
        self._speaking = None
        self._end = ""  # why speaking is to end early

    def run(self) -> None:
        """Answers commands until QUIT or the end of the source."""
        commands = {
            "INIT": self._init,
            "AUDIO": self._audio,
            "LOGLEVEL": lambda: self._receive("207", "LOGLEVEL ", "LOGLEVEL SET"),
            "SET": self._set,
            "SPEAK": lambda: self._speak(heard),
            "CHAR": lambda: self._speak(lambda text: [([], named(text))]),
            "KEY": lambda: self._speak(lambda text: [([], key_name(text))]),
            "SOUND_ICON": lambda: self._speak(lambda text: [([], key_name(text))]),
            "STOP": lambda: self._stop("703 STOP"),
            "PAUSE": lambda: self._stop("704 PAUSE"),
            "LIST VOICES": self._list_voices,
        }
        while (line := self._line()) not in (None, "QUIT"):
            name = "LIST VOICES" if line.startswith("LIST VOICES") else line
            if line.startswith("DEBUG"):
                self._send(f"200 OK DEBUGGING {line[6:].split(' ')[0]}")
            elif name in commands:
                commands[name]()
            else:
                self._send("300 ERR UNKNOWN COMMAND")
        self._stop("703 STOP")
        if self._speaking:
            self._speaking.join()
        if line is not None:
            self._send("210 OK QUIT")

    def _line(self):
        line = self._source.readline()
        return line.decode("utf-8", "replace").rstrip("\n") if line else None

    def _lines(self) -> Iterator[str]:
        """What follows a command, up to a line with a dot."""
        while (line := self._line()) not in (None, "."):
            yield line[1:] if line.startswith("..") else line

    def _send(self, *lines):
        with self._lock:
            self._sink.write("".join(f"{line}\n" for line in lines).encode())
            self._sink.flush()

    def _init(self):
        try:
            for _ in self._load(VOICE).stream(
                "Ready"
            ):  # What comes first takes longer.
                pass
        except (ImportError, OSError, ValueError) as error:
            message = " ".join(str(error).split())
            self._send(f"399-{message}", "399 ERR CANT INIT MODULE")
        else:
            self._send("299-keras_pwavenet speaks", "299 OK LOADED SUCCESSFULLY")

    def _receive(self, code, kind, done, refuse=lambda settings: False):
        self._send(f"{code} OK RECEIVING {kind}SETTINGS")
        pairs = [line.partition("=") for line in self._lines()]
        settings = {name: value for name, _, value in pairs}
        if refuse(settings):
            self._send("303 ERROR INVALID PARAMETER OR VALUE")
            return {}
        self._send(f"203 OK {done}")
        return settings

    def _audio(self):
        def elsewhere(settings):
            return settings.get("audio_output_method") != "server"

        self._receive("207", "AUDIO ", "AUDIO INITIALIZED", elsewhere)

    def _set(self):
        self._settings |= self._receive("203", "", "SETTINGS RECEIVED")

    def _list_voices(self):
        voices = self._voices.items()
        listed = [f"200-{name}\t{language}\tnone" for name, language in voices]
        self._send(*listed, "200 OK VOICE LIST SENT")

    def _stop(self, event):
        self._end = self._end or event

    def _speak(self, parse):
        self._send("202 OK RECEIVING MESSAGE")
        message = "\n".join(self._lines())
        if not message:
            self._send("301 ERROR CANT SPEAK")
            return
        if self._speaking:
            self._speaking.join()
        self._end = ""
        parts = parse(message)
        if self._settings.get("spelling_mode") == "on":
            parts = [(marks, ", ".join(map(named, text))) for marks, text in parts]
        self._send("200 OK SPEAKING")
        self._speaking = threading.Thread(target=self._say, args=(parts,))
        self._speaking.start()

    def _say(self, parts):
        self._send("701 BEGIN")
        try:
            self._say_all(parts)
        except (OSError, ValueError) as error:
            print(error, file=sys.stderr, flush=True)
        # What comes after the end, such as a STOP that was late, is of no account.
        end, self._end = self._end or "702 END", "702 END"
        self._send(end)

    def _say_all(self, parts):
        name = self._settings.get("synthesis_voice")
        voice = self._load(name if name in self._voices else VOICE)
        rate = _FASTEST ** (self._number("rate", 0) / 100)
        pitch = 2.0 ** (self._number("pitch", 0) / 100)
        gain = (100 + self._number("volume", 100)) / 200
        for marks, text in parts:
            if self._end:
                return
            for mark in marks:
                self._send(f"700-{mark}", "700 INDEX MARK")
            for audio in voice.stream(text, rate=rate, pitch_scale=pitch):
                if self._end:
                    return
                self._send_audio(gain * audio, voice.sample_rate)

    def _number(self, name, default):
        try:
            return min(max(float(self._settings[name]), -100.0), 100.0)
        except (KeyError, ValueError):
            return default

    def _send_audio(self, audio, sample_rate):
        samples = np.round(32767 * audio.clip(-1, 1)).astype("<i2")
        about = {
            "bits": 16,
            "num_channels": 1,
            "sample_rate": sample_rate,
            "num_samples": len(samples),
            "big_endian": 0,
        }
        head = "".join(f"705-{name}={value}\n" for name, value in about.items())
        with self._lock:
            self._sink.write(head.encode() + b"705-AUDIO\0")
            self._sink.write(escaped(samples.tobytes()) + b"\n705 AUDIO\n")
            self._sink.flush()


def escaped(content: bytes) -> bytes:
    """Bytes without line ends, as HDLC escapes them."""
    for byte in (_ESCAPE, 0x0A):
        content = content.replace(bytes([byte]), bytes([_ESCAPE, byte ^ _FLIP]))
    return content


def heard(message: str) -> list[tuple[list[str], str]]:
    """The parts of a message in SSML: index marks, and the text that follows them.

    A mark within a sentence goes before the sentence, so that it is said in one piece.
    """
    text, *rest = _MARK.split(message)
    parts = [([], text)]
    for mark, text in zip(rest[::2], rest[1::2], strict=True):
        marks, before = parts[-1]
        if _SENTENCE_ENDS.search(_TAG.sub("", before)):
            parts.append(([mark], text))
        else:
            parts[-1] = ([*marks, mark], before + text)
    return [(marks, html.unescape(_TAG.sub("", text))) for marks, text in parts]


def named(character: str) -> str:
    """The words for a single character, e.g. "comma"."""
    if len(character) != 1 or character.isalnum():
        return character
    known = {" ": "space", "\n": "new line", "\t": "tab", ".": "dot", "-": "dash"}
    return known.get(character) or unicodedata.name(character, "unknown").lower()


def key_name(key: str) -> str:
    """The words for a key or an icon, e.g. "shift A" of "shift_a"."""
    parts = key.split("_") if len(key) > 1 else [key]
    return " ".join(
        named(part).upper() if part.isalpha() and len(part) == 1 else named(part)
        for part in parts
    )


def main() -> None:
    """Runs the module for Speech Dispatcher."""
    from keras_pwavenet.presets import builtin_presets
    from keras_pwavenet.speech.base import text_settings
    from keras_pwavenet.speech.light import can_speak, loaded

    warnings.simplefilter("ignore")
    voices = {}
    for name in builtin_presets():
        try:
            settings = text_settings(name)
        except ValueError:
            continue
        if can_speak(name):
            language, _, country = settings.get("language", "en-us").partition("-")
            voices[name] = f"{language}-{country.upper()}"
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    SpeechDispatcherModule(source, sink, loaded, voices).run()
