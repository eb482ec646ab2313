"""The disk of the data folder fills up while people report: nothing is acknowledged that is lost, and all goes on with room.

    python -m soak.disk --seconds 20 --times 3

The data folder lies on a file system of its own, in memory, which only root can mount. While it is full, reports and files are
answered 503; PostgreSQL may end itself, and comes back when there is room.
"""

import http.client
import io
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from PIL import Image

from loading import BUSY, Load, counted, folder, make_city, running, wait_until_well
from running import Run, unused_port
from soaking import main

MB = 1 << 20


@contextmanager
def small_disk(place: Path, mb: int) -> Iterator[None]:
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mb}m,mode=0755", "tmpfs", str(place)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def run(seconds: float, times: int) -> dict[str, Any]:
    with (
        folder("disk") as parent,
        small_disk(parent / "data", 700),
        running(Run(parent / "data", unused_port())) as city,
    ):
        return _hurt(city, make_city(city), seconds, times)


def _hurt(city: Run, token: str, seconds: float, times: int) -> dict[str, Any]:
    wrong: list[str] = []
    back: list[float] = []
    filler = city.data / "filler"
    with Load(city.port, token) as load:
        for turn in range(times):
            time.sleep(2)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                _fill(filler)
                wrong += [] if city.get("/healthz") == 200 else ["/healthz does not answer"]
                if (status := _send_photo(city.port, token, turn)) not in {*BUSY, 201, 200}:
                    wrong.append(f"a photo is answered {status}")
                time.sleep(0.2)
            filler.unlink()
            freed = time.monotonic()
            wait_until_well(city)
            back.append(time.monotonic() - freed)
            sys.stderr.write(f"\r{turn + 1} of {times}, {len(load.acknowledged):,} cases")
        acknowledged = len(load.acknowledged)
        time.sleep(3)
        if len(load.acknowledged) == acknowledged:
            wrong.append("nobody reports any more")
        if (status := _send_photo(city.port, token, times)) not in {200, 201}:
            wrong.append(f"with room again a photo is answered {status}")
    told = {"name": "disk.lost", **counted(load), "times": times, "seconds": seconds, "wrong": sorted(set(wrong))}
    told |= {"refused": load.answers[503], "back_seconds": round(max(back), 1)}
    return told | {"right": told["right"] and not wrong and load.answers[503] > 0}


def _fill(filler: Path) -> None:
    """Take all the room there is."""
    with suppress(OSError), filler.open("ab", buffering=0) as file:
        block = bytes(MB)
        while file.write(block) == MB:
            pass
    with suppress(OSError), filler.open("ab", buffering=0) as file:
        while file.write(bytes(512)) == 512:
            pass


def _send_photo(port: int, token: str, shade: int) -> int:
    """Send a picture that nobody has sent before; return the status, 0 where nobody answers."""
    drawn = io.BytesIO()
    Image.effect_noise((640, 480), 60 + shade + time.monotonic() % 30).save(drawn, "JPEG", quality=95)
    mark = "cityloop-soak"
    head = (
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    )
    body = head.encode() + drawn.getvalue() + f"\r\n--{mark}--\r\n".encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": f"multipart/form-data; boundary={mark}"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", "/api/v1/media", body, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(__doc__, run, seconds=20.0, times=3))
