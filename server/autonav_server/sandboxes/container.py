"""A container of dockerd or podman: an empty image of our own, into which this machine's programs are bound read-only.

Nothing is ever pulled. What the engines do differently is hidden here.
"""

import contextlib
import io
import os
import tarfile
import threading
from functools import cache
from typing import Any

from autonav_protocol.values.evaluation import SandboxReport
from autonav_server.confinement import live, seccomp
from autonav_server.confinement.channel import Channel
from autonav_server.confinement.job import Ended, Job, Started
from autonav_server.confinement.owners import is_gone, this_process
from autonav_server.sandbox import GUARANTEES, Sandbox, existing, is_within, limited
from autonav_server.worktree.atomic import write_atomically
from autonav_server.worktree.paths import cache_folder

IMAGE, LABEL = "localhost/autonav-empty", "autonav"
SYSTEM = ("/usr", "/opt")
CONFIGURATION = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/etc/ssl", "/etc/mime.types")
FOLDERS = ("dev", "etc", "opt", "proc", "root", "run", "sys", "tmp", "usr", "var")
LINKS = {name: f"usr/{name}" for name in ("bin", "sbin", "lib", "lib32", "lib64")}
ENTRY = (
    '(read -r _ <"$0/alive"; kill -KILL -1) </dev/null >/dev/null 2>&1 & '
    'exec >"$0/output" 2>"$0/$1"; shift; "$@" </dev/null & wait "$!"; exit "$?"'
)
"""The first process of a container: it ends all when the server is gone, and with it ends all that is left."""

KILLED = 137
WAIT_SECONDS = 3600


@cache
def report() -> SandboxReport:
    """Run `true` in a container once, and say what stands in the way where that fails."""
    try:
        engine = client()
        _ensure_image(engine)
        channel = Channel()
        try:
            folder = channel.folder
            started = Container(engine, Job(["/bin/true"], folder, folder, channel))
            code = started.wait(60)
            started.end()
        finally:
            channel.close()
    except Exception as error:  # docker, requests and the engines raise a hundred kinds
        return _unavailable(" ".join(str(error).split())[:200] or type(error).__name__)
    if code != 0:
        return _unavailable(f"a container that should run `true` ended with {code}")
    return SandboxReport("container", True, "", dict.fromkeys(GUARANTEES, True))


def start(job: Job) -> Started:
    """Start the command in a container of its own."""
    engine = client()
    _ensure_image(engine)
    return Container(engine, job)


class Container:
    """A container that runs; `ended` becomes readable when its first process has ended."""

    def __init__(self, engine: Any, job: Job) -> None:
        from docker.types import Ulimit

        self._engine = engine
        limits = job.limits
        scratch = f"size={limits.disk_bytes},mode=1777,exec"
        self._container = engine.containers.create(
            IMAGE,
            [
                "/bin/sh",
                "-c",
                ENTRY,
                job.channel.folder,
                "output" if job.merged else "errors",
                *limited(job.argv, limits),
            ],
            cap_drop=["ALL"],
            environment=dict(job.environment),
            labels={LABEL: this_process()},
            mem_limit=limits.total_memory_bytes,
            memswap_limit=limits.total_memory_bytes,
            network_mode="none",
            pids_limit=limits.processes,
            read_only=True,
            security_opt=["no-new-privileges", f"seccomp={_filter(engine)}"],
            tmpfs={"/tmp": scratch, "/root": scratch},  # noqa: S108
            # podman would set limits that a server without CAP_SYS_RESOURCE may not set.
            ulimits=[Ulimit(name="nofile", soft=1024, hard=4096), Ulimit(name="nproc", soft=4096, hard=4096)],
            user=_user(engine),
            volumes=_volumes(job),
            working_dir=os.path.join(job.root, job.folder),
        )
        self.ended, self._writing = os.pipe()
        self._code: int | None = None
        self._result: Ended | None = None
        self._waiting = threading.Thread(target=self._wait, daemon=True)
        try:
            self._container.start()
        except BaseException:
            self._remove()
            os.close(self._writing)
            os.close(self.ended)
            raise
        self._waiting.start()
        live.begun(self)

    def wait(self, seconds: float) -> int | None:
        """Return the exit code, None where it still runs after so long."""
        self._waiting.join(seconds)
        return self._code

    def end(self) -> Ended:
        """Kill and remove the container, and return what became of its first process."""
        if self._result is not None:
            return self._result
        code, out_of_memory = self._code, False
        if code is None:
            with contextlib.suppress(Exception):  # it may have ended this very moment
                self._container.kill()
        elif code == KILLED:
            with contextlib.suppress(Exception):
                self._container.reload()
                state = self._container.attrs["State"]
                # podman 4.3 never says that memory ran out.
                out_of_memory = bool(state.get("OOMKilled")) or is_podman(self._engine)
        self._remove()
        live.ended(self)
        self._waiting.join()
        os.close(self.ended)
        self._result = Ended(KILLED if self._code is None else self._code, None, out_of_memory)
        return self._result

    def _wait(self) -> None:
        with contextlib.suppress(Exception):  # it was removed, or the engine ended
            self._code = self._container.wait(timeout=WAIT_SECONDS)["StatusCode"]
        os.close(self._writing)

    def _remove(self) -> None:
        with contextlib.suppress(Exception):
            self._container.remove(force=True, v=True)


