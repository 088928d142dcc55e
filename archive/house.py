"""The composition root's parts: what a process of one installation holds, opened from its settings.

Nothing here decides anything. A part that a process must not touch is not opened by it: only the destroying worker
asks for `destroyer`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from archive.database import Bell, Database
from archive.errors import Away, Conflict
from archive.masterkey import BACK, NEW, MasterKey, MasterKeyRefused
from archive.seals import Seal, seal_of
from archive.settings import Settings
from archive.signing import SigningKeys
from archive.sites import PRIMARY, Site, SiteState, site_names
from archive.stores import open_site
from archive.stores.disk import make_folders
from archive.stores.port import Credential, ObjectStore
from archive.timestamps import Authority
from archive.vault import Vault
from archive.vault_rows import stands
from archive.witness import Witness


@dataclass
class House:
    """Rows, keys and bytes of one installation."""

    settings: Settings
    database: Database
    vault: Vault
    _opened: dict[tuple[str, Credential], tuple[str, ObjectStore]] = field(default_factory=dict, repr=False)

    @cached_property
    def site(self) -> ObjectStore:
        """The primary site with the credential that puts and reads, and cannot erase."""
        return open_site(self.settings.objects_url, Credential.WRITE, PRIMARY)

    @cached_property
    def verifier(self) -> ObjectStore:
        """The primary site with the credential that only reads."""
        return open_site(self.settings.store_verify_url or self.settings.objects_url, Credential.VERIFY, PRIMARY)

    @cached_property
    def destroyer(self) -> ObjectStore:
        """The primary site with the credential that may erase; for the destroying worker alone."""
        return open_site(self.settings.store_destroy_url or self.settings.objects_url, Credential.DESTROY, PRIMARY)

    def sites(self) -> list[str]:
        """The primary, and every other site that was not removed: wherever something of a document may stand."""
        with self.database.reading() as session:
            return site_names(session)

    def writer_at(self, site: str) -> ObjectStore:
        """A site with its own credential that puts and reads."""
        return self.site if site == PRIMARY else self._open(site, Credential.WRITE)

    def verifier_at(self, site: str) -> ObjectStore:
        """A site with its own credential that only reads."""
        return self.verifier if site == PRIMARY else self._open(site, Credential.VERIFY)

    def destroyer_at(self, site: str) -> ObjectStore:
        """A site with its own credential that may erase, there and nowhere else; for who destroys."""
        return self.destroyer if site == PRIMARY else self._open(site, Credential.DESTROY)

    def _open(self, site: str, credential: Credential) -> ObjectStore:
        """Opened once for an address. Away when its credential is not on this machine; Conflict when it was removed."""
        with self.database.reading() as session:
            row = session.get(Site, site)
        if row is None or row.state == SiteState.REMOVED:
            raise Conflict(f"The site {site} was taken out.", code="site_removed")
        address = row.address(credential)
        known, store = self._opened.get((site, credential), ("", None))
        if store is None or known != address:
            try:
                store = open_site(address, credential, site)
            except ValueError as error:
                raise Away(f"The {credential} credential of {site} is no S3 address.") from error
            self._opened[site, credential] = (address, store)
        return store

    @cached_property
    def signing(self) -> SigningKeys:
        """The keys of the installation and of its people."""
        return SigningKeys(self.vault)

    @cached_property
    def seal(self) -> Seal:
        """The electronic seal on prints."""
        return seal_of(self.settings, self.vault)

    @cached_property
    def authority(self) -> Authority | None:
        """Who stamps the time on certificates, if somebody does."""
        return Authority(self.settings.tsa_url, self.settings.tsa_roots_file) if self.settings.tsa_url else None

    @cached_property
    def witness(self) -> Witness:
        """What stands beside the data: destructions and checkpoints."""
        return Witness(self.settings.witness_folder)

    def prepare(self, *, migrate: bool = False) -> None:
        """Bring key database and buckets to what this code needs, and an empty schema. Idempotent.

        Conflict when the schema is another version's; `migrate` brings an older one forward.
        """
        make_folders(self.settings.scratch)
        self.database.settle(migrate=migrate)
        self.vault.prepare()
        self.site.prepare()

    def close(self) -> None:
        """Give everything back."""
        self.database.close()
        self.vault.close()


def open_house(settings: Settings, bell: Bell | None = None) -> House:
    """The parts of an installation. The master key is made on the first start of the embedded profile only."""
    settings.make_data_folder()
    first = settings.embedded_rows and not settings.keys_url and not stands(settings.vault_url)
    if not first and not settings.master_key.exists() and not stands(settings.vault_url):
        raise MasterKeyRefused(f"There is no master key {settings.master_key}. {BACK} {NEW}")
    master = MasterKey.load(settings.master_key, create=first)
    return House(settings, Database(settings.rows_url, bell, settings.zone), Vault(settings.vault_url, master))
