"""Which files a region and service need, from whom, and how large: decided without a connection."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Sequence
from typing import Final

from deserts.config import Region, Settings, state_fips
from deserts.errors import UnknownNameError
from deserts.services import Service
from deserts.sources.catalogue import SOURCES
from deserts.sources.plan_further import FURTHER, Asked, drug_spending
from deserts.sources.plan_items import Item, Need, file_item
from deserts.sources.publishers.cms_data import rows_name
from deserts.sources.publishers.geofabrik import slug_of

__all__ = ["Item", "Need", "claims_years", "plan_downloads"]

_CENSUS: Final = "https://www2.census.gov/geo"
_ERS: Final = "https://ers.usda.gov/sites/default/files/_laserfiche/DataFiles"
_CODE_COLUMN: Final = "HCPCS_Cd"
_MANY_STATES: Final = 20
"""From this number of states on, the national file of block groups is smaller than the sum of its parts' overhead."""
_NO_LOWER_CHAMBER: Final = ("DC", "NE")
_GENZ_LATEST: Final = 2024
_CONGRESS: Final = 119
_PUBLISHED_MONTH: Final = 6
"""CMS publishes the claims of a year in May of the second year after it."""


def claims_years(service: Service, *, today: dt.date) -> tuple[int, ...]:
    """Return the newest years of claims that should be published by a day, as many as the profile pools."""
    newest = today.year - (2 if today.month >= _PUBLISHED_MONTH else 3)
    return tuple(range(newest - int(service.number("evidence.pool_years")) + 1, newest + 1))


def plan_downloads(
    region: Region,
    service: Service,
    settings: Settings,
    *,
    years: Sequence[int] | None = None,
    also: Sequence[str] = (),
    today: dt.date | None = None,
) -> tuple[Need, ...]:
    """Return what a region and service need.

    Parameters
    ----------
    region, service, settings
        The run; a user's own files (``settings.files``) take the place of what they replace.
    years
        Years of claims; the newest that should be published when None.
    also
        Further datasets that are left out by default, most for their size: the names of `FURTHER`.
    today
        Day from which years are reckoned.

    Raises
    ------
    UnknownNameError
        If ``also`` names another dataset.
    """
    if unknown := sorted(set(also) - set(FURTHER)):
        raise UnknownNameError(f"no further dataset {unknown[0]!r}", expected="one of " + ", ".join(sorted(FURTHER)))
    day = today or dt.datetime.now(tz=dt.UTC).date()
    chosen = tuple(sorted(years)) if years is not None else claims_years(service, today=day)
    own = settings.files
    needs = [
        # A directory alone still gives grades by specialty, so claims can be done without where the user brings one.
        *([] if own.claims else [_claims(service, chosen, required=own.directory is None)]),
        _by_geography(service, chosen),
        drug_spending(),
        *([] if own.directory else [Need("directory", (_catalogue("directory", "DAC_NationalDownloadableFile"),))]),
        Need("affiliations", (_catalogue("affiliations", "Facility_Affiliation"),)),
        Need("hospitals", (_catalogue("hospitals", "Hospital_General_Information"),)),
        Need(
            "rehab_hospitals", (_catalogue("rehab_hospitals", "Inpatient_Rehabilitation_Facility-General_Information"),)
        ),
        *_registry(region, service),
        *([] if own.counties else [_county_polygons(region)]),
        *_centres(region, required=own.demand is None),
        *_zips(own_zips=own.zips is not None),
        *_rurality(),
        _districts(region),
        *([] if own.roads else [_roads(region)]),
    ]
    given = {dataset for dataset, _ in own.others}
    wanted = (*needs, *(FURTHER[name](Asked(region, service, settings, chosen)) for name in also))
    return tuple(need for need in wanted if need.dataset not in given)


def _claims(service: Service, years: Sequence[int], *, required: bool) -> Need:
    return Need("claims", tuple(_claims_item("claims", "Prov_Svc", service, year) for year in years),
                required=required)  # fmt: skip


def _by_geography(service: Service, years: Sequence[int]) -> Need:
    return Need("claims_by_geography", tuple(_claims_item("claims_by_geography", "Geo", service, y) for y in years))


