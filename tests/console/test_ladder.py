"""Writing a campaign's own ladder, step by step, and seeing it before it is approved."""

import pytest
from django.urls import reverse

from campaigns import ladder
from campaigns.ladder import Way
from campaigns.models import Campaign
from console.forms.ladder import Row, changed
from core.officers import Role
from tests import make
from tests.console.desk import at_the_desk, submitted_campaign
from tests.console.test_campaigns import WRITTEN

pytestmark = pytest.mark.django_db
OWN = {
    "own_ladder": "on",
    "step_way": ["other-sender", "voice", "contact", "officer"],
    "step_minutes": ["20", "30", "15", "0"],
}


def test_an_author_lists_the_steps_and_the_draft_keeps_them() -> None:
    client = at_the_desk(Role.AUTHOR)
    page = client.post(reverse("console:campaign-new"), WRITTEN | OWN, follow=True).content.decode()
    campaign = Campaign.objects.get()
    assert ladder.own(campaign) == ladder.parse("other 20, call 30, contact 15, list 0")
    assert "the same text from another of our numbers, if there is one" in page
    assert "a text to the emergency contact" in page
    form = client.get(reverse("console:campaign-edit", args=[campaign.pk])).content.decode()
    assert '<option value="contact" selected>' in form


def test_the_usual_steps_are_kept_nowhere_before_the_approval() -> None:
    at_the_desk(Role.AUTHOR).post(reverse("console:campaign-new"), WRITTEN | OWN | {"own_ladder": ""})
    assert Campaign.objects.get().ladder == []


@pytest.mark.parametrize(
    "change",
    [
        {"step_minutes": ["20", "30", "15", "soon"]},
        {"step_minutes": ["2", "30", "15", "0"]},
        {"step_way": ["voice", "voice", "officer", "voice"]},
        {"step_way": ["contact", "voice", "voice", "officer"]},
        {"step_way": ["shout", "voice", "voice", "officer"]},
    ],
)
def test_steps_that_cannot_be_used_are_named_with_the_rule(change: dict[str, list[str]]) -> None:
    page = at_the_desk(Role.AUTHOR).post(reverse("console:campaign-new"), WRITTEN | OWN | change)
    assert page.status_code == 422
    assert "At most three reminders" in page.content.decode().split('id="id_own_ladder_error"')[1]
    assert not Campaign.objects.exists()


def test_what_asks_for_no_answer_has_no_steps_and_the_author_is_told_so() -> None:
    page = at_the_desk(Role.AUTHOR).post(reverse("console:campaign-new"), WRITTEN | OWN | {"kind": "alert"})
    assert page.status_code == 422
    assert "ask for a sign that they have read it" in page.content.decode()
    assert not Campaign.objects.exists()


def test_an_alert_that_is_to_be_read_may_call_people() -> None:
    at_the_desk(Role.AUTHOR).post(reverse("console:campaign-new"), WRITTEN | OWN | {"kind": "read"})
    assert ladder.first_call(ladder.of(Campaign.objects.get())) == 3


def test_the_approver_reads_the_steps_on_the_page_that_approves(now: None) -> None:
    make.traveller()
    campaign = submitted_campaign(make.officer(Role.AUTHOR))
    Campaign.objects.update(ladder=list(ladder.parse("other 20, list 5").as_json()))
    page = at_the_desk(Role.APPROVER).get(reverse("console:campaign-approve", args=[campaign.pk]))
    assert "the same text from another of our numbers" in page.content.decode()


def test_a_button_answers_with_the_whole_list_and_the_focus_on_what_moved() -> None:
    page = at_the_desk(Role.AUTHOR).post(reverse("console:ladder-rows"), OWN | {"change": "down-0"})
    shown = page.content.decode()
    ways = [line.split('"')[1] for line in shown.split("<option ")[1:] if "selected" in line.split(">")[0]]
    assert ways == ["voice", "other-sender", "contact", "officer"]
    assert shown.count("autofocus") == 1


@pytest.mark.parametrize(
    ("change", "ways"),
    [
        ("down-0", ["voice", "other-sender", "contact", "officer"]),
        ("away-1", ["other-sender", "contact", "officer"]),
        ("add", ["other-sender", "voice", "contact", "voice", "officer"]),
    ],
)
def test_without_javascript_a_button_brings_the_form_back_as_it_was_typed(
    change: str, ways: list[str]
) -> None:
    client = at_the_desk(Role.AUTHOR)
    page = client.post(reverse("console:campaign-new"), WRITTEN | OWN | {"change": change, "title": ""})
    shown = page.content.decode()
    assert page.status_code == 200, "nothing is looked over yet"
    assert not Campaign.objects.exists()
    steps = shown.split('id="rungs"')[1].split("</ol>")[0]
    assert [
        one.split('"')[1] for one in steps.split("<option ")[1:] if "selected" in one.split(">")[0]
    ] == ways
    assert "Needs your attention" not in shown
    assert str(WRITTEN["text_en"]) in shown
    around = next(part for part in shown.split("<details") if 'id="ladder-rows"' in part)
    assert around.startswith(' class="wording" open')


def test_without_javascript_the_steps_of_a_draft_are_changed_and_kept(now: None) -> None:
    client = at_the_desk(Role.AUTHOR)
    client.post(reverse("console:campaign-new"), WRITTEN | OWN)
    edit = reverse("console:campaign-edit", args=[Campaign.objects.get().pk])
    client.post(edit, WRITTEN | OWN | {"change": "away-1"})
    assert len(ladder.of(Campaign.objects.get()).rungs) == 5, "nothing is kept by moving a step"
    steps = {"step_way": ["other-sender", "officer"], "step_minutes": ["20", "0"]}
    client.post(edit, WRITTEN | OWN | steps)
    assert len(ladder.of(Campaign.objects.get()).rungs) == 3


def test_writing_the_texts_leaves_the_steps_as_they_were_typed() -> None:
    page = at_the_desk(Role.AUTHOR).post(
        reverse("console:campaign-new"), WRITTEN | OWN | {"fill": "1", "template": "flood"}
    )
    steps = page.content.decode().split('id="rungs"')[1].split("</ol>")[0]
    assert steps.count('<option value="other-sender" selected') == 1


def test_enter_keeps_the_draft_and_presses_no_button_on_the_way() -> None:
    form = at_the_desk(Role.AUTHOR).get(reverse("console:campaign-new")).content.decode()
    first = form.split('<form method="post" novalidate>')[1].split("<button")[1]
    assert "name=" not in first.split(">")[0]


ROWS = [Row(Way.TEXT.value, "10"), Row(Way.CALL.value, "20"), Row(Way.LIST.value, "30")]


@pytest.mark.parametrize(
    ("what", "minutes", "place"),
    [
        ("up-1", ["20", "10", "30"], 0),
        ("up-0", ["10", "20", "30"], 0),
        ("down-1", ["10", "30", "20"], 2),
        ("down-2", ["10", "20", "30"], 2),
        ("away-1", ["10", "30"], 1),
        ("away-9", ["10", "20", "30"], 9),
        ("add", ["10", "20", "30", "30"], 2),
        ("nonsense", ["10", "20", "30"], 0),
    ],
)
def test_each_change_of_the_list(what: str, minutes: list[str], place: int) -> None:
    rows, focus = changed(ROWS, what)
    assert ([row.minutes for row in rows], focus) == (minutes, place)


def test_no_more_rows_than_a_sound_ladder_can_have() -> None:
    rows: list[Row] = []
    for _ in range(9):
        rows = list(changed(rows, "add")[0])
    assert len(rows) == 5
