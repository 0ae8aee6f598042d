"""AN109: the contract file or the settings are not what was granted."""

from collections.abc import Iterator

from autonav_analysis.findings import fingerprint, put_back
from autonav_analysis.rule import Rule
from autonav_protocol.values.change import Change, FileChange
from autonav_protocol.values.finding import Finding, Fix, Severity


def check(change: Change) -> Iterator[Finding]:
    """Yield one finding when the contract file, and one when the policy, is not what was granted."""
    if change.policy_path:
        yield _policy(change)
    if change.contract_granted:
        yield from (_brought(file) for file in change.files if file.path == change.contract_path)
        return
    state = "was edited" if change.contract_image else "is gone"
    yield Finding(
        code="AN109",
        slug="contract-changed",
        severity=Severity.ERROR,
        path=change.contract_path,
        line=1,
        end_line=1,
        message=f'the contract of task "{change.contract.slug}" {state} after it was granted; accept it or restore it',
        fingerprint=fingerprint("AN109", change.contract_path, change.contract_image),
        fixes=_fixes(change),
        evidence=("until it is accepted, the contract as last granted decides",),
    )


def _brought(file: FileChange) -> Finding:
    return Finding(
        code="AN109",
        slug="contract-changed",
        severity=Severity.INFORMATION,
        path=file.path,
        line=1,
        end_line=1,
        message="this branch brings the contract that it is judged by; read it before you rely on the verdict",
        fingerprint=fingerprint("AN109", file.path, file.image),
        fixes=(put_back(file),),
    )


def _policy(change: Change) -> Finding:
    path = change.policy_path
    file = next((each for each in change.files if each.path == path), None)
    accept = Fix("accept-policy", "Accept the edited settings", "scope accept", {"policy": True})
    return Finding(
        code="AN109",
        slug="contract-changed",
        severity=Severity.ERROR,
        path=path,
        line=1,
        end_line=1,
        message=f"AutoNav's settings in {path} changed during the task; its guards stay as they were: accept or restore",
        fingerprint=fingerprint("AN109", path),
        fixes=(*((put_back(file),) if file else ()), accept),
        evidence=("until they are accepted, guards of before go on deciding beside the new ones",),
    )


def _fixes(change: Change) -> tuple[Fix, ...]:
    restore = Fix(
        "restore-contract",
        "Restore the contract that was granted",
        "put-back",
        {"paths": [change.contract_path], "expected": {change.contract_path: change.contract_image}},
    )
    if not change.contract_image:
        return (restore,)
    accept = Fix("accept-contract", "Accept the edited contract", "scope accept", {"expected": change.contract_image})
    return (accept, restore)


RULE = Rule(
    code="AN109",
    slug="contract-changed",
    severity=Severity.ERROR,
    summary="The contract file, or the settings of the repository, are not what was granted.",
    what=(
        "The file under `.autonav/tasks/` differs from the bytes a person last granted. Whoever edited it, "
        "the granted contract goes on deciding until the edit is accepted. The same holds for guards in "
        "`autonav.toml`, `.autonav.toml` or `[tool.autonav]`: what was protected when the task began stays so. "
        "`check --base` judges by the contract and the settings that stood where the branch left; a contract that "
        "the branch itself brings decides, and is said so as information."
    ),
    why="A program that can edit the contract could otherwise allow itself anything.",
    example=(
        "```console\n$ sed -i 's|edit = .*|edit = [\"**\"]|' .autonav/tasks/retry.toml\n$ autonav check\n"
        '.autonav/tasks/retry.toml:1: error AN109 the contract of task "retry" was edited after it was granted; '
        "accept it or restore it\n```"
    ),
    resolve=(
        "- *Accept the edited contract* (`autonav scope accept`), if the edit was yours; `--policy` for the settings.\n"
        "- *Restore the contract that was granted* (`autonav put-back .autonav/tasks/SLUG.toml`)."
    ),
    check=check,
)
