"""Batches of which each has a number, so that a run goes on with the next one."""

import keras


class NumberedBatches(keras.utils.PyDataset):
    """A dataset whose batch `i` of epoch `e` is always the same; see `batch`.

    Call `fit` with `shuffle=False`; otherwise Keras shuffles the order within each
    epoch.

    Args:
        steps: Batches of a whole epoch.
        epoch: Number of the first epoch.
        first: Number of the first batch of an epoch, for the rest of one.
        fixed: Whether every epoch gives the batches of `epoch`, as validation wants.

    Attributes:
        batch_size: What the number of devices that share a batch must divide.
        varying: How many axes of the arrays, from the first one on, are not as long in
            one batch as in another.

    Raises:
        ValueError: If a number is out of range.
    """

    batch_size = 1
    varying = 0

    def __init__(
        self, steps: int, epoch: int = 0, first: int = 0, fixed: bool = False
    ) -> None:
        super().__init__()
        if not 0 <= first < steps or epoch < 0:
            raise ValueError(
                "Expected `steps` of 1 or more, `first` from 0 to less than that, and "
                f"`epoch` not negative. Received: steps={steps}, first={first}, "
                f"epoch={epoch}"
            )
        self.steps = steps
        self.epoch = epoch
        self.first = first
        self.fixed = fixed
        self._begun = False
        self._seen: set[int] = set()

    def __len__(self) -> int:
        return self.steps - self.first

    def __getitem__(self, index: int) -> tuple:
        if not 0 <= index < len(self):
            raise IndexError(f"There are {len(self)} batches. Received: index={index}")
        self._seen.add(index)
        return self.batch(self.epoch, self.first + index)

    def on_epoch_begin(self) -> None:
        """Keras calls this where it begins to ask for batches."""
        self._begun = True

    def on_epoch_end(self) -> None:
        """Goes on to the next epoch's batches, unless `fixed`.

        Keras also calls this where no epoch has ended, such as at the beginning of
        `fit` (where it may have read one batch, to see its shape); an epoch has ended
        when all its batches were asked for.
        """
        if self._begun and len(self._seen) == len(self):
            self._seen.clear()
            self.epoch += not self.fixed
        self._begun = False

    def batch(self, epoch: int, step: int) -> tuple:
        """Returns one batch, whatever the epoch the dataset is in."""
        raise NotImplementedError(f"{type(self).__name__} has no batches.")
