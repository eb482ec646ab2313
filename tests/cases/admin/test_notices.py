from cases.admin.conftest import Cities, Console, url
from cast import CITY, NOW
from cityloop.notices.actions import Party, tell
from cityloop.notices.models import Notice


def test_a_notice_is_told_by_the_name_of_its_action(cities: Cities, console: Console) -> None:
    tell(CITY, "dispatch", cities.ours, [Party("dept_clerk", None, None)], at=NOW)
    desk = console("sysadmin")
    desk.cookies["django_language"] = "zh-hans"
    notice = Notice.objects.get(kind="dispatch", subject=cities.ours, department_id=None)
    for page in (url(Notice, "changelist"), url(Notice, "change", notice.pk)):
        text = desk.get(page).content.decode()
        assert "派遣" in text
        assert ">dispatch<" not in text
