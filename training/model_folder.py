"""A model folder that is written as a whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from errors import TrainingError


def check_free(out: Path) -> None:
    """Raise TrainingError if the folder exists, because a served model is never overwritten."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise TrainingError(f'{out} already exists: remove it, or give --out another name.')


@contextmanager
def model_folder(out: Path) -> Iterator[Path]:
    """Yield a temporary sibling to write into; rename it to `out` at the end, or remove it when anything is raised.

    An error of the disk is raised as a TrainingError.
    """
    partial = out.with_name(f'.{out.name}.partial-{os.getpid()}')
    try:
        partial.mkdir(parents=True)
        yield partial
        check_free(out)
        os.rename(partial, out)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise TrainingError(f'The disk is full, and no model was written: free some space beside {out}.') from error
        raise TrainingError(
            f'The model cannot be written to {out} ({error.strerror or error}): give --out a folder that can be written.'
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
