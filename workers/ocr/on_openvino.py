"""The networks on OpenVINO. Its telemetry is made impossible to import, so nothing can be sent."""

from __future__ import annotations

import sys
from importlib.metadata import version

import numpy as np

sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None makes an import of it fail

import openvino as ov  # noqa: E402 - only after telemetry was shut out
from openvino import opset13 as ops  # noqa: E402 - as above

from workers.ocr.networks import Networks, Untyped, characters_of, model_file  # noqa: E402 - as above

SETTINGS = {
    "NUM_STREAMS": "1",
    "PERFORMANCE_HINT": "LATENCY",
    "CPU_RUNTIME_CACHE_CAPACITY": "200",
}
"""One stream on few threads; the cache of compiled shapes is bounded, because pages come in ever new sizes."""


def open_networks(threads: int) -> Networks:
    """Both networks on so many threads."""
    core = ov.Core()
    settings = {**SETTINGS, "INFERENCE_NUM_THREADS": str(threads)}
    recogniser = core.read_model(model_file("rec_small"))
    characters = recogniser.get_rt_info(["framework", "character"]).astype(str)
    detector = core.read_model(model_file("det_small"))
    return Networks(
        runtime=f"openvino {version('openvino')}",
        detect=core.compile_model(detector, "CPU", settings).create_infer_request(),
        read=core.compile_model(_with_best(recogniser), "CPU", settings).create_infer_request(),
        characters=characters_of(characters),
    )


def _with_best(model: Untyped) -> Untyped:
    """The recogniser with its own arg-max: 18,710 classes a column are not worth carrying into Python."""
    scores = model.output(0).get_node().input_value(0)
    top = ops.topk(scores, ops.constant(1, dtype=np.int32), 2, "max", "none", index_element_type="i32")
    return ov.Model([top.output(1), top.output(0)], model.get_parameters(), "best")
