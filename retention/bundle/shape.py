"""What a certificate and its manifest say, field by field. Source: records-rules §3; 79号令; DA/T 70-2018.

Values are strings, whole numbers, lists, objects, true, false and null, so that canonical JSON (RFC 8785) is plain.
Days are `YYYY-MM-DD` in the organisation's time zone; instants are ISO 8601 with their offset, in UTC; digests and
fingerprints are hex; signatures and public keys are base64. No identity numbers, and titles pruned as the class says.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

MANIFEST_FORMAT = "anjuan-manifest/1"
CERTIFICATE_FORMAT = "anjuan-certificate/1"
KEYS_FORMAT = "anjuan-keys/1"


class ManifestFile(TypedDict):
    """One file of a document: digests of its plain bytes at ingest and at the last fixity check."""

    file_id: str
    role: str
    media_type: str
    size: int
    sha256: str
    fixity_sha256: NotRequired[str]
    fixity_at: NotRequired[str]


class Trigger(TypedDict):
    """The event that started the period."""

    event: str
    occurred_on: str


class Early(TypedDict):
    """A data subject's request, by which a document goes before its period is over (PIPL art. 47)."""

    request: str  # 删除请求编号
    ground: str
    granted_on: str


class ManifestItem(TypedDict):
    """One line of the 销毁清册."""

    number: int  # 序号
    document_id: str
    archival_code: str  # 档号
    reference_no: str  # 文号/合同号
    responsible: str  # 责任者
    title: str  # 题名
    formed_on: str  # 形成时间
    year: int  # 年度
    confidentiality: str  # 密级
    volume_no: str  # 卷号/册数
    class_code: str
    class_version: int
    required_period: str  # 应保管期限
    kept_period: str  # 已保管期限
    trigger: Trigger | None
    due_date: str
    pages: int  # 页数
    copies: int  # 份数
    files: list[ManifestFile]
    reason: str  # 销毁原因: the appraisal's decision
    remark: str  # 备注: what becomes of the paper
    early: NotRequired[Early]  # 提前删除


class Paper(TypedDict):
    """What became of the paper originals."""

    fate: str
    place: str
    method: str
    supervisors: NotRequired[list[SignedStatement]]  # 纸质监销人: who saw it destroyed


class Manifest(TypedDict):
    """The frozen list that is approved: its digest is what everyone signs."""

    format: str
    batch: str
    title: str
    fonds: str
    items: list[ManifestItem]
    paper: NotRequired[Paper]  # 纸质原件: the plan, signed with the list


class Person(TypedDict):
    """A natural person, as named on the certificate."""

    id: str
    name: str
    department: str


class Organisation(TypedDict):
    """单位 and 全宗号."""

    name: str
    fonds: str


class Batch(TypedDict):
    """批次 and 门类; who proposed it and when."""

    id: str
    title: str
    category: str
    proposed_by: Person
    proposed_at: str


class Counts(TypedDict):
    """卷, 件, 页, files and bytes; all but the volumes must come out of the manifest."""

    volumes: int
    documents: int
    pages: int
    files: int
    bytes: int


class Years(TypedDict):
    """Earliest and latest 年度."""

    earliest: int
    latest: int


class Appraisal(TypedDict):
    """鉴定: the report, its leader and members."""

    id: str
    report_no: str
    leader: Person
    members: list[Person]
    finished_at: str


class Statement(TypedDict):
    """What a person signs, in its canonical bytes. `opinion` is the opinion, or what a supervisor observed."""

    statement: Literal["approval", "confirmation"]
    manifest_sha256: str
    batch: str
    opinion: str
    signer: str
    at: str


class SignedStatement(TypedDict):
    """A statement, who made it, and the signature by the key of that fingerprint."""

    statement: Statement
    person: Person
    key: str
    signature: str


class Execution(TypedDict):
    """Who, how (NIST SP 800-88 category and technique), where, when, and by which build of the service."""

    executor: Person
    method: str
    place: str
    started_at: str
    ended_at: str
    service: str


class Target(TypedDict):
    """One thing that had to go, and how it was found gone. `result` is `verified` when it was."""

    document_id: str
    site: str
    target: str  # original, rendition, text, index, key, ...
    bucket: str
    key: str
    version: str
    method: str
    executed_at: str
    executed_by: str
    result: str
    verified_at: str | None
    verified_by: str
    verify_method: str


class Kept(TypedDict):
    """A document of the list that was not destroyed, and the code of what kept it."""

    document_id: str
    why: str


class BackupSet(TypedDict):
    """A backup that may still hold the (sealed) bytes, and until when (ISO/TR 15489-2 4.3.9.3)."""

    name: str
    state: Literal["destroyed", "crypto-erased", "expires"]
    expires_on: str | None


class Signature(TypedDict):
    """A signature by the key of that fingerprint."""

    key: str
    value: str


class CertificateBody(TypedDict):
    """The certificate as the installation signs it, in its canonical bytes."""

    format: str
    number: str
    state: Literal["complete", "partial"]
    organisation: Organisation
    batch: Batch
    manifest_sha256: str
    keys_sha256: str
    counts: Counts
    years: Years
    appraisal: Appraisal
    approvals: list[SignedStatement]
    execution: Execution
    supervisors: list[SignedStatement]
    targets: list[Target]
    kept: NotRequired[list[Kept]]
    backups: list[BackupSet]
    paper: Paper
    issued_at: str
    timestamp: str | None


class Certificate(CertificateBody):
    """The certificate with the installation's signature."""

    signature: Signature


class PublicKey(TypedDict):
    """A key of the bundle: what it is used for and whose it is (`owner`: a person's id, or the installation's)."""

    fingerprint: str
    public: str
    use: Literal["certificate", "checkpoint", "person"]
    owner: str
    name: str


class Keys(TypedDict):
    """All keys by which signatures of the bundle are verified."""

    format: str
    keys: list[PublicKey]


class IssueDetail(TypedDict):
    """The detail of the log's entry `certificate.issued`, to which its leaf commits."""

    certificate_no: str
    certificate_sha256: str
