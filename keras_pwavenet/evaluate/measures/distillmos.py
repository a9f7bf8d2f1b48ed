"""DistillMOS v7, an overall opinion (package distillmos, without its torchaudio)."""

import contextlib
import functools
import io
from typing import Any

import numpy as np

from keras_pwavenet.evaluate.measures.judge import Clip, Judge, Values, stand_ins
from keras_pwavenet.evaluate.measures.measure import Measure

_UNUSED = ("torchaudio",)


def _measure(clip: Clip) -> Values:
    import torch

    _, audio = clip.at_16_khz()
    with torch.inference_mode():
        wave = torch.as_tensor(np.asarray(audio, "float32"))[None]
        return {"distillmos": float(_model()(wave))}


@functools.cache
def _model() -> Any:
    with stand_ins(_UNUSED):
        import distillmos

    with contextlib.redirect_stdout(io.StringIO()):  # it prints where its weights are
        return distillmos.ConvTransformerSQAModel().eval()


JUDGE = Judge(
    "distillmos",
    _measure,
    (
        Measure(
            *("distillmos", "DistillMOS", ".2f", "higher", "overall opinion, 1 to 5"),
            beside_player=True,
            tells=6,
        ),
    ),
    modules=("torch", "distillmos"),
    extra="distillmos",
    unused=_UNUSED,
)
