"""Check a certificate of destruction by itself, with `python3 -I verify.py [--fingerprint HEX]...`.

Needs Python 3.9 or later and nothing else: no installation, no network. Run it in the folder of the unpacked bundle.
Exit status 0: all that can be checked here agrees; 1: it does not, and the first disagreement is named.

核对销毁证明：只需 Python 3.9 以上，不联网，不装软件。返回 0 为全部相符，1 为不符并指出第一处。
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import re
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

DOCUMENTS = ("certificate.json", "detail.json", "entry.json", "keys.json", "manifest.json", "proof.json")
FILES = ("README.txt", *DOCUMENTS, "checkpoint.txt", "verify.py")
STAMP, TOKEN = "timestamp.json", "timestamp.tst"
LATER = re.compile(r"recheck-[0-9]{1,3}\.json")  # what was found after the issue, each signed like the certificate
SUMS = "SHA256SUMS"
LEAST = 2  # approvers, and as many supervisors


Found = TypeVar("Found")


class Disagreement(Exception):
    """Two things that should agree do not."""


class Bundle:
    """The files of a bundle, its JSON values read strictly."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.values: dict[str, Any] = {}

    def value(self, name: str) -> Any:  # noqa: ANN401 - whatever the file says; every check looks for what it needs
        """The value of a JSON file, which must be in canonical form to the byte."""
        if name not in self.values:
            data = self.files[name]
            value = json.loads(data.decode("utf-8"), parse_float=_no_fraction, parse_constant=_no_fraction)
            _agree(canonical(value) == data, f"{name} 不是规范形式 / is not in canonical form")
            self.values[name] = value
        return self.values[name]

    def key(self, fingerprint: str, use: str, owner: str | None = None) -> bytes:
        """The public key of that fingerprint, if it is for that use (and belongs to that person)."""
        for entry in self.value("keys.json")["keys"]:
            if entry["fingerprint"] == fingerprint and entry["use"] == use and owner in (None, entry["owner"]):
                return exact_base64(entry["public"])
        raise Disagreement(f"keys.json 中没有所需的公钥 / has no {use} key {fingerprint} for this signer")


