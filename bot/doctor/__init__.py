"""`folkmoot doctor`: whether a set-up will work, and the one step that mends what will not. It only looks."""

from bot.doctor.examination import examine
from bot.doctor.findings import Finding, Level

__all__ = ["Finding", "Level", "examine"]
