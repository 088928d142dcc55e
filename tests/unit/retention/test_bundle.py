"""Bundles: a true one verifies for a stranger, and every lie and every changed letter is found."""

from __future__ import annotations

import base64
import io
import json
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from asn1crypto import cms
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from archive.canonical import canonical, digest
from archive.checkpoints import Checkpoint, sign
from archive.errors import Damaged
from archive.merkle import inclusion_proof, leaf_hash, root, tree_of
from archive.signing import SigningKey
from retention.bundle import make, verify
from tests.authority import token_over

BATCH = "b0000000-0000-4000-8000-000000000001"
NAMES = {
    "approver-1": "甲",
    "approver-2": "乙",
    "supervisor-1": "丙",
    "supervisor-2": "丁",
    "officer": "戊",
    "chief": "己",
}

Values = dict[str, Any]
Change = Callable[[Values], object]


def nothing(_values: Values) -> None:
    pass


def key_of(owner: str) -> SigningKey:
    return SigningKey(owner, Ed25519PrivateKey.from_private_bytes(sha256(owner.encode()).digest()))


def person(name: str) -> Values:
    return {"id": name, "name": NAMES[name], "department": "档案室"}


def item(number: int) -> Values:
    """One line of a manifest, drawn."""
    document = f"d{number:07d}-0000-4000-8000-000000000000"
    content = sha256(document.encode())
    return {
        "number": number,
        "document_id": document,
        "archival_code": f"X001-2013-D10-{number:04d}",
        "reference_no": f"合-{number}",
        "responsible": "某某公司",
        "title": f"合同第{number}号",
        "formed_on": "2013-05-06",
        "year": 2013,
        "confidentiality": "internal",
        "volume_no": "",
        "class_code": "CT-GEN",
        "class_version": 1,
        "required_period": "10",
        "kept_period": "12",
        "trigger": {"event": "contract_performed", "occurred_on": "2014-01-01"},
        "due_date": "2025-01-01",
        "pages": number + 1,
        "copies": 1,
        "files": [
            {
                "file_id": f"f{number}",
                "role": "original",
                "media_type": "application/pdf",
                "size": 1000 * number,
                "sha256": content.hexdigest(),
            }
        ],
        "reason": "保管期限已满，经鉴定无继续保存价值",
        "remark": "",
    }


def statement(kind: str, signer: str, manifest_sha256: str, at: str) -> Values:
    return {
        "statement": kind,
        "manifest_sha256": manifest_sha256,
        "batch": BATCH,
        "opinion": "同意",
        "signer": signer,
        "at": at,
    }


def signed(kind: str, signer: str, manifest_sha256: str, at: str) -> Values:
    said: Any = statement(kind, signer, manifest_sha256, at)
    who: Any = person(signer)
    return dict(make.signed_statement(key_of(signer), who, said))


def target(document: str, kind: str) -> Values:
    return {
        "document_id": document,
        "site": "main",
        "target": kind,
        "bucket": "records",
        "key": f"documents/{document}/1",
        "version": "v1",
        "method": "purge by version",
        "executed_at": "2026-03-01T02:00:00+00:00",
        "executed_by": "system:destroyer",
        "result": "verified",
        "verified_at": "2026-03-01T02:00:05+00:00",
        "verified_by": "system:verifier",
        "verify_method": "absence of every version",
    }


