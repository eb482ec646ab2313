"""The tables of this room, each file one idea."""

from cityloop.assets.models.histories import AreasFollowed, PartChange, PartCounter, PartTally
from cityloop.assets.models.imports import ImportChange, ImportFault, ImportMapping, ImportRun, StagedRow
from cityloop.assets.models.parts import Part, PartQuerySet
from cityloop.assets.models.proposals import (
    PartExport,
    PartPhoto,
    Proposal,
    ProposalQuerySet,
    Survey,
    SurveyMark,
    SurveyQuerySet,
)

__all__ = [
    "AreasFollowed",
    "ImportChange",
    "ImportFault",
    "ImportMapping",
    "ImportRun",
    "Part",
    "PartChange",
    "PartCounter",
    "PartExport",
    "PartPhoto",
    "PartQuerySet",
    "PartTally",
    "Proposal",
    "ProposalQuerySet",
    "StagedRow",
    "Survey",
    "SurveyMark",
    "SurveyQuerySet",
]
