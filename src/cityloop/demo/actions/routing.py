"""The demo city's routing rules, through the doors that a dispatcher uses."""

from datetime import datetime

from cityloop.cases.actions.routing import new_draft, put_routing_in_force
from cityloop.demo.rules.routing import seed_rules
from cityloop.geography import queries as geography
from cityloop.geography.choices import RegionLevel
from cityloop.kernel.clock import machine_now
from cityloop.organisation.queries import city


def write_routing_rules(code: str, present: datetime) -> int:
    """Write the rules and let them hold from now on; return how many there are."""
    streets = geography.regions(code, city(code).day_of(present), level=RegionLevel.STREET)
    rules = seed_rules([one.code for one in streets])
    now = machine_now()
    version = new_draft(code, actor_id=None, now=now, note="首版派遣规则", rules=rules)
    put_routing_in_force(code, version, actor_id=None, now=now)
    return len(rules)
