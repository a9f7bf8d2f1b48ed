"""What made the pages: the drawing of measures."""

import json

import pytest


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
