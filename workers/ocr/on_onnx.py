"""The networks on ONNX Runtime, for machines that OpenVINO has no package for.

From 1.24 on its Linux packages carry a client that reports to their maker (a device id and a store of events in the
user's cache, found in 1.32 by tracing it). Those are refused: nothing of ours may be sent anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from workers.ocr.engine import EngineFailed
from workers.ocr.networks import Columns, Networks, Untyped, characters_of, model_file

SILENT_BELOW: Final = (1, 24)


@dataclass(frozen=True, slots=True)
class Session:
    """One network."""

    session: Untyped

    def scores(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """What comes out. EngineFailed when that fails."""
        try:
            [out] = self.session.run(None, {self.session.get_inputs()[0].name: np.ascontiguousarray(values)})
        except Exception as error:
            raise EngineFailed(str(error)) from error
        scores: NDArray[np.float32] = out
        return scores

    def heat(self, page: NDArray[np.float32]) -> NDArray[np.float32]:
        """The detector's answer, as `Networks` says."""
        heat: NDArray[np.float32] = self.scores(page)[0, 0]
        return heat

    def best(self, lines: Iterable[NDArray[np.float32]]) -> list[Columns]:
        """The recogniser's answers, as `Reads` says; a line is shared by all threads."""
        read = [self.scores(line)[0] for line in lines]
        return [(scores.argmax(axis=1), scores.max(axis=1)) for scores in read]


def open_networks(threads: int) -> Networks:
    """Both networks on so many threads. EngineFailed for a version that would report."""
    version = onnxruntime.__version__
    if tuple(int(part) for part in version.split(".")[:2]) >= SILENT_BELOW:
        raise EngineFailed(f"onnxruntime {version} reports to its maker; install one below 1.24")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    detect, read = (
        onnxruntime.InferenceSession(str(model_file(kind)), options, providers=["CPUExecutionProvider"])
        for kind in ("det_small", "rec_small")
    )
    characters = read.get_modelmeta().custom_metadata_map["character"]
    return Networks(
        runtime=f"onnxruntime {version}", detect=Session(detect).heat, read=Session(read).best,
        characters=characters_of(characters),
    )  # fmt: skip
