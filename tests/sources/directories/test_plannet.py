"""Plan-Net and national directories: the join, and every trap that has cost somebody half of a directory."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from deserts.errors import DesertsError, InputError
from deserts.sources.directories.fhir import CodeableConcept, Coding, Identifier, Reference
from deserts.sources.directories.listing import COLUMNS, Reading, Wanted
from deserts.sources.directories.npi_marks import npi_of
from deserts.sources.directories.read import read_directory
from tests.sources.directories.fhir_files import (
    CLINIC,
    DOCTOR,
    OTHER_DOCTOR,
    accepting,
    affiliation,
    bundle,
    location,
    ndjson,
    npi,
    organisation,
    plan,
    practitioner,
    ref,
    role,
    whole,
)


def _read(tmp_path: Path, resources: list[dict[str, Any]], **options: Any) -> Reading:
    return read_directory([ndjson(tmp_path / "d.ndjson", resources)], **options)


def _one(reading: Reading) -> dict[str, Any]:
    assert len(reading.frame) == 1, reading.frame.T
    return {str(key): value for key, value in reading.frame.iloc[0].to_dict().items()}


def test_a_role_joins_plan_network_person_and_place(tmp_path: Path) -> None:
    reading = _read(tmp_path, whole(role()))
    row = _one(reading)
    expected = {
        "source": "plannet", "source_file": "d.ndjson", "pointer": "line 6", "plan_id": "gold",
        "plan_name": "Plan gold",
        "network_id": "net", "network_name": "Network net", "npi": DOCTOR, "npi_basis": "coded", "entity": "individual",
        "name": "Jan Doe", "listed_via": "role", "specialty_code": "208100000X", "organisation_npi": CLINIC,
        "location_id": "loc", "address_1": "1 Main St", "city": "Bangor", "state": "ME", "zip5": "04401", "lat": 44.8,
        "lon": -68.8, "accepting": "unknown",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert tuple(reading.frame.columns) == COLUMNS
    assert reading.is_complete
    assert sum(reading.read.values()) == 6


@pytest.mark.parametrize(
    ("identifiers", "expected"),
    [
        ([Identifier(system="http://hl7.org/fhir/sid/us-npi", value=DOCTOR)], (DOCTOR, "coded")),
        ([Identifier(system="http://terminology.hl7.org/NamingSystem/npi", value=DOCTOR)], (DOCTOR, "coded")),
        ([Identifier(value=DOCTOR, type=CodeableConcept([Coding(code="NPI")]))], (DOCTOR, "coded")),
        (
            [Identifier(value=DOCTOR, type=CodeableConcept([Coding(system="http://hl7.org/fhir/sid/us-npi")]))],
            (DOCTOR, "coded"),
        ),
        ([Identifier(value=DOCTOR, assigner=Reference(display="CMS"))], (DOCTOR, "assigner")),
        ([Identifier(value="1234567890", assigner=Reference(display="CMS"))], ("", "none")),
        ([Identifier(value=DOCTOR, assigner=Reference(display="NCPDP"))], ("", "none")),
        ([Identifier(system="urn:x", value=DOCTOR, type=CodeableConcept([Coding(code="PRN")]))], ("", "none")),
        ([Identifier(system="http://hl7.org/fhir/sid/us-npi", value="NPI323")], ("NPI323", "coded")),
        (
            [
                Identifier(system="http://hl7.org/fhir/sid/us-npi", value="NPI323"),
                Identifier(system="http://hl7.org/fhir/sid/us-npi", value=DOCTOR),
            ],
            (DOCTOR, "coded"),
        ),
        ([], ("", "none")),
    ],
)
def test_four_ways_of_marking_an_npi(identifiers: list[Identifier], expected: tuple[str, str]) -> None:
    assert npi_of(identifiers) == expected


def test_a_bad_npi_keeps_its_row_and_is_counted(tmp_path: Path) -> None:
    reading = _read(tmp_path, [plan(), organisation(), practitioner(number="NPI323"), location(), role()])
    assert _one(reading)["npi"] == "NPI323"
    assert reading.notes["NPIs with a wrong check digit"] == 1


def test_a_clinic_in_network_by_affiliation_alone_lists_itself_and_its_doctors_apart(tmp_path: Path) -> None:
    reading = _read(tmp_path, whole(role(networks=()), affiliation()))
    rows = reading.frame.set_index("entity")
    assert list(rows["listed_via"]) == ["affiliation", "affiliation"]
    assert rows.loc["individual", "npi"] == DOCTOR
    assert rows.loc["organisation", "npi"] == CLINIC
    both = _read(tmp_path, [*whole(role(networks=("net",)), affiliation(networks=("net", "other")))])
    own = both.frame[both.frame["npi"] == DOCTOR].set_index("network_id")["listed_via"]
    assert own.to_dict() == {"net": "role", "other": "affiliation"}


def test_the_other_form_of_affiliation_names_the_clinic_as_organization(tmp_path: Path) -> None:
    entry = affiliation()
    entry["organization"] = entry.pop("participatingOrganization")
    assert _one(_read(tmp_path, whole(entry)))["npi"] == CLINIC


def test_doubled_roles_keep_the_real_practice(tmp_path: Path) -> None:
    payer = organisation("payer", "1497758544", type=[{"coding": [{"code": "pay"}]}])
    double = role(organization=ref("Organization", "payer"))
    reading = _read(tmp_path, [*whole(role(), double, role()), payer])
    assert _one(reading)["organisation_npi"] == CLINIC
    assert reading.notes["repeated records"] == 1
    assert reading.notes["second copies of a role that name the payer as the practice"] == 1
    alone = _read(tmp_path, [*whole(double), payer])
    assert _one(alone)["npi"] == DOCTOR


def test_the_total_is_not_trusted_and_a_missing_last_page_is_incomplete(tmp_path: Path) -> None:
    more = {"link": [{"relation": "next", "url": "https://payer.test/x?opaque"}], "total": 2_259_490}
    first = bundle(tmp_path / "1.json", whole(role()), "searchset", **more)
    cut = read_directory([first])
    assert not cut.is_complete
    assert "last page" in cut.verdict
    last = bundle(tmp_path / "2.json", [role("second")], "searchset", total=1, link=[])
    assert read_directory([first, last]).is_complete


@pytest.mark.parametrize("kind", ["collection", "batch", "searchset", "transaction"])
def test_every_type_of_bundle_is_read(tmp_path: Path, kind: str) -> None:
    assert _one(read_directory([bundle(tmp_path / "b.json", whole(role()), kind)]))["npi"] == DOCTOR


def test_urn_and_absolute_and_versioned_references(tmp_path: Path) -> None:
    resources = whole(
        role(
            practitioner={"reference": "urn:uuid:11111111-2222-3333-4444-555555555555"},
            organization={"reference": "https://payer.test/fhir/Organization/clinic/_history/3"},
            location=[{"reference": "Location/Location-loc"}],
        ),
    )
    resources[4] = location("Location-loc")
    entries = [{"fullUrl": f"urn:uuid:{i}", "resource": resource} for i, resource in enumerate(resources)]
    entries[3]["fullUrl"] = "urn:uuid:11111111-2222-3333-4444-555555555555"
    path = tmp_path / "b.json"
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    row = _one(read_directory([path]))
    assert (row["npi"], row["organisation_npi"], row["zip5"]) == (DOCTOR, CLINIC, "04401")


def test_a_reference_to_nothing_leaves_blanks_and_drops_no_row(tmp_path: Path) -> None:
    reading = _read(tmp_path, [plan(), role(location=[ref("Location", "gone")])])
    row = _one(reading)
    assert (row["npi"], row["npi_basis"], row["location_id"], row["state"]) == ("", "none", "gone", "")
    assert reading.notes["providers that the files do not describe"] == 1
    assert reading.notes["places that the files do not describe"] == 1


def test_the_most_specific_statement_about_new_patients_wins(tmp_path: Path) -> None:
    base = role()
    about_net = {"extension": [*base["extension"], accepting("nopt", "net"), accepting("newpt")]}
    general = {"extension": [*base["extension"], accepting("existptonly")]}
    other = {"extension": [*base["extension"], accepting("nopt", "another")]}
    service = {"resourceType": "HealthcareService", "id": "s", "extension": [accepting("existptfam")]}
    at_place = location(extension=[accepting("newpt")])
    kept = [plan(), organisation(), practitioner(), at_place, service]
    said = {
        "no": role(**about_net), "existing_only": role(**general),
        "family_only": role(healthcareService=[ref("HealthcareService", "s")]), "yes": role(**other),
    }  # fmt: skip
    for expected, entry in said.items():
        assert _one(_read(tmp_path, [*kept, entry]))["accepting"] == expected


def test_inactive_and_ended(tmp_path: Path) -> None:
    reading = _read(tmp_path, whole(role(active=False)))
    assert reading.frame.empty
    assert reading.refused == {"a role that is marked inactive": 1}
    assert "no rows matched" in reading.verdict
    ended = _one(_read(tmp_path, whole(role(period={"start": "2020-01-01", "end": "2024-05-01T00:00:00Z"}))))
    assert (ended["active_from"], ended["active_to"]) == ("2020-01-01", "2024-05-01")


def test_nothing_recognised_is_not_no_rows(tmp_path: Path) -> None:
    strange = _read(tmp_path, [{"resourceType": "Endpoint", "id": "1"}])
    assert "nothing was recognised" in strange.verdict
    assert "no rows matched" in _read(tmp_path, whole(role()), wanted=Wanted(npis=frozenset({OTHER_DOCTOR}))).verdict


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (Wanted(npis=frozenset({DOCTOR})), 1),
        (Wanted(npis=frozenset({CLINIC})), 1),
        (Wanted(states=frozenset({"ME"})), 2),
        (Wanted(states=frozenset({"NH"})), 0),
        (Wanted(plans=frozenset({"H7028"})), 2),
        (Wanted(plans=frozenset({"H7028-002-000"})), 2),
        (Wanted(plans=frozenset({"H70"})), 0),
        (Wanted(plans=frozenset({"net"})), 2),
        (Wanted(npis=frozenset({DOCTOR}), states=frozenset({"ME"}), plans=frozenset({"H7028-002"})), 1),
    ],
)
def test_filters(tmp_path: Path, wanted: Wanted, rows: int) -> None:
    resources = [plan(alias=["H7028-002-000", "H7028"]), *whole(role(), affiliation())[1:]]
    reading = _read(tmp_path, resources, wanted=wanted)
    assert len(reading.frame) == rows
    if rows:
        assert set(reading.frame["plan_id"]) == {"H7028-002-000"}


def test_a_filter_by_npi_gives_the_rows_that_the_whole_gives(tmp_path: Path) -> None:
    people = [practitioner(f"p-{number}", number) for number in (DOCTOR, OTHER_DOCTOR)]
    roles = [role(f"r{i}", practitioner=ref("Practitioner", person["id"])) for i, person in enumerate(people)]
    resources = [plan(), organisation(), location(), *people, *roles]
    every = _read(tmp_path, resources).frame
    assert len(_read(tmp_path, whole(role()), wanted=Wanted(npis=frozenset({DOCTOR, "NPI323"}))).frame) == 1
    odd = [plan(), organisation(), location(), practitioner(number="NPI323"), role()]
    assert _one(_read(tmp_path, odd, wanted=Wanted(npis=frozenset({"NPI323"}))))["npi"] == "NPI323"
    for number in (DOCTOR, OTHER_DOCTOR):
        some = _read(tmp_path, resources, wanted=Wanted(npis=frozenset({number})))
        expected = every[every["npi"] == number].reset_index(drop=True)
        assert some.frame.equals(expected)
        assert some.read["Practitioner"] == 2


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        Wanted(npis=frozenset({DOCTOR})),
        Wanted(npis=frozenset({CLINIC})),
        Wanted(npis=frozenset()),
        Wanted(states=frozenset({"ME"})),
        Wanted(npis=frozenset({DOCTOR}), states=frozenset({"NH"})),
    ],
)
@pytest.mark.parametrize("kind_of_network", ["NTWK", "ntwk", None])
def test_lines_passed_over_unread_give_what_reading_them_gives(
    tmp_path: Path, wanted: Wanted | None, kind_of_network: str | None
) -> None:
    """Where the kind does not stand first in a line, every line is read."""
    profile = {
        "meta": {"profile": ["http://hl7.org/fhir/us/davinci-pdex-plan-net/StructureDefinition/plannet-Network"]}
    }
    network = organisation("net", type=[{"coding": [{"code": kind_of_network}]}] if kind_of_network else [])
    network = {**network, "identifier": [], "name": "The network itself", **(profile if not kind_of_network else {})}
    payer = {**organisation("payer", type=[{"coding": [{"code": "Pay"}]}]), "identifier": []}
    owned = organisation("part", partOf=ref("Organization", "owner"))
    others = [{"resourceType": kind, "id": kind} for kind in ("HealthcareService", "Endpoint")]
    strangers = [organisation(f"o{n}", OTHER_DOCTOR, partOf=ref("Organization", "payer")) for n in range(3)]
    doubled = {**role("r"), "organization": ref("Organization", "payer")}
    resources = [*whole(role("r"), affiliation()), doubled, organisation("owner", OTHER_DOCTOR), owned, network, payer]
    resources += [*others, *strangers, {**location("far"), "address": {"state": "NH"}}]
    quick = _read(tmp_path, resources, wanted=wanted)
    slow = _read(tmp_path, [dict(reversed(resource.items())) for resource in resources], wanted=wanted)
    columns = [name for name in COLUMNS if name != "source_sha256"]
    assert quick.frame[columns].equals(slow.frame[columns])
    assert (quick.read, quick.refused, quick.notes, quick.gaps) == (slow.read, slow.refused, slow.notes, slow.gaps)
    if len(quick.frame):
        assert set(quick.frame["network_name"]) == {"The network itself"}


def test_a_line_that_was_passed_over_is_refused_when_it_is_read_and_is_not_as_documented(tmp_path: Path) -> None:
    broken = [{**role("bad"), "specialty": 7}, {**location("worse"), "address": [7]}]
    resources = whole(role(location=[ref("Location", "loc"), ref("Location", "worse")]), *broken)
    assert _read(tmp_path, resources).refused == {"a record whose shape is not the documented one": 2}
    for number, name in ((OTHER_DOCTOR, "passed over, then read"), (DOCTOR, "read, then refused once")):
        practice = {**organisation("practice", number), "name": [name]}
        reading = _read(
            tmp_path,
            [plan(), practitioner(), location(), practice, {**role(), "organization": ref("Organization", "practice")}],
            wanted=Wanted(npis=frozenset({DOCTOR})),
        )
        assert reading.refused == {"a record whose shape is not the documented one": 1}, name
        assert _one(reading)["organisation_name"] == ""
    cut = tmp_path / "cut.ndjson"
    cut.write_text(json.dumps(plan()) + "\n" + json.dumps(role())[:-1] + "\n", encoding="utf-8")
    assert read_directory([cut]).refused == {"a record whose shape is not the documented one": 1}


def test_a_bundle_on_a_line_is_read_whole_whoever_stands_in_it(tmp_path: Path) -> None:
    """A bundle that holds a stranger may also hold what the wanted person's role points to."""
    parts = [plan(), organisation(), location(), practitioner("stranger", OTHER_DOCTOR)]
    reading = _read(
        tmp_path,
        [json.loads(bundle(tmp_path / "b.json", parts).read_text()), practitioner(), role()],
        wanted=Wanted(npis=frozenset({DOCTOR})),
    )
    assert _one(reading)["plan_name"] == "Plan gold"
    assert _one(reading)["city"] == "Bangor"


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_packed_files_and_many_files_in_any_order(tmp_path: Path, codec: str) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    for number, resource in enumerate(reversed(whole(role()))):
        data = json.dumps(resource).encode()
        packed = gzip.compress(data) if codec == "gzip" else bytes(pa.Codec("zstd").compress(data, asbytes=True))
        (folder / f"{number}.ndjson.{'gz' if codec == 'gzip' else 'zst'}").write_bytes(packed)
    assert _one(read_directory([folder]))["npi"] == DOCTOR


