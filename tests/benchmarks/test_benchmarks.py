"""The benchmark's arithmetic, its verdict and its processes, without measuring."""

import json
import sys
import time
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def result(model, form, seconds, group="vocoder", **values):
    return {
        "group": group,
        "model": model,
        "form": form,
        "precision": "float32",
        "samples": 48_000,
        "rate": 24_000,
        "flop": 0.0,
        "seconds": seconds,
        **values,
    }


PRODUCT = result(
    "matrix product, 2048 x 2048 x 2048",
    "torch",
    [0.1, 0.1],
    group="machine",
    samples=0,
    rate=0,
    flop=1e10,
)
RESULTS = [
    PRODUCT,
    result("student", "LiteRT", [0.2, 0.1, 0.1, 0.4, 0.1]),
    result("student", "Keras on torch", [0.2], flop=96e8),
    result("Vocos", "torch", [0.04], flop=48e8),
    {
        "group": "vocoder",
        "model": "HiFi-GAN V1",
        "form": "torch",
        "precision": "float32",
        "error": "ImportError: none",
    },
]


def test_rates_are_those_of_the_median_run(module):
    product, student, *_ = module("report").rows(RESULTS)
    assert product["gflops"] == pytest.approx(100)
    assert "real_time" not in product
    assert student["seconds"] == 0.1
    assert student["real_time"] == pytest.approx(20)
    assert student["samples_per_second"] == pytest.approx(480_000)
    assert (student["low"], student["high"]) == (0.5, 1.0)


def test_operations_come_from_another_form_of_the_model(module):
    _, student, *_ = module("report").rows(RESULTS)
    assert student["mac_per_sample"] == pytest.approx(100_000)
    assert student["gflops"] == pytest.approx(96)
    assert student["share"] == pytest.approx(0.96)


def test_a_share_is_of_the_product_in_the_same_precision(module):
    other = result("student", "torch", [0.1], precision="bfloat16", flop=1e9)
    assert "share" not in module("report").rows([PRODUCT, other])[1]


def test_fastest_form_of_each_vocoder_comes_first(module):
    report = module("report")
    best = report.fastest(report.rows(RESULTS))
    assert [(row["model"], row["form"]) for row in best] == [
        ("Vocos", "torch"),
        ("student", "LiteRT"),
    ]


def test_table_and_picture(module, tmp_path):
    pytest.importorskip("matplotlib")
    report = module("report")
    record = {
        "machine": "A machine",
        "load": 0.5,
        "seconds": 2.0,
        "threads": 2,
        "rounds": 5,
        "results": RESULTS,
    }
    text = report.summary(record)
    assert text.startswith("A machine; load 0.5 before. 2 threads, one clip of 2 s")
    assert "| Vocos | 50 | torch, float32 | 50 | torch | 50 | 50 |" in text
    assert "| **student** | 20 | LiteRT, float32 | 20 | LiteRT | 10 | 100 |" in text
    text = report.tables(record)
    assert "| Vocos | torch | float32 | 50 | 1,200,000 | +0 % … +0 % | 50 |" in text
    assert "- HiFi-GAN V1 (torch, float32): ImportError: none" in text
    report.draw(record, tmp_path / "picture.png")
    assert [path.name for path in tmp_path.iterdir()] == ["picture.png"]


def test_text_goes_between_markers(module):
    between = module("report").between
    page = "before\n<!-- x -->\nold\n<!-- end of x -->\nafter\n"
    assert between(page, "x", "new\n") == page.replace("old", "new")
    with pytest.raises(ValueError, match="markers of 'y'"):
        between(page, "y", "new\n")


def test_ratio_is_of_the_best_turns(module):
    found = module("ratios").ratios(
        [PRODUCT, result("student", "LiteRT", [0.5, 0.1, 0.9], flop=5e9)]
    )
    assert found == {"student, LiteRT": pytest.approx(0.5)}


def test_what_failed_has_no_ratio(module):
    with pytest.raises(RuntimeError, match="HiFi-GAN V1, torch: ImportError"):
        module("ratios").ratios(RESULTS)


