"""Words of django-unfold, which brings no catalogue: named here, so that ours holds their Chinese.

What Django says itself under the same words stays Django's. ``tests/site/test_console_words.py`` reads unfold's own files and
names what is missing after a new version.
"""

from cityloop.kernel.translation import noop

WORDS = (
    noop("All applications"),
    noop("Apply Filters"),
    noop("Cancel"),
    noop("Choose file to upload"),
    noop("Click to cancel"),
    noop("Click to download"),
    noop("Dark"),
    noop("Date"),
    noop("Expand row"),
    noop("False"),
    noop("Filters"),
    noop("General"),
    noop("Go back"),
    noop("Light"),
    noop("Loading more results..."),
    noop("More actions"),
    noop("Next"),
    noop("No data"),
    noop("No recent searches"),
    noop("No results found"),
    noop("No results matching your query"),
    noop("Previous"),
    noop("Recent searches"),
    noop("Record picture"),
    noop("Image preview"),
    noop("Reset filters"),
    noop("Return to site"),
    noop("Run"),
    noop("Search apps and models..."),
    noop("Select action"),
    noop("Select action to run"),
    noop("Select all rows"),
    noop("Select record"),
    noop("Select value"),
    noop("Submit"),
    noop("This item will be deleted."),
    noop("This page yielded into no results. Create a new item or reset your filters."),
    noop("Toggle password visibility"),
    noop("True"),
    noop("Type to search"),
    noop("Welcome"),
)