def _volumes(job: Job) -> dict[str, dict[str, str]]:
    paths = [path for path in (*SYSTEM, *CONFIGURATION) if os.path.exists(path)]
    inner = [path for path in job.readable if is_within(path, job.root)]
    outer = [path for path in existing([*job.readable]) if not any(is_within(path, each) for each in (*paths, *inner))]
    bound = {path: {"bind": path, "mode": "ro"} for path in (*paths, *outer, *inner)}
    bound[job.channel.folder] = {"bind": job.channel.folder, "mode": "rw"}
    return {**bound, job.checkout: {"bind": job.root, "mode": "rw"}}


@cache
def _filter_file() -> str:
    """Return the path of the filter; podman wants a file."""
    path = cache_folder() / "seccomp.json"
    if not path.exists() or path.read_text("utf-8") != seccomp.profile():
        write_atomically(str(path), seccomp.profile().encode(), "100644")
    return str(path)


@cache
def client() -> Any:
    """Return a client of the engine that DOCKER_HOST names, else of the first that answers."""
    import docker

    if os.environ.get("DOCKER_HOST"):
        return _answering(docker.from_env(timeout=30))
    runtime = os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}")
    sockets = ("/var/run/docker.sock", f"{runtime}/podman/podman.sock", "/run/podman/podman.sock")
    problems = ["no socket of dockerd or podman"]
    for path in sockets:
        if os.path.exists(path):
            try:
                return _answering(docker.DockerClient(base_url=f"unix://{path}", timeout=30))
            except Exception as error:  # another may answer
                problems.append(str(error))
    raise RuntimeError(problems[-1])


def _answering(engine: Any) -> Any:
    engine.ping()
    _reap(engine)
    return engine


def _ensure_image(engine: Any) -> None:
    from docker.errors import ImageNotFound

    with contextlib.suppress(ImageNotFound):
        if engine.images.get(f"{IMAGE}:latest"):
            return
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in FOLDERS:
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry)
        for name, target in LINKS.items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
    engine.api.import_image_from_data(packed.getvalue(), repository=IMAGE)


def _reap(engine: Any) -> None:
    """Remove the containers of servers that are gone."""
    for container in engine.containers.list(all=True, filters={"label": LABEL}):
        if is_gone(container.labels.get(LABEL, "")):
            with contextlib.suppress(Exception):
                container.remove(force=True, v=True)


def _user(engine: Any) -> str:
    """Return the user of the container that owns what this process owns."""
    rootless = any("rootless" in each for each in engine.info().get("SecurityOptions") or ())
    return "0:0" if rootless else f"{os.getuid()}:{os.getgid()}"


def _filter(engine: Any) -> str:
    return _filter_file() if is_podman(engine) else seccomp.profile()


@cache
def is_podman(engine: Any) -> bool:
    """Return whether an engine is podman, by what its parts are called."""
    return any("podman" in each.get("Name", "").lower() for each in engine.version().get("Components") or ())


def _unavailable(reason: str) -> SandboxReport:
    return SandboxReport("container", False, reason, dict.fromkeys(GUARANTEES, False))


SANDBOX = Sandbox("container", rank=20, report=report, start=start, inside=lambda job: job.root)
