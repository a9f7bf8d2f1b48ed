"""What a model does before its first step of training."""

import keras

from keras_pwavenet.models.conditioning import check_arrays


class PreparesTraining:
    """Refuses arrays that cannot be trained on, and builds the optimiser.

    A mixin before `keras.Model`. Datasets are not looked at: their batches are checked
    for shape as they come.
    """

    def make_train_function(self, force=False):
        # TensorFlow traces a step twice if the optimiser is built within.
        late = self.built and not self.optimizer.built
        if late and keras.backend.backend() == "tensorflow":
            with self.distribute_strategy.scope():
                self.optimizer.build(self.trainable_variables)
        super().make_train_function(force)

    def fit(self, x=None, y=None, *arguments, **options):
        self._check_arrays(x, y)
        return super().fit(x, y, *arguments, **options)

    def evaluate(self, x=None, y=None, *arguments, **options):
        self._check_arrays(x, y)
        return super().evaluate(x, y, *arguments, **options)

    def train_on_batch(self, x, y=None, *arguments, **options):
        self._check_arrays(x, y)
        return super().train_on_batch(x, y, *arguments, **options)

    def test_on_batch(self, x, y=None, *arguments, **options):
        self._check_arrays(x, y)
        return super().test_on_batch(x, y, *arguments, **options)

    def _check_arrays(self, x, y):
        check_arrays(x, y, self.num_speakers, self.hop_length)