def body_of(manifest: Values, keys: Values) -> Values:
    """An honest certificate of that manifest, before it is signed."""
    mark, items = digest(manifest), manifest["items"]
    return {
        "format": "anjuan-certificate/1",
        "number": "XC-2026-0001",
        "state": "complete",
        "organisation": {"name": "某某公司", "fonds": "X001"},
        "batch": {
            "id": BATCH,
            "title": "二〇一三年合同",
            "category": "合同",
            "proposed_by": person("officer"),
            "proposed_at": "2026-02-01T01:00:00+00:00",
        },
        "manifest_sha256": mark,
        "keys_sha256": digest(keys),
        "counts": {
            "volumes": 0,
            "documents": len(items),
            "pages": sum(line["pages"] for line in items),
            "files": len(items),
            "bytes": sum(line["files"][0]["size"] for line in items),
        },
        "years": {"earliest": 2013, "latest": 2013},
        "appraisal": {
            "id": "a1",
            "report_no": "JD-2026-01",
            "leader": person("chief"),
            "members": [person("officer")],
            "finished_at": "2026-01-20T01:00:00+00:00",
        },
        "approvals": [signed("approval", f"approver-{n}", mark, f"2026-02-0{n}T08:00:00Z") for n in (1, 2)],
        "execution": {
            "executor": person("chief"),
            "method": "purge and cryptographic erase",
            "place": "main",
            "started_at": "2026-03-01T02:00:00+00:00",
            "ended_at": "2026-03-01T02:01:00+00:00",
            "service": "anjuan 0.1.0",
        },
        "supervisors": [signed("confirmation", f"supervisor-{n}", mark, f"2026-03-01T0{n + 2}:00:00Z") for n in (1, 2)],
        "targets": [target(line["document_id"], kind) for line in items for kind in ("original", "key", "index")],
        "backups": [{"name": "weekly", "state": "expires", "expires_on": "2026-04-01"}],
        "paper": {"fate": "kept", "place": "库房", "method": ""},
        "issued_at": "2026-03-01T06:00:00+00:00",
        "timestamp": None,
    }


def keys_of() -> Values:
    people = [make.public_key(key_of(name).public, "person", name, NAMES[name]) for name in NAMES]
    ours = [
        make.public_key(key_of(use).public, use, "installation", "某某公司") for use in ("certificate", "checkpoint")
    ]
    return dict(make.key_list([*people, *ours]))


def log_of(certificate: Values, change_entry: Change = nothing) -> make.LogProof:
    """A log of eleven entries whose eighth is the issue."""
    detail, salt = dict(make.issue_detail(certificate)), b"0123456789abcdef"  # type: ignore[arg-type]
    entry = {
        "act": "certificate.issued",
        "actor": "system:destroyer",
        "at": "2026-03-01T06:00:00.000001+00:00",
        "detail": sha256(salt + canonical(detail)).hexdigest(),
        "id": "e1",
        "subject": "c1",
    }
    change_entry(entry)
    body = canonical(entry)
    leaves = [leaf_hash(b"%d" % number) for number in range(11)]
    leaves[7] = leaf_hash(body)
    hash_at = tree_of(leaves)
    note = sign(Checkpoint("anjuan/log", 11, root(hash_at, 11)), key_of("checkpoint"))
    return make.LogProof(body, 7, inclusion_proof(hash_at, 7, 11), note, salt, detail)


def parts(
    change_manifest: Change = nothing, change_body: Change = nothing, change_entry: Change = nothing
) -> tuple[Any, Any, Any, make.LogProof]:
    manifest: Values = {
        "format": "anjuan-manifest/1",
        "batch": BATCH,
        "title": "销毁清册",
        "fonds": "X001",
        "items": [item(number) for number in range(1, 6)],
    }
    change_manifest(manifest)
    keys = keys_of()
    body: Any = body_of(manifest, keys)
    change_body(body)
    certificate: Any = make.signed_certificate(key_of("certificate"), body)
    return certificate, manifest, keys, log_of(certificate, change_entry)


def appended_to(certificate: Values) -> dict[str, bytes]:
    """What came after the issue: a look after a day, one after a week, and a time stamp."""
    key, mark = key_of("certificate"), digest(certificate)
    token = token_over(bytes.fromhex(mark))
    looks = {
        f"recheck-{days}.json": make.signed_finding(
            key,
            {
                "statement": "recheck", "certificate": certificate["number"], "batch": BATCH, "days": days,
                "at": "2026-03-02T02:00:00+00:00", "targets": 15, "absent": 15, "returned": [],
            },
        )
        for days in (1, 7)
    }  # fmt: skip
    told = {
        "statement": "timestamp", "certificate": certificate["number"], "certificate_sha256": mark,
        "token_sha256": sha256(token).hexdigest(), "at": verify.stamped(token).at.isoformat(), "authority": "TSA",
    }  # fmt: skip
    return {**looks, verify.STAMP: make.signed_finding(key, told), verify.TOKEN: token}


