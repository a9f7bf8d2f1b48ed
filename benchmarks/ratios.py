"""The short run's verdict: rates as shares of a matrix product's, against stored ones.

Times differ from machine to machine, and so do rates; the ratio of a model's rate to
that of a product with a layer's shape, measured in turn with it, differs far less among
processors of one kind. Where vectors are wider, products gain more than the rest does.
"""

from collections.abc import Sequence
from typing import Any

MARGIN = 0.5
VENDORS = {"AuthenticAMD": "AMD", "GenuineIntel": "Intel"}
UNITS = {"amx_tile": "AMX", "avx512f": "AVX-512", "avx2": "AVX2"}


def processor_kind(cpuinfo: str) -> str | None:
    """Maker of the first processor, and its widest unit for products.

    Args:
        cpuinfo: The text of Linux's `/proc/cpuinfo`.

    Returns:
        E.g. "Intel with AMX"; None for other makers and for older processors.
    """
    lines = (line.partition(":") for line in cpuinfo.partition("\n\n")[0].splitlines())
    fields = {name.strip(): value.strip() for name, _, value in lines}
    vendor = VENDORS.get(fields.get("vendor_id", ""))
    flags = fields.get("flags", "").split()
    unit = next((name for flag, name in UNITS.items() if flag in flags), None)
    return f"{vendor} with {unit}" if vendor and unit else None


def ratios(results: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Rates of all but the product over the product's, each at its best turn.

    The best turn is the one that the rest of a busy machine disturbed least.

    Args:
        results: What `measure` gave, with one matrix product.

    Returns:
        The ratios by name.

    Raises:
        RuntimeError: If one could not be measured.
    """
    failed = [f"{_name(row)}: {row['error']}" for row in results if "error" in row]
    if failed:
        raise RuntimeError(f"Expected all to run. Received: {'; '.join(failed)}")
    best = {_name(row): row["flop"] / min(row["seconds"]) for row in results}
    (product,) = (_name(row) for row in results if row["group"] == "machine")
    return {
        name: rate / best[product] for name, rate in best.items() if name != product
    }


def slower(found: dict[str, float], stored: dict[str, float]) -> list[str]:
    """Says what fell below half of what is stored, or is missing on one side."""
    complaints = [
        f"{name} is {'not stored' if name in found else 'not measured'}"
        for name in sorted(found.keys() ^ stored.keys())
    ]
    for name in sorted(found.keys() & stored.keys()):
        if not found[name] >= MARGIN * stored[name]:
            complaints.append(
                f"{name} fell from {stored[name]:.3g} to {found[name]:.3g} of the "
                "matrix product's rate"
            )
    return complaints


def _name(row):
    return f"{row['model']}, {row['form']}"
