/* Wallet card and letter, put together by the rules (deserts.rules.card, ed_letter) and shown for printing. */
const PAPER = [
  ["name", "Patient's name", "text"], ["born_on", "Born on", "day"], ["maker", "Pump's maker", "text"], ["model", "Pump's model", "text"],
  ["serial", "Serial number", "text"], ["reservoir", "Reservoir, mL", "number"], ["implanted_on", "Implanted on", "day"],
  ["refill_by", "Refill by, as the clinic says", "day"], ["settings", "Last settings", "text"],
  ["clinic-name", "Clinic that manages the pump", "text"], ["clinic-phone", "Its telephone", "text"], ["clinic-note", "Its hours, after hours", "text"],
  ["emergency_contact-name", "Emergency contact", "text"], ["emergency_contact-phone", "Their telephone", "text"],
  ["representative-name", "Device representative", "text"], ["representative-phone", "Their telephone", "text"],
  ["patient_group-name", "Patient group", "text"], ["patient_group-phone", "Its telephone", "text"],
  ["drug", "Oral supply: drug", "text"], ["instructions", "As prescribed", "text"], ["prescriber", "Prescribed by", "text"],
  ["backup1", "Backup", "choice", []], ["backup2", "Second backup", "choice", []], ["department", "Emergency department", "choice", []],
  ["capable", "Hospital where pumps are managed", "choice", []], ["language", "Family's pages", "choice", []],
];
const NOBODY = { name: "", place: "", phone: "", minutes: null, give: 0, unchecked: 0 };
const typed = (name) => given(`paper-${name}`) || "";
const contact = (name) => ({ name: typed(`${name}-name`), phone: typed(`${name}-phone`), note: byId(`paper-${name}-note`) ? typed(`${name}-note`) : "" });
let backups = [], hospitals = [];

function fillChoice(name, entries, chosen, first = "leave blank") {
  byId(`paper-${name}`).replaceChildren(make("option", first, { value: "" }), ...entries.map((entry, i) => make("option", entry.name, { value: `${i}` })));
  byId(`paper-${name}`).value = chosen;
}

const driveOf = ({ minutes, give, unchecked }) => ({ minutes, give, unchecked });

/* Whom the last answer named: chosen by hand, but for the departments that lie nearest. */
function offerPapers(found, entries) {
  if (!DATA.papers) return;
  const S = DATA.sites, { nearest, capable } = found.hospitals;
  backups = found.tiers.flatMap((tier) => tier.rows).map((row) => {
    const site = entries[row.place].site;
    return { name: nameOf(site), place: row.town, phone: row.phone, ...driveOf(row), says: S.words[site][0], verified_on: S.verified_on[site] };
  });
  hospitals = [...nearest, ...(capable && !nearest.some((one) => one.ccn === capable.ccn) ? [capable] : [])]
    .map((one) => ({ name: one.name, place: one.town, phone: one.phone, ...driveOf(one), ccn: one.ccn }));
  for (const name of ["backup1", "backup2"]) fillChoice(name, backups, "");
  fillChoice("department", hospitals, hospitals.length ? "0" : "");
  fillChoice("capable", hospitals, capable ? `${hospitals.findIndex((one) => one.ccn === capable.ccn)}` : "");
}

function chosenOf(list, name) {
  const at = byId(`paper-${name}`).value;
  return at === "" ? null : list[Number(at)];
}

const drugTexts = () => (given("strength") === null && given("drug") === null && given("dose") === null ? [] : [{
  name: given("drug") || "", strength: given("strength") || "", strength_unit: byId("strength-unit").value,
  dose: given("dose") || "", dose_unit: byId("dose-unit").value,
}]);

