from ipaddress import ip_address
from pathlib import Path

import pytest

from cityloop.site.addresses import Names, as_hosts, beyond_this_machine, is_dns_name, names_of, own_addresses

TRIE = """\
Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
           |-- 127.0.0.1
              /32 host LOCAL
     +-- 10.20.0.0/24 2 0 2
           |-- 10.20.0.0
              /24 link UNICAST
           |-- 10.20.0.7
              /32 host LOCAL
        |-- 10.20.0.255
           /32 link BROADCAST
           |-- 169.254.3.3
              /32 host LOCAL
Local:
           |-- 10.20.0.7
              /32 host LOCAL
"""

SIX = """\
fd000000000000000000000000000002 04 40 00 80     eth0
fd000000000000000000000000000003 04 40 00 01     eth0
fd000000000000000000000000000004 04 40 00 a0     eth0
fe8000000000000000fc00fffe000001 04 40 20 80     eth0
00000000000000000000000000000001 01 80 10 80       lo
"""


def test_the_addresses_are_those_by_which_others_reach_the_machine_and_that_last(tmp_path: Path) -> None:
    (tmp_path / "fib_trie").write_text(TRIE)
    (tmp_path / "if_inet6").write_text(SIX)
    assert [str(address) for address in own_addresses(tmp_path)] == ["10.20.0.7", "fd00::2"]


def test_without_proc_there_are_none(tmp_path: Path) -> None:
    assert own_addresses(tmp_path) == []


def test_this_machine_has_no_loopback_among_its_addresses() -> None:
    assert not any(address.is_loopback for address in own_addresses())


def test_hosts_become_names_and_addresses_each_once() -> None:
    hosts = ["localhost", "City.example", ".district.example", "[fd00::2]", "10.20.0.7", "*", "127.0.0.1"]
    found = names_of(hosts, [ip_address("10.20.0.7"), ip_address("10.20.0.8")], "server-1")
    assert found.dns == ("localhost", "server-1", "city.example", "district.example", "*.district.example")
    assert [str(each) for each in found.addresses] == ["127.0.0.1", "::1", "fd00::2", "10.20.0.7", "10.20.0.8"]
    assert as_hosts(beyond_this_machine(found)) == [
        "server-1", "city.example", "district.example", "[fd00::2]", "10.20.0.7", "10.20.0.8",
    ]  # fmt: skip


@pytest.mark.parametrize("machine", ["", "bad_name", "-x", "x-", "a" * 64, "城环", "a..b"])
def test_a_machine_whose_name_is_none_of_dns_is_left_out(machine: str) -> None:
    assert not is_dns_name(machine)
    assert names_of([], machine=machine) == Names(("localhost",), (ip_address("127.0.0.1"), ip_address("::1")))
