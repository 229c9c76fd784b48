"""The crisis unit's addresses."""

from django.urls import path

from console.views import board, campaigns, cases, desk, inbox, officers, session, steps

app_name = "console"
urlpatterns = [
    path("", desk.now, name="now"),
    path("chips/", desk.chips, name="now-chips"),
    path("login/", session.Enter.as_view(), name="login"),
    path("logout/", session.Leave.as_view(), name="logout"),
    path("password/", session.Password.as_view(), name="password"),
    path("language/", desk.language, name="language"),
    path("settings/", desk.my_settings, name="settings"),
    path("figures/", desk.figures, name="figures"),
    path("segments/", desk.count_segments, name="segments"),
    path("campaigns/", campaigns.index, name="campaigns"),
    path("campaigns/new/", campaigns.new, name="campaign-new"),
    path("campaigns/<int:pk>/", campaigns.show, name="campaign"),
    path("campaigns/<int:pk>/edit/", campaigns.edit, name="campaign-edit"),
    path("campaigns/<int:pk>/submit/", steps.submit, name="campaign-submit"),
    path("campaigns/<int:pk>/approve/", steps.approve, name="campaign-approve"),
    path("campaigns/<int:pk>/send-back/", steps.send_back, name="campaign-send-back"),
    path("campaigns/<int:pk>/launch/", steps.send, name="campaign-launch"),
    path("campaigns/<int:pk>/pause/", steps.pause, name="campaign-pause"),
    path("campaigns/<int:pk>/resume/", steps.resume, name="campaign-resume"),
    path("campaigns/<int:pk>/stop/", steps.stop, name="campaign-stop"),
    path("campaigns/<int:pk>/correct/", steps.correct, name="campaign-correct"),
    path("campaigns/<int:pk>/board/", board.show, name="board"),
    path("campaigns/<int:pk>/board/panels/", board.panels, name="board-panels"),
    path("campaigns/<int:pk>/people/", board.rows, name="board-people"),
    path("cases/", cases.index, name="cases"),
    path("cases/<int:pk>/", cases.show, name="case"),
    path("cases/<int:pk>/look/", cases.look, name="case-look"),
    path("cases/<int:pk>/claim/", cases.claim, name="case-claim"),
    path("cases/<int:pk>/release/", cases.release, name="case-release"),
    path("cases/<int:pk>/close/", cases.close, name="case-close"),
    path("cases/<int:pk>/reply/", cases.reply, name="case-reply"),
    path("inbox/", inbox.index, name="inbox"),
    path("inbox/<int:pk>/read/", inbox.read, name="inbox-read"),
    path("inbox/<int:pk>/unread/", inbox.unread, name="inbox-unread"),
    path("inbox/<int:pk>/reply/", inbox.reply, name="inbox-reply"),
    path("officers/", officers.index, name="officers"),
    path("officers/new/", officers.new, name="officer-new"),
    path("officers/<int:pk>/password/", officers.renew, name="officer-renew"),
    path("officers/<int:pk>/off/", officers.switch_off, name="officer-off"),
    path("officers/<int:pk>/on/", officers.switch_on, name="officer-on"),
]
