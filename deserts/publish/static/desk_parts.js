/* How the answer looks: one line a clinician, opened on demand. */

function line(label, text) {
  const paragraph = make("p");
  if (label) paragraph.append(make("b", `${label} `));
  paragraph.append(text);
  return paragraph;
}

const nameOf = (site) => [DATA.sites.name[site], DATA.sites.credentials[site]].filter(Boolean).join(" ");

const driveLines = (entry) => (entry.drive_notes.length ? [line("The drive:", `${entry.drive_notes.join("; ")}.`)] : []);

function more(name, lines) {
  const box = make("details", null, { class: "more" });
  box.append(make("summary", "more", { "aria-label": `more about ${name}` }), ...lines);
  return box;
}

function compact(number, name, drive, facts, phone, lines) {
  const item = make("li", null, { class: "row" });
  const call = make("span", null, { class: "phone" });
  call.append(phoneLink(phone));
  item.append(make("span", number, { class: "number" }), make("b", name, { class: "name" }), make("span", drive, { class: "drive" }),
    call, make("span", facts, { class: "facts" }), more(name, lines));
  return item;
}

function clinician(row, site) {
  const S = DATA.sites, [grade, drug, evidence] = S.words[site];
  const said = S.said[site] || DATA.words["desk.not_called"];
  const address = [S.practice_name[site], S.address[site], S.city[site]].filter(Boolean).join(", ");
  return compact(`${row.number}`, nameOf(site), row.drive, [row.town, evidence, ...row.marks].join(" · "), row.phone, [
    ...driveLines(row), make("p", `${address}, ${S.state[site]} ${S.zip[site]} (NPI ${S.npi[site]})`),
    make("p", [grade, drug, AGES[S.age_band[site]], S.demoted[site]].filter(Boolean).join(" · ")),
    make("p", `${[said, waitWords(S.wait[site])].filter(Boolean).join("; ")}.`),
    make("p", row.shares.length ? `Shares ${row.shares.join(" and ")}.` : "Shares nothing known with those above or the one lost."),
    line("Ask:", row.ask.join(" ")),
  ]);
}

/* Who is no number to dial, closed under the heading of its tier: pairs of place and why. */
function foldedParts(words, folded, entries) {
  if (!folded.length) return [];
  const box = make("details", null, { class: "folded" }), list = make("ul");
  box.append(make("summary", words), list);
  for (const [place, why] of folded) {
    const site = entries[place].site;
    list.append(make("li", `${nameOf(site)}, ${townOf(DATA.sites, site)} (NPI ${DATA.sites.npi[site]}): ${why}`));
  }
  return [box];
}

function tierParts(tier, entries) {
  const parts = [make("h3", `${tier.title} (${tier.counts})`)], list = make("ol", null, { class: "rows" });
  for (const row of tier.rows) list.append(clinician(row, entries[row.place].site));
  parts.push(tier.rows.length ? list : make("p", tier.none));
  const noes = tier.said_no.map(([place, no]) => [place, DATA.sites.no_words[entries[place].site][no]]);
  return [...parts, ...foldedParts(`${tier.said_no_in_all} said no: not to call first`, noes, entries),
    ...foldedParts("too far for the days left", tier.too_far, entries)];
}

function department(entry, number) {
  const H = DATA.hospitals, row = entry.row;
  const count = H.clinicians[row];
  const pumps = count ? `${count} pump clinician${count === 1 ? "" : "s"} affiliated` : "no pump clinician known there";
  return compact(number, entry.name, entry.drive, [entry.town, ...H.marks[row], pumps, H.paid[row] ? "paid for pumps" : ""].filter(Boolean).join(" · "), entry.phone, [
    ...driveLines(entry), make("p", `${H.address[row]}, ${H.city[row]}, ${H.state[row]} ${H.zip[row]} (CCN ${H.ccn[row]})`),
    ...(H.paid[row] ? [line("Paid for pumps:", H.paid[row])] : []),
  ]);
}

function departmentParts({ nearest, capable, notes }) {
  const list = make("ol", null, { class: "rows" });
  nearest.forEach((entry, i) => list.append(department(entry, `E${i + 1}`)));
  if (capable && !nearest.some((entry) => entry.ccn === capable.ccn)) list.append(department(capable, "E+"));
  const box = make("details", null, { class: "about" });
  box.append(make("summary", "What these emergency departments are, and are not"), ...notes.map((note) => make("p", note)));
  return [make("h3", "NEAREST EMERGENCY DEPARTMENTS (in an emergency 911 decides where to go)"), list, box];
}

function placeParts(places) {
  const P = DATA.places, list = make("ol", null, { class: "rows" });
  if (!P.name.length) return [];
  places.forEach((place, i) => {
    const { row, drive, marks, ask: asked } = place;
    list.append(compact(`H${i + 1}`, P.name[row], drive, [townOf(P, row), ...marks].join(" · "), P.phone[row], [
      ...driveLines(place), make("p", `${P.address[row]}, ${P.city[row]}, ${P.state[row]} ${P.zip[row]}`), make("p", P.words[row]), line("Ask:", asked.join(" ")),
    ]));
  });
  return [make("h3", P.title), places.length ? list : make("p", DATA.words["tier.none_found"])];
}

/* The plan as a checklist: each step with its day. */
function planParts(plan) {
  if (plan === null) return [];
  const list = make("ul", null, { class: "steps" });
  for (const step of plan.steps) {
    const item = make("li", null, { class: step.is_late ? "late" : "" }), label = make("label");
    label.append(make("input", null, { type: "checkbox" }), make("b", `${step.when}: `), `${step.what} `, make("span", `(${step.why})`, { class: "why" }));
    item.append(label);
    list.append(item);
  }
  return [make("h3", "PLAN BY DAYS LEFT"), list];
}

function dayParts(timeline) {
  if (timeline === null) return [];
  const lines = [
    ...timeline.emergency.map((text) => `Because: ${text}.`), ...timeline.red.map((text) => `Red: ${text}`),
    ...timeline.ask.map((text) => `Ask the clinic: ${text}`), ...timeline.warnings.map((text) => `Check: ${text}`),
  ].map((text) => make("p", text, { class: "check" }));
  if (timeline.why.length) lines.push(make("p", `Reckoned from: ${timeline.why.join("; ")}.`, { class: "why" }));
  return lines;
}
