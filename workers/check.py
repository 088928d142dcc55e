"""What a reading worker stands on here: `python -m workers.check` prints it as JSON, for `anjuan check`."""

from __future__ import annotations

import json
import shutil
import sys
from importlib.util import find_spec

from archive.errors import Away
from archive.settings import load_settings
from workers.clamd import Scanner
from workers.sandbox import Sandbox


def sandbox() -> dict[str, object]:
    """The strength that untrusted bytes are opened in; not ok when the settings ask for more than there is."""
    mode = load_settings().sandbox
    try:
        found = Sandbox.detect(mode)
    except Exception as error:  # noqa: BLE001 - whatever keeps it from working is what is to be told
        return {"name": "sandbox", "ok": False, "detail": f"{type(error).__name__}: {error}", "needed": True}
    try:
        told = f"{found.strength.value}: {found.self_test()}"
    finally:
        found.close()
    return {"name": "sandbox", "ok": True, "detail": told, "needed": True}


def engines() -> list[dict[str, object]]:
    """The recognition engines that are installed; the one that the settings name is needed."""
    chosen = load_settings().engine
    rapidocr, openvino, onnx = (find_spec(name) is not None for name in ("rapidocr", "openvino", "onnxruntime"))
    installed = {
        "rapidocr": rapidocr and (openvino or onnx),
        "rapidocr-onnxruntime": rapidocr and onnx,
        "tesseract": shutil.which("tesseract") is not None,
    }
    return [
        {"name": name, "ok": ok or name != chosen, "detail": _of_engine(ok=ok, chosen=name == chosen), "needed": True}
        for name, ok in installed.items()
    ]


def _of_engine(*, ok: bool, chosen: bool) -> str:
    if ok:
        return "installed"
    return "not installed, and ANJUAN_ENGINE names it" if chosen else "not installed, not needed"


def malware() -> list[dict[str, object]]:
    """ClamAV's daemon, asked for a sign of life; nothing where none is configured."""
    address = load_settings().clamd
    if not address:
        return []
    try:
        Scanner(address).ping()
    except Away as error:
        told = f"{error}; until it does, nothing that comes in is read"
        return [{"name": "clamd", "ok": False, "detail": told, "needed": False}]
    return [{"name": "clamd", "ok": True, "detail": f"{address} answered", "needed": False}]


if __name__ == "__main__":
    sys.stdout.write(json.dumps([sandbox(), *engines(), *malware()], ensure_ascii=False) + "\n")
