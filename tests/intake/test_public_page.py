"""``/report``: citizens who tell of something without an account, and those who would rather do harm."""

import base64
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from altcha.v1 import ChallengeOptions, create_challenge, solve_challenge
from django.test import Client
from django.utils import timezone
from PIL import Image

from cast import CITY, OTHER_CITY, Cast
from cityloop.cases import actions as loop
from cityloop.cases import models as cases
from cityloop.cases.queries.verifying import verify
from cityloop.geography.actions import lay_regular_grid
from cityloop.intake import models
from cityloop.intake.actions import defence, public
from cityloop.intake.actions.defence import Asked, new_work
from cityloop.intake.queries import public as queries
from cityloop.intake.rules.defence import HOUR, Limit
from cityloop.intake.views import door, follow_up
from cityloop.media import models as media
from cityloop.organisation import models as organisation
from intake.street import HEAP, SPOT, closed, code_in, form, send, told, worked_on


def setting(**values: Any) -> None:
    row = organisation.Jurisdiction.objects.get(code=CITY)
    row.settings = {f"intake.public_{name}": value for name, value in values.items()}
    row.save()


def picture(colour: str = "red", size: int = 64) -> io.BytesIO:
    file = io.BytesIO()
    image = Image.new("RGB", (size, size), colour)
    for step in range(size):
        image.putpixel((step, step), (step * 3 % 256, 90, 200))
    image.save(file, "JPEG")
    file.name = "photo.jpg"
    file.seek(0)
    return file


def solved(asked: Asked, **changes: Any) -> str:
    work = {**new_work(asked), **changes}
    number = solve_challenge(work["challenge"], work["salt"], work["algorithm"], work["maxNumber"], 0)
    assert number is not None
    answer = {name: work[name] for name in ("algorithm", "challenge", "salt", "signature")} | {"number": number.number}
    return base64.b64encode(json.dumps(answer).encode()).decode()


# --- three taps


def test_the_only_city_is_opened_at_once_and_begins_with_tiles(city: Cast, client: Client) -> None:
    setting()
    organisation.Jurisdiction.objects.filter(code=OTHER_CITY).update(settings={"intake.public_page": False})
    assert client.get("/report")["Location"] == f"/report/{CITY}"
    page = told(client.get(f"/report/{CITY}"))
    assert 6 <= page.count("<class-sign") <= 9
    assert "class=gb47678_2026/event/" in page.replace("%2F", "/")


def test_of_several_cities_one_is_chosen_by_name_or_by_place(city: Cast, client: Client) -> None:
    page = told(client.get("/report"))
    assert "环城市" in page
    assert "邻市" in page
    assert client.get("/report", SPOT)["Location"] == f"/report/{CITY}"


def test_a_class_is_found_by_a_word_and_parts_are_not_offered(city: Cast, client: Client) -> None:
    page = told(client.get(f"/report/{CITY}", {"q": "垃圾"}))
    assert "垃圾" in page
    assert "/part/" not in page.replace("%2F", "/")
    assert "没有" in told(client.get(f"/report/{CITY}", {"q": "qqqqqq"})) or "Nothing" in told(
        client.get(f"/report/{CITY}", {"q": "qqqqqq"})
    )


def test_the_place_is_asked_for_before_the_report(city: Cast, client: Client) -> None:
    assert "report-place" in told(client.get(f"/report/{CITY}", {"class": HEAP}))
    assert 'name="phone"' in told(client.get(f"/report/{CITY}", {"class": HEAP, **SPOT}))
    assert 'name="phone"' in told(client.get(f"/report/{CITY}", {"class": HEAP, "address": "解放路1号"}))


