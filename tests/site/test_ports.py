"""Two installations of one machine never listen on one port, however close together they start."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cityloop.kernel.errors import Unavailable
from cityloop.site.doors import Doors
from cityloop.site.options import Options
from cityloop.site.ports import HeldPorts, is_free
from running import unused_port


@pytest.fixture
def ports() -> Iterator[HeldPorts]:
    with closing(HeldPorts()) as ours:
        yield ours


def test_another_machines_address_is_refused(ports: HeldPorts) -> None:
    with pytest.raises(Unavailable):
        ports.take("no-such-host.invalid", 8000)


def test_the_next_free_port_is_taken(ports: HeldPorts) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free("127.0.0.1", port)
        assert ports.take("127.0.0.1", port) > port


def test_a_port_that_another_run_has_asked_for_is_not_given_again_though_nobody_listens_yet(ports: HeldPorts) -> None:
    """Both found it free, bound it side by side, and each answered half of the other's people."""
    wanted = unused_port()
    assert ports.take("127.0.0.1", wanted) == wanted
    assert is_free("127.0.0.1", wanted)
    with closing(HeldPorts()) as others:
        assert others.take("127.0.0.1", wanted) > wanted
        assert others.take("0.0.0.0", wanted) > wanted
        ports.give_back(wanted)
        assert others.take("127.0.0.1", wanted) == wanted


def test_one_run_takes_each_port_once(ports: HeldPorts) -> None:
    wanted = unused_port()
    assert len({ports.take("127.0.0.1", wanted) for _ in range(3)}) == 3


def test_a_port_stays_ours_while_a_child_that_is_being_forked_has_copies_of_our_sockets(tmp_path: Path) -> None:
    """The web moved on by one port where the uploads were forked at the very moment at which it looked."""
    doors = Doors(Options(tmp_path, port=unused_port()), {}, lambda *_words: None)
    with closing(doors):
        wanted = doors.port
        doors.find_web_port()
        copy = doors.ports._held[wanted].dup()
        doors.find_web_port()
        copy.close()
        assert doors.port == wanted
