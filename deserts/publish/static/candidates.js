/* What a page holds of the sites that one ZIP can bring up, as the rules take them (deserts.rules.ranking); nothing is
   ordered here. */

/* What makes minutes from a ZIP doubtful, as the rules take it (deserts.rules.minutes); `without` is what a season does. */
function doubtOf(data, zipIndex, rows, at, without) {
  const zips = data.zips;
  return {
    site_min: rows.site_min[at], unchecked: zips.unchecked[zipIndex] | rows.unchecked[at],
    legs: [zips.leg_m[zipIndex], rows.leg_m[at]], without: without || [],
  };
}

/* The sites of a ZIP without those that close with whoever is lost. */
function sitesOf(data, zipIndex, lost) {
  const sites = data.sites, lostTies = new Set(lost ? lost.ties : []);
  return data.zips.near[zipIndex].map(([site, ticks, road, metres]) => ({
    site, ticks, road, metres: metres === undefined ? -1 : metres,
    doubt: doubtOf(data, zipIndex, sites, site, data.zips.without[zipIndex][site]),
    ties: sites.ties[site], dependent: sites.ties[site].some((tie) => lostTies.has(tie)) ? 1 : 0,
  })).filter(({ site }) => sites.open[site] && !(lost && lost.closes.includes(sites.practice[site])));
}

/* What the rules take of one site: whole numbers, see deserts.rules.ranking.backups. */
function asRow(data, { site, ticks, metres, ties, dependent }, audience) {
  const sites = data.sites;
  return {
    site, ticks, metres, ties, dependent, person: sites.person[site], tier: sites.tier[site],
    grade: sites.grade_rank[site], age: sites[audience].age[site], payer: 0, pump: 0, noes: sites.noes[site],
    wait: sites.wait[site],
  };
}
