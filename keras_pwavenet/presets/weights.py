"""Weights files: made in memory, and looked through before they are loaded."""

import io
from collections.abc import Iterator
from pathlib import Path

import h5py
import keras
import numpy as np

# Keras writes weights to a path only. HDF5 ends the process where it cannot close a
# file, as on a full disk, so the bytes are made in memory.
from keras.src.saving import saving_lib

_MOST_BYTES = 2**29  # an array may be all of it, and is read at once


def weights_bytes(model: keras.Model, extras=None) -> bytes:
    """What `model.save_weights` would write.

    Args:
        model: A model that is built.
        extras: A function that is given the open `h5py.File`, to add to it.
    """
    buffer = io.BytesIO()
    store = saving_lib.H5IOStore(buffer, mode="w")
    saving_lib._save_state(model, store, None, "", set())
    store.close()
    if extras is not None:
        with h5py.File(buffer, "a") as file:
            extras(file)
    return buffer.getvalue()


def check_weights(path: Path) -> None:
    """Refuses weights that no model has.

    Args:
        path: The weights file.

    Raises:
        ValueError: If it is larger than 512 MiB, is no HDF5 file, leads out of itself,
            states more than it holds, or has numbers that are complex, truth values,
            NaN or infinite in float32; names the file and the array.
    """
    size = path.stat().st_size
    if size > _MOST_BYTES:
        raise ValueError(
            f"Expected at most {_MOST_BYTES} bytes of weights. "
            f"Received: {path} of {size}"
        )
    try:
        with h5py.File(path) as file:
            for name, array in _arrays(file, path, set()):
                _check_array(f"`{name}` of {path}", array, size)
    except (KeyError, OSError, RuntimeError, TypeError) as error:
        raise ValueError(
            f"Expected whole weights. Received: {path}, {error}"
        ) from error


def _arrays(
    group: h5py.Group, path: Path, seen: set
) -> Iterator[tuple[str, h5py.Dataset]]:
    address = h5py.h5o.get_info(group.id).addr
    if address in seen:
        return
    seen.add(address)
    for name in group:
        place = f"{group.name.rstrip('/')}/{name}"
        link = group.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise ValueError(
                f"Expected arrays and groups of their own in {path}. Received: "
                f"`{place}`, a {type(link).__name__}"
            )
        item = group[name]
        if isinstance(item, h5py.Group):
            yield from _arrays(item, path, seen)
        else:
            yield place, item


def _check_array(name: str, array: h5py.Dataset, size: int) -> None:
    stored = min(array.id.get_storage_size(), size)
    if array.external or array.is_virtual or stored < array.nbytes:
        raise ValueError(
            f"Expected {name} in the file itself, uncompressed. Received: an array of "
            f"{array.nbytes} bytes, of which {stored} are there"
        )
    if array.attrs.get("dtype") == "bfloat16":
        bits = np.asarray(array).view("uint16")
        finite = (bits & 0x7F80) != 0x7F80
    elif array.dtype.kind in "iu":  # states of random numbers
        return
    elif array.dtype.kind == "f":
        with np.errstate(over="ignore"):  # Models compute in float32 at most.
            finite = np.isfinite(np.asarray(array).astype("float32"))
    else:
        raise ValueError(f"Expected {name} of real numbers. Received: {array.dtype}")
    if not finite.all():
        raise ValueError(
            f"Expected {name} of finite numbers. Received: "
            f"{np.count_nonzero(~finite)} NaN or infinite numbers of {array.size}"
        )