@pytest.mark.parametrize(
    "place",
    [{"lon": "10", "lat": "10"}, {"lon": "nan", "lat": "nan"}, {"lon": "x", "lat": "y"}, {"lon": "1e999", "lat": "0"}],
)
def test_a_place_outside_is_refused_with_words(city: Cast, client: Client, place: dict[str, str]) -> None:
    answer = client.get(f"/report/{CITY}", {"class": HEAP, **place})
    assert answer.status_code == 422
    assert 'role="alert"' in told(answer)


def test_a_report_without_an_account_is_a_case_like_any_other(city: Cast, client: Client) -> None:
    code = code_in(send(client, words="菜市场门口堆了垃圾", phone="13800001234"))
    case = cases.Case.objects.get()
    assert (case.source, case.via, case.state, case.jurisdiction) == ("web", "public", "reported", CITY)
    assert case.reporter_user is None
    event = cases.CaseEvent.objects.get()
    assert (event.post, event.person) == ("citizen", None)
    phone = cases.CaseText.objects.get(field="reporter_phone")
    assert (phone.text, phone.personal) == ("13800001234", True)
    assert verify().findings == []
    page = told(client.get(f"/report/f/{code}"))
    assert case.number in page
    assert "13800001234" not in page
    kept = models.FollowUp.objects.get()
    assert code.replace("-", "").encode() not in bytes(kept.digest)
    assert bytes(kept.digest) == queries.digest_of(code)


def test_an_address_is_enough_without_a_map(city: Cast, client: Client) -> None:
    code_in(client.post(f"/report/{CITY}", {"key": str(uuid4()), "class": HEAP, "address": "解放路1号门口"}))
    assert cases.Case.objects.get().location is None
    assert cases.CaseText.objects.get(field="address").text == "解放路1号门口"


def test_the_same_form_sent_twice_is_one_report_with_one_code(city: Cast, client: Client) -> None:
    typed = form(words="x")
    codes = {code_in(client.post(f"/report/{CITY}", typed)) for _ in range(2)}
    assert len(codes) == 1
    assert cases.Case.objects.count() == models.FollowUp.objects.count() == 1


def test_a_citizen_who_is_signed_in_reports_as_themselves(city: Cast, client: Client) -> None:
    client.force_login(organisation.User.objects.get(pk=city["citizen"]))
    code_in(send(client))
    assert cases.Case.objects.get().reporter_user == city["citizen"]
    lay_regular_grid(OTHER_CITY, 121.0, 30.0, 121.01, 30.01, 500, date(2020, 1, 1))
    code_in(client.post(f"/report/{OTHER_CITY}", form(lon="121.005")))
    next_door = cases.Case.objects.get(jurisdiction=OTHER_CITY)
    assert next_door.reporter_user == city["citizen"], "a citizen of one city is one in the next too"
    assert next_door.number in told(client.get("/report/mine"))
    client.force_login(organisation.User.objects.get(pk=city["acceptor"]))
    code_in(send(client))
    assert cases.Case.objects.latest("reported_at").reporter_user is None, "the staff has a form of its own"


# --- photos


def test_photos_sent_before_hang_on_the_report_and_their_sender_sees_them(city: Cast, client: Client) -> None:
    token = client.post(f"/report/{CITY}/photos", {"photo": picture()}).json()["token"]
    code_in(send(client, photo=[token]))
    case = cases.Case.objects.get()
    hangs = cases.Attachment.objects.get(case=case)
    assert media.File.objects.get().sha256 == hangs.sha256
    assert public.sweep_photos(timezone.now() + timedelta(days=1)) == 0
    assert media.File.objects.exists()


def test_without_scripts_photos_come_with_the_form(city: Cast, client: Client) -> None:
    code_in(send(client, photos=[picture("green"), picture("blue")]))
    assert cases.Attachment.objects.count() == 2


def test_photos_of_a_report_that_was_never_sent_are_swept_away(city: Cast, client: Client) -> None:
    client.post(f"/report/{CITY}/photos", {"photo": picture()})
    assert public.sweep_photos(timezone.now()) == 0, "not at once"
    assert public.sweep_photos(timezone.now() + timedelta(hours=7)) == 1
    assert not media.File.objects.exists()
    client.post(f"/report/{CITY}/photos", {"photo": picture()})
    assert media.File.objects.exists(), "unlike an erased one it may come again"