def main(arguments: list[str] | None = None) -> int:
    """Check the bundle beside this program and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fingerprint", action="append", default=[], metavar="HEX", help="a key had from elsewhere")
    parser.add_argument("folder", nargs="?", default=Path(__file__).resolve().parent, type=Path, help="else: its own")
    asked = parser.parse_args(arguments)
    wanted = [re.sub(r"[\s:]", "", text).lower() for text in asked.fingerprint]
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    try:
        for line in report(read(asked.folder), wanted):
            sys.stdout.write(line + "\n")
    except Disagreement as found:
        sys.stdout.write(f"不符 DISAGREES  {found}\n")
        return 1
    return 0


def read(folder: Path) -> dict[str, bytes]:
    """The files of an unpacked bundle."""
    _agree(folder.suffix != ".zip" or folder.is_dir(), f"请先解压 / unzip it first, and name its folder: {folder}")
    _agree(folder.is_dir(), f"没有这个文件夹 / no such folder: {folder}")
    for name in (*FILES, SUMS):
        _agree((folder / name).is_file(), f"缺少文件 / missing file: {name}")
    names = [path.name for path in folder.iterdir() if path.is_file()]
    return {name: (folder / name).read_bytes() for name in [*in_order(names), SUMS]}


def in_order(names: Iterable[str]) -> list[str]:
    """The names that stand in SHA256SUMS, in its order, of a bundle that has these files."""
    return [*FILES, *sorted(name for name in names if name in (STAMP, TOKEN) or LATER.fullmatch(name))]


def report(files: dict[str, bytes], fingerprints: list[str]) -> list[str]:
    """A sentence for every check that holds, and what no check here can know. Disagreement at the first that fails."""
    bundle = Bundle(files)
    lines = [f"相符 OK  {_guarded(check, bundle)}" for check in CHECKS]
    lines += _guarded(later_looks_are_signed, bundle) + _guarded(time_stamp_is_of_the_certificate, bundle)
    lines.append(_guarded(lambda shown: _whose(shown, fingerprints), bundle))
    lines.append(
        "此处无从得知 / cannot be known here: 清册所列是否即为当年全部原件，系统之外有无其他副本 / "
        "whether the list names all there was, and whether copies exist that the system never knew of."
    )
    return lines


def _guarded(check: Callable[[Bundle], Found], bundle: Bundle) -> Found:
    try:
        return check(bundle)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        raise Disagreement(f"内容残缺或格式有误 / something is missing or malformed ({error!r})") from error


def files_are_whole(bundle: Bundle) -> str:
    """Every file has the digest that SHA256SUMS says, and it lists them all."""
    names = in_order(bundle.files)
    sums = "".join(f"{sha256(bundle.files[name])}  {name}\n" for name in names).encode()
    for told in bundle.files[SUMS].decode("utf-8", "replace").splitlines():
        _agree(told[66:] in names, f"缺少文件 / missing file: {told[66:]} ({SUMS} 所列 / listed there)")
    for line, listed in zip(sums.splitlines(), bundle.files[SUMS].splitlines()):  # noqa: B905 - Python 3.9
        _agree(line == listed, f"{line[66:].decode()} 与 {SUMS} 不符 / does not agree with {SUMS}")
    _agree(sums == bundle.files[SUMS], f"{SUMS} 所列不全或有多余 / lists too little or too much")
    return f"{len(names)} 个文件完整 / {len(names)} files are whole"


def keys_are_those_of_the_certificate(bundle: Bundle) -> str:
    """Fingerprints fit the keys, none stands twice, and the certificate names this very list."""
    keys = bundle.value("keys.json")["keys"]
    for entry in keys:
        _agree(
            sha256(exact_base64(entry["public"])) == entry["fingerprint"], f"公钥指纹 / fingerprint of {entry['name']}"
        )
    _agree(len({entry["fingerprint"] for entry in keys}) == len(keys), "公钥重复 / a key stands twice")
    digest = sha256(bundle.files["keys.json"])
    _agree(digest == bundle.value("certificate.json")["keys_sha256"], "keys.json 与证明 / keys.json and certificate")
    return f"{len(keys)} 把公钥与证明所载一致 / {len(keys)} public keys are those that the certificate names"


def certificate_is_signed(bundle: Bundle) -> str:
    """The installation's certificate key signed the certificate without its signature."""
    certificate = dict(bundle.value("certificate.json"))
    signature = certificate.pop("signature")
    public = bundle.key(signature["key"], "certificate")
    _agree(
        ed25519(public, canonical(certificate), exact_base64(signature["value"])),
        "证明的签名 / certificate's signature",
    )
    return f"证明 {certificate['number']} 的签名有效 / certificate {certificate['number']} is signed"


def manifest_is_the_one_named(bundle: Bundle) -> str:
    """The manifest has the digest that the certificate names, and the counts come out of it."""
    certificate, manifest = bundle.value("certificate.json"), bundle.value("manifest.json")
    _agree(certificate["manifest_sha256"] == sha256(bundle.files["manifest.json"]), "清册摘要 / manifest's digest")
    _agree(manifest["batch"] == certificate["batch"]["id"], "清册批次 / the manifest's batch")
    items, counts = manifest["items"], certificate["counts"]
    found = {
        "documents": len({item["document_id"] for item in items}),
        "pages": sum(item["pages"] for item in items),
        "files": sum(len(item["files"]) for item in items),
        "bytes": sum(file["size"] for item in items for file in item["files"]),
    }
    _agree(len(items) == found["documents"], "清册中有重复 / a document stands twice in the manifest")
    for name, count in found.items():
        _agree(counts[name] == count, f"数量 / count of {name}: {counts[name]}, 清册 / manifest {count}")
    return f"清册 {len(items)} 件与证明一致 / the manifest of {len(items)} documents, {found['pages']} pages"


def approvals_are_signed(bundle: Bundle) -> str:
    """At least two people approved this very list before it began."""
    certificate = bundle.value("certificate.json")
    names = _signers(bundle, certificate["approvals"], "approval", LEAST)
    begun = instant(certificate["execution"]["started_at"])
    for signed in certificate["approvals"]:
        _agree(instant(signed["statement"]["at"]) <= begun, "批准晚于执行 / approved after it began")
    return f"批准人签名有效 / approved and signed by: {names}"