@pytest.mark.parametrize(
    "found, complaint",
    [
        ({"a": 0.51}, None),
        ({"a": 2.0}, None),
        ({"a": 0.49}, "a fell from 1 to 0.49"),
        ({"a": float("nan")}, "a fell from 1 to nan"),
        ({}, "a is not measured"),
        ({"a": 1.0, "b": 1.0}, "b is not stored"),
    ],
)
def test_verdict(module, found, complaint):
    complaints = module("ratios").slower(found, {"a": 1.0})
    assert len(complaints) == (complaint is not None)
    assert all(text.startswith(complaint) for text in complaints)


def cpuinfo(vendor, flags, second=""):
    processor = f"processor\t: 0\nvendor_id\t: {vendor}\nflags\t\t: fpu {flags}\n"
    return f"{processor}power management:\n\nprocessor\t: 1\nflags\t: {second}\n"


@pytest.mark.parametrize(
    "text, kind",
    [
        (cpuinfo("GenuineIntel", "avx2 avx512f amx_bf16 amx_tile"), "Intel with AMX"),
        (cpuinfo("GenuineIntel", "avx2 avx512f"), "Intel with AVX-512"),
        (cpuinfo("AuthenticAMD", "avx2 avx512f avx512_bf16"), "AMD with AVX-512"),
        (cpuinfo("AuthenticAMD", "avx avx2", second="avx512f"), "AMD with AVX2"),
        (cpuinfo("AuthenticAMD", "avx"), None),
        (cpuinfo("HygonGenuine", "avx2"), None),
        ("processor\t: 0\nCPU implementer\t: 0x41\nFeatures\t: fp asimd\n", None),
        ("", None),
    ],
)
def test_kind_of_processor(module, text, kind):
    assert module("ratios").processor_kind(text) == kind


@pytest.fixture
def run(module, tmp_path, monkeypatch):
    """The script, with ratios of its own for "here" and "there"."""
    script = module("run")
    monkeypatch.setattr(script, "HERE", tmp_path)
    stored = {"here": {"student, LiteRT": 1.0}, "there": {"student, LiteRT": 9.0}}
    (tmp_path / "ratios.json").write_text(json.dumps(stored))
    return script


@pytest.mark.parametrize(
    "kind, flop, status, said",
    [
        ("here", 6e9, 0, "As fast as it was."),
        ("here", 4e9, 1, "student, LiteRT fell from 1 to 0.4"),
        ("there", 4.4e10, 1, "student, LiteRT fell from 9 to 4.4"),
        ("elsewhere", 4e9, 0, "WARNING: no ratios are stored for elsewhere."),
    ],
)
def test_status_is_by_the_kind(run, capsys, kind, flop, status, said):
    results = [PRODUCT, result("student", "LiteRT", [0.1], flop=flop)]
    assert run.verdict(results, kind, store=False) == status
    printed = capsys.readouterr().out
    assert said in printed
    assert ("As fast as it was." in printed) == (said == "As fast as it was.")


def test_what_is_missing_of_a_stored_kind_is_complained_of(run, capsys):
    results = [PRODUCT, result("student", "torch", [0.1], flop=1e10)]
    assert run.verdict(results, "here", store=False) == 1
    printed = capsys.readouterr().out
    assert "student, LiteRT is not measured\nstudent, torch is not stored" in printed


def test_storing_keeps_the_other_kinds(run, tmp_path):
    results = [PRODUCT, result("student", "LiteRT", [0.1], flop=1.23456e10)]
    for kind in ("here", "elsewhere"):
        assert run.verdict(results, kind, store=True) == 0
    assert json.loads((tmp_path / "ratios.json").read_text()) == {
        "here": {"student, LiteRT": 1.23},
        "there": {"student, LiteRT": 9.0},
        "elsewhere": {"student, LiteRT": 1.23},
    }


