"""What both S3 servers share: addresses with credentials, and the three buckets of a prefix made by the root user."""

from __future__ import annotations

import json
from typing import Any, Final

from archive.stores.port import Bucket, Credential
from archive.stores.s3 import S3Store
from deploy.local.places import POLICIES, Facts
from deploy.local.processes import LOCALHOST

CREDENTIALS: Final = tuple(str(credential) for credential in Credential)
SUFFIXES: Final = {"write": "", "destroy": "_DESTROY", "verify": "_VERIFY"}


def user_of(credential: str) -> str:
    """The user name of a credential, which is its access key."""
    return f"anjuan-{credential}"


def prefix_of(room: str) -> str:
    """The bucket prefix of a room; the policies speak of names that begin with `anjuan`."""
    return room if room == "anjuan" else f"anjuan-{room}"


def site_url(port: int, access: str, secret: str, room: str) -> str:
    """The address of a site with one credential."""
    return f"s3+http://{access}:{secret}@{LOCALHOST}:{port}/{prefix_of(room)}"


def credential_urls(facts: Facts, room: str) -> dict[str, str]:
    """The three addresses of a site by the suffix of their variable."""
    return {
        SUFFIXES[credential]: site_url(facts["port"], user_of(credential), secret, room)
        for credential, secret in facts["secrets"].items()
    }


def make_buckets(root_url: str) -> None:
    """Make what is missing of the prefix's buckets."""
    S3Store(root_url, Credential.WRITE).prepare()


def rooms_policy(credential: str) -> str:
    """The policy document of a credential for the buckets of every room.

    MinIO compares a pattern with the name of a bucket and a slash after it.
    """
    document = json.loads((POLICIES / f"{credential}.json").read_text("utf-8"))
    for statement in document["Statement"]:
        names = [name.replace(":::anjuan-", ":::anjuan*-") for name in statement["Resource"]]
        statement["Resource"] = [name if "/" in name else f"{name}/" for name in names]
    return json.dumps(document)


def bucket_policy(room: str, bucket: Bucket) -> str:
    """One policy document that gives each credential its rights in one bucket (servers without user policies)."""
    return json.dumps({"Version": "2012-10-17", "Statement": [*_statements(f"{prefix_of(room)}-{bucket}")]})


def _statements(name: str) -> list[dict[str, Any]]:
    statements = []
    for credential in CREDENTIALS:
        document = json.loads((POLICIES / f"{credential}.json").read_text("utf-8"))
        for statement, resource in zip(document["Statement"], (name, f"{name}/*"), strict=True):
            who = {"Principal": {"AWS": [user_of(credential)]}, "Resource": f"arn:aws:s3:::{resource}"}
            statements.append({**statement, **who})
    return statements
