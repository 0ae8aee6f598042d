"""A filter of system calls for programs that build and test: everything but what widens their reach."""

import errno
import json
import os
import tempfile
from functools import cache

from autonav_protocol.errors import Unavailable

DENIED = (
    "acct", "add_key", "bpf", "clock_adjtime", "clock_settime", "create_module", "delete_module", "finit_module",
    "fsconfig", "fsmount", "fsopen", "fspick", "init_module", "io_uring_enter", "io_uring_register", "io_uring_setup",
    "ioperm", "iopl", "kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "mount", "mount_setattr",
    "move_mount", "name_to_handle_at", "nfsservctl", "open_by_handle_at", "open_tree", "perf_event_open", "pivot_root",
    "process_madvise", "process_vm_readv", "process_vm_writev", "ptrace", "quotactl", "quotactl_fd", "reboot",
    "request_key", "setns", "settimeofday", "stime", "swapoff", "swapon", "syslog", "umount", "umount2", "unshare",
    "userfaultfd", "vhangup",
)  # fmt: skip
"""They mount, trace, enter or make name spaces, load code into the kernel or change the machine."""

CLONE_NEWUSER, TIOCSTI = 0x10000000, 0x5412


def profile() -> str:
    """Return the filter as container engines read it, JSON."""
    refused = {"action": "SCMP_ACT_ERRNO", "errnoRet": errno.EPERM}
    flag = {"index": 0, "value": CLONE_NEWUSER, "valueTwo": CLONE_NEWUSER, "op": "SCMP_CMP_MASKED_EQ"}
    sticks = {"index": 1, "value": TIOCSTI, "op": "SCMP_CMP_EQ"}
    calls = [
        {"names": list(DENIED), **refused},
        {"names": ["clone"], **refused, "args": [flag]},
        {"names": ["ioctl"], **refused, "args": [sticks]},
        {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": errno.ENOSYS},
    ]
    architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]
    return json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "architectures": architectures, "syscalls": calls})


@cache
def program() -> bytes:
    """Return the filter as the kernel reads it; raise Unavailable where libseccomp is missing."""
    try:
        import pyseccomp
    except (ImportError, RuntimeError, OSError) as error:
        raise Unavailable(f"libseccomp cannot be loaded: {error}", "apt install libseccomp2") from error
    chosen = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    refused = pyseccomp.ERRNO(errno.EPERM)
    for name in DENIED:
        try:
            number = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
        except (ValueError, OSError):
            continue
        if number >= 0:  # this architecture has it
            chosen.add_rule(refused, name)
    chosen.add_rule(refused, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER))
    chosen.add_rule(refused, "ioctl", pyseccomp.Arg(1, pyseccomp.MASKED_EQ, 0xFFFFFFFF, TIOCSTI))
    # Its flags lie in memory, which a filter cannot read; without it the C library takes clone.
    chosen.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    with tempfile.TemporaryFile() as file:
        chosen.export_bpf(file)
        file.seek(0)
        return file.read()


def is_available() -> bool:
    """Return whether a filter can be made here."""
    try:
        return bool(program())
    except Unavailable:
        return False


def open_program() -> int:
    """Return a descriptor from which the filter can be read once."""
    descriptor = os.memfd_create("autonav-seccomp", os.MFD_CLOEXEC)
    os.write(descriptor, program())
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
