"""The networks on ONNX Runtime, for machines that OpenVINO has no package for.

From 1.24 on its Linux packages carry a client that reports to their maker (a device id and a store of events in the
user's cache, found in 1.32 by tracing it). Those are refused: nothing of ours may be sent anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from workers.ocr.engine import EngineFailed
from workers.ocr.networks import Networks, Untyped, characters_of, model_file

SILENT_BELOW: Final = (1, 24)


@dataclass
class Tensor:
    """What came out of a network."""

    data: NDArray[np.float32] | NDArray[np.int64]


@dataclass
class Session:
    """One network. `best`: of its classes only the best and its score are kept."""

    session: Untyped
    best: bool
    _out: list[Tensor] = field(default_factory=list)

    def infer(self, values: list[NDArray[np.float32]]) -> None:
        """Compute. RuntimeError when that fails."""
        try:
            [scores] = self.session.run(None, {self.session.get_inputs()[0].name: np.ascontiguousarray(values[0])})
        except Exception as error:
            raise RuntimeError(str(error)) from error
        if self.best:
            found = scores.argmax(axis=2)[:, :, None]
            self._out = [Tensor(found), Tensor(np.take_along_axis(scores, found, axis=2))]
        else:
            self._out = [Tensor(scores)]

    def get_output_tensor(self, index: int = 0) -> Tensor:
        """What came out last."""
        return self._out[index]


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
        runtime=f"onnxruntime {version}", detect=Session(detect, best=False), read=Session(read, best=True),
        characters=characters_of(characters),
    )  # fmt: skip
