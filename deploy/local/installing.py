"""Fetch and build what the local servers need: Debian packages, Go programs, OpenSearch's jars. Skips what is there."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from deploy.local.places import BIN, CACHE, versions

Say = Callable[[str], None]
PROJECT: Final = """<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>local</groupId><artifactId>servers</artifactId><version>1</version>
<dependencies>{}</dependencies></project>
"""
DEPENDENCY: Final = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"


def install(say: Say) -> list[str]:
    """Get everything in `versions.toml`; returns the names of what is still missing, each said aloud."""
    wanted = versions()
    return [
        *_debian(wanted["debian"], say),
        *_go(wanted["go"], say),
        *_maven(wanted["maven"], say),
    ]


def _there(sign: str) -> bool:
    if sign.startswith("/"):
        return any(Path("/").glob(sign.lstrip("/")))
    return shutil.which(sign) is not None


def _run(argv: Sequence[str], say: Say, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> bool:
    say("+ " + " ".join(argv))
    done = subprocess.run(
        argv, check=False, cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, stdout=2
    )
    return done.returncode == 0


def _debian(packages: Mapping[str, str], say: Say) -> list[str]:
    missing = [name for name, sign in packages.items() if not _there(sign)]
    order = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        # Debian would start its own servers on their usual ports; ours stand beside them and need none of that.
        quiet = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        _run(["apt-get", "update", "-q"], say, quiet)
        _run(order, say, quiet)
    missing = [name for name, sign in packages.items() if not _there(sign)]
    for name in missing:
        say(f"MISSING {name}: {' '.join([*order[:2], name])} (as root)")
    return missing


def _go(programs: Mapping[str, str], say: Say) -> list[str]:
    missing = []
    for name, module in programs.items():
        if (BIN / name).exists():
            continue
        BIN.mkdir(parents=True, exist_ok=True)
        if not (shutil.which("go") and _run(["go", "install", module], say, {"GOBIN": str(BIN)})):
            say(f"MISSING {name}: install Go 1.25 or newer, then: GOBIN={BIN} go install {module}")
            missing.append(name)
    return missing


def _maven(artifacts: Mapping[str, Sequence[str]], say: Say) -> list[str]:
    missing = []
    for name, jars in artifacts.items():
        coordinates = [jar.split(":") for jar in jars]
        folder = CACHE / name
        if all((folder / "lib" / f"{artifact}-{version}.jar").exists() for _, artifact, version in coordinates):
            continue
        folder.mkdir(parents=True, exist_ok=True)
        dependencies = "".join(DEPENDENCY.format(*parts) for parts in coordinates)
        (folder / "pom.xml").write_text(PROJECT.format(dependencies), "utf-8")
        order = ["mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib"]
        if not (shutil.which("mvn") and _run(order, say, cwd=folder)):
            say(f"MISSING {name}: apt-get install maven, then run this again")
            missing.append(name)
    return missing
