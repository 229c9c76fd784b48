"""What a campaign would cost, said to an officer, by the operator's price table."""

from collections.abc import Iterator
from decimal import Decimal

from babel.numbers import format_currency
from django.utils.translation import get_language, pgettext

from campaigns import costs, prices
from campaigns.models import Campaign
from campaigns.preview import Preview
from console import names
from console.figures import spaced


def shown(campaign: Campaign, preview: Preview) -> dict[str, object]:
    """What the page of a campaign shows beside its time: the ladder at most, and the costs where known."""
    table = prices.table()
    context: dict[str, object] = {
        "ahead": costs.ahead(campaign, preview),
        "minutes": costs.CALL_MINUTES,
        "cost": None,
    }
    if table is None:
        return context
    reckoned = costs.costs(campaign, table, preview)
    tag = get_language() or "en"

    def money(amount: Decimal) -> str:
        return format_currency(amount, reckoned.currency, locale=tag.replace("-", "_"))

    rows = [
        (names.country(row.country, tag), money(row.first), money(row.most)) for row in reckoned.countries
    ]
    return context | {
        "cost": reckoned,
        "cost_lines": ", ".join(str(bad.line) for bad in reckoned.bad),
        "cost_rows": rows,
        "cost_first": money(reckoned.first) if reckoned.countries else "",
        "cost_most": money(reckoned.most) if reckoned.countries else "",
        "unpriced": ", ".join(_unpriced(reckoned, tag)),
    }


def _unpriced(reckoned: costs.Costs, tag: str) -> Iterator[str]:
    """Each country without a price with how many people have phones there; satellite phones are of none."""
    for code, people in sorted(reckoned.unpriced.items()):
        country = names.country(code, tag) if code else pgettext("console", "not known")
        yield f"{country} ({spaced(people)})"
