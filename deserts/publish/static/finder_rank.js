/* Who stands where: asked of the rules that order every list (deserts/rules/ranking.py); nothing is ordered here. */
const DATA = JSON.parse(document.getElementById("data").textContent);
const SITES = DATA.sites;
const LIMIT = Math.round(DATA.limit_min * 10000);

/* The answer to one question: a list for each tier, as deserts backup gives it; who said no stands apart. */
function findBackups(zipIndex, audience, lost, k, timeline) {
  const entries = sitesOf(DATA, zipIndex, lost);
  const found = ask("ranking.backups", {
    k, tiers: DATA.tiers.length, limit: LIMIT, audience, payer: "",
    today: isoToday(), empty_on: timeline ? timeline.earliest_empty_on : null,
    drive_day_min: DATA.refill ? DATA.refill.drive_day_min : 0, sites: entries.map((entry) => asRow(DATA, entry, audience)),
  });
  const heads = ask("answer.headings", {
    k, days_left: found.days_left, words: DATA.list_words,
    tiers: found.tiers.map((tier) => ({ ...tier, too_far_ticks: tier.too_far.map((place) => entries[place].ticks) })),
  }).tiers;
  return found.tiers.map((tier, number) => ({
    title: DATA.tiers[number], ...heads[number], entries: tier.placed.map((place) => entries[place]),
    refusedInAll: tier.refused_in_all, tooFar: tier.too_far.map((place, i) => ({ ...entries[place], why: heads[number].too_far[i] })),
    refused: tier.refused.map((place, i) => ({ ...entries[place], why: SITES.no_words[entries[place].site][tier.noes[i]] })),
  }));
}
