"""Check an exported log by itself, with `python3 -I verify_log.py [--anchors FILE]... [--fingerprint HEX]`.

Needs Python 3.9 or later and `verify.py` beside it, and nothing else: no installation, no network. Run it in the folder
that `anjuan audit export` wrote. `--anchors` is a copy of `checkpoints.jsonl` or a checkpoint that was kept elsewhere:
without one nobody can tell a log that was cut short and signed anew. `--proof` checks one proof from the API instead.
Exit status 0: the log is whole; 1: it is not, and the first place is named.

核对导出的日志：只需 Python 3.9 以上和同目录的 verify.py。返回 0 为完整，1 为不完整并指出第一处。
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import io
import json
import re
import sys
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FILES = ("log.json", "entries.jsonl", "leaves.txt", "checkpoints.jsonl")
SKEW = 60.0  # seconds that writers at once explain
EMPTY = hashlib.sha256(b"").digest()


def _beside(name: str) -> Any:  # noqa: ANN401 - a module; isolated Python does not look beside the program by itself
    found = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    if found is None or found.loader is None or not (HERE / f"{name}.py").is_file():
        raise SystemExit(f"缺少 / missing beside this program: {name}.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


verify = _beside("verify")
MALFORMED = (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError)


def main(arguments: list[str] | None = None) -> int:
    """Check the export in a folder, or one proof, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--anchors", action="append", default=[], type=Path, metavar="FILE", help="kept elsewhere")
    parser.add_argument("--fingerprint", default="", metavar="HEX", help="the checkpoint key's, had from elsewhere")
    parser.add_argument("--proof", type=Path, metavar="FILE", help="check this proof with the key in log.json")
    parser.add_argument("folder", nargs="?", default=HERE, type=Path, help="else: its own")
    asked = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    wanted = re.sub(r"[\s:]", "", asked.fingerprint).lower()
    try:
        log = Log(asked.folder, wanted)
        lines = proved(log, asked.proof) if asked.proof else report(log, asked.anchors)
    except verify.Disagreement as found:
        sys.stdout.write(f"不符 DISAGREES  {found}\n")
        return 1
    except (OSError, *MALFORMED) as error:
        sys.stdout.write(f"不符 DISAGREES  内容残缺或格式有误 / something is missing or malformed ({error!r})\n")
        return 1
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


class Log:
    """The export: whose log it is, by which keys its checkpoints are signed, and its files."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.folder = folder
        told = json.loads((folder / "log.json").read_text("utf-8"))
        self.origin, self.size, self.root = told["origin"], told["size"], told["root"]
        self.keys = {entry["use"]: verify.exact_base64(entry["public"]) for entry in told["keys"]}
        self.mark = verify.sha256(self.keys["checkpoint"])
        self.asked = bool(fingerprint)
        agree(fingerprint in ("", self.mark), f"检查点公钥指纹不是所给的 / the checkpoint key is {self.mark}")

    def signed(self, note: str) -> tuple[int, bytes]:
        """Size and root of a checkpoint of this log, its signature verified."""
        origin, size, root = verify.signed_checkpoint(note, [self.keys["checkpoint"]])
        agree(origin == self.origin, f"另一日志的检查点 / a checkpoint of another log: {origin}")
        return size, root

    def points(self, path: Path) -> dict[int, bytes]:
        """The checkpoints of a file: a line each, or a single note; a signed restore makes later ones void."""
        text = path.read_text("utf-8")
        if not text.startswith("{"):
            return dict([self.signed(text)]) if text else {}
        found: dict[int, bytes] = {}
        for line in map(json.loads, text.splitlines()):
            if "note" in line:
                size, root = self.signed(line["note"])
                agree(
                    found.setdefault(size, root) == root, f"{size} 条有两个检查点 / two checkpoints of {size} entries"
                )
                continue
            signature, told = bytes.fromhex(line["signature"]), {"set_back_to": line["set_back_to"]}
            holds = verify.ed25519(self.keys["backup"], verify.canonical(told), signature)
            agree(holds, "恢复声明的签名 / a restore that this installation did not sign")
            found = {size: root for size, root in found.items() if size <= line["set_back_to"]}
        return found


def report(log: Log, anchors: list[Path]) -> list[str]:
    """A sentence for each thing that holds, and for what cannot be known here."""
    points = log.points(log.folder / "checkpoints.jsonl")
    kept: dict[int, bytes] = {}
    for path in anchors:
        for size, root in log.points(path).items():
            agree(points.setdefault(size, root) == root, f"{size} 条的检查点与另存的不同 / is not the one kept: {path}")
            kept[size] = root
    clock = walked(log, dict(points))
    lines = [
        f"相符 OK  {log.size} 条记录逐条相符，根 / {log.size} entries are whole, root {log.root}",
        f"相符 OK  {len(points)} 个检查点均有签名且与树一致 / {len(points)} signed checkpoints agree with the tree",
    ]
    lines += [f"时钟 CLOCK  {clock}"] if clock else []
    lines += (
        [f"相符 OK  与另存的 {len(kept)} 个检查点一致 / agrees with {len(kept)} that were kept elsewhere"]
        if kept
        else []
    )
    return lines + [f"此处无从得知 / cannot be known here: {what}" for what in unknown(log, kept)]


def unknown(log: Log, kept: dict[int, bytes]) -> Iterator[str]:
    """What no check here can know, and what would tell."""
    if not kept:
        yield "日志是否被截短后重新签署；请用另存的检查点核对（--anchors）"
        yield "whether it was cut short and signed anew; compare with checkpoints kept elsewhere (--anchors)"
    if not log.asked:
        yield f"公钥 {log.mark} 属于谁，请与另行取得的指纹核对 / whose that key is; compare it (--fingerprint)"


def walked(log: Log, points: dict[int, bytes]) -> str:
    """Every entry against its leaf, every checkpoint against the tree; the first entry whose clock went back."""
    peaks: list[bytes] = []
    size, latest, back = 0, "", ""
    agree(points.pop(0, EMPTY) == EMPTY, "空日志的检查点 / the checkpoint of no entries")
    for body, leaf in entries(log):
        hashed = hashlib.sha256(b"\x00" + body).digest()
        agree(hashed.hex().encode() == leaf, f"第 {size} 条被改动 / entry {size} is not what was logged")
        at = str(json.loads(body)["at"])
        if not back and at < latest and minutes(latest, at):
            back = f"第 {size} 条早于其前 / entry {size} says {at}, after one of {latest}"
        latest = max(latest, at)
        grow(peaks, size, hashed)
        size += 1
        if size in points:
            same = points.pop(size) == root_of(peaks)
            agree(same, f"前 {size} 条与所签不符 / the first {size} entries are not those that were signed")
    most = max(points, default=0)
    agree(not points, f"曾签署 {most} 条，现仅 {size} 条 / {most} entries were signed, {size} are here")
    told = (size, root_of(peaks).hex()) == (log.size, log.root)
    agree(told, f"log.json 与 {size} 条不符 / log.json and the {size} entries")
    return back


def entries(log: Log) -> Iterator[tuple[bytes, bytes]]:
    """Each entry's bytes and the leaf (hex) that was stored for it."""
    with (log.folder / "entries.jsonl").open("rb") as bodies, (log.folder / "leaves.txt").open("rb") as leaves:
        for number, (body, leaf) in enumerate(zip_longest(bodies, leaves)):
            agree(body is not None, f"第 {number} 条缺失 / entry {number} is missing, its leaf is there")
            agree(leaf is not None, f"第 {number} 条无叶 / entry {number} has no leaf")
            agree(body[-1:] == leaf[-1:] == b"\n", f"第 {number} 条残缺 / entry {number} is cut short")
            yield body[:-1], leaf[:-1]


