"""One question about one patient, as every door asks it: what is entered, and the days, plan and backups it brings."""
