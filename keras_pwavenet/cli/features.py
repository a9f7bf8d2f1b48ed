"""What prepared features say of themselves, before Keras is imported."""

from pathlib import Path
from typing import Any, NamedTuple

from keras_pwavenet.cli.arguments import read_object, read_preset, refuse
from keras_pwavenet.data.bounds import check_crops


class Prepared(NamedTuple):
    """What the files of a prepared corpus say of it.

    Attributes:
        folder: Where it is.
        mel: Settings of its features, of whichever kind is wanted.
        longest: Frames of its longest clip.
    """

    folder: Path
    mel: dict[str, Any]
    longest: int

    @classmethod
    def read(cls, folder: Path, conditioning: str) -> "Prepared":
        """Reads the files of a prepared corpus.

        Args:
            folder: Where it is.
            conditioning: Which of its features are wanted, "mel" or "linguistic".

        Raises:
            BadParameter: If they are linguistic, and it was not annotated.
            ValueError: If one is damaged; names it.
        """
        from keras_pwavenet.data.cached_clips import read_index
        from keras_pwavenet.text.inventory import symbols

        clips = read_index(folder / "index.json")["clips"]
        mel = dict(read_object(folder / "preprocessor.json").get("config", {}))
        if conditioning == "linguistic":
            for name in ("pitch.float32", "sentences.json"):
                if not (folder / name).is_file():
                    raise refuse(
                        f"Expected features with {name}, as `pwavenet annotate` "
                        f"writes. Received: {folder}"
                    )
            mel = {name: mel[name] for name in ("sample_rate", "hop_length")}
            mel["symbols"] = list(symbols())
        return cls(folder, mel, max(clip.frames for clip in clips))

    def check_preset(self, preset: str | None, option: str, *names: str) -> None:
        """Refuses a preset that hears other features.

        Args:
            preset: The preset; None and those on a hub are not looked at.
            option: Its option, or argument.
            *names: Settings that must agree, else all.

        Raises:
            BadParameter: If it does; says which settings differ.
        """
        found = preset and read_preset(preset)
        if not found:
            return
        own = "symbols" in self.mel
        if not names and found.mel and own != ("symbols" in found.mel):
            kinds = ("log-mels", "linguistic features")
            raise refuse(
                f"Expected a preset on {kinds[own]}. "
                f"Received: {preset}, on {kinds[not own]}",
                option,
            )
        other = [
            name
            for name in names or found.mel
            if found.mel.get(name) != self.mel.get(name, found.mel.get(name))
        ]
        if other:
            raise refuse(
                f"Expected a preset for features such as {self.folder} has, "
                f"{_listed(self.mel, other)}. "
                f"Received: {preset}, {_listed(found.mel, other)}",
                option,
            )

    def check_pitch(self, pitch: str) -> None:
        """Refuses a pitch predictor that hears other features.

        Args:
            pitch: Its preset, "auto" for one built in, or "none".

        Raises:
            BadParameter: If it does, or none is built in.
        """
        if pitch not in ("auto", "none"):
            self.check_preset(pitch, "--pitch")
        if pitch != "auto" or "symbols" in self.mel:
            return
        from keras_pwavenet.presets import builtin_presets

        found = map(read_preset, builtin_presets())
        if not any(
            one.kind == "PitchPredictor" and one.mel == self.mel for one in found
        ):
            raise refuse(
                "Expected a preset or none, as no predictor that is built in hears "
                f"features such as these; examples/train_pitch.py trains one. "
                f"Received: pitch='auto', {_listed(self.mel, self.mel)}",
                "--pitch",
            )

    def check_order(self, order: int | None) -> None:
        """Refuses linear prediction where there is no mel to compute it from.

        Args:
            order: Its taps, or None.

        Raises:
            BadParameter: If there are taps, and the features are linguistic.
        """
        if order and "symbols" in self.mel:
            raise refuse(
                f"Expected 0 or none with linguistic features. Received: {order}",
                "--order",
            )

    def check_crops(self, frames: int, batch_size: int) -> None:
        """Refuses crops and batches as `check_crops` of the data does.

        Args:
            frames: Of a crop.
            batch_size: Crops a step.

        Raises:
            BadParameter: If they are.
        """
        try:
            check_crops(frames, batch_size, self.mel["hop_length"], self.longest)
        except ValueError as error:
            raise refuse(str(error), "--frames or --batch-size") from error

    def check_block(self, block_size: int) -> None:
        """Refuses blocks that do not fit into a frame.

        Args:
            block_size: Samples of one.

        Raises:
            BadParameter: If it is no divisor of the hop.
        """
        hop = self.mel["hop_length"]
        if hop % block_size:
            raise refuse(
                f"Expected a divisor of the {hop} samples of a frame of {self.folder}. "
                f"Received: {block_size}",
                "--block-size",
            )


def conditioning_of(*presets: str | None) -> str:
    """What presets hear: "linguistic" if one does, else "mel"; see `Prepared.read`."""
    found = [read_preset(preset) for preset in presets if preset]
    linguistic = any(one and "symbols" in one.mel for one in found)
    return "linguistic" if linguistic else "mel"


def _listed(settings, names) -> str:
    return ", ".join(f"{name}={settings[name]}" for name in names)