def _claims_item(dataset: str, stem: str, service: Service, year: int) -> Item:
    name = f"{year}-{rows_name(_CODE_COLUMN, service.codes())}"
    # The whole file of a year has been named with and without "MUP_" and with either kind of last part.
    whole = rf"_D{year % 100:02d}_{stem}[^/]*\.(csv|csv\.gz|zip)$"
    return Item(
        dataset,
        how="claims",
        key=name,
        kind="json",
        mirrored=(f"data.cms.gov/**/*_D{year % 100:02d}_{stem}*.csv",),
        cached=rf"{re.escape(name)}$|{whole}",
        size_mb=SOURCES[dataset].size_mb,
        year=year,
    )


def _catalogue(dataset: str, stem: str) -> Item:
    return Item(
        dataset,
        how="catalogue",
        mirrored=(f"data.cms.gov/provider-data/**/{stem}*.csv",),
        cached=r"^data\.cms\.gov/provider-data/",
        size_mb=SOURCES[dataset].size_mb,
    )


def _registry(region: Region, service: Service) -> tuple[Need, ...]:
    selection = rows_name("taxonomy", [*service.taxonomies, *region.supply_states])
    deactivated = Item(
        "nppes_deactivated",
        how="registry_file",
        key="deactivated",
        kind="zip",
        mirrored=("download.cms.gov/nppes/NPPES_Deactivated_NPI_Report_*",),
        cached="NPPES_Deactivated_NPI_Report",
        size_mb=SOURCES["nppes_deactivated"].size_mb,
    )
    if len(region.supply_states) > _MANY_STATES:
        whole = Item("nppes", how="registry_file", key="monthly", kind="zip", size_mb=1070,
                     mirrored=("download.cms.gov/nppes/NPPES_Data_Dissemination_*_V2.zip",
                               "download.cms.gov/nppes/**/npidata_pfile_*.csv"),
                     cached="NPPES_Data_Dissemination")  # fmt: skip
        further = dataclasses.replace(whole, dataset="nppes_locations", size_mb=0.0)
        return Need("nppes", (whole,)), Need("nppes_locations", (further,)), Need("nppes_deactivated", (deactivated,))
    some = Item("nppes", how="registry", key=selection, kind="json", size_mb=SOURCES["nppes"].size_mb,
                mirrored=("download.cms.gov/nppes/**/npidata_pfile_*[0-9].csv",),
                cached=rf"{re.escape(selection)}$|npidata_pfile")  # fmt: skip
    # The same answers hold the further addresses.
    further = dataclasses.replace(some, dataset="nppes_locations", size_mb=0.0,
                                  mirrored=("download.cms.gov/nppes/**/pl_pfile_*[0-9].csv",),
                                  cached=rf"{re.escape(selection)}$|pl_pfile")  # fmt: skip
    return Need("nppes", (some,)), Need("nppes_locations", (further,)), Need("nppes_deactivated", (deactivated,))


def _county_polygons(region: Region) -> Need:
    year = region.county_vintage
    url = f"{_CENSUS}/tiger/GENZ{year}/shp/cb_{year}_us_county_500k.zip"
    simplified = Item(
        "county_polygons",
        "https://raw.githubusercontent.com/plotly/datasets/master/geojson-counties-fips.json",
        kind="json",
        year=2010,
        notice="county borders are those of 2010, strongly simplified",
    )
    return Need("county_polygons", (file_item("county_polygons", url, kind="zip", year=year),), ((simplified,),),
                required=True)  # fmt: skip


def _centres(region: Region, *, required: bool) -> tuple[Need, ...]:
    base = f"{_CENSUS}/docs/reference/cenpop2020"
    county = file_item("centres_county", f"{base}/county/CenPop2020_Mean_CO.txt", year=2020)
    tract = file_item("centres_tract", f"{base}/tract/CenPop2020_Mean_TR.txt", year=2020, size_mb=6)
    whole = file_item("centres_block_group", f"{base}/blkgrp/CenPop2020_Mean_BG.txt", year=2020, size_mb=16)
    parts = tuple(
        file_item(
            "centres_block_group",
            f"{base}/blkgrp/CenPop2020_Mean_BG{state_fips()[state]}.txt",
            year=2020,
            essential=state in region.states,
        )
        for state in region.supply_states
    )
    if region.region_id == "US":
        return Need("centres_tract", (tract,), ((county,),), required), Need("centres_county", (county,))
    first = (whole,) if len(parts) > _MANY_STATES else parts
    others = tuple(choice for choice in ((whole,), (tract,), (county,)) if choice != first)
    return Need("centres_block_group", first, others, required), Need("centres_county", (county,), required=True)


