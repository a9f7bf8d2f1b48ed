"""What preparing and cropping a corpus may be asked for."""

import pytest

from keras_pwavenet.data.bounds import check_crops, check_preparation


@pytest.mark.parametrize(
    ("frames", "batch_size", "wrong"),
    [
        (48, 1, None),  # the default, also where all clips are shorter
        (49, 1, "at most 48, no clip being longer. Received: frames=49"),
        (32, 2**24 // (32 * 256), None),
        (32, 2**24 // (32 * 256) + 1, "at most 2048 crops of 32 frames. Received: b"),
    ],
)
def test_crops(frames, batch_size, wrong):
    if wrong is None:
        check_crops(frames, batch_size, 256, longest=20)
        return
    with pytest.raises(ValueError, match=wrong):
        check_crops(frames, batch_size, 256, longest=20)


def test_crops_may_be_as_long_as_the_longest_clip():
    check_crops(500, 1, 256, longest=500)
    with pytest.raises(ValueError, match="at most 500"):
        check_crops(501, 1, 256, longest=500)


def test_preparation():
    check_preparation(None, None, 8000)
    check_preparation(-23.0, 60.0, 8000)
    for wrong in ((0.0, None), (-100.0, None), (None, 4000.0), (None, float("nan"))):
        with pytest.raises(ValueError, match="Received: "):
            check_preparation(*wrong, 8000)