/* What was entered as the rules take it; null when a day cannot be read. */
function paperQuestion() {
  const pump = pumpOf(), days = { born_on: dayOf("paper-born_on"), implanted_on: dayOf("paper-implanted_on"), refill_by: dayOf("paper-refill_by") };
  if (pump === undefined || Object.values(days).includes(undefined)) return null;
  const today = isoToday(), dates = { low_alarm_on: pump.alarm_on || "", refill_by: days.refill_by || "", issued_on: today };
  const { implanted_on: implanted } = days, size = typed("reservoir");
  return {
    ...dates, today, pump_facts: pump, name: typed("name"), born_on: days.born_on || "", void_after: ask("card.void_after", dates).day,
    pump: { maker: typed("maker"), model: typed("model"), serial: typed("serial"), size: size && `${size} mL`, implanted_on: implanted || "" },
    drugs: drugTexts(), last_refill_on: pump.fill ? pump.fill.filled_on : "", last_settings: typed("settings") ? [typed("settings")] : [],
    clinic: contact("clinic"), emergency_contact: contact("emergency_contact"), representative: contact("representative"), patient_group: contact("patient_group"),
    hospitals: [chosenOf(hospitals, "department") || NOBODY, chosenOf(hospitals, "capable") || NOBODY],
    backups: [chosenOf(backups, "backup1"), chosenOf(backups, "backup2")].filter(Boolean),
    supply: { drug: typed("drug"), instructions: typed("instructions"), prescriber: typed("prescriber") },
    own_drugs: DATA.papers.own_drugs, data_lines: DATA.papers.data_lines, search: DATA.papers.search, by_hand: false,
  };
}

/* The question with the words of a language: its timeline says its sentences in them. */
function inWords(question, { words, note, draft, fixed, is_family }) {
  const { pump_facts: facts, ...rest } = question;
  const timeline = ask("timeline.reckon", { ...facts, today: question.today, limits: DATA.refill.limits, words });
  return { ...rest, timeline, words, note, draft, fixed, is_family };
}

const english = () => ({ words: DATA.words, note: DATA.papers.note, draft: "", fixed: DATA.papers.fixed, is_family: false });
const family = () => ({ ...DATA.papers.family, is_family: true, words: { ...DATA.words, ...DATA.papers.family.words } });

function table(rows, isHeaded) {
  const made = make("table");
  rows.forEach((cells, i) => {
    const row = make("tr");
    row.append(...cells.map((cell, j) => make(j === 0 || (isHeaded && i === 0) ? "th" : "td", cell, j === 0 && cell ? { scope: "row" } : {})));
    made.append(row);
  });
  return made;
}

function listOf(lines) {
  const made = make("ul");
  made.append(...lines.map((text) => make("li", text)));
  return made;
}

const pairLine = ([name, value]) => line(`${name}:`, value);
const strong = (text) => make("p", text, { class: "strong" });

function panel(...parts) {
  const made = make("div", null, { class: "panel" });
  made.append(...parts);
  return made;
}

function walletParts(card) {
  const L = card.labels, wallet = make("div", null, { class: "wallet" });
  wallet.append(
    panel(strong(card.headline), strong(card.urgent), strong(card.mimic), ...card.identity.map(pairLine), make("p", card.validity), ...(card.draft ? [make("p", card.draft)] : [])),
    panel(make("h3", L.pump_and_dates), ...card.pump.map(pairLine), pairLine([L.by_mouth, card.supply])),
    panel(make("h3", L.whom_to_call), ...card.wallet_calls.map(pairLine)),
    panel(make("h3", L.signs_and_alarms), ...card.sign_lists.map((signs) => make("p", signs.in_one_line)), listOf(card.alarms)),
  );
  return [...pressingParts(card), make("h2", titled(card, L.title)), make("p", L.fold, { class: "no-print" }), wallet];
}

const pressingParts = (card) => card.pressing.map((text) => make("p", text, { class: "urgent" }));
const titled = (card, text) => (card.draft ? `${text} (${card.draft})` : text);

function sheetParts(card) {
  const L = card.labels, side = make("div", null, { class: "side" });
  for (const signs of card.sign_lists) side.append(panel(make("h3", signs.title), listOf(signs.signs), ...signs.do.map(strong)));
  return [
    ...pressingParts(card), make("h2", titled(card, card.headline)), make("p", `${card.urgent} ${card.mimic}`, { class: "urgent" }), table(card.identity),
    side, ...(card.note ? [make("p", card.note, { class: "small" })] : []),
    make("h3", L.alarm_tones), listOf(card.alarms), make("h3", L.pump_drug_dates), table(card.pump),
    make("h3", L.whom_to_call), pairLine([L.clinic, card.clinic]),
    ...(card.backups.length ? [make("h4", L.backups), listOf(card.backups)] : [make("p", L.no_backup)]),
    ...(card.call_first.length ? [make("h4", L.call_first), listOf(card.call_first)] : []), table([...card.searched, ...card.hospitals, ...card.lines]),
    make("h3", L.supply), make("p", card.supply), strong(card.validity), make("p", card.about.join(" "), { class: "small" }),
  ];
}