def minutes(latest: str, at: str) -> bool:
    """Whether the second instant lies more than a minute before the first."""
    return bool((verify.instant(latest) - verify.instant(at)).total_seconds() > SKEW)


# The tree of RFC 6962 §2.1, grown leaf by leaf


def grow(peaks: list[bytes], size: int, leaf: bytes) -> None:
    """Put one more leaf into a tree of `size`, kept as its largest perfect subtrees."""
    while size & 1:
        leaf, size = hashlib.sha256(b"\x01" + peaks.pop() + leaf).digest(), size >> 1
    peaks.append(leaf)


def root_of(peaks: list[bytes]) -> bytes:
    """The root over the subtrees."""
    if not peaks:
        return EMPTY
    found = peaks[-1]
    for peak in reversed(peaks[:-1]):
        found = hashlib.sha256(b"\x01" + peak + found).digest()
    return found


# Proofs


def proved(log: Log, path: Path) -> list[str]:
    """What one proof shows."""
    told = json.loads(path.read_text("utf-8"))
    size, root = log.signed(told["checkpoint"])
    steps = [bytes.fromhex(step) for step in told["hashes"]]
    if told["proof"] == "inclusion":
        leaf = hashlib.sha256(b"\x00" + told["entry"].encode("utf-8")).digest()
        agree(verify.inclusion_root(leaf, told["leaf_index"], size, steps) == root, "包含证明 / the proof of inclusion")
        return [
            f"相符 OK  该条为第 {told['leaf_index']} 条，日志共 {size} 条 / the entry is in the log of {size} entries"
        ]
    old, first = told["old_size"], bytes.fromhex(told["old_root"])
    if told["old_checkpoint"]:
        agree(
            log.signed(told["old_checkpoint"]) == (old, first), "旧检查点与旧根 / the old checkpoint and the old root"
        )
    agree(grown(old, first, size, root, steps), "一致性证明 / the proof of consistency")
    return [f"相符 OK  前 {old} 条未变，日志增至 {size} 条 / the first {old} are as they were, the log grew to {size}"]


def grown(old: int, first: bytes, size: int, root: bytes, steps: list[bytes]) -> bool:
    """Whether the tree of `size` begins with the one of `old` (RFC 9162 §2.1.4.2)."""
    if old in (0, size):
        return not steps and first == (EMPTY if old == 0 else root)
    if not 0 < old < size:
        return False
    path = steps if old & (old - 1) else [first, *steps]
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = (hashlib.sha256(b"\x01" + step + one).digest() for one in (before, after))
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            after = hashlib.sha256(b"\x01" + after + step).digest()
        at, last = at >> 1, last >> 1
    return (before, after, last) == (first, root, 0)


def agree(holds: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence where it is used
    """Disagreement unless it holds."""
    if not holds:
        raise verify.Disagreement(what)


if __name__ == "__main__":
    sys.exit(main())
