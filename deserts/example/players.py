"""The clinicians with a part to play: every rung of the ladder and every trap, by hand (see docs/example.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from deserts.example.cast import NPI_FLOOR, YEARS, Address, Bill, Clinician, npi_number
from deserts.example.land import Land
from deserts.example.postal import HOSPITAL_ZIP, LOST_ZEROS_ZIP, PO_BOX_ZIP, UNKNOWN_ZIP, Zip, zips_of_town
from deserts.example.towns import Town

__all__ = ["CHILDRENS_CCN", "UNIVERSITY_CCN", "Gazette", "build_players"]

UNIVERSITY_CCN = "970001"
CHILDRENS_CCN = "973301"

_PMR, _NEURO, _NSURG, _PAIN = "208100000X", "2084N0400X", "207T00000X", "208VP0014X"
_CHILD_PMR, _CHILD_NEURO, _NP, _PA = "2081P0010X", "2084N0402X", "363L00000X", "363A00000X"

_PRACTICES = {
    # key: practice name, group id, town key, street, second line, ZIP of its own
    "institute": ("Port Haven Rehabilitation Institute", "9700000001", "capital", "1200 Harbor Drive", "", ""),
    "harbor": ('Harbor Spine & Pain </script><script>alert("x")</script>', "9700000002", "capital", "88 Wharf Street",
               "Suite 4", ""),
    "university": ("Exampland University Neurosurgery", "9700000003", "capital", "1 Hospital Plaza", "", HOSPITAL_ZIP),
    "neurology": ("Port Haven Neurology Associates", "9700000004", "capital", "310 Mast Street", "", ""),
    "childrens": ("Exampland Children's Hospital", "9700000005", "capital", "20 Kite Hill Road", "", ""),
    "millbrook": ("Millbrook Physical Medicine", "9700000006", "second", "45 Mill Lane", "", ""),
    "port_clinic": ("Ferrymouth Outreach Clinic", "9700000006", "ferry_port", "3 Quay Street", "", ""),
    "south_clinic": ("Southport Outreach Clinic", "9700000006", "south", "19 Strand Road", "", ""),
    "infusion": ("Westbury Infusion Clinic LLC", "9700000007", "west", "700 Turnpike Road", "", ""),
    "pump_center": ("Southport Pump Center Inc", "9700000008", "south", "64 Anchor Avenue", "", ""),
    "skerry": ("Skerry Harbour Health Center", "9700000009", "own_clinic", "2 Lighthouse Lane", "", ""),
    "crossing": ("Crossing Neuro-Rehabilitation", "9800000001", "crossing", "1500 State Line Road", "", ""),
    "border": ("Borderlea Pain Partners", "9800000002", "border_north", "7 Pass Street", "", LOST_ZEROS_ZIP),
    "north": ("", "", "north", "11 Ridge Street", "", ""),
    "retreat": ("", "", "bridge_west", "5 Orchard Way", "", ""),
    "old_office": ("", "", "capital", "77 Lantern Street", "", ""),
    "nowhere": ("", "", "capital", "9 Vanished Court", "", UNKNOWN_ZIP),
    "po_box": ("", "", "capital", "PO BOX 4471", "", PO_BOX_ZIP),
}  # fmt: skip


@dataclass
class Gazette:
    """Towns and ZIPs, and a counter that numbers the clinicians and the telephones."""

    land: Land
    towns: tuple[Town, ...]
    zips: tuple[Zip, ...]
    serial: int = field(default=NPI_FLOOR)
    phones: int = field(default=0)

    def next_npi(self) -> str:
        """Return an unused identifier."""
        self.serial += 37
        return npi_number(self.serial)

    def address(self, town: int, *, street: str, street2: str = "", practice: str = "", group_id: str = "",
                zip_code: str = "") -> Address:  # fmt: skip
        """Return an address in a town, with a telephone number out of 555-0100 to 555-0199."""
        place = self.towns[town]
        state = self.land.counties[place.county].state
        self.phones += 1
        area = "869" if state == "XA" else "868"
        return Address(
            practice, group_id, street, street2, town, place.name, state,
            zip_code or zips_of_town(self.zips, town)[0].code, f"{area}55501{self.phones % 100:02d}",
        )  # fmt: skip

    def practice(self, key: str) -> Address:
        """Return the address of a practice with a part to play."""
        name, group_id, town_key, street, street2, zip_code = _PRACTICES[key]
        town = next(index for index, town in enumerate(self.towns) if town.key == town_key)
        return self.address(town, street=street, street2=street2, practice=name, group_id=group_id, zip_code=zip_code)


def _bills(code: str, place: str, people: Sequence[int], *, per_person: float = 4.0) -> list[Bill]:
    """Return one row a year; 0 people means no row."""
    return [
        Bill(year, code, place, count, round(count * per_person))
        for year, count in zip(YEARS, people, strict=True)
        if count
    ]


def build_players(gazette: Gazette) -> tuple[Clinician, ...]:
    """Return the clinicians with a part to play, in a fixed order."""
    site = {key: gazette.practice(key) for key in _PRACTICES}

    def person(
        role: str, name: str, credentials: str, specialty: str, taxonomies: Iterable[str], sites: str,
        *bills: list[Bill], entity: str = "I", **facts: object,
    ) -> Clinician:  # fmt: skip
        last, _, first = name.partition(", ")
        return Clinician(
            role, gazette.next_npi(), entity, last, first, "", credentials, specialty, tuple(taxonomies),
            tuple(site[key] for key in sites.split()), tuple(bill for rows in bills for bill in rows),
            **facts,  # type: ignore[arg-type]
        )  # fmt: skip

    pmr, neuro, nsurg = "Physical Medicine and Rehabilitation", "Neurology", "Neurosurgery"
    pain, nurse, assistant = "Interventional Pain Management", "Nurse Practitioner", "Physician Assistant"
    return (
        # the capital: baclofen proven, refills, pain pumps, analysis only, implants only
        person("baclofen", "Ünïcode-Ørsted, Zoë", "M.D.", pmr, [_PMR], "institute",
               _bills("J0475", "O", (31, 33, 36), per_person=24), _bills("62370", "O", (40, 42, 47)),
               _bills("64642", "O", (52, 55, 51), per_person=2), hospitals=(UNIVERSITY_CCN,), graduated="1998"),
        person("refills", "O'Brien, Bud \"Ace\"", "D.O.", pmr, [_PMR, "2081P0004X"], "institute",
               _bills("62370", "O", (22, 25, 24)), _bills("62368", "O", (14, 12, 15)), telehealth=True,
               graduated="2009"),
        person("nurse", "Ferris, Dana", "NP", nurse, [_NP], "institute", _bills("62369", "O", (0, 18, 29)),
               graduated="2015"),
        person("pain_pumps", "Harrow, Miles", "M.D.", pain, [_PAIN], "harbor", _bills("62370", "O", (61, 58, 66)),
               _bills("J2274", "O", (44, 40, 47), per_person=30), graduated="1991"),
        person("pain_pumps_2", "Sable, Ines", "M.D.", "Pain Management", ["208VP0000X"], "harbor",
               _bills("62370", "O", (17, 19, 21)), _bills("95991", "F", (12, 13, 11)), graduated="2003"),
        person("implanter", "Castellane, Hugo", "M.D.", nsurg, [_NSURG], "university",
               _bills("62362", "F", (13, 12, 14), per_person=1), _bills("62350", "F", (15, 14, 16), per_person=1),
               hospitals=(UNIVERSITY_CCN,), graduated="1996"),
        person("manages", "Lindqvist, Astrid", "M.D.", nsurg, [_NSURG], "university",
               _bills("62368", "O", (16, 15, 19)), hospitals=(UNIVERSITY_CCN,), graduated="2006"),
        person("analysis", "Pell, Rowan", "M.D.", neuro, [_NEURO], "neurology", _bills("62367", "O", (12, 11, 13)),
               _bills("64644", "O", (25, 28, 30), per_person=2), graduated="2001"),
        person("children", "Nightingale, June", "M.D.", "Pediatric Medicine", [_CHILD_PMR], "childrens",
               medicaid=tuple(_bills("62370", "", (24, 26, 31))), hospitals=(CHILDRENS_CCN,), graduated="2004"),
        person("children_2", "Okafor, Ada", "M.D.", neuro, [_CHILD_NEURO], "childrens", hospitals=(CHILDRENS_CCN,),
               graduated="2012"),
        # one person at three sites, the only one in the middle of the state who proves baclofen
        person("three_sites", "Vance, Theodora", "M.D.", pmr, [_PMR], "millbrook port_clinic south_clinic",
               _bills("J0475", "O", (19, 21, 22), per_person=24), _bills("62370", "O", (26, 27, 30)), graduated="1988"),
        # an organisation that bills for its own clinicians, and one where nobody else bills
        person("org_doubles", "Westbury Infusion Clinic LLC", "", "Ambulatory Surgical Center", ["261QP3300X"],
               "infusion", _bills("62370", "O", (20, 22, 21)), entity="O", listed=False),
        person("org_member", "Marlowe, Kit", "PA-C", assistant, [_PA], "infusion", _bills("62370", "O", (13, 15, 16)),
               graduated="2014"),
        person("org_alone", "Southport Pump Center Inc", "", "Clinic or Group Practice", ["261QR0400X"], "pump_center",
               _bills("95990", "O", (18, 20, 23)), entity="O", listed=False),
        # the island with its own clinic; the clinic over the state line
        person("island", "Skarsgard, Linnea", "NP", nurse, ["363LA2200X"], "skerry", _bills("62369", "O", (11, 12, 12)),
               graduated="2016"),
        person("over_the_line", "Delacroix, Remy", "M.D.", pmr, [_PMR], "crossing", _bills("62370", "O", (33, 31, 35)),
               _bills("J0475", "O", (0, 14, 16), per_person=24), graduated="1995"),
        person("lost_zeros", "Tamm, Juhan", "M.D.", "Pain Management", ["207LP2900X"], "border",
               _bills("62368", "O", (11, 12, 14)), graduated="2000"),
        # hidden by suppression: 8 in the office and 7 in the hospital are two rows below 11
        person("hidden", "Whitlock, Sol", "M.D.", pmr, [_PMR], "north", _bills("62370", "O", (7, 8, 8)),
               _bills("62370", "F", (6, 7, 7)), _bills("99214", "O", (60, 64, 66), per_person=2), graduated="1993"),
        person("hidden_2", "Arce, Pilar", "NP", nurse, [_NP], "institute", _bills("95990", "O", (5, 6, 9)),
               graduated="2018"),
        # gone: retired after 2022, deactivated, address that no list knows
        person("retired", "Greywater, Amos", "M.D.", pmr, [_PMR], "old_office", _bills("62370", "O", (21, 0, 0)),
               listed=False, graduated="1971"),
        person("deactivated", "Hollis, Verity", "M.D.", neuro, [_NEURO], "retreat", _bills("62369", "O", (15, 12, 0)),
               deactivated_on="2025-03-14", graduated="1979"),
        person("unknown_zip", "Quill, Barnaby", "M.D.", pmr, [_PMR], "nowhere", graduated="1999"),
        person("po_box", "Rook, Cecily", "M.D.", "Pain Management", ["208VP0000X"], "harbor", mailing=site["po_box"],
               graduated="2007"),
        # hostile names among the listed
        person("formula", '=HYPERLINK("http://example.invalid","Call"), +Alt', "M.D.", pmr, [_PMR], "retreat",
               graduated="1997"),
        person("markup", "</script><b>Loud</b>, Robert'); DROP TABLE sites;--", "M.D.", neuro, [_NEURO], "neurology",
               graduated="1990"),
    )  # fmt: skip
