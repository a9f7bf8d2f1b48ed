"""Teaches an acoustic model that the voice rises where a question ends.

    python experiments/raise_questions.py features/ acoustic/ rising/

Corpora have few questions. So every other statement is taken for one: its full stop is
a question mark, and its pitch, as the model tells it, rises in a straight line from the
last stressed vowel on. All other statements keep the pitch that the model tells. Only
what makes the pitch is trained.
"""

import argparse
from pathlib import Path

import keras
import numpy as np
from keras import ops

from keras_pwavenet import AcousticModel, data, losses, training
from keras_pwavenet.presets.places import check_preset_folder

_BEFORE = 5  # frames whose mean log-F0 the rise begins from


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("features", type=Path, help="corpus that has its sentences")
    parser.add_argument("preset")
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--semitones", type=float, default=7.0, help="of the rise")
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


class Questions(data.SentenceBatches):
    """Batches whose pitch is what `teller` tells, half of them made questions."""

    def __init__(self, teller, *arguments, semitones=7.0, **options):
        self.teller = teller
        self.rise = semitones / 12 * np.log(2)
        self.full_stop, self.question = teller.numbers([".", "?"])
        self.stressed = teller.numbers([s for s in teller.symbols if s[0] == "ˈ"])
        super().__init__(*arguments, **options)

    def batch(self, epoch, step):
        inputs, *_ = super().batch(epoch, step)
        told = self.teller(inputs)["pitch"]
        height, voicing = np.moveaxis(ops.convert_to_numpy(told), -1, 0)
        random = np.random.default_rng([self.seed, epoch, step])
        for row, symbols in enumerate(inputs["symbols"]):
            last = np.count_nonzero(symbols) - 1
            if symbols[last] == self.full_stop and random.random() < 0.5:
                symbols[last] = self.question
                self.raise_end(height[row], symbols, inputs["owners"][row])
        pitch = np.where(voicing > 0, np.exp(height), 0).astype("float32")
        return inputs, {"pitch": pitch}, {"pitch": inputs["valid"]}

    def raise_end(self, height, symbols, owners):
        """Puts a rise into log-F0, from the last stressed vowel on."""
        last = np.count_nonzero(symbols) - 1
        stressed = np.flatnonzero(np.isin(symbols[:last], self.stressed))
        begin, end = np.searchsorted(
            owners[: np.argmax(owners) + 1],
            [stressed[-1] if len(stressed) else max(last - 2, 0), last],
        )
        way = np.clip(np.arange(len(height) - begin) / max(end - begin, 1), 0, 1)
        height[begin:] = height[max(begin - _BEFORE, 0) : begin + 1].mean()
        height[begin:] += self.rise * way


def main():
    arguments = parse_arguments()
    check_preset_folder(arguments.out)
    keras.utils.set_random_seed(arguments.seed)
    cache = data.FeatureCache(arguments.features)
    teller, model = (AcousticModel.from_preset(arguments.preset) for _ in range(2))
    for layer in model.layers:
        layer.trainable = layer.name.startswith("pitch_")
    batches = Questions(
        teller,
        model,
        cache,
        data.read_sentences(cache, "train"),
        seed=arguments.seed,
        semitones=arguments.semitones,
    )
    halve_every = max(arguments.steps // 4, 1)
    optimizer = training.optimizer(arguments.learning_rate, halve_every, ema=0.99)
    model.compile(optimizer, {"pitch": losses.ContourLoss()})
    model.fit(batches, epochs=-(-arguments.steps // len(batches)), verbose=2)
    optimizer.finalize_variable_values(model.trainable_variables)
    model.save_to_preset(arguments.out)


if __name__ == "__main__":
    main()
