"use strict";
/* Who stands where: asked of the rules that order every list (deserts/rules/ranking.py); nothing is ordered here. */
const DATA = JSON.parse(document.getElementById("data").textContent);
const SITES = DATA.sites;
const TEN_THOUSANDTHS = 10000;

/* The sites that this ZIP can bring up, without those of the practice just lost. */
function candidatesOf(zipIndex, lost) {
  const lostTies = new Set(lost ? lost.ties : []);
  return DATA.zips.near[zipIndex].map(([site, ticks, length, metres]) => ({
    site, ticks: Math.max(ticks, -1), metres: metres === undefined ? -1 : metres,
    drive: ticks < 0 ? null : ticks / TEN_THOUSANDTHS, km: ticks < 0 ? null : length / 10,
    line: ticks >= 0 || metres < 0 ? null : metres / 1000,
    status: ticks === -2 ? "unsnapped" : ticks < 0 ? "unreachable"
      : ticks / TEN_THOUSANDTHS > DATA.limit_min ? "beyond_limit" : "ok",
    ties: SITES.ties[site], dependent: SITES.ties[site].some((tie) => lostTies.has(tie)) ? 1 : 0,
  })).filter(({ site }) => SITES.open[site] && !(lost && SITES.practice[site] === lost.id));
}

/* What the rules take of one site: whole numbers, see deserts.rules.ranking.backups. */
function asRow({ site, ticks, metres, ties, dependent }, audience) {
  return {
    site, ticks, metres, ties, dependent, person: SITES.person[site], tier: SITES.tier[site],
    grade: SITES.grade_rank[site], age: SITES[audience].age[site], payer: 0, pump: 0, noes: SITES.noes[site],
    wait: SITES.wait[site],
  };
}

/* The answer to one question: a list for each tier, as deserts backup gives it; who said no stands apart. */
function findBackups(zipIndex, audience, lost, k, timeline) {
  const entries = candidatesOf(zipIndex, lost);
  const found = ask("ranking.backups", {
    k, tiers: DATA.tiers.length, limit: Math.round(DATA.limit_min * TEN_THOUSANDTHS), audience, payer: "",
    today: isoToday(), empty_on: timeline ? timeline.earliest_empty_on : null,
    drive_day_min: DATA.refill ? DATA.refill.drive_day_min : 0, sites: entries.map((entry) => asRow(entry, audience)),
  });
  return found.tiers.map((tier, number) => ({
    title: DATA.tiers[number], entries: tier.placed.map((place) => entries[place]),
    refusedInAll: tier.refused_in_all, someTooFar: tier.too_far_in_all > 0,
    refused: tier.refused.map((place, i) => ({ ...entries[place], why: SITES.no_words[entries[place].site][tier.noes[i]] })),
  }));
}
