"""Who does the work: this process, a cluster on this machine, or an existing scheduler.

All take the tasks one by one from an iterator, and hold a bounded number of them at a time.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import io
import itertools
import logging
import os
import pickle
import platform
import queue
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from invarsig import parameters
from invarsig.errors import ClusterError, MissingError, ParameterError
from invarsig.survey.rows import error_row
from invarsig.survey.work import Outcome, Work, package_versions

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["Run", "Task", "workers"]

# Seconds until a scheduler has to answer, and until it has to have a worker.
_ANSWER, _WORKER = 5, 10

# Seconds between looks at whether there is any worker left, while none reports.
_LOOK = 5.0

# Tasks for each worker that are submitted ahead.
_AHEAD = 4


@dataclass(frozen=True)
class Task:
    """A file to be measured.

    Parameters
    ----------
    name
        What its rows call it.
    path
        Where it is, absolute.
    known
        Hash of the content whose rows are known.
    """

    name: str
    path: Path
    known: str = ""


Run = Callable[[Iterator[Task]], Iterator[tuple[Task, Outcome]]]
"""Does tasks and gives what came of each, as they are done."""


@contextmanager
def workers(
    work: Work, count: int | None, scheduler: str | None, warn: Callable[[str], None]
) -> Iterator[Run]:
    """Start or find the workers, for the time of the body.

    Parameters
    ----------
    work
        What is done with each file; it is sent to each worker once.
    count
        Processes of a cluster on this machine: one for each core by default, and 0 for this process
        itself.
    scheduler
        Address of an existing scheduler, in place of that.
    warn
        Called with a sentence where the survey waits for something.

    Raises
    ------
    ParameterError
        If both are given.
    MissingError
        If dask.distributed is not installed.
    ClusterError
        If the scheduler does not answer, has no worker, or one has other versions.
    """
    if scheduler is not None and count is not None:
        raise ParameterError(
            "Give workers= for a cluster of this machine, or scheduler=, not both."
        )
    if count is not None:
        count = parameters.count(count, "workers", least=0)
    if count == 0:
        yield lambda tasks: ((each, work.on(each.path, each.name, each.known)) for each in tasks)
        return
    if importlib.util.find_spec("distributed") is None:
        raise MissingError(
            "A survey on several processes needs dask.distributed: pip install 'invarsig[survey]'; "
            "workers=0 measures in this process."
        )
    with _client(count, scheduler) as client:
        _require_versions(client)
        name = f"invarsig-survey-{uuid.uuid4().hex}"
        client.register_plugin(_carrier(name, _sent(work)))
        try:
            yield lambda tasks: _on_cluster(client, name, tasks, warn)
        finally:
            if client.status == "running":
                client.unregister_worker_plugin(name)


@contextmanager
def _client(count: int | None, scheduler: str | None) -> Iterator[Client]:
    """A client of the scheduler, or of a new cluster."""
    from distributed import Client, LocalCluster

    if scheduler is None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        cluster = LocalCluster(
            n_workers=count or cores or 1, threads_per_worker=1, processes=True,
            dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL,
        )  # fmt: skip
        with cluster, Client(cluster) as client:
            yield client
        return
    try:
        client = Client(scheduler, timeout=_ANSWER, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"The scheduler at {scheduler!r} does not answer within {_ANSWER} s ({error}); check "
            "its address, such as tcp://127.0.0.1:8786, and that it runs: `dask scheduler`."
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=_WORKER)
        except TimeoutError as error:
            raise ClusterError(
                f"The scheduler at {scheduler!r} has no worker after {_WORKER} s; start some: "
                f"`dask worker {scheduler} --nthreads 1`."
            ) from error
        yield client


def _require_versions(client: Client) -> None:
    """Refuse workers whose packages are of other versions: their numbers may differ.

    Raises
    ------
    ClusterError
        If there are any.
    """

    # It is sent by value, and imports nothing of this package, which may be missing there.
    def versions(names: tuple[str, ...]) -> dict[str, str]:
        import importlib.metadata
        import platform

        found = {"python": platform.python_version()}
        for name in names:
            try:
                found[name] = importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:
                found[name] = ""
        return found

    own = dict(package_versions())
    versions.__module__ = "__main__"
    names = tuple(name for name in own if name != "python")
    for address, found in sorted(client.run(versions, names).items()):
        _require_same(own, found, f"The worker at {address}")


def _require_same(own: dict[str, str], found: dict[str, str], who: str) -> None:
    differs = [
        f"{name} {found.get(name) or 'missing'}, here {version or 'missing'}"
        for name, version in own.items()
        if found.get(name, "") != version
    ]
    if differs:
        raise ClusterError(
            f"{who} has other versions ({'; '.join(differs)}); install the same ones on all "
            "machines: results may depend on them."
        )


def _sent(work: Work) -> bytes:
    """The work as bytes, code of the user's own included: workers have this package alone."""
    import cloudpickle

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]
        def reducer_override(self, thing: Any) -> Any:
            # A package that loads its names lazily is a module of a type of its own.
            if isinstance(thing, ModuleType) and type(thing) is not ModuleType:
                return importlib.import_module, (thing.__name__,)
            return super().reducer_override(thing)

    stream = io.BytesIO()
    try:
        Pickler(stream).dump((dict(package_versions()), work))
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise ParameterError(
            f"A pipeline cannot be sent to the workers ({error}); workers=0 measures in this "
            "process."
        ) from error
    return stream.getvalue()


