"""What YAML takes for a date or a number and Python cannot: 2026-13-45, an integer of thousands of digits."""

import yaml


def unreadable_line(text: str) -> int:
    """Return the line of the first scalar of a YAML text that becomes no value, counted from 1; 1 where all do.

    Args:
        text: YAML that ``yaml.compose`` takes.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    open_nodes = [root] if root is not None else []
    found = []
    while open_nodes:
        node = open_nodes.pop()
        if isinstance(node, yaml.ScalarNode):
            try:
                yaml.SafeLoader("").construct_object(node)
            except (ValueError, OverflowError):
                found.append(node.start_mark.line + 1)
        elif isinstance(node, yaml.SequenceNode):
            open_nodes += node.value
        elif isinstance(node, yaml.MappingNode):
            open_nodes += [part for pair in node.value for part in pair]
    return min(found, default=1)
