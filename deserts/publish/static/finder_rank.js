"use strict";
/* The order of deserts/patients/ranking.py, line by line: tiers, then what fits, then what is independent, then minutes. */
const DATA = JSON.parse(document.getElementById("data").textContent);
const SITES = DATA.sites;
const TEN_THOUSANDTHS = 10000;

function compare(...keys) {
  return (a, b) => {
    for (const key of keys) {
      const difference = key(a) - key(b);
      if (difference) return difference;
    }
    return 0;
  };
}

/* What one question makes of the sites that this ZIP can bring up. */
function candidatesOf(zipIndex, audience, lost) {
  const mark = SITES[audience];
  const lostTies = new Set(lost ? lost.ties : []);
  return DATA.zips.near[zipIndex].map(([site, minutes, length]) => ({
    site, tier: mark.tier[site], fit: mark.fit[site], person: SITES.person[site], grade: SITES.grade_rank[site],
    drive: minutes < 0 ? null : minutes / TEN_THOUSANDTHS, km: minutes < 0 ? null : length / 10,
    line: minutes < 0 && length >= 0 ? length / 1000 : null,
    status: minutes === -2 ? "unsnapped" : minutes < 0 ? "unreachable"
      : minutes / TEN_THOUSANDTHS > DATA.limit_min ? "beyond_limit" : "ok",
    ties: SITES.ties[site],
    dependent: SITES.ties[site].some((tie) => lostTies.has(tie)) ? 1 : 0,
    open: mark.open[site] && !(lost && SITES.practice[site] === lost.id),
  })).filter((entry) => entry.open);
}

/* One address a clinician: independent of the lost one first, then the nearest. */
function bestSites(entries) {
  const within = entries.filter((entry) => entry.status === "ok");
  within.sort(compare((e) => e.person, (e) => e.dependent, (e) => e.drive, (e) => e.site));
  const first = within.filter((entry, i) => i === 0 || within[i - 1].person !== entry.person);
  return first.sort(compare((e) => e.tier, (e) => e.fit, (e) => e.drive, (e) => e.grade, (e) => e.person));
}

function rankTier(best, tier, k) {
  const placed = [], taken = new Set();
  for (let fit = 0; fit < 3; fit++) {
    const waiting = [];
    for (const entry of best.filter((e) => e.tier === tier && e.fit === fit)) {
      if (placed.length === k) return placed;
      if (entry.dependent || entry.ties.some((tie) => taken.has(tie))) { waiting.push(entry); continue; }
      placed.push(entry);
      entry.ties.forEach((tie) => taken.add(tie));
    }
    placed.push(...waiting.slice(0, k - placed.length));
  }
  return placed;
}

function nearestBeyond(entries, tier) {
  const far = (value) => (value === null ? Number.MAX_VALUE : value);
  const own = entries.filter((entry) => entry.tier === tier);
  own.sort(compare((e) => e.dependent, (e) => far(e.drive), (e) => far(e.line), (e) => e.fit, (e) => e.grade, (e) => e.site));
  return own.slice(0, 1);
}

/* The answer to one question: a list for each tier, as deserts backup gives it. */
function findBackups(zipIndex, audience, lost, k) {
  const entries = candidatesOf(zipIndex, audience, lost);
  const best = bestSites(entries);
  return DATA.tiers.map((title, tier) => {
    const placed = rankTier(best, tier, k);
    return { title, entries: placed.length ? placed : nearestBeyond(entries, tier) };
  });
}
