"""Other hosts are asked with care: never into one's own network unasked, no redirect, in good time; one that is down is left alone."""

from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from cityloop.onemap import fetching
from cityloop.onemap.fetching import Fetcher, Unreached
from tile_host import TileHost, tile_host

HERE = (ip_network("127.0.0.0/8"),)


@pytest.fixture(autouse=True)
def _closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a fetcher keeps open is closed when its test ends."""
    made: list[Fetcher] = []
    begin = Fetcher.__init__

    def begun(self: Fetcher, at_once: int) -> None:
        begin(self, at_once)
        made.append(self)

    monkeypatch.setattr(Fetcher, "__init__", begun)
    yield
    for one in made:
        one.forget()


@pytest.fixture
def host() -> Iterator[TileHost]:
    with tile_host() as made:
        yield made


def why(fetcher: Fetcher, url: str, allowed: object = HERE) -> str:
    with pytest.raises(Unreached) as unreached:
        fetcher.get(url, allowed=allowed)  # type: ignore[arg-type]
    assert "http" not in str(unreached.value), "no address stands in it"
    return unreached.value.reason


def test_a_tile_comes_and_the_connection_stays_for_the_next(host: TileHost) -> None:
    fetcher = Fetcher(2)
    for _turn in range(3):
        answer = fetcher.get(f"{host.base}/3/5/2.png", allowed=HERE)
        assert (answer.status, answer.body[:4]) == (200, b"\x89PNG")
    [known] = fetcher._hosts.values()
    assert len(known.idle) == 1
    fetcher.forget()


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/", "http://localhost/", "http://2130706433/", "http://0x7f.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/meta-data", "http://10.1.2.3/", "http://0.0.0.0/", "http://[64:ff9b::7f00:1]/", "https://192.168.0.1/",
    ],
)  # fmt: skip
def test_ones_own_network_is_shut_unless_whoever_runs_it_opens_it(address: str) -> None:
    assert why(Fetcher(2), address, ()) in {"shut", "unknown"}


def test_a_redirect_is_an_answer_and_never_followed(host: TileHost) -> None:
    host.mood = "elsewhere"
    assert Fetcher(2).get(f"{host.base}/3/5/2.png", allowed=HERE).status == 302
    assert len(host.asked) == 1


def test_too_much_is_cut_off_and_too_late_is_late(host: TileHost, monkeypatch: pytest.MonkeyPatch) -> None:
    host.mood = "large"
    assert why(Fetcher(2), f"{host.base}/3/5/2.png") == "too_large"
    host.mood = "slow"
    monkeypatch.setattr(fetching, "WHOLE_S", 0.2)
    assert why(Fetcher(2), f"{host.base}/3/5/2.png") == "late"


def test_a_host_that_is_down_is_left_alone_for_a_while(host: TileHost, monkeypatch: pytest.MonkeyPatch) -> None:
    fetcher, dead = Fetcher(2), "http://127.0.0.1:1/3/5/2.png"
    assert [why(fetcher, dead) for _turn in range(4)] == ["broken", "broken", "broken", "resting"]
    assert fetcher.rests(dead)
    assert fetcher.get(f"{host.base}/3/5/2.png", allowed=HERE).status == 200, "others are asked"
    monkeypatch.setattr(fetching, "REST_S", 0.0)
    fetcher.forget()
    assert why(fetcher, dead) == "broken"


def test_an_unknown_host_and_a_full_house_are_told(monkeypatch: pytest.MonkeyPatch, host: TileHost) -> None:
    assert why(Fetcher(2), "https://no-such-host.invalid/1/1/1.png") == "unknown"
    fetcher = Fetcher(1)
    monkeypatch.setattr(fetching, "WAIT_S", 0.05)
    fetcher._inside.acquire()
    assert why(fetcher, f"{host.base}/3/5/2.png") == "busy"
    assert not host.asked
