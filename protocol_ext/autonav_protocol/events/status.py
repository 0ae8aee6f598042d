"""The task's standing changed."""

from autonav_protocol.operation import Event
from autonav_protocol.operations.status import StatusResult

EVENT = Event("status", StatusResult)
