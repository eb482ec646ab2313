"""What Swagger UI says by itself: it knows English alone, so the page of the API replaces its words (``swagger-words.js``)."""

from cityloop.kernel.translation import _, language, noop

WORDS = (
    noop("Additional properties"),
    noop("All of"),
    noop("Any of"),
    noop("Apply credentials"),
    noop("Authorization header"),
    noop("Authorize"),
    noop("Authorized"),
    noop("Available authorizations"),
    noop("Available values"),
    noop("Cancel"),
    noop("Clear"),
    "Close",
    "Code",
    noop("Controls"),
    noop("Copy to clipboard"),
    noop("Curl"),
    noop("Default value"),
    "Description",
    noop("Details"),
    noop("Download"),
    noop("Download file"),
    noop("Edit Value"),
    noop("Errors"),
    noop("Example Description"),
    noop("Example Value"),
    noop("Examples"),
    noop("Execute"),
    noop("Failed to load API definition."),
    noop("Filter by tag"),
    noop("Headers:"),
    noop("Hide"),
    noop("In:"),
    noop("Items"),
    noop("Links"),
    noop("Logout"),
    noop("Media type"),
    noop("Name"),
    noop("Name:"),
    noop("No API definition provided."),
    noop("No links"),
    noop("No parameters"),
    noop("One of"),
    noop("Parameter content type"),
    noop("Parameters"),
    noop("Remove authorization"),
    noop("Request URL"),
    noop("Request body"),
    noop("Request duration"),
    noop("Reset"),
    noop("Response body"),
    noop("Response content type"),
    noop("Response headers"),
    noop("Responses"),
    noop("Schema"),
    noop("Schemas"),
    noop("Send empty value"),
    noop("Server response"),
    noop("Show"),
    noop("Try it out"),
    noop("Type"),
    noop("Undocumented"),
    noop("Unable to render this definition"),
    noop("Value"),
    noop("Value:"),
    noop("Warning"),
    noop("header."),
)
"""As they stand in its bundle, without blanks at their ends."""


MEANT = {"Close": noop("Close this window"), "Code": noop("Status code"), "Description": noop("What it means")}
"""Words that elsewhere stand for something else: what they mean here."""


def swagger_words() -> dict[str, str]:
    """Return what each of Swagger UI's words is in the reader's language; none in English, which it speaks."""
    if language().startswith("en"):
        return {}
    return {word: _(MEANT.get(word, word)) for word in WORDS}
