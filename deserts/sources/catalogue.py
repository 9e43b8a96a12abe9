"""What is known of every source: licence, year, use, size, and what a result loses without it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from deserts.sources.directories.status import reader_lines
from deserts.sources.publishers.geofabrik import ATTRIBUTION

__all__ = ["SOURCES", "US_DOMAIN", "Source"]

US_DOMAIN = "US public domain"
GEONAMES_CREDIT = "ZIP places: GeoNames, https://www.geonames.org, CC BY 4.0"


@dataclass(frozen=True, slots=True)
class Source:
    """One source.

    Parameters
    ----------
    dataset
        Name in ``raw.DATASETS``.
    publisher, page
        Who, and where a person can read about it.
    licence, attribution
        Terms, and the credit that outputs must show.
    keep_days
        Age from which a refresh fetches it anew: about as often as its publisher renews it.
    use
        What it is for.
    missing_costs
        What a result loses without it.
    size_mb
        About what is downloaded, for one state where the publisher parts it so.
    year
        What the data describe.
    checked
        ``recorded`` (parser and client proven on recorded real files), ``documented`` (built from documentation),
        ``unverified`` (schema not confirmed). None has been proven against the live service yet: that is what
        ``deserts source live-check`` is for.
    readers
        Where a source comes in several forms: how the reader of each is proven.
    """

    dataset: str
    publisher: str
    page: str
    use: str
    missing_costs: str
    size_mb: float
    year: str
    checked: str
    licence: str = US_DOMAIN
    attribution: str = ""
    keep_days: int = 90
    readers: tuple[str, ...] = ()


_KEEP_DAYS: Mapping[str, int] = {
    # Renewed every month.
    "directory": 30, "nppes": 30, "nppes_locations": 30, "nppes_deactivated": 30, "ma_penetration": 45,
    # Once a year.
    "claims": 180, "claims_by_provider": 180, "claims_by_geography": 180, "drug_spending": 180, "psps": 180,
    "outpatient_geography": 180, "outpatient_hospitals": 180, "county_population": 365, "zcta_gazetteer": 365,
    "adequacy": 365, "medicaid": 365, "districts": 365, "acs": 365,
    # Fixed to a census.
    "centres_block_group": 3650, "centres_tract": 3650, "centres_county": 3650, "county_polygons": 3650,
    "zcta_county": 3650, "rucc": 3650, "ruca": 3650, "ruca_zip": 3650,
}  # fmt: skip
"""Days after which a dataset is fetched anew by a refresh; what is not named here, after 90."""

_ROWS = (
    Source("claims", "CMS", "https://data.cms.gov", "who bills Medicare for the service, and how much",
           "nobody can be graded by evidence: only a specialty or a phone call is left", 5, "2013 to 2024", "recorded"),
    Source("claims_by_provider", "CMS", "https://data.cms.gov", "ages of a clinician's Medicare patients",
           "patients' ages are unknown", 400, "2013 to 2024", "documented"),
    Source("claims_by_geography", "CMS", "https://data.cms.gov", "how much suppression hides",
           "the hidden share of services cannot be stated", 1, "2013 to 2024", "documented"),
    Source("drug_spending", "CMS",
           "https://data.cms.gov/summary-statistics-on-use-and-payments/medicare-medicaid-spending-by-drug/"
           "medicare-part-b-spending-by-drug",
           "how many Medicare patients get the drug at all: the national total that every output is held against",
           "nobody can say what share of the care is seen", 0.4, "2011 to 2024, five years an edition", "recorded"),
    Source("psps", "CMS",
           "https://data.cms.gov/summary-statistics-on-use-and-payments/physiciansupplier-procedure-summary",
           "services by specialty, place and state, denied ones too", "services of a state have no second total", 1,
           "2010 to 2024", "documented"),
    Source("outpatient_geography", "CMS",
           "https://data.cms.gov/provider-summary-by-type-of-service/medicare-outpatient-hospitals/"
           "medicare-outpatient-hospitals-by-geography-and-service",
           "implants that hospitals bill, by state", "implants that hospitals bill have no total", 1, "2015 to 2024",
           "documented"),
    Source("outpatient_hospitals", "CMS",
           "https://data.cms.gov/provider-summary-by-type-of-service/medicare-outpatient-hospitals/"
           "medicare-outpatient-hospitals-by-provider-and-service",
           "hospitals that implant", "hospitals that implant cannot be told by Medicare's own bills", 1, "2015 to 2024",
           "documented"),
    Source("hospital_prices", "each hospital", "https://www.cms.gov/hospital-price-transparency",
           "payments for pump refills by payer: hospitals that refill without a named clinician",
           "hospitals that bill themselves are on no map and in no list", 500, "12 to 15 months before posting",
           "recorded"),
    Source("hospital_price_addresses", "nathansutton/hospital-price-transparency",
           "https://github.com/nathansutton/hospital-price-transparency", "where each hospital's price file lies",
           "price files can only be given as files of your own", 0.1, "January 2026", "recorded", "Apache-2.0",
           "addresses of price files: nathansutton/hospital-price-transparency, Apache-2.0"),
    Source("hospital_enrolments", "CMS",
           "https://data.cms.gov/provider-characteristics/hospitals-and-other-facilities/hospital-enrollments",
           "which hospital an owner's entry is about", "systems of hospitals are unknown", 3, "this month",
           "documented"),
    Source("hospital_owners", "CMS",
           "https://data.cms.gov/provider-characteristics/hospitals-and-other-facilities/hospital-all-owners",
           "which hospitals belong together", "a backup may belong to the system that closes", 40, "this month",
           "documented"),
    Source("enrolment", "CMS",
           "https://data.cms.gov/provider-characteristics/medicare-provider-supplier-enrollment/"
           "medicare-fee-for-service-public-provider-enrollment",
           "who is enrolled where, and under which legal entity", "who is paid through whom is unknown", 420,
           "this quarter", "recorded"),
    Source("enrolment_reassignment", "CMS",
           "https://data.cms.gov/provider-characteristics/medicare-provider-supplier-enrollment/"
           "medicare-fee-for-service-public-provider-enrollment",
           "who is paid through whom", "what a closing takes with it is known by address alone", 110, "this quarter",
           "recorded"),
    Source("reassignment_list", "CMS",
           "https://data.cms.gov/provider-characteristics/medicare-provider-supplier-enrollment/"
           "revalidation-reassignment-list",
           "who is paid through whom, with the group's number",
           "what a closing takes with it is known by address alone",
           321, "this month", "documented"),
    Source("open_payments", "CMS", "https://openpaymentsdata.cms.gov", "whom a pump's maker was in touch with: a lead",
           "some leads for the phone are missing", 7000, "2021 to 2024", "documented"),
    Source("appeals_ny", "New York State DFS", "https://www.dfs.ny.gov/public-appeal/search",
           "decisions that overturned such denials", "no precedent can be cited", 60, "2019 on", "documented",
           "New York State public records"),
    Source("appeals_ca", "California DMHC",
           "https://data.chhs.ca.gov/dataset/independent-medical-review-imr-determinations-trend",
           "decisions that overturned such denials", "no precedent can be cited", 30, "2001 on", "documented",
           "California public records"),
    Source("medicaid", "HHS Open Data", "https://opendata.hhs.gov/datasets/medicaid-provider-spending/",
           "clinicians who serve Medicaid, children among them", "Medicaid clinicians are not seen", 3000,
           "2018 to 2024", "documented"),
    Source("directory", "CMS", "https://data.cms.gov/provider-data/dataset/mj5m-pzi6",
           "every practice address, groups, telehealth", "each clinician has one address, groups are unknown", 840,
           "this month", "recorded"),
    Source("affiliations", "CMS", "https://data.cms.gov/provider-data/dataset/27ea-46a8",
           "hospitals of a clinician", "hospital-based clinicians cannot be told", 60, "this month", "documented"),
    Source("hospitals", "CMS", "https://data.cms.gov/provider-data/dataset/xubh-q36u",
           "emergency departments, children's hospitals", "no hospitals on map, card and packet", 2, "this quarter",
           "recorded"),
    Source("rehab_hospitals", "CMS", "https://data.cms.gov/provider-data/dataset/7t8x-u3ir",
           "rehabilitation hospitals, which often run pump programmes", "they are not shown", 1, "this quarter",
           "documented"),
    Source("nppes", "CMS", "https://npiregistry.cms.hhs.gov", "taxonomies, addresses of organisations",
           "clinicians outside Medicare's directory are missed at grade specialty_only", 20, "today", "recorded"),
    Source("nppes_locations", "CMS", "https://download.cms.gov/nppes/NPI_Files.html", "further practice addresses",
           "some second sites are missed", 1070, "this month", "documented"),
    Source("nppes_deactivated", "CMS", "https://download.cms.gov/nppes/NPI_Files.html",
           "identifiers that no longer stand", "clinicians who have left may still be listed", 3, "this month",
           "documented"),
    Source("centres_block_group", "Census Bureau",
           "https://www.census.gov/geographies/reference-files/time-series/geo/centers-population.html",
           "where people live", "coarser points: tracts or counties", 1, "2020", "documented"),
    Source("centres_tract", "Census Bureau",
           "https://www.census.gov/geographies/reference-files/time-series/geo/centers-population.html",
           "where people live, coarser", "only used without block groups", 0.3, "2020", "documented"),
    Source("centres_county", "Census Bureau",
           "https://www.census.gov/geographies/reference-files/time-series/geo/centers-population.html",
           "names and population of counties", "counties have no names or population of their own", 0.2, "2020",
           "recorded"),
    Source("county_polygons", "Census Bureau",
           "https://www.census.gov/geographies/mapping-files/time-series/geo/cartographic-boundary.html",
           "county borders", "no map and no county of a point", 12, "2020, or as the region asks", "recorded"),
    Source("districts", "Census Bureau",
           "https://www.census.gov/geographies/mapping-files/time-series/geo/cartographic-boundary.html",
           "fact sheets for each legislator", "no fact sheets by district", 30, "2024", "documented"),
    Source("county_population", "Census Bureau", "https://www.census.gov/programs-surveys/popest.html",
           "residents by age", "rates by age cannot be given", 10, "2024", "recorded"),
    Source("zcta_gazetteer", "Census Bureau",
           "https://www.census.gov/geographies/reference-files/time-series/geo/gazetteer-files.html",
           "where a ZIP lies", "ZIPs are placed by GeoNames alone", 1.5, "2025", "documented"),
    Source("zcta_county", "Census Bureau",
           "https://www.census.gov/geographies/reference-files/time-series/geo/relationship-files.2020.html",
           "counties of a ZIP", "a ZIP gets the county of its point", 4, "2020", "documented"),
    Source("zip_places", "GeoNames", "https://www.geonames.org", "ZIPs of PO boxes and single organisations",
           "addresses with such ZIPs have no place", 0.7, "today", "recorded", "CC BY 4.0", GEONAMES_CREDIT),
    Source("rucc", "USDA ERS", "https://www.ers.usda.gov/data-products/rural-urban-continuum-codes",
           "rural or urban county", "results cannot be parted by rurality", 0.6, "2023", "recorded"),
    Source("ruca", "USDA ERS", "https://www.ers.usda.gov/data-products/rural-urban-commuting-area-codes",
           "rural or urban tract", "results cannot be parted by rurality below the county", 8, "2020", "documented"),
    Source("ruca_zip", "USDA ERS", "https://www.ers.usda.gov/data-products/rural-urban-commuting-area-codes",
           "which ZIPs are post-office boxes or belong to one organisation",
           "a ZIP without an area is called unknown, not a post-office box", 1.5, "2020", "documented"),
    Source("adequacy", "CMS", "https://www.cms.gov/medicare/health-drug-plans/network-adequacy",
           "county-specific limits of network adequacy", "the base table of 42 CFR 422.116 is used, which is stricter",
           3, "2026", "recorded"),
    Source("ma_penetration", "CMS", "https://www.cms.gov/data-research/statistics-trends-and-reports",
           "share of people whom Medicare files do not see", "that share cannot be stated", 0.2, "monthly",
           "unverified"),
    Source("plan_directory", "each payer", "https://hl7.org/fhir/us/davinci-pdex-plan-net/",
           "whom a plan lists: a claim by the payer, never evidence of doing it",
           "no plan can be held against the evidence, and backups are in no order of a plan", 500, "today",
           "recorded", "the payer's terms of use", readers=reader_lines()),
    Source("acs", "Census Bureau", "https://www.census.gov/programs-surveys/acs/data.html",
           "who lives there: age, disability, poverty, race and ethnicity, households without a car, broadband",
           "the regression columns and what broadband would allow stay null", 300, "five years to 2024", "documented"),
    Source("geocoded", "Census Bureau", "https://geocoding.geo.census.gov/geocoder/",
           "where clinics stand in their street", "clinics stand at the centre of their ZIP, half of them 6 km off",
           1, "today's address ranges", "recorded"),
    Source("roads", "Geofabrik, from OpenStreetMap", "https://download.geofabrik.de/north-america/us.html",
           "driving times", "nothing can be computed", 200, "today, dated and pinned", "documented", "ODbL 1.0",
           ATTRIBUTION),
)  # fmt: skip

SOURCES: Mapping[str, Source] = {
    source.dataset: dataclasses.replace(source, keep_days=_KEEP_DAYS.get(source.dataset, 90)) for source in _ROWS
}
"""Every dataset's source."""
