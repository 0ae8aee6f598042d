"""What can go wrong, as one small tree.

AutonavError
├── BadRequest    the request makes no sense          -32602   exit 2
├── NotFound      what it names is not there            1001   exit 2
├── Conflict      the world moved since you looked      1002   exit 2
├── Refused       trust, a grant or a contract is missing  1003   exit 2
├── Unavailable   a tool is missing or does not answer  1004   exit 2
├── Cancelled     somebody asked to stop              -32800   exit 2
└── Internal      our fault; recorded and survived    -32603   exit 2

Each carries one sentence without a final period and a next step for the person.
"""


class AutonavError(Exception):
    """Base of all errors a caller may see; `code` is the JSON-RPC error code."""

    code = -32603

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message}; {self.next_step}" if self.next_step else self.message


class BadRequest(AutonavError):
    """The request makes no sense."""

    code = -32602


class NotFound(AutonavError):
    """What the request names is not there."""

    code = 1001


class Conflict(AutonavError):
    """The world moved since the caller looked."""

    code = 1002


class Refused(AutonavError):
    """Trust, a grant or a contract is missing."""

    code = 1003


class Unavailable(AutonavError):
    """A tool is missing or does not answer; the next step says what to install."""

    code = 1004


class Cancelled(AutonavError):
    """Somebody asked to stop."""

    code = -32800


class Internal(AutonavError):
    """Our fault; recorded and survived."""