def test_qualification_numbers_are_never_carried(tmp_path: Path) -> None:
    leaked = practitioner(qualification=[{"identifier": [{"value": "078-05-1120"}], "code": {"text": "MD"}}])
    reading = _read(tmp_path, [plan(), organisation(), leaked, location(), role()])
    assert "078-05" not in reading.frame.to_csv()


def test_a_damaged_file_beside_a_good_one_makes_it_incomplete(tmp_path: Path) -> None:
    good = ndjson(tmp_path / "a.ndjson", whole(role()))
    bad = tmp_path / "b.json"
    bad.write_text('{"resourceType": "Bundle", "entry": [{"resource": {"resourceType"')
    reading = read_directory([good, bad])
    assert len(reading.frame) == 1
    assert not reading.is_complete
    with pytest.raises(InputError):
        read_directory([_html(tmp_path)])


def _html(tmp_path: Path) -> Path:
    (tmp_path / "page.json").write_text("<!doctype html><html>")
    return tmp_path / "page.json"


def test_the_same_bytes_whatever_the_order_of_files(tmp_path: Path) -> None:
    paths = [ndjson(tmp_path / f"{i}.ndjson", [resource]) for i, resource in enumerate(whole(role(), affiliation()))]
    first = read_directory(paths).frame
    assert read_directory(paths[::-1]).frame.equals(first)