def confirmations_are_signed(bundle: Bundle) -> str:
    """Two supervisors confirmed it afterwards, and nobody played two parts."""
    certificate = bundle.value("certificate.json")
    names = _signers(bundle, certificate["supervisors"], "confirmation", LEAST)
    begun = instant(certificate["execution"]["started_at"])
    for signed in certificate["supervisors"]:
        _agree(instant(signed["statement"]["at"]) >= begun, "监销确认早于执行 / confirmed before it began")
    people = [signed["person"]["id"] for signed in certificate["approvals"] + certificate["supervisors"]]
    people += [certificate["batch"]["proposed_by"]["id"], certificate["execution"]["executor"]["id"]]
    _agree(len(set(people)) == len(people), "一人兼任数职 / one person played two parts")
    return f"监销人签名有效 / confirmed and signed by supervisors: {names}"


def paper_is_accounted_for(bundle: Bundle) -> str:
    """What was planned for the paper was done, or it was kept; where it was destroyed, two others saw it and signed."""
    certificate, planned = bundle.value("certificate.json"), bundle.value("manifest.json").get("paper")
    paper, names = certificate["paper"], ""
    fate, watched = paper["fate"].partition(" ")[0], paper.get("supervisors", [])
    if planned is not None and fate != "kept":
        same = all(paper[name] == planned[name] for name in ("fate", "place", "method"))
        _agree(same, "纸质原件的处置与清册不符 / the paper and what was planned for it")
    _agree(planned is not None or fate != "destroyed", "清册未列纸质原件 / the signed list says nothing of paper")
    if fate == "destroyed" or watched:
        names = ": " + _signers(bundle, watched, "confirmation", LEAST)
        parts = certificate["approvals"] + certificate["supervisors"] + watched
        people = [signed["person"]["id"] for signed in parts]
        people += [certificate["batch"]["proposed_by"]["id"], certificate["execution"]["executor"]["id"]]
        _agree(len(set(people)) == len(people), "一人兼任数职 / one person played two parts")
    return f"纸质原件 / paper: {paper['fate']}{names}"


def targets_are_verified(bundle: Bundle) -> str:
    """Each document of the manifest has targets; where the certificate says complete, all are verified."""
    certificate = bundle.value("certificate.json")
    listed = {item["document_id"] for item in bundle.value("manifest.json")["items"]}
    targets, stayed = certificate["targets"], certificate.get("kept", [])
    gone, kept = ({line["document_id"] for line in part} for part in (targets, stayed))
    _agree(gone | kept == listed and not gone & kept, "销毁目标与清册 / targets and manifest")
    left = [one for one in targets if one["result"] != "verified" or not one["verified_at"]]
    _agree(
        certificate["state"] == ("partial" if left or kept else "complete"), "完成状态与目标结果 / state and targets"
    )
    if left or kept:
        return f"部分完成 / PARTIAL: 余 {len(left)} 项 targets left, 留存 {len(kept)} 件 documents kept"
    return f"{len(targets)} 项目标均记为已核实 / {len(targets)} targets are all recorded as verified"


def log_entry_is_of_the_certificate(bundle: Bundle) -> str:
    """The log's entry commits to a detail that names this certificate's digest."""
    entry, shown = bundle.value("entry.json"), bundle.value("detail.json")
    detail, certificate = shown["detail"], bundle.value("certificate.json")
    _agree(entry["act"] == "certificate.issued", "日志条目 / the log entry is of another act")
    made = sha256(bytes.fromhex(shown["salt"]) + canonical(detail))
    _agree(made == entry["detail"], "日志条目的承诺值 / the log entry's commitment")
    _agree(detail["certificate_no"] == certificate["number"], "日志中的证明号 / certificate's number in the log")
    digest = sha256(bundle.files["certificate.json"])
    _agree(detail["certificate_sha256"] == digest, "日志中的证明摘要 / certificate's digest in the log")
    return f"日志条目载有本证明摘要 / the log's entry of {entry['at']} names this certificate's digest"


def log_holds_the_entry(bundle: Bundle) -> str:
    """The entry is in the log's tree (RFC 6962) whose root a signed checkpoint (C2SP) names."""
    proof = bundle.value("proof.json")
    origin, size, root = checkpoint(bundle)
    _agree(proof["tree_size"] == size, "检查点的条数 / the checkpoint's size")
    path = [bytes.fromhex(step) for step in proof["hashes"]]
    _agree([step.hex() for step in path] == proof["hashes"], "证明路径的写法 / the proof's spelling")
    leaf = hashlib.sha256(b"\x00" + bundle.files["entry.json"]).digest()
    _agree(inclusion_root(leaf, proof["leaf_index"], size, path) == root, "日志包含证明 / the proof of inclusion")
    return f"日志 {origin} 共 {size} 条，本条为第 {proof['leaf_index']} 条 / the log of {size} entries holds it"


