import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityloop.media.rules.tus import BEYOND, Checksum, UnknownAlgorithm, Unreadable, checksum_of, metadata_of, number_of

keys = st.text("abcdefghijklmnopqrstuvwxyz_-", min_size=1, max_size=10)


@given(pairs=st.dictionaries(keys, st.text(max_size=20), max_size=4))
def test_metadata_comes_back_as_it_was_sent(pairs: dict[str, str]) -> None:
    header = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())
    assert metadata_of(header) == pairs


def test_a_key_may_stand_without_a_value() -> None:
    assert metadata_of("is_draft, jurisdiction OTkwMTAx") == {"is_draft": "", "jurisdiction": "990101"}


@pytest.mark.parametrize(
    "header", ["name !!!", "a YQ==,a YQ==", "käse YQ==", ",", "name /w==", "name " + "A" * 5000]
)  # fmt: skip
def test_metadata_that_cannot_be_read_is_refused(header: str) -> None:
    with pytest.raises(Unreadable, match="upload-metadata"):
        metadata_of(header)


def test_a_checksum_names_its_algorithm() -> None:
    assert checksum_of("sha1 AQID") == Checksum("sha1", b"\x01\x02\x03")


@pytest.mark.parametrize("header", ["", "sha1", "crc32 AQID", "sha256 !", "AQID"])
def test_a_checksum_of_another_kind_is_refused(header: str) -> None:
    with pytest.raises(Unreadable, match="upload-checksum"):
        checksum_of(header)


@pytest.mark.parametrize("value", ["", "-1", "1.5", "1e3", "٣"])
def test_a_length_is_a_whole_number(value: str) -> None:
    assert number_of({"upload-length": "1024"}, "upload-length") == 1024
    with pytest.raises(Unreadable, match="upload-length"):
        number_of({"upload-length": value}, "upload-length")


@pytest.mark.parametrize(
    ("value", "number"), [("9" * 15, 10**15 - 1), ("9" * 16, BEYOND), ("9" * 9000, BEYOND), ("0" * 40, 0)]
)
def test_a_number_that_no_file_has_is_a_number_all_the_same(value: str, number: int) -> None:
    assert number_of({"upload-length": value}, "upload-length") == number


def test_an_algorithm_that_is_not_announced_is_named() -> None:
    with pytest.raises(UnknownAlgorithm) as refused:
        checksum_of("crc32 AQID")
    assert refused.value.algorithm == "crc32"
