"""What self-improve looked at and what it came to."""

from dataclasses import dataclass

from autonav_protocol.values.trial import Trial


@dataclass(frozen=True)
class Considered:
    """A challenger: what it sets, why it was tried, and how it did against the settings in force where one is chosen.

    `runs` are those that were replayed for it.
    """

    sets: tuple[str, ...]
    why: str
    runs: int
    trial: Trial


@dataclass(frozen=True)
class Improvement:
    """The challenger that was chosen on one half of the records, and what the other half says of it.

    `sets` is empty where none was chosen. It is `proposed` only where the other half supports the claim; `why` says in
    one sentence why not. `held_out` says how the halves were made; `is_rollback` that `sets` is what was before.
    """

    sets: tuple[str, ...]
    proposed: bool
    why: str
    held_out: str
    judged: Trial | None
    considered: tuple[Considered, ...]
    is_rollback: bool = False
