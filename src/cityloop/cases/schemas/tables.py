"""What the API says of a city: its classes and the table of its process."""

from typing import Any

from pydantic import Field

from cityloop.cases.choices import Kind
from cityloop.cases.schemas.parts import Coded, Out
from cityloop.kernel.translation import noop


class Condition(Out):
    key: str
    text: str
    closing: str
    limit_text: str
    amount: int
    unit: str


class Category(Out):
    key: str
    type: str
    code: str
    name: str
    big_code: str
    big_name: str
    dept_kind: str
    geometry: str
    conditions: list[Condition]


class Categories(Out):
    items: list[Category]


class Source(Coded):
    public: bool
    by: list[str] = Field(description=noop("Posts that may name it when they report."))
    photos: int = Field(description=noop("How many photos a report through it needs."))
    needs_point: bool


class FlagKind(Coded):
    type: str


class TableState(Coded):
    kind: Kind
    step: str
    is_final: bool


class TableAction(Coded):
    number: int = Field(description=noop("Its row in the national description of the loop; 0: none."))
    creates: bool
    leads_from: list[str] = Field(validation_alias="from")
    leads_to: list[str] = Field(validation_alias="to", description=noop("Empty: the state stays."))
    by: list[str] = Field(description=noop("Posts that may take it, those that decide included."))
    input_schema: dict[str, Any] = Field(validation_alias="schema")


class LoopTable(Out):
    jurisdiction: str
    version: int
    code: str
    title: str
    sources: list[Source]
    posts: list[Coded]
    steps: list[Coded]
    clocks: list[Coded]
    flags: list[FlagKind]
    applications: list[Coded]
    states: list[TableState]
    actions: list[TableAction]
