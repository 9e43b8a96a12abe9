/* What the desk asks the rules (deserts.rules.desk) for one patient, from what the page holds of a ZIP. */
const TICKS_A_MINUTE = 10000;
let DATA = null, ask = null;

async function readData() {
  DATA = JSON.parse(new TextDecoder().decode(await unpacked(bytesOf(byId("data").textContent))));
}

const stateOfData = () => ask("desk.state", {
  today: isoToday(), data_on: DATA.data_on, old_days: DATA.old_days, words: DATA.words,
});

/* The ZIPs nearest to one that the page does not hold. */
function nearZips(zip) {
  const zips = DATA.zips;
  return ask("desk.near_zips", { zip, known: zips.zip.map((known, i) => [known, zips.east[i], zips.north[i]]) }).zips;
}

const townOf = (rows, at) => `${rows.city[at]}, ${rows.state[at]}`;

function siteRow(entry, audience) {
  const sites = DATA.sites, at = entry.site;
  return {
    ...asRow(DATA, entry, audience), road_m: entry.road, doubt: entry.doubt, payers: sites.payers[at],
    in_doubt: sites.demoted[at] !== "", asks_drug: sites.asks_drug[at] === 1, name: sites.name[at],
    town: townOf(sites, at), phone: sites.phone[at],
  };
}

function hospitalRow(packed, zipIndex) {
  if (packed === null) return null;
  const [row, ticks, metres, without] = packed, rows = DATA.hospitals;
  return {
    row, ticks, road_m: metres, ccn: rows.ccn[row], doubt: doubtOf(DATA, zipIndex, rows, row, without), paid: rows.paid[row], name: rows.name[row],
    town: townOf(rows, row), phone: rows.phone[row], marks: rows.marks[row],
  };
}

function placeRow([row, ticks, metres, without], zipIndex, audience, lost) {
  const rows = DATA.places, lostTies = new Set(lost ? lost.ties : []);
  return {
    row, name: rows.name[row], ticks, road_m: metres, doubt: doubtOf(DATA, zipIndex, rows, row, without),
    age: rows[`${audience}_age`][row], paid: rows.paid[row], without: rows.without[row], asks_drug: rows.asks_drug[row] === 1,
    dependent: rows.ties[row].some((tie) => lostTies.has(tie)) ? 1 : 0,
  };
}

/* The whole question. Returns it with the sites that its answer points into. */
function questionOf({ zipIndex, audience, payer, lost, k, pump }) {
  const entries = sitesOf(DATA, zipIndex, lost);
  const departments = DATA.zips.departments[zipIndex][audience === "child" ? 1 : 0].map((packed) => hospitalRow(packed, zipIndex));
  const question = {
    today: isoToday(), data_on: DATA.data_on, old_days: DATA.old_days, words: DATA.words, audience, payer, k, doubts: DATA.doubts,
    tier_titles: DATA.tiers, limit: Math.round(DATA.limit_min * TICKS_A_MINUTE),
    drive_day_min: DATA.refill ? DATA.refill.drive_day_min : 0, limits: DATA.refill ? DATA.refill.limits : {}, pump,
    lead: { authorisation_days: null, drug_days: null }, first_question: DATA.first_question, does: DATA.does,
    tie_kinds: DATA.sites.tie_kinds, sites: entries.map((entry) => siteRow(entry, audience)),
    hospitals: { nearest: departments.slice(0, -1), capable: departments[departments.length - 1] },
    places: DATA.zips.places[zipIndex].map((packed) => placeRow(packed, zipIndex, audience, lost)),
  };
  return { question, entries };
}
