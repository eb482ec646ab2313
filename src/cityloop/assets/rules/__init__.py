"""What makes a part one that can be written: no database, no clock."""

from cityloop.assets.rules.checks import NewPart, PartFault, faults_of

__all__ = ["NewPart", "PartFault", "faults_of"]
