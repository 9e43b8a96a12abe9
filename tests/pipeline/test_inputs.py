"""What stages are told of their files."""

from __future__ import annotations

import pytest

from deserts.pipeline.inputs import _published_on
from deserts.sources.raw import LockEntry
from tests.example_data import example_run


@pytest.mark.parametrize(
    ("dataset", "path", "version", "day"),
    [
        ("nppes_deactivated", "download.cms.gov/nppes/NPPES_Deactivated_NPI_Report_041326_V2.zip", "", "2026-04-13"),
        ("nppes_deactivated", "download.cms.gov/nppes/NPPES_Deactivated_NPI_Report_051126.zip", "", "2026-05-11"),
        ("nppes_deactivated", "mine.zip", "2026-06-08", "2026-06-08"),
        ("nppes_deactivated", "mine.zip", "", ""),
        ("directory", "data.cms.gov/x/DAC_NationalDownloadableFile.csv", "2026-08-13", "2026-08-13"),
        ("directory", "data.cms.gov/x/DAC_NationalDownloadableFile.csv", "2026-04", ""),
        ("claims", "data.cms.gov/x", "0e9f2f2b-7bf9-451a-912c-e02e654dd725 of 2026-05-21", ""),
    ],
)
def test_a_file_has_the_day_of_its_publisher(dataset: str, path: str, version: str, day: str) -> None:
    assert _published_on(LockEntry(path, dataset, "https://x", "2026-11-21", 1, "0", version=version)) == day


def test_provenance_shows_the_list_s_own_day(example_store) -> None:

    run = example_run(example_store.settings.data_dir)
    shown = run.store.provenance()
    assert shown.deactivation_date == "2026-04-13"
    assert shown.directory_date == "2026-11-21"  # its version is a month: the day of fetching stands for it
    assert shown.refreshed_on == "2026-11-21"