function clinicianParts(card) {
  const L = card.labels, quoted = card.quotations.map(({ text, source }) => make("blockquote", `“${text}” (${source})`));
  return [
    make("h2", L.treating), make("p", `${card.mimic} ${card.headline}.`, { class: "urgent" }),
    ...card.sign_lists.map((signs) => make("p", signs.in_one_line)), table([...card.identity.slice(0, 2), ...card.pump]),
    pairLine([L.manages, card.clinic]), table([...card.hospitals.slice(1), ...card.lines]),
    ...(quoted.length ? [make("h3", L.sources), ...quoted, make("h3", L.further), listOf(card.reading)] : [make("p", L.no_quotations)]),
    strong(card.validity),
  ];
}

function sheet(parts, language) {
  const made = make("div", null, { class: "sheet", ...(language ? { lang: language } : {}) });
  made.append(...parts);
  return made;
}

function cardPages(question) {
  const card = ask("card.arrange", inWords(question, english())), pages = [walletParts, sheetParts, clinicianParts].map((parts) => sheet(parts(card)));
  if (byId("paper-language").value) {
    const own = ask("card.arrange", inWords(question, family())), language = DATA.papers.family.language;
    pages.push(sheet(walletParts(own), language), sheet(sheetParts(own), language));
  }
  return pages;
}

const BLOCKS = {
  heading: ({ text }) => [make("h3", text)], urgent: ({ text }) => [make("p", text, { class: "urgent" })],
  small: ({ text }) => [make("p", text, { class: "small" })], text: ({ text }) => text.split("\n").map((part) => make("p", part)),
  bullets: ({ items }) => [listOf(items)], grid: ({ rows }) => [table(rows, rows[0].length > 2)],
  quote: ({ text, items }) => [make("blockquote", `“${text}” (${items[0]})`)],
};

function letterPages(question) {
  const { title, blocks } = ask("ed_letter.write", inWords(question, english()));
  return [sheet([make("h2", title), ...blocks.flatMap((block) => BLOCKS[block.kind](block))])];
}

function showPaper(event) {
  event.preventDefault();
  byId("paper-said").textContent = "";
  const question = paperQuestion();
  if (question === null) {
    document.querySelector("[aria-invalid=true]").focus();
    return;
  }
  const [wrong] = ask("card.problems", { ...question, max_days: DATA.refill.limits.max_days, words: DATA.words }).problems;
  if (wrong) {
    const [name, why] = wrong, field = name === "refill_by" ? "paper-refill_by" : "day";
    byId("paper-said").textContent = `${name === "refill_by" ? "The refill-by day" : "The alarm date"} ${why}.`;
    byId(field).focus();
    return;
  }
  const isLetter = event.submitter && event.submitter.value === "letter";
  byId("paper-body").replaceChildren(...(isLetter ? letterPages(question) : cardPages(question)));
  byId("paper").hidden = false;
  byId("paper").focus();
  byId("paper").scrollIntoView({ block: "start" });
}

function printPaper() {
  document.body.classList.add("paper");
  window.print();
  document.body.classList.remove("paper");
}

function putAway() {
  byId("paper").hidden = true;
  byId("paper-body").replaceChildren();
  byId("show-card").focus();
}

function openPapers() {
  if (!DATA.papers) return;
  byId("paper-fields").append(...PAPER.map((one) => field("paper", one)));
  for (const name of ["backup1", "backup2", "department", "capable"]) fillChoice(name, [], "", "find first");
  byId("paper-language").append(make("option", "English", { value: "" }), make("option", "English and Spanish (borrador, sin revisar)", { value: DATA.papers.family.language }));
  byId("papers").addEventListener("submit", showPaper);
  byId("print-paper").addEventListener("click", printPaper);
  byId("close-paper").addEventListener("click", putAway);
}
