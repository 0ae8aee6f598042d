"""What an explorer process is asked, by a worktree's settings."""

from autonav_protocol.settings import Settings
from autonav_server.evaluation.messages import Asking, Request
from autonav_server.exploration import explorations
from autonav_server.learning.records import project_of
from autonav_server.learning.tuning import tuning_of
from autonav_server.worktree.snapshot import private_git
from autonav_server.worktree.worktree import Worktree


def request_for(
    worktree: Worktree,
    settings: Settings,
    *,
    run: str,
    tree: str,
    test: str,
    strategy: str,
    seed: int,
    seconds: float | None = None,
    evaluations: int | None = None,
    cpu_seconds: float | None = None,
    stop_after: int | None = None,
    asking: Asking | None = None,
) -> Request:
    """Return the request to explore a test on a git tree; a budget that is not given is that of the settings."""
    explore = settings.explore
    return Request(
        root=worktree.root,
        environment=dict(private_git(worktree, run_filters=True).environment),
        tree=tree,
        test=test,
        run=run,
        seconds=seconds or explore.seconds,
        evaluations=evaluations or explore.evaluations,
        workers=explore.workers,
        sandbox=settings.sandbox.backend,
        interpreter=settings.python.interpreter,
        required=settings.sandbox.require,
        test_seconds=explore.test_seconds,
        stop_after=stop_after,
        strategy=strategy,
        seed=seed,
        folder=explorations.folder(worktree, run),
        asking=asking,
        cpu_seconds=cpu_seconds or explore.cpu_seconds,
        tuning=tuning_of(settings),
        project=project_of(worktree),
    )