def _damaged(text: bytes, generator: random.Random) -> bytes:
    data = bytearray(text)
    for _ in range(generator.randint(1, 4)):
        start = generator.randrange(len(data) or 1)
        kind = generator.randrange(5)
        if kind == 0:
            data[start : start + 1] = bytes([generator.randrange(256)])
        elif kind == 1:
            del data[start : start + generator.randint(1, 40)]
        elif kind == 2:
            data[start:start] = generator.choice([b"null", b"[]", b"{}", b'"', b"1e999", b"\xff", b'"\\ud800"', b"-0"])
        elif kind == 3:
            data[start:] = b""
        else:
            data[start:start] = data[start : start + 50]
    return bytes(data) or b"{}"


@pytest.mark.parametrize("count", [100, pytest.param(5_000, marks=pytest.mark.slow)])
def test_mutated_directories_give_rows_or_a_clear_error(tmp_path: Path, count: int) -> None:
    resources = whole(role(), affiliation(), organisation("payer", "1497758544", type=[{"coding": [{"code": "pay"}]}]))
    seeds = [
        ndjson(tmp_path / "a.ndjson", resources).read_bytes(),
        bundle(tmp_path / "b.json", resources).read_bytes(),
        json.dumps([{"npi": DOCTOR, "plans": [{"plan_id": "x"}], "addresses": [{"state": "ME"}]}]).encode(),
        json.dumps(
            {
                "provider_references": [{"provider_group_id": 1, "provider_groups": [{"npi": [int(DOCTOR)]}]}],
                "in_network": [{"billing_code": "62370", "negotiated_rates": [{"provider_references": [1]}]}],
            }
        ).encode(),
    ]
    generator = random.Random(5)
    path = tmp_path / "x.json"
    for _ in range(count):
        path.write_bytes(_damaged(generator.choice(seeds), generator))
        try:
            reading = read_directory(
                [path], codes={"62370"}, wanted=generator.choice([None, Wanted(states=frozenset({"ME"}))])
            )
        except DesertsError as error:
            assert error.where  # noqa: PT017 -- either outcome is right
            continue
        assert tuple(reading.frame.columns) == COLUMNS


def test_npi_system_of_the_national_directory(tmp_path: Path) -> None:
    changed = practitioner(identifier=[npi(DOCTOR, system="http://terminology.hl7.org/NamingSystem/npi")])
    assert _one(_read(tmp_path, [plan(), organisation(), changed, location(), role()]))["npi"] == DOCTOR