def whole_bundle() -> dict[str, bytes]:
    """The files of a true bundle with everything that can be in one."""
    certificate, manifest, keys, log = parts()
    zipped = make.make_bundle(certificate, manifest, keys, log, appended_to(certificate))
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return whole_bundle()


def unpacked(files: dict[str, bytes], folder: Path) -> Path:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def run(folder: Path, *arguments: str, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    """As a stranger runs it: isolated, in an empty environment, in the bundle's folder."""
    return subprocess.run(
        [python, "-I", "verify.py", *arguments],
        cwd=folder,
        env={},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_a_stranger_verifies_a_true_bundle(files: dict[str, bytes], tmp_path: Path) -> None:
    done = run(unpacked(files, tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("相符 OK") == len(verify.CHECKS) + 3
    assert "cannot be known here" in done.stdout
    assert key_of("certificate").fingerprint in done.stdout


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.12", "3.13"])
def test_other_versions_of_python_say_the_same(files: dict[str, bytes], tmp_path: Path, version: str) -> None:
    python = shutil.which(f"python{version}")
    if python is None or subprocess.run([python, "-V"], capture_output=True, check=False).returncode:
        pytest.skip(f"Python {version} is not here: the verifier was not tried with it")
    assert run(unpacked(files, tmp_path), python=python).returncode == 0


def test_fingerprints_had_elsewhere_settle_whose_the_keys_are(files: dict[str, bytes], tmp_path: Path) -> None:
    folder = unpacked(files, tmp_path)
    every = [key_of(owner).fingerprint for owner in (*NAMES, "certificate", "checkpoint")]
    told = [argument for mark in every for argument in ("--fingerprint", mark)]
    done = run(folder, *told)
    assert done.returncode == 0
    assert "all keys have the fingerprints that you gave" in done.stdout
    spelled = ":".join(every[0][i : i + 2] for i in range(0, 64, 2)).upper()
    assert run(folder, "--fingerprint", spelled).returncode == 0
    wrong = run(folder, "--fingerprint", "0" * 64)
    assert wrong.returncode == 1
    assert "no key here has the fingerprint" in wrong.stdout


def test_the_zip_is_the_same_for_the_same_contents() -> None:
    assert make.make_bundle(*parts()) == make.make_bundle(*parts())


def changed(data: bytes, chance: random.Random) -> bytes:
    """One byte changed, left out or put in."""
    at, byte = chance.randrange(len(data)), bytes([chance.randrange(32, 127)])
    kinds = [data[:at] + byte + data[at + 1 :], data[:at] + data[at + 1 :], data[:at] + byte + data[at:]]
    made = chance.choice(kinds)
    return made if made != data else changed(data, chance)


@pytest.mark.parametrize("seed", range(10))
def test_one_changed_letter_anywhere_is_found(files: dict[str, bytes], seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a repeatable choice of places
    for _ in range(30):
        name = chance.choice(sorted(files))
        harmed = {**files, name: changed(files[name], chance)}
        with pytest.raises(verify.Disagreement):
            verify.report(harmed, [])


@pytest.mark.parametrize("seed", range(10))
def test_a_change_is_found_though_the_sums_were_mended(files: dict[str, bytes], seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a repeatable choice of places
    bound = [name for name in verify.in_order(files) if name not in {"README.txt", "verify.py"}]
    for _ in range(30):
        name = chance.choice(bound)
        harmed = {**files, name: changed(files[name], chance)}
        harmed[verify.SUMS] = make.sums(harmed)
        with pytest.raises(verify.Disagreement):
            verify.report(harmed, [])
        assert not second_opinion(harmed)


@pytest.mark.parametrize("name", sorted({*verify.FILES, verify.SUMS} - {"verify.py"}))
def test_a_missing_file_is_named(files: dict[str, bytes], tmp_path: Path, name: str) -> None:
    (unpacked(files, tmp_path) / name).unlink()
    done = run(tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert name in done.stdout


def test_somebody_else_s_keys_pass_only_while_nobody_asks_whose_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    true = key_of("certificate").fingerprint
    forged = {owner: SigningKey(owner, Ed25519PrivateKey.generate()) for owner in (*NAMES, "certificate", "checkpoint")}
    monkeypatch.setattr(sys.modules[__name__], "key_of", forged.__getitem__)
    made = make.bundle_files(*parts())
    assert verify.report(made, [])
    with pytest.raises(verify.Disagreement, match="no key here has the fingerprint"):
        verify.report(made, [true])


LIES: dict[str, tuple[Change, str]] = {
    "one approver": (lambda body: body["approvals"].pop(), "fewer than 2"),
    "one approver twice": (lambda body: body["approvals"].__setitem__(1, body["approvals"][0]), "fewer than 2"),
    "paper destroyed that no list names": (
        lambda body: body.update(paper={"fate": "destroyed / 销毁", "place": "库房", "method": "化浆"}),
        "says nothing of paper",
    ),
    "one supervisor": (lambda body: body["supervisors"].pop(), "fewer than 2"),
    "the executor approved": (lambda body: body["execution"].update(executor=person("approver-1")), "two parts"),
    "the proposer supervised": (lambda body: body["batch"].update(proposed_by=person("supervisor-1")), "two parts"),
    "an approval of another list": (
        lambda body: body["approvals"].append(signed("approval", "chief", "0" * 64, "2026-02-03T08:00:00Z")),
        "manifest",
    ),
    "a confirmation as approval": (
        lambda body: body["approvals"].append(signed("confirmation", "chief", body["manifest_sha256"], "2026-02-03")),
        "kind of statement",
    ),
    "an approval in another's name": (lambda body: body["approvals"][0].update(person=person("chief")), "another"),
    "an approval by another key": (lambda body: body["approvals"][0].update(key=key_of("chief").fingerprint), "no per"),
    "a changed opinion": (lambda body: body["approvals"][0]["statement"].update(opinion="不同意"), "signature of 甲"),
    "approved too late": (
        lambda body: body["approvals"].__setitem__(
            0, signed("approval", "approver-1", body["manifest_sha256"], "2026-03-02T00:00:00Z")
        ),
        "after it began",
    ),
    "confirmed too early": (
        lambda body: body["supervisors"].__setitem__(
            0, signed("confirmation", "supervisor-1", body["manifest_sha256"], "2026-02-02T00:00:00Z")
        ),
        "before it began",
    ),
    "another list": (lambda body: body.update(manifest_sha256="0" * 64), "manifest's digest"),
    "another batch": (lambda body: body["batch"].update(id="b2"), "manifest's batch"),
    "other keys": (lambda body: body.update(keys_sha256="0" * 64), "keys.json"),
    "a page too few": (lambda body: body["counts"].update(pages=1), "count of pages"),
    "bytes too many": (lambda body: body["counts"].update(bytes=1), "count of bytes"),
    "a target left": (lambda body: body["targets"][0].update(result="failed"), "state and targets"),
    "a target not verified": (lambda body: body["targets"][0].update(verified_at=None), "state and targets"),
    "partial without a rest": (lambda body: body.update(state="partial"), "state and targets"),
    "a document without targets": (lambda body: body.update(targets=body["targets"][3:]), "targets and manifest"),
    "targets of a stranger": (lambda body: body["targets"].append(target("d9", "key")), "targets and manifest"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_that_is_properly_signed_is_found_and_named(lie: str) -> None:
    change, named = LIES[lie]
    with pytest.raises(Damaged, match="does not verify") as refusal:
        make.make_bundle(*parts(change_body=change))
    assert named in str(refusal.value)


def test_a_document_that_stands_twice_is_found() -> None:
    with pytest.raises(Damaged, match="stands twice in the manifest"):
        make.make_bundle(*parts(change_manifest=lambda manifest: manifest["items"].append(manifest["items"][0])))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda entry: entry.update(act="certificate.read"), "another act"),
        (lambda entry: entry.update(detail="0" * 64), "commitment"),
        (lambda entry: entry.pop("detail"), "malformed"),
    ],
)
def test_a_log_entry_of_something_else_is_found(change: Change, named: str) -> None:
    with pytest.raises(Damaged, match=named):
        make.make_bundle(*parts(change_entry=change))


def test_a_certificate_that_is_not_the_logged_one_is_found() -> None:
    certificate, manifest, keys, log = parts()
    other = parts(change_body=lambda body: body.update(issued_at="2026-03-02T06:00:00+00:00"))[0]
    with pytest.raises(Damaged, match="certificate's digest in the log"):
        make.make_bundle(other, manifest, keys, log)
    assert make.make_bundle(certificate, manifest, keys, log)


def test_a_partial_destruction_says_what_is_left() -> None:
    def leave_one(body: Values) -> None:
        body["targets"][2].update(result="failed", verified_at=None)
        body.update(state="partial")

    lines = verify.report(make.bundle_files(*parts(change_body=leave_one)), [])
    assert any("PARTIAL: 余 1 项 targets left, 留存 0 件" in line for line in lines)


def test_a_document_that_was_let_stay_is_named_and_makes_it_partial() -> None:
    def keep_first(body: Values) -> None:
        kept = body["targets"][0]["document_id"]
        targets = [target for target in body["targets"] if target["document_id"] != kept]
        body.update(targets=targets, kept=[{"document_id": kept, "why": "held"}], state="partial")

    lines = verify.report(make.bundle_files(*parts(change_body=keep_first)), [])
    assert any("留存 1 件 documents kept" in line for line in lines)
    with pytest.raises(Damaged, match="state and targets"):
        make.make_bundle(*parts(change_body=lambda body: (keep_first(body), body.update(state="complete"))))


def test_nobody_signs_with_another_s_key() -> None:
    who: Any = person("approver-1")
    said: Any = statement("approval", "approver-1", "0" * 64, "2026-02-01T00:00:00Z")
    with pytest.raises(ValueError, match="their own"):
        make.signed_statement(key_of("approver-2"), who, said)


def test_a_second_implementation_agrees(files: dict[str, bytes]) -> None:
    assert second_opinion(files)


def second_opinion(files: dict[str, bytes]) -> bool:
    """The same judgement by other means: `cryptography`, `rfc8785`, and the tree as RFC 6962 words it."""
    try:
        return _agrees(files)
    except (InvalidSignature, KeyError, ValueError, TypeError, AssertionError, IndexError):
        return False


def _agrees(files: dict[str, bytes]) -> bool:
    values = {name: json.loads(files[name]) for name in verify.DOCUMENTS}
    assert all(rfc8785.dumps(value) == files[name] for name, value in values.items())
    certificate, keys = values["certificate.json"], values["keys.json"]["keys"]
    publics = {sha256(exact(key["public"])).hexdigest(): exact(key["public"]) for key in keys}
    assert certificate["keys_sha256"] == sha256(files["keys.json"]).hexdigest()
    assert certificate["manifest_sha256"] == sha256(files["manifest.json"]).hexdigest()
    seal = certificate.pop("signature")
    known(publics, seal["key"]).verify(exact(seal["value"]), rfc8785.dumps(certificate))
    for said in certificate["approvals"] + certificate["supervisors"]:
        known(publics, said["key"]).verify(exact(said["signature"]), rfc8785.dumps(said["statement"]))
    shown, entry = values["detail.json"], values["entry.json"]
    assert entry["detail"] == sha256(bytes.fromhex(shown["salt"]) + rfc8785.dumps(shown["detail"])).hexdigest()
    assert shown["salt"] == bytes.fromhex(shown["salt"]).hex()
    assert shown["detail"]["certificate_sha256"] == sha256(files["certificate.json"]).hexdigest()
    _after_the_issue(files, known(publics, seal["key"]), certificate["number"])
    return _logged(files, values["proof.json"], publics)


def _after_the_issue(files: dict[str, bytes], key: Ed25519PublicKey, number: str) -> None:
    for name in files.keys() & {"recheck-1.json", "recheck-7.json", "timestamp.json"}:
        told = json.loads(files[name])
        assert rfc8785.dumps(told) == files[name]
        spelled = told.pop("signature")
        assert bytes.fromhex(spelled).hex() == spelled
        assert told.pop("key") == sha256(key.public_bytes_raw()).hexdigest()
        key.verify(bytes.fromhex(spelled), rfc8785.dumps(told))
        assert told["certificate"] == number
    token, mark = files["timestamp.tst"], sha256(files["certificate.json"]).digest()
    stamp = cms.ContentInfo.load(token)["content"]["encap_content_info"]["content"].parsed
    assert stamp["message_imprint"]["hashed_message"].native == mark
    told = json.loads(files["timestamp.json"])
    assert (told["token_sha256"], told["certificate_sha256"]) == (sha256(token).hexdigest(), mark.hex())


def _logged(files: dict[str, bytes], proof: Values, publics: dict[str, bytes]) -> bool:
    text, _, lines = files["checkpoint.txt"].decode().rpartition("\n\n")
    origin, size, top = text.split("\n")
    (line,) = lines.splitlines()
    assert line.startswith(f"— {origin} ")
    assert proof["tree_size"] == int(size)
    value = exact(line.rpartition(" ")[2])
    signers = [p for p in publics.values() if sha256(f"{origin}\n\x01".encode() + p).digest()[:4] == value[:4]]
    Ed25519PublicKey.from_public_bytes(signers[0]).verify(value[4:], (text + "\n").encode())
    steps = [bytes.fromhex(step) for step in proof["hashes"]]
    assert [step.hex() for step in steps] == proof["hashes"]
    leaf = sha256(b"\x00" + files["entry.json"]).digest()
    return climbed(leaf, proof["leaf_index"], proof["tree_size"], steps) == exact(top)


def test_the_published_program_is_the_one_in_the_bundle_and_checks_any_folder(tmp_path: Path) -> None:
    published = Path(verify.__file__).parents[2] / "deploy" / "verify.py"
    assert published.read_bytes() == Path(verify.__file__).read_bytes()
    for name, data in make.bundle_files(*parts()).items():
        (tmp_path / name).write_bytes(data)
    run = [sys.executable, "-I", str(published), str(tmp_path)]
    assert subprocess.run(run, cwd="/", env={}, check=False, capture_output=True).returncode == 0
    (tmp_path / "manifest.json").write_bytes((tmp_path / "manifest.json").read_bytes() + b" ")
    found = subprocess.run(run, cwd="/", env={}, check=False, capture_output=True)
    assert (found.returncode, "manifest.json" in found.stdout.decode()) == (1, True)


def climbed(leaf: bytes, index: int, size: int, steps: list[bytes]) -> bytes:
    """The root by RFC 6962 §2.1.1, from the top down."""
    assert 0 <= index < size
    if size == 1:
        assert not steps
        return leaf
    split = 1 << (size - 1).bit_length() - 1
    if index < split:
        return sha256(b"\x01" + climbed(leaf, index, split, steps[:-1]) + steps[-1]).digest()
    return sha256(b"\x01" + steps[-1] + climbed(leaf, index - split, size - split, steps[:-1])).digest()


def known(publics: dict[str, bytes], fingerprint: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(publics[fingerprint])


def exact(text: str) -> bytes:
    value = base64.b64decode(text, validate=True)
    assert base64.b64encode(value).decode() == text
    return value
