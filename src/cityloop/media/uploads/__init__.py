"""Resumable uploads: tus 1.0.0 as an ASGI application, for a process of its own, so that slow phones hold no desk's thread.

The door of this folder: whoever serves the application finds here all that it needs. Why this is our own: docs/decisions/0008-media.md.
"""

from cityloop.media.uploads.app import MOST_AT_THE_DOOR, UploadApp
from cityloop.media.uploads.asgi import Answer, Scope, headers_of, method_of
from cityloop.media.uploads.resting import Announced, Resting
from cityloop.media.uploads.work import MOST_OPEN, GrantedUpload, Sender

__all__ = [
    "MOST_AT_THE_DOOR",
    "MOST_OPEN",
    "Announced",
    "Answer",
    "GrantedUpload",
    "Resting",
    "Scope",
    "Sender",
    "UploadApp",
    "headers_of",
    "method_of",
]
