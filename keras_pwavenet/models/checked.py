"""Models that look at arrays before they train on them."""

from keras_pwavenet.models.conditioning import check_arrays


class ChecksArrays:
    """Refuses arrays that cannot be trained on, before a step is made.

    A mixin before `keras.Model`. Datasets are not looked at: their batches are checked
    for shape as they come.
    """

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
