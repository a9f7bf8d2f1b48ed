"""What made the pages and the voices: measures drawn, weights averaged."""

import json

import numpy as np
import pytest

from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.presets import PresetMixin


def test_measures_are_drawn_against_samples(script, tmp_path, capsys):
    """PESQ of 0.25 a doubling from 2.0 at 100 M: 3.0 is four doublings away."""
    pytest.importorskip("matplotlib")
    points = []
    for million, pesq in ((100, 2.0), (200, 2.25), (400, 2.5)):
        report = tmp_path / str(million)
        report.mkdir()
        systems = {"student": {"pesq": pesq, "dnsmos": None}, "natural": {"pesq": 4.64}}
        (report / "summary.json").write_text(json.dumps({"systems": systems}))
        points.append(f"{million}={report}")
    picture = tmp_path / "measures.png"
    more = ["--measures", "pesq", "dnsmos", "--bar", "pesq=3.0", "--bar", "dnsmos=2.9"]
    script("experiments/plot_measures.py", picture, *points, *more)
    table = capsys.readouterr().out
    assert "| PESQ | 2.00 | 2.25 | 2.50 | +0.250 | 3.00 | 1600 M |" in table
    assert "| DNSMOS | – | – | – | – | 2.90 | never |" in table
    assert picture.stat().st_size > 1000
    with pytest.raises(SystemExit):
        script("experiments/plot_measures.py", picture, points[0])


def test_weights_are_averaged(script, small, tmp_path):
    for number, scale in enumerate((0.3, 0.2)):
        model = small.student(scale)
        model.preprocessor = LogMelSpectrogram(8000, 64, 8, 64, n_mels=5)
        model.save_to_preset(tmp_path / str(number))
    script("experiments/average.py", *(tmp_path / name for name in ("0", "1", "mean")))
    one, two, mean = (
        PresetMixin.from_preset(tmp_path / name).get_weights()
        for name in ("0", "1", "mean")
    )
    for values in zip(one, two, mean, strict=True):
        np.testing.assert_allclose((values[0] + values[1]) / 2, values[2], atol=1e-7)
    assert any((a != b).any() for a, b in zip(one, two, strict=True))
    with pytest.raises(FileExistsError, match="Expected"):
        (tmp_path / "notes.txt").touch()
        script("experiments/average.py", tmp_path / "0", tmp_path / "1", tmp_path)
