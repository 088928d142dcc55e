"""Page images: as stored, resized, in parts by IIIF; covered for who may not see the numbers."""

from __future__ import annotations

import io
import uuid
from collections import Counter
from hashlib import sha256

import pymupdf
import pytest
from PIL import Image
from sqlalchemy import select

from archive.audit import Act, AuditEntry
from archive.base import now
from archive.documents import Copy, Document, File, FileRole, object_key
from archive.rights import Role
from archive.sealing import seal_stream
from archive.stores.port import Bucket
from tests.integration.api.served import Served

ID_NUMBER = "11010519900307002X"


def drawn(colour: str) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (600, 800), colour).save(held, "PNG")
    return held.getvalue()


def keep(service: Served, document_id: str, role: FileRole, body: bytes) -> None:
    """A rendition as a reading worker leaves it."""
    house, file_id = service.home.house, str(uuid.uuid4())
    sealed_file = io.BytesIO()
    sealed = seal_stream(house.vault.key(document_id), file_id, io.BytesIO(body), sealed_file)
    sealed_file.seek(0)
    key = object_key(document_id, file_id)
    version = house.site.put(Bucket.RENDITIONS, key, sealed_file, length=sealed.length, sha256=sealed.sha256)
    with house.database.transaction() as session:
        copy = Copy(
            site=house.site.site, version=version.version, sealed_size=sealed.length, sealed_sha256=sealed.sha256
        )
        page = None if role in {FileRole.SEARCHABLE, FileRole.SEARCHABLE_MASKED} else 1
        document = session.get_one(Document, document_id)
        document.files.append(
            File(
                id=file_id, document_id=document_id, role=role.value, page=page, bucket=Bucket.RENDITIONS.value,
                media_type="image/png", size=len(body), sha256=sha256(body).hexdigest(), created_at=now(),
                copies=[copy],
            )
        )  # fmt: skip


@pytest.fixture(scope="module")
def paper(service: Served) -> str:
    """A paper with an identity number: its plain page is white, its covered one black."""
    found = service.paper(f"身份号码 {ID_NUMBER}", folder=service.folder(), number=3)
    for role, colour in ((FileRole.PAGE, "white"), (FileRole.PAGE_MASKED, "black")):
        keep(service, found, role, drawn(colour))
    keep(service, found, FileRole.SEARCHABLE, b"plain pdf")
    keep(service, found, FileRole.SEARCHABLE_MASKED, b"covered pdf")
    service.person("colleague", Role.SEARCHER)
    return found


def shade(body: bytes) -> tuple[tuple[int, int], int]:
    with Image.open(io.BytesIO(body)) as image:
        grey = image.convert("L")
        return grey.size, int(grey.getpixel((5, 5)) or 0)


@pytest.mark.parametrize(("who", "light"), [("keeper", 255), ("colleague", 0)])
def test_everybody_gets_the_rendition_that_is_for_them(service: Served, paper: str, who: str, light: int) -> None:
    stored = service.ask(who, "GET", f"/documents/{paper}/pages/1/image")
    assert shade(stored.content) == ((600, 800), light)
    small = service.ask(who, "GET", f"/documents/{paper}/pages/1/image?width=150")
    assert shade(small.content) == ((150, 200), light)
    never_larger = service.ask(who, "GET", f"/documents/{paper}/pages/1/image?width=2000")
    assert shade(never_larger.content)[0] == (600, 800)
    part = service.ask(who, "GET", f"/iiif/{paper}/1/0,0,100,50/50,/90/gray.jpg")
    assert shade(part.content) == ((25, 50), light)


def test_a_searchable_pdf_carries_the_mark_of_who_sees_pages_with_it(service: Served, paper: str) -> None:
    """L10: who holds the paper gets the stored file; who does not, the covered page with their name over it."""
    assert service.ask("keeper", "GET", f"/documents/{paper}/searchable.pdf").content == b"plain pdf"
    taken = service.ask("colleague", "GET", f"/documents/{paper}/searchable.pdf")
    assert (taken.status_code, taken.headers["content-type"]) == (200, "application/pdf")
    with pymupdf.open(stream=taken.content) as pdf:
        pages = [(page.get_text(), page.get_pixmap()) for page in pdf]
    assert [ID_NUMBER in text or ID_NUMBER[6:14] in text for text, _ in pages] == [False]
    shades = Counter(pages[0][1].samples)
    assert shades.most_common(1)[0][0] < 20
    assert sum(count for shade, count in shades.items() if 25 < shade < 90) > 2000
    with service.home.house.database.reading() as session:
        taken_by = select(AuditEntry.actor).where(
            AuditEntry.action == Act.DOCUMENT_DOWNLOADED, AuditEntry.subject == paper
        )
        assert len(set(session.scalars(taken_by))) == 2


def test_a_manifest_names_canvases_in_page_pixels(service: Served, paper: str) -> None:
    manifest = service.ask("keeper", "GET", f"/iiif/{paper}/manifest").json()
    assert [(canvas["width"], canvas["height"]) for canvas in manifest["items"]] == [(600, 800)]
    image = manifest["items"][0]["items"][0]["items"][0]["body"]
    assert service.ask("keeper", "GET", image["id"].removeprefix(service.url)).status_code == 200
    described = service.ask("keeper", "GET", image["service"][0]["id"].removeprefix(service.url) + "/info.json").json()
    assert (described["width"], described["profile"]) == (600, "level2")
    base = service.ask("keeper", "GET", image["service"][0]["id"].removeprefix(service.url))
    assert (base.status_code, base.headers["location"]) == (303, image["service"][0]["id"] + "/info.json")


