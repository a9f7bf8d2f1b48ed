"""An output module of Speech Dispatcher, by which screen readers speak on Linux.

Speech Dispatcher starts it, as docs/screen_reader.md says, and talks to it by standard
input and output: "Communication Protocol for Output Modules" in its manual. It plays
the audio, too, which it gets by the same way.
"""

import argparse
import contextlib
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import BinaryIO

import numpy as np

from keras_pwavenet.speech.messages import (
    alternatives,
    escaped,
    heard,
    is_setting,
    key_name,
    named,
    whole,
)

VOICE = "en_female"
_FASTEST = 3.0  # at a rate of 100; at -100 as much slower
_NO_VOICES = "304 CANT LIST VOICES"


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
        self._debugging = None

    def run(self) -> None:
        """Answers commands until QUIT or the end of the source."""
        try:
            quitted = self._answer()
        finally:
            self._stop("703 STOP")
            if self._speaking:
                self._speaking.join()
        if quitted:
            self._send("210 OK QUIT")

    def log(self, text: str) -> None:
        """Writes a line to the file that DEBUG named, if it did."""
        with contextlib.suppress(OSError, ValueError):  # full, or closed just now
            if self._debugging:
                now = time.strftime("%H:%M:%S")
                self._debugging.write(f"{now} {text}\n")

    def _answer(self):
        commands = {
            "INIT": self._init,
            "AUDIO": self._audio,
            "LOGLEVEL": self._loglevel,
            "SET": self._set,
            "SPEAK": lambda: self._speak(heard),
            "CHAR": lambda: self._speak(lambda text: [([], named(text))], lines=1),
            "KEY": lambda: self._speak(lambda text: [([], key_name(text))], lines=1),
            "SOUND_ICON": lambda: self._speak(
                lambda text: [([], key_name(text))], lines=1
            ),
            "STOP": lambda: self._stop("703 STOP"),
            "PAUSE": lambda: self._stop("704 PAUSE"),
        }
        while (line := self._line()) not in (None, "QUIT"):
            if line.startswith("LIST VOICES"):
                self._list_voices(line.split()[2:])
            elif line.startswith("DEBUG"):
                self._debug(line)
            elif line in commands:
                commands[line]()
            else:
                self._send("300 ERR UNKNOWN COMMAND")
        return line is not None

    def _line(self):
        line = self._source.readline()
        line = line.decode("utf-8", "replace").rstrip("\n") if line else None
        self.log(f"> {line}")
        return line

    def _lines(self) -> Iterator[str]:
        """What follows a command, up to a line with a dot."""
        while (line := self._line()) not in (None, "."):
            yield line[1:] if line.startswith("..") else line

    def _send(self, *lines):
        with self._lock:
            for line in lines:
                self.log(f"< {line}")
            self._sink.write("".join(f"{line}\n" for line in lines).encode())
            self._sink.flush()

    def _init(self):
        try:
            # What comes first takes longer.
            for _ in self._load(VOICE).stream("Ready"):
                pass
        except Exception as error:
            message = " ".join(str(error).split())
            self._send(f"399-{message}", "399 ERR CANT INIT MODULE")
        else:
            self._send("299-keras_pwavenet speaks", "299 OK LOADED SUCCESSFULLY")

    def _receive(self, code, kind, done, fits):
        """The settings that come, those that fit; the answer tells of others."""
        self._send(f"{code} OK RECEIVING {kind}SETTINGS")
        settings, error = {}, ""
        for line in self._lines():
            name, _, value = line.partition("=")
            if not name or not value:
                error = "302 ERROR BAD SYNTAX"
            elif fits(name, value):
                settings[name] = value
            else:
                error = "303 ERROR INVALID PARAMETER OR VALUE"
        self._send(error or f"203 OK {done}")
        return settings

    def _audio(self):
        def fits(name, value):
            return name != "audio_output_method" or value == "server"

        self._receive("207", "AUDIO ", "AUDIO INITIALIZED", fits)

    def _loglevel(self):
        def fits(name, value):
            return name == "log_level" and whole(value) is not None

        self._receive("207", "LOGLEVEL ", "LOGLEVEL SET", fits)

    def _set(self):
        self._settings |= self._receive("203", "", "SETTINGS RECEIVED", is_setting)

    def _list_voices(self, asked):
        """Those of a language, which may be asked for, such as "en" or "en-US"."""
        wanted = [asked[0].lower()] if asked else []
        listed = [
            f"200-{name}\t{language}\tnone"
            for name, language in self._voices.items()
            if not wanted
            or {language.lower(), language.partition("-")[0]} & set(wanted)
        ]
        self._send(*listed, "200 OK VOICE LIST SENT" if listed else _NO_VOICES)

    def _debug(self, line):
        words = line.split(" ", 2)
        if words[1:2] == ["ON"] and words[2:]:
            try:
                file = open(words[2], "w", encoding="utf-8", buffering=1)
            except (OSError, ValueError):
                self._send("303 CANT OPEN CUSTOM DEBUG FILE")
                return
        elif words[1:] == ["OFF"]:
            file = None
        else:
            self._send("302 ERROR BAD SYNTAX")
            return
        before, self._debugging = self._debugging, file
        if before:
            before.close()
        self._send(f"200 OK DEBUGGING {words[1]}")

    def _stop(self, event):
        self._end = self._end or event

    def _speak(self, parse, lines=None):
        self._send("202 OK RECEIVING MESSAGE")
        message = list(self._lines())
        if not any(message):
            self._send("301 ERROR CANT SPEAK")
            return
        if lines and len(message) > lines:
            self._send("305 DATA MORE THAN ONE LINE")
            return
        if self._speaking:
            self._speaking.join()
        self._end = ""
        parts = parse("\n".join(message))
        if self._settings.get("spelling_mode") == "on":
            parts = [(marks, ", ".join(map(named, text))) for marks, text in parts]
        self._send("200 OK SPEAKING")
        self._speaking = threading.Thread(target=self._say, args=(parts,))
        self._speaking.start()

    def _say(self, parts):
        with contextlib.suppress(BrokenPipeError):  # nobody hears it
            self._send("701 BEGIN")
            try:
                self._say_all(parts)
            except BrokenPipeError:
                raise
            except Exception as error:  # of the voice; the module goes on
                self._tell(error)
            # What comes after the end, such as a STOP that was late, is of no account.
            end, self._end = self._end or "702 END", "702 END"
            self._send(end)

    def _tell(self, error):
        self.log(str(error))
        print(error, file=sys.stderr, flush=True)

    def _say_all(self, parts):
        name = self._settings.get("synthesis_voice")
        voice = self._load(name if name in self._voices else VOICE)
        for marks, text in parts:
            if self._end:
                return
            for mark in marks:
                self._send(f"700-{mark}", "700 INDEX MARK")
            # A part that cannot be said costs none of the others.
            if not self._sounds(voice, text):
                any(self._sounds(voice, other) for other in alternatives(text))

    def _sounds(self, voice, text):
        """Says a text, until it is to end; whether there was anything to hear."""
        rate = _FASTEST ** (self._number("rate", 0) / 100)
        pitch = 2.0 ** (self._number("pitch", 0) / 100)
        gain = (100 + self._number("volume", 100)) / 200
        heard = False
        try:
            for audio in voice.stream(text, rate=rate, pitch_scale=pitch):
                if self._end:
                    return True
                heard = True
                self._send_audio(gain * audio, voice.sample_rate)
        except BrokenPipeError:
            raise
        except Exception as error:
            self._tell(error)
        return heard

    def _number(self, name, default):
        return int(self._settings.get(name, default))

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
        self.log(f"< 705 AUDIO of {len(samples)} samples")
        with self._lock:
            self._sink.write(head.encode() + b"705-AUDIO\0")
            self._sink.write(escaped(samples.tobytes()) + b"\n705 AUDIO\n")
            self._sink.flush()