def _carrier(name: str, sent: bytes) -> Any:
    """A plugin of workers, also of those that come later: it brings the work."""
    from distributed import WorkerPlugin

    class Carrier(WorkerPlugin):  # type: ignore[misc]
        def __init__(self) -> None:
            self.name, self.sent = name, sent
            self.work: Work | None = None

    return Carrier()


def _measured(carrier: str, name: str, path: str, known: str) -> Outcome:
    """Do a task on a worker."""
    from distributed import get_worker

    found = get_worker().plugins[carrier]
    if found.work is None:
        own, work = pickle.loads(found.sent)
        _require_same(own, dict(package_versions()), f"A worker on {platform.node()}")
        found.work = work
    outcome: Outcome = found.work.on(Path(path), name, known)
    return outcome


def _on_cluster(
    client: Client, carrier: str, tasks: Iterator[Task], warn: Callable[[str], None]
) -> Iterator[tuple[Task, Outcome]]:
    """Submit tasks a bounded number at a time, and give what comes of them as it comes."""
    done: queue.SimpleQueue[str] = queue.SimpleQueue()
    waiting: dict[str, tuple[Future, Task]] = {}

    def submit() -> None:
        most = _AHEAD * max(sum(client.nthreads().values()), 1)
        for task in itertools.islice(tasks, max(most - len(waiting), 0)):
            key = f"{carrier}-{hashlib.sha256(os.fsencode(task.name)).hexdigest()}"
            future = client.submit(
                _measured, carrier, task.name, str(task.path), task.known, key=key, pure=False
            )
            waiting[key] = future, task
            future.add_done_callback(lambda each: done.put(each.key))

    submit()
    while waiting:
        try:
            key = done.get(timeout=_LOOK)
        except queue.Empty:
            _require_scheduler(client, warn)
            continue
        future, task = waiting.pop(key)
        yield task, _outcome(future, task)
        future.release()
        submit()


def _require_scheduler(client: Client, warn: Callable[[str], None]) -> None:
    """See whether there is anybody to wait for."""
    if client.status != "running":
        raise _lost()
    if not client.scheduler_info(n_workers=-1)["workers"]:
        warn("there is no worker left; waiting for one")


def _outcome(future: Future, task: Task) -> Outcome:
    """What a task gave; a file on which workers die is a row."""
    from distributed import KilledWorker

    if future.status == "finished":
        outcome: Outcome = future.result()
        return outcome
    if future.status != "error":
        raise _lost()
    error = future.exception()
    if isinstance(error, ClusterError):
        raise error
    if isinstance(error, KilledWorker):
        died = ClusterError(
            "Each worker that measured this file died, as one does that runs out of memory; give "
            "them more, or a pipeline that needs less."
        )
        return Outcome("", [{**error_row(died), "sha256": "", "key": ""}])
    raise ClusterError(
        f"A worker cannot do its work on {task.name!r} ({error!r}); see the log of the workers."
    ) from error


def _lost() -> ClusterError:
    return ClusterError(
        "The connection to the scheduler is lost. What was finished is kept: run the same survey "
        "again to go on."
    )