def later_looks_are_signed(bundle: Bundle) -> list[str]:
    """What was found days after the destruction, as the installation's certificate key signed it."""
    lines = []
    for name in filter(LATER.fullmatch, in_order(bundle.files)):
        told = _finding(bundle, name, "recheck")
        _agree(name == f"recheck-{told['days']}.json", f"{name} 的天数 / is of another day")
        _agree(told["batch"] == bundle.value("certificate.json")["batch"]["id"], f"{name} 的批次 / is of another batch")
        came = len(told["returned"])
        lines.append(
            f"相符 OK  {told['days']} 天后复核 / looked again after {told['days']} days: "
            f"{told['absent']}/{told['targets']} 项不存在 targets absent; {came} 项曾再现 had come back and went again"
        )
    return lines or ["无 NONE  本包未含事后复核 / no later look is in this bundle"]


def time_stamp_is_of_the_certificate(bundle: Bundle) -> list[str]:
    """The token (RFC 3161) is about this certificate, and our statement about the token agrees with it."""
    if not {STAMP, TOKEN} & bundle.files.keys():
        return [
            "未加盖时间戳 NOT TIME-STAMPED  签发时间仅由本单位自述 / when it was issued, only the organisation says"
        ]
    told, found = _finding(bundle, STAMP, "timestamp"), stamped(bundle.files[TOKEN])
    digest = sha256(bundle.files["certificate.json"])
    _agree(found.imprint == digest, "时间戳所指不是本证明 / the time stamp is of something else")
    _agree(told["certificate_sha256"] == digest, f"{STAMP} 中的证明摘要 / certificate's digest in {STAMP}")
    _agree(told["token_sha256"] == sha256(bundle.files[TOKEN]), f"{TOKEN} 与 {STAMP} / {TOKEN} and {STAMP}")
    _agree(instant(told["at"]) == found.at, f"{STAMP} 中的时间 / the time in {STAMP}")
    holds = (
        f"相符 OK  时间戳载有本证明的摘要 / the time stamp of {found.at:%Y-%m-%d %H:%M:%S} UTC names this certificate"
    )
    unknown = (
        f"此处无从得知 / cannot be known here: 时间戳是否确由 {told['authority']} 签发，请用其证书核对 / whether that "
        "authority signed it; check with its certificate: openssl ts -verify -data certificate.json "
        f"-in {TOKEN} -token_in -CAfile AUTHORITY.pem"
    )
    return [holds, unknown]


def _finding(bundle: Bundle, name: str, kind: str) -> dict[str, Any]:
    """A finding after the issue, signed by the certificate's key and about this certificate."""
    _agree(name in bundle.files, f"缺少文件 / missing file: {name}")
    told, certificate = dict(bundle.value(name)), bundle.value("certificate.json")
    key, signature = told.pop("key"), bytes.fromhex(told.pop("signature"))
    _agree(signature.hex() == bundle.value(name)["signature"], f"{name} 签名的写法 / spelling of its signature")
    _agree(key == certificate["signature"]["key"], f"{name} 的公钥 / is signed by another key than the certificate")
    _agree(ed25519(bundle.key(key, "certificate"), canonical(told), signature), f"{name} 的签名 / its signature")
    _agree(told["statement"] == kind, f"{name} 的声明种类 / kind of statement")
    _agree(told["certificate"] == certificate["number"], f"{name} 的证明号 / is of another certificate")
    return told


CHECKS = (
    files_are_whole, keys_are_those_of_the_certificate, certificate_is_signed, manifest_is_the_one_named,
    approvals_are_signed, confirmations_are_signed, paper_is_accounted_for, targets_are_verified,
    log_entry_is_of_the_certificate,
    log_holds_the_entry,
)  # fmt: skip


