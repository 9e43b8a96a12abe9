"""Open Payments (CMS), general payments: whom the makers of pumps and their drugs were in touch with.

Most payments are meals. One is no evidence that somebody refills pumps: it is a reason to ask by telephone, and never
more. Status: column names by the publisher's dictionary of 2024; no public row with a pump's name was at hand, so that
the distinct names that fitted are noted with what was read. Yearly files of several GB, five products a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from deserts.sandbox import reader
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import Field, Keep, Layout, read_rows
from deserts.sources.readers.npi import npis_are_valid
from deserts.sources.readers.parsed import Parsed

__all__ = ["OPEN_PAYMENTS", "read_open_payments"]

_SLOTS: Final = tuple(range(1, 6))
_PRODUCTS: Final = tuple(f"product_{slot}" for slot in _SLOTS)

OPEN_PAYMENTS = Layout(
    "Open Payments, general payments",
    (
        Field("npi", ("Covered_Recipient_NPI",), required=True),
        Field("recipient_type", ("Covered_Recipient_Type",)),
        Field("ccn", ("Teaching_Hospital_CCN",)),
        Field("hospital", ("Teaching_Hospital_Name",)),
        Field("first_name", ("Covered_Recipient_First_Name",)),
        Field("last_name", ("Covered_Recipient_Last_Name",)),
        Field("city", ("Recipient_City",)),
        Field("state", ("Recipient_State",), required=True),
        Field("zip", ("Recipient_Zip_Code",)),
        Field("specialty", ("Covered_Recipient_Specialty_1",)),
        Field("maker", ("Applicable_Manufacturer_or_Applicable_GPO_Making_Payment_Name",)),
        Field("amount_usd", ("Total_Amount_of_Payment_USDollars",), required=True),
        Field("paid_on", ("Date_of_Payment",), required=True),
        Field("nature", ("Nature_of_Payment_or_Transfer_of_Value",)),
        Field("disputed", ("Dispute_Status_for_Publication",)),
        *(
            Field(product, (f"Name_of_Drug_or_Biological_or_Device_or_Medical_Supply_{slot}",), required=slot == 1)
            for slot, product in zip(_SLOTS, _PRODUCTS, strict=True)
        ),
    ),
)


@reader("payments of makers")
def read_open_payments(path: Path, *, products: Sequence[str]) -> Parsed:
    """Read the payments in whose five product names one of some words stands, streamed.

    Parameters
    ----------
    path
        CSV of a year, or the zip around it.
    products
        Words, found anywhere in a name and in any case.

    Returns
    -------
    Parsed
        ``npi`` (empty for a teaching hospital), ``ccn, name, city, state, zip, specialty, maker, amount_usd, paid_on
        (YYYY-MM-DD), nature, disputed, products`` (those that fit, joined by '; '). Its notes list every distinct name
        that fitted, so that the words can be mended.
    """
    raw = read_rows(path, OPEN_PAYMENTS, keep=Keep(holding=dict.fromkeys(_PRODUCTS, products)))
    frame = raw.frame.apply(repair.tidy).astype("str")
    frame["npi"] = repair.code(frame["npi"])
    frame["ccn"] = repair.ccn(frame["ccn"])
    frame["zip"] = repair.zip5(frame["zip"])
    frame["state"] = frame["state"].str.upper()
    frame["paid_on"] = repair.day(frame["paid_on"])
    frame["disputed"] = repair.flag(frame["disputed"])
    frame["amount_usd"], damaged = repair.number(frame["amount_usd"])
    person = (frame["first_name"] + " " + frame["last_name"]).str.strip()
    frame["name"] = person.where(person != "", frame["hospital"])
    frame["products"] = _fitting(frame, products)
    valid = npis_are_valid(frame["npi"])
    bad = {
        "neither a valid NPI nor a teaching hospital's number": ~valid & (frame["ccn"] == ""),
        "the day of payment is not valid": frame["paid_on"] == "",
        "amount_usd is not a number": damaged,
    }
    frame["npi"] = frame["npi"].where(valid, "")
    columns = ["npi", "ccn", "name", "city", "state", "zip", "specialty", "maker", "amount_usd", "paid_on", "nature",
               "disputed", "products"]  # fmt: skip
    parsed = raw.settle(frame[columns], bad)
    names = sorted({name for joined in parsed.frame["products"] for name in joined.split("; ") if name})
    note = f"names of products that fitted: {', '.join(names) or 'none'}"
    return Parsed(parsed.frame, parsed.rejected, (*parsed.notes, note))


def _fitting(frame: pd.DataFrame, products: Sequence[str]) -> np.ndarray:
    words = [word.upper() for word in products]
    rows = frame[list(_PRODUCTS)].to_numpy(dtype=object)
    return np.array(
        ["; ".join(dict.fromkeys(name for name in row if any(word in name.upper() for word in words))) for row in rows],
        dtype=object,
    )
