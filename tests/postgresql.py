"""pytest plugin: a real PostgreSQL server of one's own, from the machine's binaries, started when a test needs it.

One a worker, on a socket in a temporary folder, without waiting for a disk. Each test has a schema of its own.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from integrations.core.server import Server

KEY = bytes(range(32))
OWNER, GUARDED, PASSWORD = "owner", "guarded", "s3cr3t-of-the-ledger"
NOBODY = 65534
HBA = f"local all {GUARDED} scram-sha-256\nlocal all all trust\n"
SETTINGS = ("listen_addresses=", "fsync=off", "full_page_writes=off", "autovacuum=off", "max_connections=60")
START = 30.0


@dataclasses.dataclass
class Cluster:
    """A server with one database."""

    folder: Path
    binaries: Path
    process: subprocess.Popen[bytes] | None = None

    def run(self, *arguments: str) -> None:
        """Run one of PostgreSQL's programs, which refuse to work for root."""
        with self._started(*arguments) as process:
            assert process.wait(START) == 0, (self.folder / "log").read_text(encoding="utf-8")

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        options = [part for setting in SETTINGS for part in ("-c", setting)]
        self.process = self._started("postgres", "-D", str(self.folder / "data"), "-k", str(self.folder), *options)
        deadline = time.monotonic() + START
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "log").read_text(encoding="utf-8")
            assert time.monotonic() < deadline, "it does not start"
            time.sleep(0.02)

    def stop(self) -> None:
        """End the server as a restart does: at once, in good order."""
        if self.process is not None:
            self.process.send_signal(2)
            self.process.wait(START)
            self.process = None

    def restart(self) -> None:
        """Break every connection, and take new ones."""
        self.stop()
        self.start()

    def url(self, schema: str = "public", *, user: str = OWNER, database: str = "postgres", password: str = "") -> str:
        """Return the URL of a schema."""
        account = f"{user}:{quote(password)}" if password else user
        options = quote(f"-csearch_path={schema}")
        return f"postgresql://{account}@/{database}?host={quote(str(self.folder), safe='')}&options={options}"

    def execute(self, *statements: str) -> None:
        """Run statements as the owner of all."""
        with contextlib.closing(Server(self.url(), KEY).connect()) as session:
            for statement in statements:
                session.execute(statement)

    def database(self) -> Server:
        """Return an empty schema."""
        schema = f"s{uuid.uuid4().hex[:12]}"
        self.execute(f"create schema {schema}")
        return Server(self.url(schema), KEY)

    def _answers(self) -> bool:
        with contextlib.suppress(Exception):
            Server(self.url(), KEY).connect().close()
            return True
        return False

    def _started(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        other = NOBODY if os.geteuid() == 0 else None
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [str(self.binaries / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                user=other,
                group=other,
            )


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A server, for all tests of a worker."""
    pytest.importorskip("psycopg", reason="needs psycopg: install closedwon[postgresql]")
    binaries = {program: shutil.which(program) for program in ("postgres", "initdb")}
    if not all(binaries.values()):
        pytest.skip("needs the programs of PostgreSQL (postgres, initdb) on the PATH")
    with tempfile.TemporaryDirectory(prefix="closedwon-pg-") as name:
        made = Cluster(Path(name), Path(str(binaries["postgres"])).parent)
        if os.geteuid() == 0:
            os.chown(name, NOBODY, NOBODY)
        data = str(made.folder / "data")
        made.run("initdb", "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        (made.folder / "data" / "pg_hba.conf").write_text(HBA, encoding="utf-8")
        made.start()
        try:
            made.execute(f"create role {GUARDED} login password '{PASSWORD}'")
            yield made
        finally:
            made.stop()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what needs a ledger somewhere on both databases; on a file only, what is about its `path`."""
    if "ledger_kind" in metafunc.fixturenames:
        kinds = ("sqlite",) if "path" in metafunc.fixturenames else ("sqlite", "postgresql")
        metafunc.parametrize("ledger_kind", kinds)


@pytest.fixture
def place(ledger_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Path | Server:
    """Where a ledger is to be: a file that there is not, or an empty database."""
    if ledger_kind == "sqlite":
        return tmp_path / "state" / "ledger.sqlite"
    found: Server = request.getfixturevalue("database")
    return found


@pytest.fixture
def database(cluster: Cluster) -> Server:
    """An empty database of one's own."""
    return cluster.database()