def _signers(bundle: Bundle, statements: list[Any], kind: str, least: int) -> str:
    """The names of all who signed statements of this kind about this manifest, each with their own key."""
    certificate = bundle.value("certificate.json")
    for signed in statements:
        statement, person = signed["statement"], signed["person"]
        _agree(statement["statement"] == kind, f"{person['name']} 的声明种类 / kind of statement")
        _agree(statement["manifest_sha256"] == certificate["manifest_sha256"], f"{person['name']} 所签清册 / manifest")
        _agree(statement["batch"] == certificate["batch"]["id"], f"{person['name']} 所签批次 / batch")
        _agree(statement["signer"] == person["id"], f"{person['name']} 的声明 / statement is another person's")
        public = bundle.key(signed["key"], "person", person["id"])
        holds = ed25519(public, canonical(statement), exact_base64(signed["signature"]))
        _agree(holds, f"{person['name']} 的签名 / signature of {person['name']}")
    signers = {signed["person"]["id"] for signed in statements}
    _agree(len(signers) >= least, f"签名人数不足 / fewer than {least} people signed ({kind})")
    return ", ".join(signed["person"]["name"] for signed in statements)


def _whose(bundle: Bundle, fingerprints: list[str]) -> str:
    """Whether the keys are the ones that were had from elsewhere; without those, that this is not known."""
    used = {entry["fingerprint"]: entry for entry in bundle.value("keys.json")["keys"]}
    for fingerprint in fingerprints:
        _agree(fingerprint in used, f"指纹不属于本包任何公钥 / no key here has the fingerprint {fingerprint}")
    open_ones = [entry for name, entry in used.items() if name not in fingerprints]
    if not open_ones:
        return "相符 OK  全部公钥与所给指纹一致 / all keys have the fingerprints that you gave"
    listed = "\n".join(f"    {entry['use']} · {entry['name']} · {entry['fingerprint']}" for entry in open_ones)
    return (
        "此处无从得知 / cannot be known here: 下列公钥究竟属于谁，请与另行取得的指纹核对（--fingerprint） / "
        f"whose these keys are; compare them with fingerprints had elsewhere (--fingerprint):\n{listed}"
    )


# Canonical JSON (RFC 8785), for values without fractions

_said = json.JSONEncoder(ensure_ascii=False).encode


