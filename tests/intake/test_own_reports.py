"""``/report/mine``: what a citizen with an account reported, theirs alone."""

import re
from typing import Any
from uuid import uuid4

from django.test import Client

from cast import CITY, Cast, make_person
from cityloop.cases import actions as loop
from cityloop.cases import models as cases
from cityloop.cases.queries.verifying import verify
from cityloop.organisation import models as organisation
from cityloop.organisation.rules.staffing import Sight
from intake.street import closed, code_in, send, told


def test_a_citizen_with_an_account_is_led_to_their_reports_and_reads_and_rates_them(
    city: Cast, client: Client, django_assert_max_num_queries: Any
) -> None:
    client.force_login(organisation.User.objects.get(pk=city["citizen"]))
    client.cookies["django_language"] = "en"
    assert [client.get(path)["Location"] for path in ("/", "/desk", "/desk/report")] == [
        "/report/mine",
        "/report/mine",
        "/report",
    ]
    assert "You have reported nothing yet." in told(client.get("/report/mine"))
    code_in(send(client, words="菜市场门口堆了垃圾", phone="13800001234"))
    number = cases.Case.objects.get().number
    open_one = told(client.get("/report/mine"))
    assert f'href="/report/mine/{number}"' in open_one
    assert "Collection" in open_one
    closed(city, number)
    with django_assert_max_num_queries(8):
        done = told(client.get("/report/mine"))
    assert "垃圾已清运" in done
    assert "Are you satisfied? Rate it" in done
    page = told(client.get(f"/report/mine/{number}"))
    assert "垃圾已清运" in page
    assert "内部说明" not in page
    assert client.post(f"/report/mine/{number}/rate", {"satisfaction": "great"}).status_code == 422
    answer = client.post(f"/report/mine/{number}/rate", {"satisfaction": "satisfied", "words": "很快"})
    assert answer["Location"] == f"/report/mine/{number}?rated=1"
    rated = cases.CaseEvent.objects.get(action="rate")
    assert (rated.person, rated.post) == (city["citizen"], "citizen")
    assert "You rated it: Satisfied" in told(client.get("/report/mine"))
    assert client.post(f"/report/mine/{number}/rate", {"satisfaction": "not"}).status_code == 409, "once"
    assert verify().findings == []


def test_ones_own_reports_are_nobody_elses(city: Cast, client: Client) -> None:
    client.force_login(organisation.User.objects.get(pk=city["citizen"]))
    code_in(send(client, words="秘密"))
    number = cases.Case.objects.get().number
    neighbour = make_person("neighbour", "citizen")
    for who, status in ((neighbour, 200), (city["acceptor"], 302)):
        client.force_login(organisation.User.objects.get(pk=who))
        answer = client.get("/report/mine")
        assert answer.status_code == status
        assert number not in told(answer)
        assert client.get(f"/report/mine/{number}").status_code == 404, "the staff has the case's own page"
        assert client.post(f"/report/mine/{number}/rate", {"satisfaction": "not"}).status_code == 404
    client.logout()
    assert client.get("/report/mine")["Location"].startswith("/sign-in")
    assert client.get(f"/report/mine/{number}").status_code == 302


def test_a_report_that_was_merged_says_how_the_common_case_goes_on_and_no_word_of_its_reporter(
    city: Cast, client: Client
) -> None:
    code_in(send(client, words="别人的话", phone="13800001234"))
    master = cases.Case.objects.get().number
    client.force_login(organisation.User.objects.get(pk=city["citizen"]))
    code_in(send(client, words="我的话"))
    mine = cases.Case.objects.get(reporter_user=city["citizen"]).number
    loop.perform(mine, "merge", {"master": master}, actor=city.viewer("acceptor"), key=uuid4(), via="api")
    closed(city, master)
    for page in (told(client.get("/report/mine")), told(client.get(f"/report/mine/{mine}"))):
        assert "垃圾已清运" in page
        assert "别人的话" not in page
    assert client.post(f"/report/mine/{mine}/rate", {"satisfaction": "satisfied"}).status_code == 302
    assert cases.Case.objects.get(number=master).snapshot["flags"]["satisfaction"] == "satisfied"


def test_no_room_on_a_citizens_rail_is_closed_to_them(city: Cast, client: Client) -> None:
    """Search stood there and answered 403."""
    client.force_login(organisation.User.objects.get(pk=city["citizen"]))
    rail = re.findall(
        r'<a href="([^"]+)"', told(client.get("/desk/notices")).split('class="rail"')[1].split("</nav>")[0]
    )
    assert "/report/mine" in rail
    assert "/report" in rail
    assert "/desk/search" not in rail
    for path in rail:
        assert client.get(path, follow=True).status_code == 200, path


def test_somebody_in_a_post_of_the_city_s_own_that_its_table_does_not_know_is_not_sent_to_and_fro(
    city: Cast, client: Client
) -> None:
    organisation.Post.objects.create(jurisdiction=CITY, code="volunteer", name="志愿者", sight=Sight.OWN)
    client.force_login(organisation.User.objects.get(pk=make_person("volunteer", "volunteer")))
    assert client.get("/desk")["Location"] == "/report/mine"
    assert client.get("/report/mine").status_code == 200
    assert client.get("/").status_code in {200, 302}
