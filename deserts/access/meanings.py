"""What each column of the research tables means, for the codebook beside each CSV.

Columns of ``county_scores`` are declared in ``deserts.tables``; these are the others. A key ``table.column`` goes
before the plain name of the column.
"""

from __future__ import annotations

from deserts.sources.publishers.acs import MEASURES

__all__ = ["further_meanings"]

_GENERAL = {
    "area_id": "code of the district",
    "group_id": "the site, practice or hospital (CCN) that closes",
    "group_a": "first of the two practices that close together",
    "group_b": "second of the two practices that close together",
    "next_id": "practice that these people would turn to next",
    "sites": "sites that close with it",
    "people_nearest": "residents whose nearest site it holds",
    "people_losing": "residents whose drive grows",
    "people_stranded": "residents with no site left within the time limit",
    "people_first_two": "residents for whom these two are the nearest two",
    "people_pushed_over_60": "residents within 60 minutes before and over 60 after",
    "people_pushed_over_120": "residents within 120 minutes before and over 120 after",
    "people_without_backup": "residents left with no site within the limit, or pushed over 120 minutes",
    "added_person_min": "minutes added, one way, summed over residents; the stranded count at the limit (lower bound)",
    "added_mean_min": "minutes added, one way, mean of the residents whose nearest it is (lower bound)",
    "added_median_min": "minutes added, one way, median of the residents whose nearest it is; null among the stranded",
    "extra_person_min": "part of added_person_min beyond the two single closures",
    "growth_low": "required growth over the neighbour's volume, low end (share); volumes are Medicare only",
    "growth_high": "required growth over the neighbour's volume, high end (share)",
    "verdict": "absorbable, uncertain or not_absorbable: growth against the most that is held possible",
    "mean_now_min": "minutes to the nearest site, mean of residents, those beyond the limit at the limit",
    "mean_chosen_min": "the same when choice.nearest_share take the nearest practice and the others the next ones",
    "bypass_added_min": "minutes, one way, that passing the nearest by adds, mean of residents",
    "no_choice_share": "share of residents who reach one practice or none",
    "mean_expected_min": "the same after clinicians have left, expected value (exact), lower bound",
    "nobody_left_share": "chance that no clinician is left within the limit, mean of residents",
    "median_worst_95_min": "median of residents in the 95 % worst draw; null beyond the limit",
    "schedule": "how often a patient is seen",
    "visits_per_year": "visits a year; for titration the visits of that phase alone",
    "miles_per_year": "miles a year, both ways",
    "hours_per_year": "hours on the road a year, both ways",
    "usd_per_year": "US dollars a year at the mileage rate of the profile (burden.usd_per_mile)",
    "caregiver_hours_per_year": "hours of a caregiver who drives along",
    "out_of_reach_share": "share of residents without a site within the limit; not in the averages",
    "patients": "patients",
    "patients_out_of_reach": "expected patients without a site within the limit; not in the sums",
    "patients_unknown": "patients of counties of whose residents no drive is known; not in the sums",
    "nearest_median_low_min": "median minutes, low end of the interval of 90 % of the draws; null beyond the limit",
    "nearest_median_high_min": "median minutes, high end of the interval; null beyond the limit",
    "beyond_moderate_low_share": "share of residents over desert.moderate_min minutes away, low end of the interval",
    "beyond_moderate_high_share": "share of residents over desert.moderate_min minutes away, high end of the interval",
    "desert_share_of_draws": "share of draws in which most residents live over desert.moderate_min minutes away",
    "desert_firmness": "robust where the draws agree with the run (uncertainty.robust_share), else fragile",
    "people_per_supply": "potential crowding (i2SFCA): residents per unit of supply",
    "site_id": "the site",
    "decay": "how weight falls with minutes",
    "catchment_min": "minutes past which the weight is 0",
    "people_at_zero_share": "share of residents whose score is 0",
    "rank_correlation": "Spearman's correlation of counties with the reference",
    "component": "component whose weight is changed",
    "factor": "what its weight is multiplied with",
    "largest_change": "largest change of a county's score (points of 100)",
    "denominator": "whom the counts of people stand for",
    "people": "people of that denominator",
    "measure": "the measure",
    "value": "its value",
    "note": "how to read it",
    "point_kind": "where residents stand: block_group, tract, county (centres of population), zip, user",
    "source": "the run; census centres; sums of finer centres (weighted means of theirs); or a file of yours",
    "class_differs": "1 where the class is another than in the run, 0 where it is the same, null where not assessed",
    "few_points_counties": "counties with fewer than five points",
    "counties_class_differs": "counties whose class is another than in the run",
    "people_class_differs": "their residents in the run",
    "median_moved_p50_min": "how far a county's median minutes move against the run: median of counties",
    "median_moved_max_min": "the same: largest",
    "broadband_search": "searched_found, searched_none, or not_searched: no survey of broadband was read",
    "no_line_and_far_low_share": "residents over 60 minutes from a needle and without broadband: least possible",
    "no_line_and_far_high_share": "the same: most that is possible (the two shares alone do not tell)",
    "telehealth_clinicians": "clinicians of the grade in the state whose listing says telehealth; null: none read",
    "needle_supply": "clinicians handed to the county by road, each once (spatial availability)",
    "needle_per_100k": "the same per 100,000 residents",
    "people_with_line": "residents with broadband at home",
    "check_supply": "clinicians who offer telehealth handed to it by line, each once within the state",
    "check_per_100k_with_line": "the same per 100,000 residents with broadband",
    "check_search": "partly_searched: broadband unknown in some county of the state; not_searched: here, or no list",
    "stage": "stage of the run",
    "step_number": "place of the step in its stage",
    "step": "what was read, kept or made",
    "rows_in": "rows that went in",
    "rows_out": "rows that came out",
    "left_out": "rows that were left out; 0 where a step makes several rows of one",
    "why": "why, or what the others were",
    "rank_now": "rank in the run by the middle resident's minutes, 1 the farthest; equal minutes share their mean rank",
    "rank_median": "the same, middle of the draws",
    "rank_low": "the same, low end of nine draws of ten",
    "rank_high": "the same, high end of nine draws of ten",
    "worst_tenth_share_of_draws": "share of the draws in which the county is among the farthest tenth",
    "year": "year of the bills",
    "search": "searched_found, searched_none (read, nobody at the grade), not_searched (no file of the year was read)",
    "clinicians": "clinicians at the run's grade by the bills of that year alone, region and surroundings",
    "places": "places (centres of ZIPs) where they billed",
    "unplaced": "of them, clinicians whose ZIP has no known place",
    "tract": "census tract of 2020, eleven digits",
    "acs_basis": "own, by_population (redrawn county: counts of the areas that it overlaps), or empty: not known",
    "acs_search": "searched_found, searched_none (its state was read, the area was not in it), not_searched",
    "acs_year": "last of the survey's five years",
    "rucc": "rural-urban continuum code 2023, 1 to 9; null where unknown or where a redrawn county has several",
    **{
        name: words
        for measure in MEASURES
        for name, words in (
            (f"{measure.name}_share", f"share: {measure.words} (American Community Survey, table {measure.table})"),
            (f"{measure.name}_share_moe", f"margin of error of {measure.name}_share, half width of a 90 % interval"),
        )
    },
    "rurality": "rural-urban continuum code 1 to 9, and metro (1-3) and non-metro (4-9)",
    "gi_z": "local Getis-Ord Gi*, standard score; positive: far",
    "gi_p": "its two-sided p value, before the false discovery rate",
    "spot": "far cluster, near cluster or none",
    "ma_third": "third of the residents by Medicare Advantage penetration of their county, or unknown",
    "counties": "counties",
    "ma_share_mean": "Medicare Advantage penetration, mean of residents",
    "desert_people_share": "share of residents in counties of desert rank 2 or worse",
    "county_fips": "county code, five digits",
    "count": "patients; null where hidden",
    "count_status": "shown, or suppressed: 1 to 10, or hidden so that such a count cannot be derived",
    "group_total_shown": "whether the total of all counties may be shown beside these rows",
}