def main() -> None:
    """Runs the module for Speech Dispatcher."""
    parser = argparse.ArgumentParser(
        prog="sd_pwavenet",
        description="An output module of Speech Dispatcher, by which screen readers "
        "speak. Speech Dispatcher starts it and talks to it by standard input and "
        "output; nobody needs to start it by hand.",
        epilog="It is found by a link in "
        "~/.local/libexec/speech-dispatcher-modules, or by a line `AddModule` in "
        "~/.config/speech-dispatcher/speechd.conf, where `DefaultModule pwavenet` "
        "makes it the voice of all programs. Rate, pitch and volume are set there, "
        "too, or by the screen reader.",
    )
    parser.add_argument(
        "configuration",
        nargs="?",
        help="what Speech Dispatcher passes; nothing is read from it",
    )
    parser.parse_args()
    try:
        _run(sys.stdin.buffer, sys.stdout.buffer)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:  # Speech Dispatcher is gone.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


def _run(source, sink):
    from keras_pwavenet.presets import builtin_presets
    from keras_pwavenet.speech.base import text_settings
    from keras_pwavenet.speech.light import can_speak, loaded

    voices = {}
    for name in builtin_presets():
        try:
            settings = text_settings(name)
        except ValueError:
            continue
        if can_speak(name):
            language, _, country = settings.get("language", "en-us").partition("-")
            voices[name] = f"{language}-{country.upper()}"
    module = SpeechDispatcherModule(source, sink, loaded, voices)
    warnings.simplefilter("ignore")
    warnings.simplefilter("always", UserWarning)
    warnings.showwarning = lambda message, *_: module.log(str(message))
    module.run()
