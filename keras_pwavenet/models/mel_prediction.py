"""What an acoustic model says of one sentence, in NumPy."""

import numbers

import numpy as np
from keras import ops

from keras_pwavenet.text.durations import frames_of, regulate
from keras_pwavenet.text.inventory import PAUSES, SPACE

_LOWEST, _HIGHEST = 0.01, 100.0  # factors


class MelPrediction:
    """A mixin of `AcousticModel`: numbers of symbols, and what a vocoder needs."""

    def numbers(self, symbols) -> np.ndarray:
        """Numbers of symbols, as the model takes them.

        Args:
            symbols: Strings of the inventory.

        Returns:
            int32 (symbols,).

        Raises:
            ValueError: If a symbol is unknown, or there is none; names it.
        """
        if not isinstance(symbols, str | list | tuple):
            raise ValueError(
                f"Expected symbols in a list. Received: symbols={symbols!r:.80}"
            )
        unknown = [s for s in symbols if s not in self.symbols]
        if unknown or not len(symbols):
            raise ValueError(
                "Expected one symbol or more of the model's inventory, "
                f"{' '.join(map(repr, self.symbols))}. Received: "
                + (f"unknown symbol {unknown[0]!r}" if unknown else "no symbol")
            )
        return np.array([self._numbers[symbol] for symbol in symbols], "int32")

    def predict_mel(
        self,
        symbols,
        rate: float = 1.0,
        pitch_scale: float = 1.0,
        speaker: int | None = None,
    ) -> dict[str, np.ndarray]:
        """Speaks one sentence as far as the vocoder.

        Args:
            symbols: Strings of the inventory, one or more.
            rate: Divides the durations; the pitch stays.
            pitch_scale: Factor on the pitch.
            speaker: Number of the speaker; 0 if None.

        Returns:
            Dict of `conditioning`, float32 (frames, bands) in the preprocessor's scale;
            `pitch`, float32 (frames,) in Hz, 0 where unvoiced; and `durations`, int64
            (symbols,), whose sum is `frames`.

        Raises:
            ValueError: If a symbol or the speaker is unknown, or a factor is not from
                0.01 to 100.
        """
        for name, value in (("rate", rate), ("pitch_scale", pitch_scale)):
            number = isinstance(value, numbers.Real) and not isinstance(value, bool)
            if not number or not _LOWEST <= value <= _HIGHEST:
                raise ValueError(
                    f"Expected `{name}` from {_LOWEST:g} to {_HIGHEST:g}. "
                    f"Received: {name}={value!r:.80}"
                )
        if speaker is not None and speaker not in range(max(1, self.num_speakers)):
            raise ValueError(
                f"Expected a speaker below {max(1, self.num_speakers)}. "
                f"Received: speaker={speaker}"
            )
        known = self.numbers(symbols)
        speakers = np.array([speaker or 0], "int32")
        hidden, found = self.encode(known[None], speakers, training=False)
        pauses = [symbol in PAUSES or symbol == SPACE for symbol in symbols]
        durations = frames_of(ops.convert_to_numpy(found)[0], pauses, rate)
        frames = regulate(ops.convert_to_numpy(hidden)[0], durations)
        pitch, mel = self.decode(frames[None], pitch_scale)
        low, high = self.preprocessor.value_range
        return {
            "conditioning": np.clip(ops.convert_to_numpy(mel)[0], low, high),
            "pitch": ops.convert_to_numpy(pitch)[0],
            "durations": durations,
        }
