"""The threads of the upload process, in pools that do not wait for each other."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import connections
from django.utils import translation

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """Apart, so that a picture being decoded holds up nobody's bytes, and nobody who comes to the door."""

    def __init__(self) -> None:
        self.asking = ThreadPoolExecutor(4, "asking")
        self.keeping = ThreadPoolExecutor(2, "keeping")
        self.writing = ThreadPoolExecutor(4, "writing")

    async def write(self, work: Callable[P, T], /, *args: P.args, **more: P.kwargs) -> T:
        """Do what touches the disk."""
        return await _in_thread(self.writing, work, *args, **more)

    async def ask(self, work: Callable[P, T], /, *args: P.args, **more: P.kwargs) -> T:
        """Do what may ask the database, and give the connection back."""
        return await _in_thread(self.asking, _closing(work), *args, **more)

    async def keep(self, work: Callable[P, T], /, *args: P.args, **more: P.kwargs) -> T:
        """Do what looks through a whole file and asks the database, and give the connection back."""
        return await _in_thread(self.keeping, _closing(work), *args, **more)


def _closing(work: Callable[P, T]) -> Callable[P, T]:
    def and_close(*args: P.args, **more: P.kwargs) -> T:
        try:
            return work(*args, **more)
        finally:
            connections.close_all()

    return and_close


async def _in_thread(pool: ThreadPoolExecutor, work: Callable[P, T], /, *args: P.args, **more: P.kwargs) -> T:
    spoken = translation.get_language()  # does not go to a thread by itself

    def in_its_language() -> T:
        with translation.override(spoken):
            return work(*args, **more)

    return await asyncio.get_running_loop().run_in_executor(pool, in_its_language)
