"""What the answers of the API are made of."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from cityloop.cases.choices import Kind, Light
from cityloop.kernel.translation import noop


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Coded(Out):
    code: str
    name: str


class State(Coded):
    kind: Kind = Field(description=noop("The only thing about a state that programs need to ask."))


class Person(Out):
    id: int | None = Field(description=noop("Null where you may not know who it is; the name is shortened then."))
    name: str


class Point(Out):
    """A position as GeoJSON: longitude, latitude in degrees, WGS 84."""

    type: Literal["Point"]
    coordinates: tuple[float, float]


def _geojson(position: Any) -> Any:
    return {"type": "Point", "coordinates": position} if isinstance(position, tuple) else position


Location = Annotated[
    Point | None, BeforeValidator(_geojson), Field(validation_alias="position", description=noop("Null: not known."))
]
Due = Annotated[datetime | None, Field(description=noop("Null: due at no known time."))]
Lamp = Annotated[
    Light,
    Field(
        description=noop(
            "green; yellow: little time is left; red: late; double_red: later than its whole limit; "
            "paused: the clock stands still; none: nothing is due."
        )
    ),
]
