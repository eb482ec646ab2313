"""What the ground is written from: no database, no clock."""

from cityloop.places.rules.ground import Ground, NewArea, NewBuilding, NewRoad, faults_of

__all__ = ["Ground", "NewArea", "NewBuilding", "NewRoad", "faults_of"]
