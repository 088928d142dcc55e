"""One frozen settings object for a process, read from `ANJUAN_*` once, in the composition root."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from archive.addresses import BEGINNINGS, need_address, without_secret
from archive.anomalies import parse_thresholds

EngineName = Literal["rapidocr", "rapidocr-onnxruntime", "tesseract"]
"""Recognition engines: RapidOCR's models on OpenVINO (on ONNX Runtime where that is missing), the same on ONNX Runtime
in any case, Tesseract."""


LogLevel = Literal["debug", "info", "warning", "error"]

ROWS: Final = "anjuan.sqlite"
"""The embedded rows, in `rows/` of the data folder."""
LOCK: Final = "serving.lock"
"""In the data folder, held by the service that serves it."""
SECRETS: Final = "ANJUAN_SECRETS_DIR"
BESIDE: Final = (SECRETS, "ANJUAN_TEST_")
"""How names in the environment begin that are no settings and no mistakes either."""
FONDS_MAX: Final = 20
_HOST: Final = re.compile(r"\*|(\*\.)?[^*/:\s]+")


class WrongSetting(SystemExit):
    """A setting cannot be used; the start stops with its name and the remedy."""


class Settings(BaseSettings):
    """Where everything is. The defaults are the embedded profile in `var/anjuan` of the working folder."""

    model_config = SettingsConfigDict(env_prefix="ANJUAN_", frozen=True, extra="ignore")

    data: Path = Field(Path("var/anjuan"), description="Folder of the embedded profile's database, objects and index.")
    database_url: str = Field("", description="SQLAlchemy URL of the rows; empty: SQLite in the data folder.")
    keys_url: str = Field("", description="SQLAlchemy URL of the key database; empty: SQLite in the data folder.")
    master_key_file: Path | None = Field(None, description="Master key, mode 0600; empty: in the data folder's keys/.")
    store_url: str = Field("", description="Objects: file:/path or s3+http(s)://key:secret@host:port/prefix.")
    store_destroy_url: str = Field("", description="The same site with the credential that may erase versions.")
    store_verify_url: str = Field("", description="The same site with the credential that only reads.")
    replication_mib: int = Field(0, ge=0, le=100_000, description="MiB a second copied to a site; 0: no limit.")
    sets_every_minutes: int = Field(
        60, ge=0, le=10_080, description="Minutes after which each site gets a new set of rows and keys; 0: never."
    )
    search_url: str = Field("", description="OpenSearch URL; empty: tantivy in the data folder.")
    search_prefix: str = Field("anjuan", description="Prefix of index names in a shared OpenSearch.")
    broker_url: str = Field("", description="amqp:// or redis://; empty: files in the data folder.")
    own_names: Annotated[tuple[str, ...], NoDecode] = Field((), description="Names of our organisation, ; between.")
    fonds: str = Field("A001", description="Code of the fonds (全宗号) that archival codes begin with.")
    timezone: str = Field("Asia/Shanghai", description="The organisation's time zone: its dates are counted there.")
    sandbox: Literal["auto", "required"] = Field("auto", description="required: refuse to read without bubblewrap.")
    engine: EngineName = Field("rapidocr", description="The recognition engine.")
    destruction_cooling_days: int = Field(7, ge=0, le=365, description="Days between last signature and execution.")
    workers: int = Field(1, ge=1, le=64, description="Reading workers that `anjuan serve` starts (embedded).")
    witness: Path | None = Field(
        None, description="Folder elsewhere that destructions and checkpoints are told to; empty: data."
    )
    clamd: str = Field("", description="ClamAV's daemon, unix:/path or tcp://host:port; empty: nothing is scanned.")
    drill_every_days: int = Field(31, ge=0, le=366, description="Days after which a restore drill is due; 0: never.")
    drill_at: str = Field("", description="Time of day, HH:MM, at which a drill that is due is held; empty: by hand.")
    drill_scratch: Path | None = Field(None, description="Folder for a drill's own environment; empty: the system's.")
    tsa_url: str = Field("", description="RFC 3161 authority that stamps certificates; empty: they are not stamped.")
    tsa_roots_file: Path | None = Field(None, description="PEM of certificates to which that authority's must lead.")
    pdf_signer_file: Path | None = Field(
        None, description="PEM of key and certificates that sign prints; empty: one of its own, self-signed."
    )
    anomalies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="From how many a day on it is listed for auditors: [role.]downloads=50, night, denials; ; between.",
    )
    watch: Path | None = Field(None, description="Folder whose files are taken in; below it one for each account.")
    max_upload_mib: int = Field(500, ge=1, le=4096, description="The largest file taken in, in MiB.")
    host: str = Field("127.0.0.1", description="Address that `anjuan serve` listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port that `anjuan serve` listens on.")
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        ("*",), description="Host names the service answers to, ; between."
    )
    log_level: LogLevel = Field("warning", description="What is logged; info: a line for each request and job.")
    traces_url: str = Field("", description="Where OpenTelemetry's spans are sent, OTLP over HTTP; empty: nowhere.")
    metrics_token_file: Path | None = Field(None, description="File with the token by which Prometheus may scrape.")
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Addresses of proxies whose forwarding headers are believed, ; between; empty: nobody's."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given in code wins, then the environment, then secrets in files."""
        del settings_cls, dotenv_settings
        return init_settings, env_settings, file_secret_settings

    @field_validator("anomalies")
    @classmethod
    def _thresholds(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        parse_thresholds(value)
        return value

    @field_validator("own_names", "allowed_hosts", "trusted_proxies", "anomalies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(";") if part.strip())
        return value

    @field_validator("fonds")
    @classmethod
    def _begins_codes(cls, value: str) -> str:
        if not 1 <= len(value) <= FONDS_MAX or not value.isprintable() or " " in value:
            raise ValueError(f"not a fonds code such as A001, of 1 to {FONDS_MAX} characters without blanks")
        return value

    @field_validator("allowed_hosts")
    @classmethod
    def _names_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or not all(_HOST.fullmatch(host) for host in value):
            raise ValueError("not host names such as archive.example.org, without https:// and port, or * for any")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            try:
                ip_network("0.0.0.0/0" if address == "*" else address)
            except ValueError as error:
                raise ValueError(f"{address} is no address or network such as 127.0.0.1 or 10.0.0.0/8") from error
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("not a time zone name such as Asia/Shanghai") from error
        return value

    @field_validator("drill_at")
    @classmethod
    def _time_of_day(cls, value: str) -> str:
        if value and not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
            raise ValueError("not a time of day such as 02:30")
        return value

    @field_validator("clamd")
    @classmethod
    def _names_a_socket(cls, value: str) -> str:
        if value and not re.fullmatch(r"unix:/.+|tcp://.+:[0-9]{1,5}", value):
            raise ValueError("not unix:/path/of/the/socket or tcp://host:port")
        return value

    @field_validator(*BEGINNINGS)
    @classmethod
    def _begins_as_it_should(cls, value: str, info: ValidationInfo) -> str:
        return need_address(info.field_name or "", value)

    @field_validator("tsa_roots_file", "pdf_signer_file")
    @classmethod
    def _holds_certificates(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        wanted = [b"-----BEGIN CERTIFICATE-----"]
        wanted += [b"PRIVATE KEY-----"] if info.field_name == "pdf_signer_file" else []
        try:
            held = value.expanduser().read_bytes() if value else b"".join(wanted)
        except OSError as error:
            raise ValueError(f"cannot be read: {error.strerror}") from error
        if not all(mark in held for mark in wanted):
            raise ValueError("not a PEM file with what belongs in it: certificates, for signing the key too")
        return value.expanduser().absolute() if value else None

    @field_validator("data", "watch", "witness", "master_key_file", "metrics_token_file", "drill_scratch")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value else None

    def make_data_folder(self) -> None:
        """The data folder, for its owner's eyes alone: rows hold customers' names in the clear."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def read_only(self) -> bool:
        """Whether the data folder is there and cannot be written: then what only looks still says what it can."""
        return self.data.is_dir() and not os.access(self.data, os.W_OK)

    @property
    def embedded_rows(self) -> bool:
        """Whether the rows are kept in the data folder."""
        return not self.database_url

    @property
    def begun(self) -> bool:
        """Whether an archive stands here; of rows on a server only they can say, and it is taken for granted."""
        return not self.embedded_rows or (self.data / "rows" / ROWS).is_file()

    @property
    def rows_url(self) -> str:
        """SQLAlchemy URL of the rows."""
        return self.database_url or f"sqlite:///{self.data / 'rows' / ROWS}"

    @property
    def vault_url(self) -> str:
        """SQLAlchemy URL of the key database, never the rows' own."""
        return self.keys_url or f"sqlite:///{self.data / 'keys' / 'keys.sqlite'}"

    @property
    def master_key(self) -> Path:
        """Where the master key stands."""
        return self.master_key_file or self.data / "keys" / "master.key"

    @property
    def objects_url(self) -> str:
        """URL of the primary site with the credential that writes."""
        return self.store_url or f"file://{self.data / 'objects'}"

    @property
    def index_folder(self) -> Path:
        """Where the embedded index stands."""
        return self.data / "index"

    @property
    def scratch(self) -> Path:
        """Where uploads and sealed bytes stand for moments."""
        return self.data / "scratch"

    @property
    def witness_folder(self) -> Path:
        """Where destructions and checkpoints are witnessed; in the data folder it goes where that goes."""
        return self.witness or self.data / "witness"

    @property
    def bell_url(self) -> str:
        """The Celery broker; embedded: files that may be lost without harm (invariant 3)."""
        return self.broker_url or "filesystem://"


def load_settings(**overrides: Any) -> Settings:  # noqa: ANN401 - the settings' own types check them
    """The process's settings; WrongSetting names each wrong one and what would be right."""
    secrets = os.environ.get(SECRETS)
    if secrets and not Path(secrets).is_dir():
        raise WrongSetting(f"{SECRETS}: {secrets} is no folder. Is it mounted? Without it settings would be missing.")
    try:
        return Settings(_secrets_dir=secrets or None, **overrides)  # type: ignore[call-arg]
    except ValidationError as error:
        lines = [_wrong(str(e["loc"][0]), e["msg"], e.get("input")) for e in error.errors()]
        beginning = "A setting cannot be used: " if len(lines) == 1 else "Settings that cannot be used:\n  "
        raise WrongSetting(beginning + "\n  ".join(lines)) from error


def _wrong(name: str, told: str, given: object) -> str:
    shown = without_secret(given) if name in BEGINNINGS else repr(given)
    return f"ANJUAN_{name.upper()}: {told.removeprefix('Value error, ')} (given: {shown})"


def unknown_settings(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Names in the environment that look like settings and are none, each with the nearest that there is, or empty."""
    known = {name.upper() for name in Settings.model_fields}
    for name in sorted(environment):
        prefix, _, rest = name.upper().partition("_")
        if prefix == "ANJUAN" and rest not in known and not name.upper().startswith(BESIDE):
            near = difflib.get_close_matches(rest, [*known, SECRETS.partition("_")[2]], n=1)
            yield name, f"ANJUAN_{near[0]}" if near else ""
