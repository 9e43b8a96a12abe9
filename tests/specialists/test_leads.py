"""Leads order telephone calls; they make no grade, and the user's own list is read strictly."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from deserts.errors import InputError
from deserts.specialists.leads import gather_leads, payment_leads, read_leads
from deserts.tables import validate
from tests.specialists.builders import npi

_COLUMNS = ("npi", "ccn", "name", "city", "state", "zip", "specialty", "maker", "amount_usd", "paid_on", "nature",
            "disputed", "products")  # fmt: skip


def payment(who: str = "", **changes: object) -> dict[str, object]:
    plain = {
        "npi": who, "ccn": "", "name": "A B", "city": "X", "state": "ME", "zip": "04401", "specialty": "", "maker": "M",
        "amount_usd": 10.0, "paid_on": "2024-03-01", "nature": "Food", "disputed": False, "products": "SynchroMed",
    }  # fmt: skip
    return {**plain, **changes}


def payments(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(_COLUMNS))


def test_payments_are_one_row_a_recipient_without_disputed_ones_and_other_states() -> None:
    made = payment_leads(
        payments(
            payment(npi(1), paid_on="2023-05-01", amount_usd=20.0, products="Gablofen; SynchroMed"),
            payment(npi(1), paid_on="2024-09-02", name="A C", nature="Education"),
            payment(npi(2), disputed=True),
            payment(npi(3), state="CA"),
            payment(ccn="200033", name="Eastern", amount_usd=-5.0),
        ),
        ("ME", "NH"),
    )
    validate("leads", made)
    assert made["lead_id"].tolist() == sorted([npi(1), "H200033"])
    one = made.set_index("lead_id").loc[npi(1)]
    assert (one["payments"], one["amount_usd"], one["first_on"], one["last_on"]) == (
        2,
        30.0,
        "2023-05-01",
        "2024-09-02",
    )
    assert (one["products"], one["natures"], one["name"]) == ("Gablofen; SynchroMed", "Education; Food", "A C")
    assert made.set_index("lead_id").loc["H200033", "amount_usd"] == 0.0
    assert payment_leads(payments(payment(npi(3), state="CA")), ("ME",)).empty


def test_the_order_of_rows_changes_nothing() -> None:
    rows = [payment(npi(n % 3 + 1), paid_on=f"2024-0{n + 1}-01", amount_usd=float(n)) for n in range(8)]
    pd.testing.assert_frame_equal(
        payment_leads(payments(*rows), ("ME",)), payment_leads(payments(*rows[::-1]), ("ME",))
    )


def test_own_leads_need_an_npi_or_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    assert read_leads(path).empty
    path.write_text(f"name,source,npi,zip,url\nA,a page,{npi(1)},,https://x.org\nB,a directory,,04401,\n")
    own = read_leads(path)
    assert own["lead_id"].tolist() == [npi(1), "row 3"]
    assert own["hint"].tolist() == ["(https://x.org)", ""]
    path.write_text("name,source,npi,zip\nA,a page,1234567890,\n")
    with pytest.raises(InputError, match="no valid NPI at row 2"):
        read_leads(path)
    path.write_text("name,source,npi,zip\nA,a page,,441\n")
    with pytest.raises(InputError, match="neither an NPI nor a five-digit ZIP at row 2"):
        read_leads(path)


def test_both_sources_of_one_lead_stand_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text(f"name,source,npi,what\nA B,a programme's page,{npi(1)},spasticity clinic\n")
    both = gather_leads(payment_leads(payments(payment(npi(1))), ("ME",)), read_leads(path))
    assert both["source"].tolist() == ["Open Payments", "a programme's page"]
    assert both["hint"].tolist() == ["payments: 1, 10 USD in all for SynchroMed (Food), by M", "spasticity clinic"]