@pytest.mark.parametrize("tail", ["manifest", "1", "1/info.json", "1/full/max/0/default.jpg"])
def test_iiif_shows_nothing_to_strangers(service: Served, paper: str, tail: str) -> None:
    service.person("stranger", Role.SEARCHER, department="finance")
    hidden = service.ask("stranger", "GET", f"/iiif/{paper}/{tail}")
    absent = service.ask("stranger", "GET", f"/iiif/{uuid.uuid4()}/{tail}")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json()["detail"] == absent.json()["detail"]


@pytest.mark.parametrize(
    "tail", ["full/max/45/default.jpg", "full/max/0/default.exe", "full/9999,/0/default.jpg", "9,9/max/0/default.jpg"]
)
def test_iiif_parameters_that_are_none_are_refused(service: Served, paper: str, tail: str) -> None:
    assert service.ask("keeper", "GET", f"/iiif/{paper}/1/{tail}").status_code == 400


def test_a_plain_page_is_never_shown_while_the_covered_one_is_missing(service: Served) -> None:
    found = service.paper(f"证件号码：{ID_NUMBER}", folder=service.folder(), number=4)
    keep(service, found, FileRole.PAGE, drawn("white"))
    keep(service, found, FileRole.SEARCHABLE, b"plain pdf")
    service.person("colleague", Role.SEARCHER)
    assert service.ask("colleague", "GET", f"/documents/{found}/pages/1/image").status_code == 503
    assert service.ask("colleague", "GET", f"/documents/{found}/searchable.pdf").status_code == 404


@pytest.mark.parametrize("form", ["alto.xml", "hocr.html"])
def test_words_with_their_places_leave_with_numbers_covered(service: Served, paper: str, form: str) -> None:
    """L10: every rendition has the original's rule."""
    path = f"/documents/{paper}/{form}"
    assert ID_NUMBER in service.ask("keeper", "GET", path).text
    covered = service.ask("colleague", "GET", path)
    assert covered.status_code == 200
    assert ID_NUMBER not in covered.text
    assert "身份号码" in covered.text
    assert covered.headers["content-disposition"].startswith("attachment;")


def tiles_of(service: Served, document_id: str) -> list[bytes]:
    folder = service.home.house.settings.scratch / "tiles" / document_id
    return sorted(path.read_bytes() for path in folder.glob("*"))


@pytest.mark.parametrize("region", ["full", "square", "0,0,300,400", "pct:20,20,60,60"])
@pytest.mark.parametrize("turn", ["0", "90", "180", "270"])
@pytest.mark.parametrize("size", ["max", "64,", "pct:40"])
def test_no_part_size_or_turn_shows_what_is_covered(
    service: Served, paper: str, region: str, turn: str, size: str
) -> None:
    """L10: the covered page is black all over, the plain one white; whoever asked before, nobody gets the other's."""
    for who, light in (("keeper", 255), ("colleague", 0), ("keeper", 255)):
        part = service.ask(who, "GET", f"/iiif/{paper}/1/{region}/{size}/{turn}/default.jpg")
        with Image.open(io.BytesIO(part.content)) as image:
            lowest, highest = image.convert("L").getextrema()
        assert (lowest > 240) if light else (highest < 80), who


@pytest.mark.parametrize(
    "path", ["/iiif/{}/1/full/max/0/default.jpg", "/iiif/{}/1/0,0,400,400/200,/90/gray.png",
             "/documents/{}/pages/1/image", "/documents/{}/pages/1/image?width=150"],
)  # fmt: skip
def test_the_pages_of_who_has_no_paper_in_hand_are_marked_and_nobody_elses(service: Served, path: str) -> None:
    plain = service.paper("一份没有号码的往来函件", folder=service.folder(), number=5)
    keep(service, plain, FileRole.PAGE, drawn("white"))
    service.person("colleague", Role.SEARCHER)
    shades = {}
    for who in ("colleague", "keeper", "colleague", "keeper"):
        with Image.open(io.BytesIO(service.ask(who, "GET", path.format(plain)).content)) as image:
            shades[who] = image.convert("L").getextrema()[0]
        assert (shades[who] < 225) is (who == "colleague"), who


def test_what_is_kept_of_a_page_is_sealed_and_without_anybodys_name(service: Served) -> None:
    plain = service.paper("再一份没有号码的往来函件", folder=service.folder(), number=6)
    keep(service, plain, FileRole.PAGE, drawn("white"))
    address = f"/iiif/{plain}/1/full/300,/0/default.jpg"
    service.ask("colleague", "GET", address)
    (kept,) = tiles_of(service, plain)
    assert b"JFIF" not in kept
    service.ask("colleague", "GET", address)
    with Image.open(io.BytesIO(service.ask("keeper", "GET", address).content)) as image:
        assert image.convert("L").getextrema()[0] > 240
    assert tiles_of(service, plain) == [kept]
