"""The one way to write a file or a folder: whole or not at all.

What is written grows beside its place, under a name of its own that ends in
`.partial`, and takes the place in one step when it is complete and on the disk. An
error leaves everything as it was. What a killed process left is removed by the next
one that writes there. What fails for the disk's sake is an `OSError` that names the
file or folder that was to be written, and the reason.
"""

import contextlib
import errno
import glob
import json
import os
import shutil
import sys
import uuid
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_LONGEST_NAME = 200  # bytes
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def home_path(path: str | os.PathLike) -> Path:
    """The path with `~` as the home folder; as it is where nobody has that name."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def real_path(path: str | os.PathLike) -> Path:
    """The place of a file that will be written: where a link leads to.

    Args:
        path: The file, `~` for the home folder.

    Raises:
        FileExistsError: If there is a pipe, a device or a socket.
    """
    path = home_path(path)
    if os.path.islink(path):
        path = Path(os.path.realpath(path))
    if os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path)):
        raise FileExistsError(
            f"Expected a file to write. Received: {path}, a pipe or a device"
        )
    return path


def write_bytes(path: str | os.PathLike, content: bytes) -> Path:
    """Writes or replaces a file.

    Args:
        path: The file, in a folder that exists; links are followed.
        content: All of it.

    Returns:
        The path.

    Raises:
        OSError: If it cannot be written, as on a full disk; names the path.
    """
    path = real_path(path)
    with _partial(path) as partial, open(partial, "xb") as file, _held(partial):
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        os.replace(partial, path)
    return path


def write_text(path: str | os.PathLike, text: str) -> Path:
    """Writes or replaces a file in UTF-8, with line ends as they are in `text`."""
    return write_bytes(path, text.encode("utf-8"))


def write_json(path: str | os.PathLike, content: Any, indent: int = 1) -> Path:
    """Writes or replaces an indented JSON file."""
    text = json.dumps(content, indent=indent, ensure_ascii=False)
    return write_text(path, text + "\n")


@contextlib.contextmanager
def replaced_file(path: str | os.PathLike) -> Iterator[Path]:
    """A file to write to, which replaces another when the block ends without an error.

    Args:
        path: The place, in a folder that exists; links are followed.

    Raises:
        OSError: If it cannot be written; names the path.
    """
    path = real_path(path)
    with _partial(path) as partial:
        partial.touch(exist_ok=False)
        with _held(partial):
            yield partial
            with open(partial, "rb+") as file:
                os.fsync(file.fileno())
            os.replace(partial, path)


@contextlib.contextmanager
def new_folder(path: str | os.PathLike) -> Iterator[Path]:
    """A folder to fill, which takes its place when the block ends without an error.

    Args:
        path: The place; nothing, or an empty folder. Missing parents are made, and
            links followed.

    Raises:
        FileExistsError: If there is something already.
        OSError: If it cannot be written; names the path.
    """
    path = home_path(path).resolve()
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise FileExistsError(
            "Expected a folder that does not exist yet, or is empty. "
            f"Received: folder='{path}'"
        )
    with _fresh_folder(path) as fresh:
        yield fresh
        _sync(fresh)
        if path.exists():
            path.rmdir()  # Windows renames onto nothing only.
        os.replace(fresh, path)


@contextlib.contextmanager
def replaced_folder(path: str | os.PathLike) -> Iterator[Path]:
    """A folder to fill, which replaces another when the block ends without an error.

    Folders are exchanged in one step. Where a file system cannot, the former one is
    set aside for a moment; `recover` finds it, should the process be killed just then.

    Args:
        path: The place. Missing parents are made, and links followed.

    Raises:
        OSError: If it cannot be written; names the path.
    """
    path = home_path(path).resolve()
    recover(path)
    with _fresh_folder(path) as fresh:
        yield fresh
        _sync(fresh)
        if not path.exists():
            os.replace(fresh, path)
        elif not _exchange(fresh, path):
            _exchange_slowly(fresh, path)


def recover(path: str | os.PathLike) -> None:
    """Puts a folder back that `replaced_folder` set aside before it was killed."""
    path = home_path(path).resolve()
    former = _former(path)
    if former.is_dir() and not path.exists():
        os.replace(former, path)


@contextlib.contextmanager
def lock(path: str | os.PathLike, what: str) -> Iterator[None]:
    """Keeps other processes out of the block, where the system can.

    Windows cannot, nor can some networks. The lock ends with the process, however
    that ends.

    Args:
        path: A file for it, in a folder that exists; it names who holds the lock.
        what: What is locked, for the error.

    Raises:
        BlockingIOError: If another process holds the lock; says which.
    """
    if fcntl is None:
        yield
        return
    with open(path, "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise BlockingIOError(
                f"Expected {what} that no other process writes to. "
                f"Received: one that {holder} has in use"
            ) from None
        except OSError:  # not on every network's file system
            yield
            return
        file.truncate(0)
        holder = f"process {os.getpid()} on {os.uname().nodename}\n"
        with contextlib.suppress(OSError):  # a full disk holds no name
            os.write(file.fileno(), holder.encode())
        try:
            yield
        finally:
            file.truncate(0)


@contextlib.contextmanager
def _fresh_folder(path: Path) -> Iterator[Path]:
    missing = [folder for folder in path.parents if not folder.exists()]
    done = False
    try:
        with _partial(path) as fresh:
            fresh.mkdir(parents=True)
            with _held(fresh):
                yield fresh
        done = True
    finally:
        if not done:
            for folder in missing:
                with contextlib.suppress(OSError):
                    folder.rmdir()


@contextlib.contextmanager
def _partial(path: Path) -> Iterator[Path]:
    """A free name beside `path`; removes what still has it when the block ends."""
    name = _short(path.name)
    for left in glob.glob(f".{glob.escape(name)}.*.partial", root_dir=path.parent):
        _sweep(path.with_name(left))
    partial = path.with_name(f".{name}.{uuid.uuid4().hex[:8]}.partial")
    try:
        yield partial
    except OSError as error:
        name = str(error.filename or "")
        if (error.errno in _DISK and not name) or name.startswith(str(partial)):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
    finally:
        _remove(partial)


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    """Marks a file or folder as one that a living process fills."""
    if fcntl is None:
        yield
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # not on every network's file system
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def _sweep(path: Path) -> None:
    """Removes a file or folder that no living process fills."""
    if fcntl is None:
        return
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _remove(path)
    except OSError:
        pass
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Waits until all files of a folder are on the disk."""
    for parent, _, names in os.walk(folder):
        for name in names:
            with open(Path(parent, name), "rb+") as file:
                os.fsync(file.fileno())


def _former(path: Path) -> Path:
    return path.with_name(f".{_short(path.name)}.former")


def _short(name: str) -> str:
    """The name, with room for what stands before and after it, of 255 bytes."""
    if len(os.fsencode(name)) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME // 5]}-{zlib.crc32(os.fsencode(name)):08x}"


def _exchange_slowly(fresh: Path, path: Path) -> None:
    former = _former(path)
    shutil.rmtree(former, ignore_errors=True)
    os.replace(path, former)
    try:
        os.replace(fresh, path)
    except BaseException:
        recover(path)
        raise
    shutil.rmtree(former, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Exchanges two folders in one step; False where system or disk cannot."""
    names = os.fsencode(one), os.fsencode(other)
    try:
        import ctypes  # where it is needed: the command line starts with this file

        library = ctypes.CDLL(None)
        if sys.platform == "darwin":
            return library.renamex_np(*names, 2) == 0  # RENAME_SWAP
        here = -100  # AT_FDCWD
        return library.renameat2(here, names[0], here, names[1], 2) == 0
    except (AttributeError, OSError, TypeError):
        return False