def test_unknown_processor_is_warned_of_and_not_stored(
    run, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(run, "CPUINFO", tmp_path / "none")
    monkeypatch.setattr(sys, "argv", ["run.py", str(tmp_path), "--short"])
    run.main()
    assert capsys.readouterr().out.startswith("WARNING: this kind of processor")
    sys.argv.append("--store")
    with pytest.raises(SystemExit) as exit_:
        run.main()
    assert exit_.value.code == 2


def test_short_run_counts_the_time_of_the_process(run, tmp_path, monkeypatch):
    def measured(entries, pythons, threads, rounds, log, clock):
        assert (threads, clock) == (1, "process_time")
        return [PRODUCT, result("student", "LiteRT", [0.1], flop=4e9)]

    (tmp_path / "cpuinfo").write_text(cpuinfo("AuthenticAMD", "avx2"))
    stored = {"AMD with AVX2": {"student, LiteRT": 1.0}}
    (tmp_path / "ratios.json").write_text(json.dumps(stored))
    monkeypatch.setattr(run, "CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(run, "measure", measured)
    monkeypatch.setattr(run, "export", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["run.py", str(tmp_path / "out"), "--short"])
    with pytest.raises(SystemExit) as exit_:
        run.main()
    assert exit_.value.code == 1


def test_stored_ratios_are_those_of_the_short_run(module):
    entries = module("contestants").few(Path("x"), 4.0, 1)
    names = {f"{entry.model}, {entry.form}" for entry in entries[1:]}
    kinds = json.loads((BENCHMARKS / "ratios.json").read_text())
    assert set(kinds) == {"AMD with AVX-512", "Intel with AMX"}
    for stored in kinds.values():
        assert names == set(stored)


def test_contestants_differ(module):
    entries = module("contestants").everyone(Path("x"), 4.0, 2, gpu=True)
    names = [(e.group, e.model, e.form, e.precision) for e in entries]
    assert len(set(names)) == len(names)
    assert {e.model for e in entries} >= {"Vocos", "HiFi-GAN V2", "en_female"}


def test_a_turn_lasts_as_long_as_it_is_told(module):
    assert module("work").turn(lambda: time.sleep(0.02), 0.05) >= 0.02


def test_processor_time_leaves_waiting_out(module):
    turn = module("work").turn
    assert turn(lambda: time.sleep(0.02), 1e-9, time.process_time) < 0.01


def test_process_answers_and_survives_a_failure(module, tmp_path, monkeypatch):
    (tmp_path / "some.py").write_text(
        "import time\n"
        "from work import Work\n"
        "def run():\n"
        "    print('not an answer')\n"
        "    time.sleep(0.1)\n"
        "def good(samples):\n"
        "    return Work(run, samples, 8000, 3.0)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    host = module("hosts").Host(sys.executable, 1, tmp_path / "log")
    try:
        bad = host.ask(build="some:bad", arguments={})
        assert bad["error"].startswith("AttributeError")
        good = host.ask(build="some:good", arguments={"samples": 5})
        assert (good["number"], good["samples"], good["flop"]) == (0, 5, 3.0)
        assert 0 < host.ask(turn=0)["seconds"] < 1
        host.process.kill()
        host.process.wait()
        assert "its process ended" in host.ask(turn=0)["error"]
    finally:
        host.close()


def test_process_measures_by_the_clock_it_is_told(module, tmp_path, monkeypatch):
    (tmp_path / "half.py").write_text(
        "import time\n"
        "from work import Work\n"
        "def run():\n"
        "    end = time.process_time() + 0.5\n"
        "    while time.process_time() < end:\n"
        "        pass\n"
        "    time.sleep(0.3)\n"
        "def asleep():\n"
        "    return Work(run)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    host = module("hosts").Host(
        sys.executable, 1, tmp_path / "log", clock="process_time"
    )
    try:
        built = host.ask(build="half:asleep", arguments={})
        assert 0.5 <= built["first"] < 0.7
        assert 0.5 <= host.ask(turn=0)["seconds"] < 0.7
    finally:
        host.close()