def test_what_is_no_photo_is_refused_and_nothing_is_kept(city: Cast, client: Client) -> None:
    bad = io.BytesIO(b"<script>alert(1)</script>" * 50)
    bad.name = "evil.jpg"
    client.cookies["django_language"] = "en"
    film = io.BytesIO(b"\x00\x00\x00\x18ftypisom" + bytes(500))
    film.name = "film.mp4"
    for file in (bad, film):
        answer = client.post(f"/report/{CITY}/photos", {"photo": file})
        assert answer.status_code == 422
        words = answer.json()["detail"]
        assert words.endswith("Send JPEG, PNG, WebP or HEIC."), "photos alone are asked for, and named"
        file.seek(0)
        with_form = send(client, photos=[file])
        assert with_form.status_code == 422
        assert f'id="photos_error">{file.name}: {words}' in told(with_form)
    assert not media.File.objects.exists()


def test_a_photo_of_somebody_else_is_not_taken_by_its_digest(city: Cast, client: Client) -> None:
    answer = send(client, photo=["f" * 64])
    assert answer.status_code == 422
    assert not cases.Case.objects.exists()


def test_one_sender_cannot_fill_the_disk(city: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(defence, "PHOTO_BYTES_A_DAY", 1500)
    answers = [
        client.post(f"/report/{CITY}/photos", {"photo": picture(colour)}).status_code
        for colour in ("red", "blue", "lime")
    ]
    assert 429 in answers
    assert media.File.objects.count() < 3


# --- probably the same, and “me too”


def test_what_is_probably_the_same_is_shown_before_sending_and_takes_one_more(city: Cast, client: Client) -> None:
    first = code_in(send(client, words="菜市场门口堆了垃圾", phone="13800001234"))
    page = told(client.get(f"/report/{CITY}", {"class": HEAP, **SPOT}))
    [token] = re.findall(r'name="same" value="([^"]+)"', page)
    number = cases.Case.objects.get().number
    assert number not in page
    assert number.encode() not in base64.urlsafe_b64decode(token), "nor behind a signature alone"
    assert "菜市场" not in page
    assert "13800001234" not in page
    assert client.get(f"/report/{CITY}/me-too", {"same": token}).status_code == 200
    said = {"same": token, "key": str(uuid4()), "phone": "13900005678"}
    second = code_in(client.post(f"/report/{CITY}/me-too", said))
    assert code_in(client.post(f"/report/{CITY}/me-too", said)) == second, "sent twice it is one voice"
    assert second != first
    case = cases.Case.objects.get()
    assert case.snapshot["flags"]["supporters"] == 1
    assert case.state == "reported"
    assert cases.CaseText.objects.filter(personal=True, field="reporter_phone").count() == 2
    page = told(client.get(f"/report/f/{second}"))
    assert number in page
    assert "菜市场" not in page
    assert verify().findings == []


def test_near_by_stands_what_is_open_and_no_more_than_the_public_sees(city: Cast, client: Client) -> None:
    code_in(send(client, words="秘密", phone="13800001234"))
    told_ = client.get(f"/report/{CITY}/where", SPOT).json()
    assert told_["jurisdiction"] == CITY
    [near] = told_["near"]
    assert set(near) == {"words", "lon", "lat"}
    assert "秘密" not in near["words"]
    setting(near=False)
    assert client.get(f"/report/{CITY}/where", SPOT).json()["near"] == []


@pytest.mark.parametrize("token", ["", "x", "eyJ9:1:2", "9901012026112300001"])
def test_a_forged_choice_leads_to_no_case(city: Cast, client: Client, token: str) -> None:
    assert client.post(f"/report/{CITY}/me-too", {"same": token, "key": str(uuid4())}).status_code == 404


# --- what became of it


def test_a_closed_report_tells_the_answer_and_is_rated_once(city: Cast, client: Client) -> None:
    code = code_in(send(client))
    assert "satisfaction" not in told(client.get(f"/report/f/{code}"))
    closed(city)
    page = told(client.get(f"/report/f/{code.lower().replace('-', ' ')}"))
    assert "垃圾已清运，谢谢您" in page
    assert "内部说明" not in page
    assert page.count('class="done') >= 6
    rating = {"satisfaction": "not", "words": "还有一半没清"}
    filled = client.post(f"/report/f/{code}/rate", rating | {"website": "https://spam.example"})
    assert filled.status_code == 422
    assert "有一个看不见的栏目被填写" in told(filled)
    answer = client.post(f"/report/f/{code}/rate", rating)
    assert answer["Location"].endswith("?rated=1")
    case = cases.Case.objects.get()
    assert case.snapshot["flags"]["satisfaction"] == "not"
    assert {task.kind for task in cases.Task.objects.filter(case=case, done_at=None)} == {"dissatisfied"}
    assert "还有一半没清" in cases.CaseText.objects.filter(field="opinion").latest("id").text
    again = client.post(f"/report/f/{code}/rate", {"satisfaction": "satisfied"})
    assert again.status_code == 409
    assert cases.Case.objects.get().snapshot["flags"]["satisfaction"] == "not"
    assert "satisfaction" not in re.sub(r"<h2.*", "", told(client.get(f"/report/f/{code}")))


def test_a_report_that_was_not_accepted_says_why_in_the_words_for_the_public(city: Cast, client: Client) -> None:
    code = code_in(send(client))
    worked_on(
        city, ("acceptor", "reject", {"reason": "outside_scope", "opinion": "内部", "reply": "属物业管理，请联系物业"})
    )
    page = told(client.get(f"/report/f/{code}"))
    assert "属物业管理，请联系物业" in page
    assert "内部" not in page


def test_whoever_was_merged_reads_how_the_common_case_goes_on(city: Cast, client: Client) -> None:
    code_in(send(client, words="一"))
    first = cases.Case.objects.get().number
    code = code_in(send(client, words="二"))
    other = cases.Case.objects.exclude(number=first).get()
    loop.perform(
        other.number, "merge", {"master": first}, actor=city.viewer("acceptor", timezone.now()), key=uuid4(), via="desk"
    )
    page = told(client.get(f"/report/f/{code}"))
    assert first in page
    assert "alarm" not in page


def test_when_it_is_due_is_told_only_if_the_city_says_so(city: Cast, client: Client) -> None:
    code = code_in(send(client))
    due = cases.Case.objects.get().due_at
    assert due is not None
    words = f"{due.astimezone(timezone.get_default_timezone()):%Y-%m-%d %H:%M}"
    assert words not in told(client.get(f"/report/f/{code}"))
    setting(due=True)
    assert words in told(client.get(f"/report/f/{code}"))


def test_the_code_holds_after_who_reported_was_erased(city: Cast, client: Client) -> None:
    code = code_in(send(client, phone="13800001234"))
    cases.CaseText.objects.filter(personal=True).update(text=None, salt=None, erased_at=timezone.now())
    assert client.get(f"/report/f/{code}").status_code == 200


def test_a_code_that_is_none_is_refused_with_words_and_trying_many_is_stopped(
    city: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = timezone.now()
    monkeypatch.setattr(door, "machine_now", lambda: at)
    client.cookies["django_language"] = "en"
    code = code_in(send(client))
    assert client.get("/report/f", {"code": "0O1l"}).status_code == 422
    assert client.get("/report/f", {"code": code.lower()})["Location"] == f"/report/f/{code}"
    answers = [client.get(f"/report/f/7K3M-9PQW-2XC{a}{b}") for a in "ABCDE" for b in "ABCDE"]
    assert answers[0].status_code == 404
    assert answers[-1].status_code == 429
    assert "Too many follow-up codes" in told(answers[-1]), "it is no report that there was too much of"
    assert client.get(f"/report/f/{code}").status_code == 200, "whoever shares the connection reads theirs"
    assert Client(REMOTE_ADDR="198.51.100.7").get(f"/report/f/{code}").status_code == 200


def test_looking_codes_up_is_no_report_and_has_a_limit_of_its_own(
    city: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = timezone.now()
    monkeypatch.setattr(door, "machine_now", lambda: at)
    code = code_in(send(client))
    reports = {bytes(row.key): row.count for row in models.Tally.objects.order_by("until")}
    monkeypatch.setattr(follow_up, "LOOKUPS", Limit("lookups", 3, HOUR))
    assert [client.get(f"/report/f/{code}").status_code for _ in range(4)] == [200, 200, 200, 429]
    now = {bytes(row.key): row.count for row in models.Tally.objects.order_by("until")}
    assert {key: now[key] for key in reports} == reports
    code_in(send(client))


# --- those who would rather do harm


def test_a_script_that_fills_every_field_is_refused(city: Cast, client: Client) -> None:
    answer = send(client, website="https://spam.example")
    assert answer.status_code == 422
    assert not cases.Case.objects.exists()


def test_a_foreign_page_sends_nothing_in_somebodys_name(city: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(f"/report/{CITY}", form()).status_code == 403
    page = told(strict.get(f"/report/{CITY}", {"class": HEAP, **SPOT}))
    [token] = set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[:1])
    assert "sessionid" not in strict.cookies, "nobody needs a session"
    code_in(strict.post(f"/report/{CITY}", form(csrfmiddlewaretoken=token)))


def test_what_is_typed_runs_nowhere(city: Cast, client: Client) -> None:
    evil = '"><script>alert(1)</script>'
    for page in (
        client.get(f"/report/{CITY}", {"q": evil}),
        client.get(f"/report/{CITY}", {"class": HEAP, "address": evil}),
        send(client, words=evil, address=evil, lon="10", lat="10"),
        client.get("/report/f", {"code": evil}),
    ):
        assert "<script>alert" not in told(page)
    code = code_in(send(client, words=evil, address=evil))
    assert "<script>alert" not in told(client.get(f"/report/f/{code}"))


@pytest.mark.parametrize("field", ["words", "address", "phone"])
def test_giant_texts_are_refused_and_stay_on_the_form(city: Cast, client: Client, field: str) -> None:
    answer = send(client, **{field: "长" * 5000})
    assert answer.status_code == 422
    assert not cases.Case.objects.exists()


@pytest.mark.parametrize(
    "broken",
    [
        {"key": "no"},
        {"key": ""},
        {"class": "gb47678_2026/part/01001"},
        {"class": "x"},
        {"words": "a\x00b"},
        {"lon": "120.005", "lat": ""},
    ],
)
def test_a_form_that_no_page_of_ours_sends_makes_no_case(city: Cast, client: Client, broken: dict[str, str]) -> None:
    answer = send(client, **broken)
    assert 400 <= answer.status_code < 500
    assert not cases.Case.objects.exists()


def test_many_reports_cost_a_proof_of_work_each_and_very_many_are_refused(city: Cast, client: Client) -> None:
    asked = Asked("127.0.0.1", CITY, datetime.now(UTC))
    for _ in range(4):
        code_in(send(client))
    answer = send(client)
    assert answer.status_code == 422
    assert "<small-sum" in told(answer)
    assert "data-sends" in told(answer)
    code_in(send(client, altcha=solved(asked)))
    for _ in range(12):
        last = send(client, altcha=solved(asked))
    assert last.status_code == 429
    assert last["Retry-After"] == "3600"
    assert cases.Case.objects.count() <= 12
    other = Client(REMOTE_ADDR="198.51.100.7")
    assert send(other).status_code in {302, 422}, "another sender is let in, with a proof of work at most"


def test_an_attack_from_many_addresses_makes_everybody_do_a_small_sum(
    city: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = timezone.now()  # else a slow machine spreads the flood over minutes
    monkeypatch.setattr(door, "machine_now", lambda: at)
    for number in range(17):
        send(Client(REMOTE_ADDR=f"198.51.100.{number}"))
    answer = send(Client(REMOTE_ADDR="203.0.113.9"))
    assert answer.status_code == 422
    assert "<small-sum" in told(answer)
    page = Client(REMOTE_ADDR="203.0.113.10").get(f"/report/{CITY}", {"class": HEAP, **SPOT})
    assert "<small-sum" in told(page), "it begins while somebody types"


def test_a_proof_is_taken_once_for_its_city_while_it_holds(city: Cast, client: Client) -> None:
    setting(proof="always")
    now = datetime.now(UTC)
    here = Asked("127.0.0.1", CITY, now)
    proof = solved(here)
    code_in(send(client, altcha=proof))
    assert send(client, altcha=proof).status_code == 422, "replayed"
    assert send(client, altcha=solved(Asked("127.0.0.1", OTHER_CITY, now))).status_code == 422, "another city's"
    assert send(client, altcha=solved(Asked("127.0.0.1", CITY, now - timedelta(hours=1)))).status_code == 422, "too old"
    own = create_challenge(
        ChallengeOptions(hmac_key="mine", max_number=10, expires=now + timedelta(hours=1), params={"city": CITY})
    )
    found = solve_challenge(own.challenge, own.salt, own.algorithm, 10, 0)
    assert found is not None
    forged = {**own.to_dict(), "number": found.number}
    assert send(client, altcha=base64.b64encode(json.dumps(forged).encode()).decode()).status_code == 422, "forged"
    for nonsense in (
        "x",
        "e30=",
        base64.b64encode(b"[1]").decode(),
        base64.b64encode(b'{"salt": 5}').decode(),
        "A" * 9999,
    ):
        assert send(client, altcha=nonsense).status_code == 422
    assert cases.Case.objects.count() == 1


def test_a_page_that_is_off_is_not_there_and_codes_go_on(city: Cast, client: Client) -> None:
    code = code_in(send(client))
    setting(page=False)
    assert client.get(f"/report/{CITY}").status_code == 404
    assert send(client).status_code == 404
    assert client.post(f"/report/{CITY}/photos", {"photo": picture()}).status_code == 404
    assert client.get(f"/report/f/{code}").status_code == 200
    organisation.Jurisdiction.objects.filter(code=OTHER_CITY).update(settings={"intake.public_page": False})


def test_a_city_says_it_in_its_own_words(city: Cast, client: Client) -> None:
    setting(title="随手拍", words="拍一张就行", thanks="我们马上看", hotline="12319", classes=[HEAP])
    page = told(client.get(f"/report/{CITY}"))
    assert "随手拍" in page
    assert "拍一张就行" in page
    assert "tel:12319" in page
    code = code_in(send(client))
    assert "我们马上看" in told(client.get(f"/report/f/{code}?new=1"))


def test_what_was_counted_goes_when_its_time_is_over(city: Cast, client: Client) -> None:
    send(client)
    assert models.Tally.objects.exists()
    assert not any(b"127.0.0.1" in bytes(row.key) for row in models.Tally.objects.order_by("until"))
    defence.sweep(datetime.now(UTC) + timedelta(days=3))
    assert not models.Tally.objects.exists()


def test_no_page_is_listed_or_cached(city: Cast, client: Client) -> None:
    answer = client.get(f"/report/f/{code_in(send(client))}")
    assert "noindex" in answer["X-Robots-Tag"]
    assert "no-store" in answer["Cache-Control"]