def _zips(*, own_zips: bool) -> tuple[Need, ...]:
    def gazetteer(year: int) -> Item:
        url = f"{_CENSUS}/docs/maps-data/data/gazetteer/{year}_Gazetteer/{year}_Gaz_zcta_national.zip"
        return file_item("zcta_gazetteer", url, kind="zip", year=year)

    places = Item("zip_places", "https://download.geonames.org/export/zip/US.zip", kind="zip", size_mb=0.7)
    plain = Item("zip_places", "https://download.geonames.org/export/zip/US.txt")
    relation = f"{_CENSUS}/docs/maps-data/data/rel2020/zcta520/tab20_zcta520_county20_natl.txt"
    return (
        Need("zcta_gazetteer", (gazetteer(2025),), ((gazetteer(2024),),)),
        Need("zcta_county", (file_item("zcta_county", relation, year=2020),)),
        *([] if own_zips else [Need("zip_places", (places,), ((plain,),))]),
    )


def _rurality() -> tuple[Need, ...]:
    ages = "https://www2.census.gov/programs-surveys/popest/datasets/2020-2024/counties/asrh/cc-est2024-agesex-all.csv"
    totals = "https://www2.census.gov/programs-surveys/popest/datasets/2020-{0}/counties/totals/co-est{0}-alldata.csv"
    workbook = "https://www.cms.gov/files/document/ma_reference_file_12-17-2025.xlsx"
    names = ("www.cms.gov/**/State_County_Penetration_MA*", "www.cms.gov/**/ma-penetration-*")
    penetration = Item("ma_penetration", how="mirror", mirrored=names)
    return (
        Need("rucc", (file_item("rucc", f"{_ERS}/53251/Ruralurbancontinuumcodes2023.csv", year=2023),)),
        Need("ruca", (file_item("ruca", f"{_ERS}/53241/RUCA-codes-2020-tract.csv", year=2020),)),
        Need("ruca_zip", (file_item("ruca_zip", f"{_ERS}/53241/RUCA-codes-2020-zipcode.csv", year=2020),)),
        Need("adequacy", (file_item("adequacy", workbook, kind="xlsx", year=2026),)),
        Need(
            "county_population",
            (file_item("county_population", ages, year=2024),),
            tuple((file_item("county_population", totals.format(y), year=y),) for y in (2024, 2022)),
        ),
        Need("ma_penetration", (penetration,)),
    )


def _districts(region: Region) -> Need:
    base = f"{_CENSUS}/tiger/GENZ{_GENZ_LATEST}/shp/cb_{_GENZ_LATEST}"
    urls = [f"{base}_us_cd{_CONGRESS}_500k.zip"]
    for state in region.states:
        chambers = ("sldu",) if state in _NO_LOWER_CHAMBER else ("sldu", "sldl")
        urls += [f"{base}_{state_fips()[state]}_{chamber}_500k.zip" for chamber in chambers]
    size = SOURCES["districts"].size_mb / len(urls)
    items = tuple(Item("districts", url, kind="zip", year=_GENZ_LATEST, size_mb=size) for url in urls)
    return Need("districts", items)


def _roads(region: Region) -> Need:
    def extract(state: str) -> Item:
        slug = slug_of(state)
        return Item(
            "roads",
            how="extract",
            key=state,
            kind="pbf",
            mirrored=(f"download.geofabrik.de/north-america/us/{slug}-[0-9]*.osm.pbf",),
            cached=rf"/{slug}-\d+\.osm\.pbf$",
            size_mb=SOURCES["roads"].size_mb,
            essential=state in region.states,
        )

    return Need("roads", tuple(extract(state) for state in region.supply_states), required=True)
