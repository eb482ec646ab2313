"""The mappings that come with the package: real files of five cities' open data, each with its YAML."""

from importlib.resources import files

from cityloop.intake.rules.mapping import RequestMapping
from cityloop.intake.rules.mapping_file import read_mapping
from cityloop.kernel.errors import Fault, InvalidInput
from cityloop.kernel.translation import _, listed

_HERE = files(__name__)


def shipped_names() -> tuple[str, ...]:
    """Return the names of the shipped mappings, sorted."""
    return tuple(sorted(entry.name[:-5] for entry in _HERE.iterdir() if entry.name.endswith(".yaml")))


def read_shipped(name: str) -> RequestMapping:
    """Return the shipped mapping ``name``.

    Raises:
        InvalidInput: None has this name; the message lists those there are.
    """
    if name not in shipped_names():
        raise InvalidInput(
            _("There is no mapping “%(name)s”. Give the path of a YAML file, or one of: %(names)s.")
            % {"name": name, "names": listed(shipped_names())},
            faults=[Fault("mapping", _("is unknown here"), name[:80])],
        )
    return read_mapping((_HERE / f"{name}.yaml").read_text("utf-8"), f"{name}.yaml")
