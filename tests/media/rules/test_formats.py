import pytest

from cityloop.media.rules.formats import bytes_told_by_riff, format_of

HEADS = [
    pytest.param(b"\xff\xd8\xff\xe0\x00\x10JFIF", "jpeg", id="JPEG"),
    pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "png", id="PNG"),
    pytest.param(b"RIFF\x10\x00\x00\x00WEBPVP8 ", "webp", id="WebP"),
    pytest.param(b"RIFF\x10\x00\x00\x00WAVEfmt ", "wav", id="WAV"),
    pytest.param(b"RIFF\x10\x00\x00\x00AVI LIST", None, id="AVI is not taken"),
    pytest.param(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "heic", id="HEIC"),
    pytest.param(b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00", "heic", id="HEIF of one picture"),
    pytest.param(b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00", None, id="AVIF is not taken"),
    pytest.param(b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00", "mp4", id="MP4"),
    pytest.param(b"\x00\x00\x00\x18ftypqt  \x00\x00\x00\x00", "mov", id="MOV of a phone"),
    pytest.param(b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00", "m4a", id="M4A"),
    pytest.param(b"#!AMR\n\x3c", "amr", id="AMR"),
    pytest.param(b"#!AMR-WB\n\x3c", "amr", id="AMR wide band"),
    pytest.param(b"ID3\x04\x00\x00", "mp3", id="MP3 with tags"),
    pytest.param(b"\xff\xfb\x90\x64", "mp3", id="MP3, MPEG 1 layer 3"),
    pytest.param(b"\xff\xf3\x90\x64", "mp3", id="MP3, MPEG 2 layer 3"),
    pytest.param(b"\xff\xf1\x50\x80", "aac", id="AAC in ADTS"),
    pytest.param(b"\xff\xf9\x50\x80", "aac", id="AAC in ADTS of MPEG 2"),
    pytest.param(b"\xff\xe9\x50\x80", None, id="a version of MPEG audio that does not exist"),
    pytest.param(b"<!doctype html>", None, id="a page"),
    pytest.param(b"%PDF-1.7", None, id="a document"),
    pytest.param(b"MZ\x90\x00", None, id="a program"),
    pytest.param(b"\xff", None, id="a single byte"),
    pytest.param(b"", None, id="nothing"),
]


@pytest.mark.parametrize(("head", "code"), HEADS)
def test_a_format_is_known_by_its_first_bytes(head: bytes, code: str | None) -> None:
    found = format_of(head)
    assert (found.code if found else None) == code


def test_a_riff_file_tells_its_length_unless_its_writer_did_not_know() -> None:
    assert bytes_told_by_riff(b"RIFF\x10\x00\x00\x00WAVE") == 24
    assert bytes_told_by_riff(b"RIFF\xff\xff\xff\xffWAVE") == 0
    assert bytes_told_by_riff(b"RIFF\x00\x00\x00\x00WAVE") == 0
