/* The form and the list. Text is only ever set as text; nothing is stored, sent, or put into the address. */
/* The drives of entries in words, with what must be known of each and of all (deserts.rules.drives). */
function sayDrives(entries) {
  const drives = entries.map(({ ticks, road, metres, doubt }) => ({ ticks, road_m: road, metres, doubt }));
  const found = ask("drives.shown", { doubts: DATA.doubts, limit: LIMIT, words: DATA.list_words, drives });
  entries.forEach((entry, i) => { entry.said = found.drives[i]; });
  return found.notes;
}

const driveLines = ({ said }) => (said.notes.length ? [make("p", `The drive: ${said.notes.join("; ")}.`)] : []);

function sharedWith(entry, shown, place) {
  const found = [];
  if (entry.dependent) found.push("a practice, building, telephone, owner or hospital with the one lost");
  shown.slice(0, place).forEach((other, i) => {
    const kinds = [...new Set(entry.ties.filter((tie) => other.ties.includes(tie)).map((tie) => SITES.tie_kinds[tie]))].sort();
    if (kinds.length) found.push(`${kinds.join(" and ")} with number ${i + 1}`);
  });
  return found.length ? `Shares ${found.join(" and ")}.` : "Shares no practice, building, telephone, owner or hospital.";
}

function card(entry, shown, place, audience) {
  const s = entry.site, item = make("li");
  const name = [SITES.name[s], SITES.credentials[s]].filter(Boolean).join(" ");
  const head = make("p", null, { class: "who" });
  head.append(make("strong", name), " ", make("span", entry.said.words, { class: "far" }));
  const phone = make("p", null, { class: "phone" });
  phone.append(phoneLink(SITES.phone[s]));
  const address = [SITES.practice_name[s], SITES.address[s], SITES.city[s]].filter(Boolean).join(", ");
  const demoted = SITES.demoted[s];
  item.append(head, phone, ...driveLines(entry), make("p", `${address}, ${SITES.state[s]} ${SITES.zip[s]} (NPI ${SITES.npi[s]})`),
    make("p", [...SITES.words[s], AGES[SITES.age_band[s]], demoted].filter(Boolean).join(" · ")),
    make("p", [SITES.said[s] || "Nobody has called yet", waitWords(SITES.wait[s])].filter(Boolean).join("; ") + "."), make("p", sharedWith(entry, shown, place)),
    make("p", `Ask: ${SITES[audience].ask[s].join(" ")}`, { class: "ask" }));
  return item;
}

/* Who said no, or lies too far for the days left, stands under its tier's heading, closed, and is no number to dial. */
function folded(words, entries) {
  const box = make("details"), list = make("ul");
  box.append(make("summary", words), list);
  for (const entry of entries) {
    const s = entry.site, name = [SITES.name[s], SITES.credentials[s]].filter(Boolean).join(" ");
    list.append(make("li", `${name}, ${SITES.city[s]}, ${SITES.state[s]} · ${entry.said.words} (NPI ${SITES.npi[s]}): ${entry.why}`));
  }
  return box;
}

const placesOf = (zipIndex, most) => DATA.zips.places[zipIndex].slice(0, most).map(([row, ticks, road, without]) => (
  { row, ticks, road, metres: -1, doubt: doubtOf(DATA, zipIndex, DATA.places, row, without) }));

function placeCards(entries, audience) {
  const P = DATA.places, list = make("ul", null, { class: "places" });
  for (const entry of entries) {
    const { row } = entry, item = make("li"), head = make("p", null, { class: "who" });
    head.append(make("strong", P.name[row]), " ", make("span", entry.said.words, { class: "far" }));
    const phone = make("p", null, { class: "phone" });
    phone.append(phoneLink(P.phone[row]));
    item.append(head, phone, ...driveLines(entry), make("p", `${P.address[row]}, ${P.city[row]}, ${P.state[row]} ${P.zip[row]}`), make("p", P.words[row]),
      make("p", `Ask: ${P[audience][row].join(" ")}`, { class: "ask" }));
    list.append(item);
  }
  return list.childElementCount ? list : make("p", "none found");
}

function answer(event) {
  event.preventDefault();
  const zip = byId("zip").value.trim().slice(0, 5), place = DATA.zips.zip.indexOf(zip);
  const timeline = drawDates();
  if (place < 0) {
    const near = DATA.zips.zip.map((known) => [Math.abs(known - zip), known]).sort((a, b) => a[0] - b[0]).slice(0, 3);
    byId("list").replaceChildren(make("p", /^\d{5}$/.test(zip)
      ? `That ZIP is not in this file. Nearest known by number: ${near.map((entry) => entry[1]).join(", ")}.`
      : "Type the five digits of a ZIP code of this region."));
    return;
  }
  const audience = byId("age").value;
  const lost = DATA.practices.find((practice) => practice.id === byId("lost").value);
  const tiers = findBackups(place, audience, lost, Number(byId("count").value), timeline);
  const shown = tiers.flatMap((tier) => tier.entries), places = placesOf(place, Number(byId("count").value));
  const notes = sayDrives([...shown, ...places]);
  sayDrives(tiers.flatMap((tier) => [...tier.refused, ...tier.tooFar]));
  const parts = [make("h2", `From ${zip} ${DATA.zips.place[place]}`)];
  if (DATA.zips.kind[place] === "po_box") parts.push(make("p", "That ZIP is a post-office box or a single organisation's own: the patient may live elsewhere."));
  parts.push(...notes.map((note) => make("p", note, { class: "note" })));
  let number = 0;
  for (const tier of tiers) {
    const list = make("ol", null, { start: number + 1 });
    for (const entry of tier.entries) list.append(card(entry, shown, number++, audience));
    parts.push(make("h3", `${tier.title} (${tier.counts})`), tier.none ? make("p", tier.none) : list);
    if (tier.refused.length) parts.push(folded(`${tier.refusedInAll} said no: not to call first`, tier.refused));
    if (tier.tooFar.length) parts.push(folded("too far for the days left", tier.tooFar));
  }
  if (DATA.places.name.length) parts.push(make("h3", DATA.places.title), placeCards(places, audience));
  byId("list").replaceChildren(...parts);
}

for (const practice of DATA.practices) byId("lost").append(make("option", practice.name, { value: practice.id }));
byId("question").addEventListener("submit", answer);
if (DATA.check_after && isoToday() > DATA.check_after) byId("stale").hidden = false;
window.addEventListener("DOMContentLoaded", startDates);
