"""How the projects of a worktree install, build, test and check themselves: one module each, which defines DETECT."""

from autonav_analysis.toolchains._detection import detect
from autonav_analysis.toolchains._project import Detector, Project, Report

__all__ = ["Detector", "Project", "Report", "detect"]