def canonical(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """The one form of a JSON value: names in the order of their UTF-16 units, no blanks, shortest escapes."""
    return _json(value).encode("utf-8")


def _json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(_json(name) + ":" + _json(value[name]) for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_json(inner) for inner in value) + "]"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 1 << 53:
        raise ValueError("a number beyond 2^53")
    return _said(value)


def _no_fraction(text: str) -> None:
    raise ValueError(f"not a whole number: {text}")


# The log's tree (RFC 9162 §2.1.3.2) and checkpoint (C2SP tlog-checkpoint)


def inclusion_root(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root to which the path leads from the leaf; Disagreement when it has another length than it must have."""
    _agree(0 <= index < size, "条目序号 / the entry's index")
    last = size - 1
    for step in path:
        _agree(last > 0, "证明路径过长 / the proof is too long")
        if index % 2 or index == last:
            leaf = hashlib.sha256(b"\x01" + step + leaf).digest()
            while index and not index % 2:
                index, last = index // 2, last // 2
        else:
            leaf = hashlib.sha256(b"\x01" + leaf + step).digest()
        index, last = index // 2, last // 2
    _agree(last == 0, "证明路径过短 / the proof is too short")
    return leaf


def checkpoint(bundle: Bundle) -> tuple[str, int, bytes]:
    """Origin, size and root of the checkpoint, once a checkpoint key of the bundle has signed it."""
    keys = [
        exact_base64(entry["public"]) for entry in bundle.value("keys.json")["keys"] if entry["use"] == "checkpoint"
    ]
    return signed_checkpoint(bundle.files["checkpoint.txt"].decode("utf-8"), keys)


def signed_checkpoint(note: str, keys: list[bytes]) -> tuple[str, int, bytes]:
    """Origin, size and root of a signed note, once one of these public keys has signed it."""
    text, _, lines = note.rpartition("\n\n")
    origin, size, root = text.split("\n")
    signed = False
    for public in keys:
        key_id = hashlib.sha256(origin.encode() + b"\n\x01" + public).digest()[:4]
        for line in lines.splitlines():
            dash, name, value = line.split(" ")
            if (dash, name, exact_base64(value)[:4]) == ("\u2014", origin, key_id):
                holds = ed25519(public, (text + "\n").encode(), exact_base64(value)[4:])
                _agree(holds, "检查点的签名 / the checkpoint's signature")
                signed = True
    _agree(signed, "检查点无有效签名 / the checkpoint bears no signature of a key that is listed")
    return origin, int(size), exact_base64(root)


# Time stamp tokens (RFC 3161 in CMS, RFC 5652), as far as DER (X.690) has to be read for them


class Stamped(NamedTuple):
    """What a token says: the SHA-256 (hex) that it is about, and when."""

    imprint: str
    at: datetime


SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
TST_INFO = bytes.fromhex("2a864886f70d0109100104")
SHA_256 = bytes.fromhex("608648016503040201")


def stamped(token: bytes) -> Stamped:
    """What the token says; the authority's signature in it is not looked at."""
    kind, wrapped = der(der(token)[0])
    capsule = der(der(der(wrapped)[0])[2])
    _agree((kind, capsule[0]) == (SIGNED_DATA, TST_INFO), "不是时间戳 / no time stamp")
    _version, _policy, imprint, _serial, at = der(der(der(capsule[1])[0])[0])[:5]
    algorithm, digest = der(imprint)
    _agree(der(algorithm)[0] == SHA_256, "时间戳的摘要算法 / the time stamp's digest is not SHA-256")
    whole = datetime.strptime(at.decode("ascii")[:14] + "+0000", "%Y%m%d%H%M%S%z")
    return Stamped(digest.hex(), whole.astimezone(UTC))


def der(data: bytes) -> list[bytes]:
    """The contents of the values that stand one after another."""
    found, at = [], 0
    while at < len(data):
        length, at = data[at + 1], at + 2
        if length & 0x80:
            width = length & 0x7F
            length, at = int.from_bytes(data[at : at + width], "big"), at + width
        _agree(0 < at <= at + length <= len(data), "时间戳残缺 / the time stamp is cut short")
        found.append(data[at : at + length])
        at += length
    return found


# Ed25519 (RFC 8032 §5.1), verification only: nothing here is secret, so nothing needs constant time

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]


def ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature (64 bytes) is of this message by this public key (32 bytes)."""
    point = _point(public)
    scalar = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or point is None or scalar >= ORDER:  # noqa: PLR2004 - RFC 8032 §5.1.7
        return False
    hashed = hashlib.sha512(signature[:32] + public + message).digest()
    factor = int.from_bytes(hashed, "little") % ORDER
    x, y, z, t = _times(factor, point)
    return _bytes(_add(_times(scalar, BASE), (P - x, y, z, P - t))) == signature[:32]


def _point(data: bytes) -> Point | None:
    """The point that 32 bytes encode, None when they encode none (RFC 8032 §5.1.3)."""
    number = int.from_bytes(data, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    if len(data) != 32 or y >= P:  # noqa: PLR2004 - RFC 8032 §5.1.2
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = x if x % 2 == sign else P - x
    return x, y, 1, x * y % P


def _add(left: Point, right: Point) -> Point:
    a = (left[1] - left[0]) * (right[1] - right[0]) % P
    b = (left[1] + left[0]) * (right[1] + right[0]) % P
    c = 2 * left[3] * right[3] * D % P
    d = 2 * left[2] * right[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(factor: int, point: Point) -> Point:
    total = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            total = _add(total, point)
        point, factor = _add(point, point), factor >> 1
    return total


def _bytes(point: Point) -> bytes:
    x, y = (number * pow(point[2], P - 2, P) % P for number in point[:2])
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = _point(BASE_Y.to_bytes(32, "little")) or (0, 1, 1, 0)  # every number is a point or none; this one is


def sha256(data: bytes) -> str:
    """The digest in hex."""
    return hashlib.sha256(data).hexdigest()


def exact_base64(text: str) -> bytes:
    """Strict base64: one spelling for one value."""
    data = base64.b64decode(text, validate=True)
    _agree(base64.b64encode(data).decode() == text, "base64 写法 / spelling of base64")
    return data


def instant(text: str) -> datetime:
    """The moment that ISO 8601 text names."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))  # noqa: FURB162 - Python 3.9 knows no Z


def _agree(holds: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence where it is used
    if not holds:
        raise Disagreement(what)


if __name__ == "__main__":
    sys.exit(main())