_OF_TABLE = {
    "growth.group_id": "practice that closes",
    "growth.people": "residents, of the surroundings too, whose nearest it is and who would turn to the neighbour",
    "growth.added_person_min": "minutes added for them, one way, summed",
    "closures_two_practices.people_stranded": "residents with no site left within the limit, of all residents",
    "closures_two_practices.added_person_min": "minutes added by closing both, one way, summed over all residents",
    "sensitivity_catchment.rank_correlation": "Spearman's correlation of county means with Gaussian decay, 120 minutes",
    "sensitivity_weights.rank_correlation": "Spearman's correlation with the score as weighted in the profile",
    "ma_penetration.rank_correlation": "Spearman's correlation of penetration and desert rank over counties",
    "ma_penetration.population": "residents of the third",
    "rurality.population": "residents of the code",
    "burden_region.patients": "patients of the counties counted (a thousand spread like residents, or your own)",
    **{f"burden_region.{name}": f"{name.rsplit('_per', 1)[0].replace('_', ' ')} a year, sum over the patients in reach"
       for name in ("miles_per_year", "hours_per_year", "usd_per_year", "caregiver_hours_per_year")},
}  # fmt: skip


def further_meanings(name: str, columns: list[str]) -> dict[str, str]:
    """Return the meaning of those columns of a research table that are not columns of ``county_scores``."""
    known = {column: _GENERAL[column] for column in columns if column in _GENERAL}
    own = {column: _OF_TABLE[f"{name}.{column}"] for column in columns if f"{name}.{column}" in _OF_TABLE}
    methods = {
        column: f"{column.removesuffix('_mean')} score of docs/methods.md, mean of residents; heads as supply"
        for column in columns
        if name == "catchments" and column.endswith("_mean")
    }
    return {**known, **methods, **own}
