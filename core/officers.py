"""Who may do what in the crisis unit: one table, used by the console and the command line alike."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """An officer's one role."""

    AUTHOR = "author"
    APPROVER = "approver"
    CASE_OFFICER = "case-officer"
    ANALYST = "analyst"
    ADMIN = "admin"


class Permission(StrEnum):
    """Something an officer may do."""

    SEE_CAMPAIGNS = "see-campaigns"
    WRITE_CAMPAIGN = "write-campaign"
    APPROVE_CAMPAIGN = "approve-campaign"
    LAUNCH_CAMPAIGN = "launch-campaign"
    STOP_CAMPAIGN = "stop-campaign"
    SEE_FIGURES = "see-figures"
    WORK_CASES = "work-cases"
    MANAGE_OFFICERS = "manage-officers"
    RECORD_VOICES = "record-voices"


_CAMPAIGNER: Final = {
    Permission.SEE_CAMPAIGNS,
    Permission.SEE_FIGURES,
    Permission.WRITE_CAMPAIGN,
    Permission.LAUNCH_CAMPAIGN,
    Permission.STOP_CAMPAIGN,
    Permission.RECORD_VOICES,
}

# An approver may also write; nobody approves what they wrote (campaigns.launch holds that rule).
# An analyst never sees a person (P-13); an admin runs the house and sends nothing.
PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.AUTHOR: frozenset(_CAMPAIGNER),
    Role.APPROVER: frozenset(_CAMPAIGNER | {Permission.APPROVE_CAMPAIGN}),
    Role.CASE_OFFICER: frozenset(
        {Permission.SEE_CAMPAIGNS, Permission.SEE_FIGURES, Permission.STOP_CAMPAIGN, Permission.WORK_CASES}
    ),
    Role.ANALYST: frozenset({Permission.SEE_FIGURES}),
    Role.ADMIN: frozenset(
        {
            Permission.SEE_CAMPAIGNS,
            Permission.SEE_FIGURES,
            Permission.MANAGE_OFFICERS,
            Permission.RECORD_VOICES,
        }
    ),
}
